// SPDX-License-Identifier: MIT
// Attacks on ownership: memory that is given away, sealed or shared, and those who would keep it; and what belongs to
// others.
#include "user/attacks/attack.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kPattern = 0x5EA1ED;

Word touched_pages(Word count) {
    const Word base = pages(count);
    touch(base, count);
    return base;
}

/// So much that a whole page table leads to it and nothing else.
Word touched_table() {
    const Word base = pages(arch::kTableBytes / kPageBytes, {.alignment_bytes = arch::kTableBytes});
    touch(base, arch::kTableBytes / kPageBytes);
    return base;
}

/// The first region of this process in that state.
RegionInfo region_in(RegionState state) {
    RegionInfo buffer[64];
    const Word count = must(regions(ProcessId::none, 0, buffer));
    for (Word i = 0; i < count; ++i) {
        if (buffer[i].type != RegionType::free && buffer[i].state == state) return buffer[i];
    }
    fail("no region in that state");
}

RegionInfo region_of(Word address) {
    RegionInfo info{};
    must(regions(ProcessId::none, address, {&info, 1}).status());
    return info;
}

Word self() {
    const PortId port = open_port(1, 64, 1);
    const Word owner = detail::word(must(port_record(port)).port.owner);
    must(port_destroy(port));
    return owner;
}

std::string_view name_of(Status status) { return status_name(status); }

// --- what was given away -------------------------------------------------------------------------------------------

std::string_view move_twice(Checks& /*checks*/) {
    const PortId port = open_port(4, 64, 4);
    const Word base = touched_pages(2);
    must(send_area(port, base, 2 * kPageBytes));
    return name_of(send_area(port, base, 2 * kPageBytes));
}

std::string_view move_part(Checks& checks) {
    const PortId port = open_port(4, 64, 4);
    const Word base = touched_pages(3);
    must(send_area(port, base + kPageBytes, kPageBytes));
    const Status found = send_area(port, base, 3 * kPageBytes);
    checks.expect(word_at(base) == 1 && word_at(base + 2 * kPageBytes) == 3, "what stayed is as it was");
    return name_of(found);
}

std::string_view move_hole(Checks& checks) {
    const PortId port = open_port(4, 64, 4);
    const Word base = touched_pages(3);
    must(release(base + kPageBytes, kPageBytes));
    const Status found = send_area(port, base, 3 * kPageBytes);
    checks.expect(word_at(base) == 1 && queued_at(port) == 0, "nothing left");
    return name_of(found);
}

std::string_view move_to_self(Checks& /*checks*/) {
    return name_of(raw_call(Call::move, self(), touched_pages(1), kPageBytes));
}

std::string_view move_kept(Checks& checks) {
    const PortId port = open_port(4, 64, 4);
    const RegionInfo kept = region_in(RegionState::kept);
    for (const Status status : {send_area(port, kept.base, kPageBytes), protect(kept.base, kPageBytes, kReadWrite),
                                guard(kept.base, kPageBytes), seal(kept.base, kPageBytes)}) {
        checks.expect(status, Status::kernel_kept, "changing a port's buffer");
    }
    return name_of(release(kept.base, kept.length_bytes));
}

std::string_view change_in_transit(Checks& checks) {
    const PortId port = open_port(4, 64, 4);
    const Word base = touched_pages(4);
    must(send_area(port, base, 4 * kPageBytes));
    for (const Status status :
         {protect(base, kPageBytes, Rights::read), seal(base + kPageBytes, kPageBytes), guard(base, kPageBytes),
          release(base, 4 * kPageBytes), release(base + kPageBytes, kPageBytes),
          share(static_cast<ProcessId>(self()), base, kPageBytes).status()}) {
        checks.expect(status, Status::in_transit, "changing what is under way");
    }
    return name_of(protect(base, 4 * kPageBytes, kReadWrite));
}

std::string_view take_place(Checks& /*checks*/) {
    const PortId port = open_port(4, 64, 4);
    const Word base = touched_pages(4);
    must(send_area(port, base, 4 * kPageBytes));
    return name_of(Area::allocate(kPageBytes, {.placement = Placement::at, .address = base}).status());
}

std::string_view read_after_move(Checks& /*checks*/) {
    const Word base = touched_pages(8);
    must(send_area(open_port(1, 64, 1), base, 8 * kPageBytes));
    return read_at(base + 5 * kPageBytes);
}

std::string_view write_after_table_move(Checks& /*checks*/) {
    const Word base = touched_table();
    must(send_area(open_port(1, 64, 1), base, arch::kTableBytes));
    return write_at(base + 7 * kPageBytes);
}

std::string_view write_after_table_seal(Checks& /*checks*/) {
    const Word base = touched_table();
    must(seal(base, arch::kTableBytes));
    return write_at(base + 9 * kPageBytes);
}

std::string_view write_after_seal(Checks& /*checks*/) {
    const Word base = touched_pages(100);
    must(seal(base, 100 * kPageBytes));
    return write_at(base + 99 * kPageBytes);
}

std::string_view read_after_release(Checks& /*checks*/) {
    const Word base = touched_pages(8);
    must(release(base, 8 * kPageBytes));
    return read_at(base + 3 * kPageBytes);
}

/// The stack under its own feet.
std::string_view move_stack(Checks& /*checks*/) {
    std::uint32_t here = 0;
    const Word page = detail::word(&here) & ~Word{kPageBytes - 1};
    return name_of(send_area(open_port(1, 64, 1), page, kPageBytes));
}

std::string_view move_code(Checks& /*checks*/) {
    const RegionInfo code = region_of(arch::kProgramBase);
    return name_of(send_area(open_port(1, 64, 1), code.base, code.length_bytes));
}

// --- rights --------------------------------------------------------------------------------------------------------

/// Every call that could give write permission back.
void raise_rights(Checks& checks, Word base, Word length_bytes) {
    checks.expect(protect(base, length_bytes, kReadWrite), Status::sealed, "protect");
    checks.expect(protect(base, kPageBytes, kReadWrite), Status::sealed, "protect of a part");
    checks.expect(guard(base, kPageBytes), Status::sealed, "guard");
    checks.expect(seal(base, length_bytes), Status::ok, "sealing again");
    checks.expect(protect(base, length_bytes, Rights::none), Status::ok, "taking all rights away");
    checks.expect(protect(base, length_bytes, kReadWrite), Status::sealed, "and giving them back");
    checks.expect(protect(base, length_bytes, Rights::read), Status::ok, "reading");
    checks.expect(raw_call(Call::clock, base), Status::sealed, "by way of the kernel");
    checks.expect(word_at(base) == kPattern, "it is what it was");
}

/// A receiver's try: takes one area that was shared or moved, and gives back how many things were not as they should.
int run_raiser(const Arguments& arguments) {
    const PortId port = open_port(2, 64, 2);
    introduce(port_in(arguments, 2), port);
    for (int i = 0; i < 2; ++i) {
        const MessageHead& head = head_at(must(message_receive(port, Wait::yes)));
        Checks checks;
        raise_rights(checks, head.areas[0].base, head.areas[0].length_bytes);
        if (checks.finish() != 0) return 1;
    }
    return 0;
}

AreaToSend to_share(Word base, Word length_bytes) { return {base, length_bytes, AreaToSend::Kind::share}; }

std::string_view raise_sealed(Checks& checks) {
    const Family family;
    const PortId inbox = open_port(2, 64, 2);
    constexpr Word kBytes = 3 * kPageBytes;
    const Word base = touched_pages(3);
    word_at(base) = kPattern;
    must(seal(base, kBytes));
    raise_rights(checks, base, kBytes);
    const ProcessId receiver = family.start("@raiser", inbox);
    const PortId port = static_cast<PortId>(next_cookie(inbox));
    abi::SendArgs letter = letter_to(port);
    letter.area_count = 1;
    letter.areas[0] = to_share(base, kBytes);
    must(message_send(letter, Wait::yes));
    raise_rights(checks, base, kBytes);
    must(send_area(port, base, kBytes));
    checks.expect(await_end(receiver) == 0, "who it was shared with and moved to can't either");
    const Word again = must(Area::allocate(kBytes, {.placement = Placement::at, .address = base})).forget();
    checks.expect(word_at(again) == 0, "what is allocated at its place is new");
    must(seal(again, kBytes));
    const Word copy = must(share(static_cast<ProcessId>(self()), again, kBytes));
    return name_of(protect(copy, kBytes, kReadWrite));
}

/// Reads what was shared when its creator has let go of it.
int run_reader(const Arguments& arguments) {
    const PortId parent = port_in(arguments, 2);
    const PortId port = open_port(2, 64, 2);
    introduce(parent, port);
    const Word base = head_at(must(message_receive(port, Wait::yes))).areas[0].base;
    must(message_send(letter_to(parent), Wait::yes));
    (void)must(message_receive(port, Wait::yes));
    return word_at(base) == kPattern && word_at(base + kPageBytes) == 2 ? 0 : 1;
}

std::string_view release_shared(Checks& checks) {
    const Family family;
    const PortId inbox = open_port(2, 64, 2);
    const Word base = touched_pages(2);
    word_at(base) = kPattern;
    must(seal(base, 2 * kPageBytes));
    const ProcessId reader = family.start("@reader", inbox);
    const PortId port = static_cast<PortId>(next_cookie(inbox));
    abi::SendArgs letter = letter_to(port);
    letter.area_count = 1;
    letter.areas[0] = to_share(base, 2 * kPageBytes);
    must(message_send(letter, Wait::yes));
    (void)next_cookie(inbox);
    const Status found = release(base, 2 * kPageBytes);
    touch(pages(64), 64);  // on frames that were let go of, if any
    must(message_send(letter_to(port), Wait::yes));
    checks.expect(await_end(reader) == 0, "who it was shared with reads what it was");
    return name_of(found);
}

std::string_view share_plain(Checks& /*checks*/) {
    return name_of(share(static_cast<ProcessId>(self()), touched_pages(1), kPageBytes).status());
}

// --- what belongs to others ----------------------------------------------------------------------------------------

std::string_view steal_port(Checks& checks) {
    const PortId port = witness_port();
    checks.expect(message_receive(port, Wait::no).status(), Status::not_permitted, "receiving");
    checks.expect(words_receive(port).status, Status::not_permitted, "receiving words");
    checks.expect(port_mode(port, PortMode::closed, ProcessId::none), Status::not_permitted, "its mode");
    for (std::uint32_t message = 0; message < 64; ++message) {
        checks.expect(message_discard(port, message), Status::not_permitted, "discarding");
        abi::ReplyArgs answer{};
        answer.port = port;
        answer.message = message;
        checks.expect(message_reply(answer), Status::not_permitted, "answering in its name");
    }
    checks.expect(message_send(letter_to(port, 0, port), Wait::no), Status::not_permitted, "an answer to its port");
    return name_of(port_destroy(port));
}

std::string_view harm_process(Checks& checks) {
    const ProcessId witness = witness_process();
    const Word base = touched_pages(1);
    must(seal(base, kPageBytes));
    checks.expect(move(witness, base, kPageBytes).status(), Status::not_permitted, "moving to a stranger");
    checks.expect(share(witness, base, kPageBytes).status(), Status::not_permitted, "sharing with a stranger");
    checks.expect(signal_raise(witness, 0xFFFFFFFF), Status::not_permitted, "raising its signals");
    checks.expect(process_wait(witness, Wait::no).status(), Status::not_permitted, "asking after its end");
    return name_of(process_kill(witness));
}

std::string_view steal_name(Checks& checks) {
    const PortId port = open_port(2, 64, 2);
    checks.expect(withdraw_name("witness"), Status::not_permitted, "withdrawing it");
    checks.expect(publish_name("other", witness_port()), Status::not_permitted, "another name for its port");
    return name_of(publish_name("witness", port));
}

std::string_view take_privileges(Checks& checks) {
    const abi::PhysicalArgs first_page{0, kPageBytes, static_cast<std::uint32_t>(kReadWrite), 0, 0};
    const abi::PhysicalArgs kernel_image{0x100000, kPageBytes, static_cast<std::uint32_t>(kReadWrite), 0, 0};
    const abi::PhysicalArgs screen{0xB8000, kPageBytes, static_cast<std::uint32_t>(kReadWrite), 0, 0};
    for (const abi::PhysicalArgs& args : {first_page, kernel_image, screen}) {
        checks.expect(map_physical(args).status(), Status::not_permitted, "frames by their address");
    }
    checks.expect(interrupt_attach(1, 1), Status::not_permitted, "the keyboard's interrupt");
    checks.expect(registers_claim(0x60, 1), Status::not_permitted, "its registers");
    checks.expect(register_write(0x64, 0xFE), Status::not_permitted, "writing them");
    checks.expect(shutdown(1), Status::not_permitted, "the machine's end");
    checks.expect(trace(true), Status::not_permitted, "the trace");
    const auto archive = must(BootArchive::open());
    const std::string_view words[] = {"true"};
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
        const Status found = start_program(archive, words, {.privileges = 1U << bit}).status();
        checks.expect(found == Status::not_permitted || found == Status::bad_option, "a child with more privileges");
    }
    return name_of(start_program(archive, words, {.priority = abi::kPriorities - 1}).status());
}

/// Ids of what is no more, when there is something new at the same place.
std::string_view old_ids(Checks& checks) {
    const Family family;
    const PortId old = open_port(1, 64, 1);
    must(port_destroy(old));
    const PortId fresh = open_port(1, 64, 1);
    const ProcessId dead = family.start("@reader", 0U);
    end_child(dead);
    const ProcessId child = family.start("@idle");
    checks.expect(process_kill(dead), Status::unknown_process, "killing one that is dead");
    checks.expect(move(dead, touched_pages(1), kPageBytes).status(), Status::unknown_process, "moving to it");
    end_child(child);
    for (const Status status : {port_destroy(old), message_post(old, 0, 0, 0, PortId::none),
                                message_receive(old, Wait::no).status(), message_discard(old, 1)}) {
        checks.expect(status, Status::unknown_port, "a port that is no more");
    }
    checks.expect(queued_at(fresh) == 0, "the new one is not touched");
    return name_of(port_mode(old, PortMode::open, ProcessId::none));
}

/// A port that waits for itself: requests to itself, to be answered at itself, each with an area; then it goes.
std::string_view own_queue(Checks& checks) {
    const PortId port = open_port(8, 64, 8);
    const Word base = touched_pages(4);
    for (Word i = 0; i < 3; ++i) {
        checks.expect(send_area(port, base + i * kPageBytes, kPageBytes, port), Status::ok, "a request to oneself");
    }
    (void)must(message_receive(port, Wait::no));
    const Status found = port_destroy(port);
    checks.expect(word_at(base + kPageBytes) == 2 && word_at(base + 2 * kPageBytes) == 3, "areas are back");
    return name_of(found);
}

std::string_view closed_door(Checks& checks) {
    const PortId closed = closed_port(2, 64);
    const PortId dedicated =
        must(port_create({static_cast<std::uint32_t>(PortMode::dedicated), witness_process(), 2, 64, 0, 0}));
    const Word base = touched_pages(2);
    checks.expect(send_area(dedicated, base, kPageBytes), Status::port_closed, "to a port for another");
    const Status found = send_area(closed, base, 2 * kPageBytes);
    checks.expect(word_at(base) == 1, "the area stayed");
    return name_of(found);
}

/// The archive that all programs are started from, sealed and shared with whoever asks.
std::string_view change_archive(Checks& checks) {
    const abi::ArchiveInfo archive = must(boot_archive());
    const std::uint32_t magic = word_at(archive.base);
    checks.expect(guard(archive.base, kPageBytes), Status::sealed, "a guard in it");
    checks.expect(raw_call(Call::clock, archive.base), Status::sealed, "an answer of the kernel's into it");
    const Status found = protect(archive.base, kPageBytes, kReadWrite);
    must(release(archive.base, kPageBytes));
    const auto own = Area::allocate(kPageBytes, {.placement = Placement::at, .address = archive.base});
    checks.expect(own.status(), Status::ok, "a page of one's own in its place");
    word_at(archive.base) = kPattern;
    must(seal(archive.base, kPageBytes));
    const abi::ArchiveInfo again = must(boot_archive());
    checks.expect(again.base != archive.base && word_at(again.base) == magic, "who asks again is given the true one");
    const PortId port = open_port(1, 64, 1);
    const Word length_bytes = whole_pages(again.length_bytes);
    checks.expect(send_area(port, again.base, length_bytes), Status::ok, "it may go away");
    checks.expect(word_at(must(boot_archive()).base) == magic, "and is there for who asks");
    return name_of(found);
}

/// Requests that are none, and areas that nobody wants: the name service gives all of it back, and goes on.
std::string_view nonsense_names(Checks& checks) {
    const PortId answers = closed_port(2, 256);
    const Word text = touched_pages(1);
    Status answered = Status::ok;
    for (std::uint32_t try_number = 0; try_number < 64; ++try_number) {
        for (Word at = 0; at < sizeof(NameRequest); at += 4) word_at(text + at) = try_number * 0x01010101;
        abi::SendArgs letter = letter_to(names_port(), try_number, try_number % 4 == 0 ? PortId::none : answers);
        letter.payload = text;
        letter.length_bytes = try_number % 3 == 0 ? sizeof(NameRequest) : try_number % sizeof(NameRequest);
        for (std::uint32_t i = 0; i < try_number % 5; ++i) {
            letter.areas[letter.area_count++] = {touched_pages(2), 2 * kPageBytes, AreaToSend::Kind::move};
        }
        must(message_send(letter, Wait::yes));
        if (letter.reply_to == PortId::none) continue;
        const MessageHead& head = head_at(must(message_receive(answers, Wait::yes)));
        answered = *reinterpret_cast<const Status*>(&head + 1);
        checks.expect(answered != Status::ok, "what makes no sense is refused");
        must(message_discard(answers, head.message));
    }
    checks.expect(find_name("witness").status(), Status::ok, "names are found as before");
    return name_of(answered);
}

/// What a child leaves behind is the first process's, not its grandparent's.
std::string_view orphans(Checks& checks) {
    const Family family;
    const PortId inbox = open_port(2, 64, 2);
    const ProcessId parent = family.start("@parent", inbox);
    const auto orphan = static_cast<ProcessId>(next_cookie(inbox));
    checks.expect(await_end(parent) == 0, "the child ends");
    checks.expect(process_wait(orphan, Wait::no).status(), Status::not_permitted, "waiting for the grandchild");
    checks.expect(move(orphan, touched_pages(1), kPageBytes).status(), Status::not_permitted, "moving to it");
    const Status found = process_kill(orphan);
    must(signal_raise(orphan, 1));
    while (is_alive(orphan)) sleep(1);
    return name_of(found);
}

int run_parent(const Arguments& arguments) {
    const ProcessId child = Family().start("@brief");
    if (!comes_to(child, abi::ProcessState::awaiting)) return 1;
    must(message_send(letter_to(port_in(arguments, 2), detail::word(child)), Wait::yes));
    return 0;
}

/// Stays until somebody raises its signal.
int run_brief(const Arguments& /*arguments*/) {
    must(signal_allow(1));
    return signal_wait(1).ok() ? 0 : 1;
}

/// Whether an answer is promised at one of its ports.
bool awaits_answer(ProcessId process) {
    Word index = 0;
    for (auto next = next_port(index); next.ok(); next = next_port(index)) {
        if (next.value().port.owner == process && next.value().port.promised != 0) return true;
    }
    return false;
}

/// Three that call each other in a circle, and wait for ever; with priorities that go round with the calls.
std::string_view circle(Checks& checks) {
    constexpr std::uint32_t kMembers = 3;
    const Family family;
    const PortId inbox = open_port(4, 64, 4);
    ProcessId members[kMembers];
    PortId ports[kMembers];
    for (std::uint32_t i = 0; i < kMembers; ++i) {
        members[i] = family.start("@member", inbox, 0, {.priority = i + 1});
        ports[i] = static_cast<PortId>(next_cookie(inbox));
    }
    for (std::uint32_t i = 0; i < kMembers; ++i) introduce(ports[i], ports[(i + 1) % kMembers]);
    for (const ProcessId member : members) {
        while (!awaits_answer(member)) sleep(1);
    }
    end_child(members[0]);
    checks.expect(static_cast<Status>(await_end(members[2])), Status::peer_gone, "who called it is told");
    return name_of(static_cast<Status>(await_end(members[1])));
}

int run_member(const Arguments& arguments) {
    const PortId port = open_port(4, 64, 4);
    introduce(port_in(arguments, 2), port);
    const auto next = static_cast<PortId>(next_cookie(port));
    const auto answer = words_call(next, closed_port(2, 64), 1, 2);
    return static_cast<int>(answer.head == 0 ? answer.status : head_at(answer.head).status);
}

constexpr Attack kAttacks[] = {
    {"move-twice", "moves what is under way", "in_transit", move_twice},
    {"move-part", "moves a whole of which a part is under way", "in_transit", move_part},
    {"move-hole", "moves a range with a hole", "not_mapped", move_hole},
    {"move-to-self", "moves to itself", "receiver_is_sender", move_to_self},
    {"move-kept", "moves, changes and releases the buffer of its port", "kernel_kept", move_kept},
    {"move-stack", "moves the stack it stands on", "killed: read, in_transit or write, in_transit", move_stack},
    {"move-code", "moves the code it runs", "killed: jump, in_transit", move_code},
    {"change-in-transit", "protects, seals, guards, shares and releases what is under way", "in_transit",
     change_in_transit},
    {"take-place", "allocates where something under way was", "not_free", take_place},
    {"read-after-move", "reads what it moved away, known to the TLB", "killed: read, in_transit", read_after_move},
    {"write-after-table-move", "writes where a whole page table was moved away", "killed: write, in_transit",
     write_after_table_move},
    {"write-after-seal", "writes to 100 pages it sealed, known to the TLB as writable", "killed: write, sealed",
     write_after_seal},
    {"write-after-table-seal", "writes to what it sealed behind a whole page table", "killed: write, sealed",
     write_after_table_seal},
    {"read-after-release", "reads what it released, known to the TLB", "killed: read, not_mapped", read_after_release},
    {"raise-rights", "writes to sealed memory by protect, share, move and re-allocation, here and at a receiver",
     "sealed", raise_sealed},
    {"release-shared", "releases what others read", "ok", release_shared},
    {"share-plain", "shares what is not sealed", "not_sealed", share_plain},
    {"steal-port", "receives, answers and destroys at another's port", "not_permitted", steal_port},
    {"harm-process", "kills, signals and moves to a stranger", "not_permitted", harm_process},
    {"steal-name", "takes the name of another's port", "name_taken", steal_name},
    {"take-privileges", "maps frames, takes devices, ends the machine, starts children with more than it has",
     "not_permitted", take_privileges},
    {"old-ids", "uses ids of what is no more", "unknown_port", old_ids},
    {"own-queue", "destroys a port with requests to itself, and areas, in its own queue", "ok", own_queue},
    {"boot-archive", "writes to the boot archive, puts pages of its own in its place, moves it away", "sealed",
     change_archive},
    {"nonsense-names", "sends the name service requests that are none, with areas", "name_too_long", nonsense_names},
    {"orphans", "rules over the children of its dead child", "not_permitted", orphans},
    {"circle", "has three processes call each other in a circle, and kills one", "peer_gone", circle},
    {"closed-door", "sends areas to ports that are not for it", "port_closed", closed_door},
};

constexpr Role kRoles[] = {{"@raiser", run_raiser},
                           {"@reader", run_reader},
                           {"@parent", run_parent},
                           {"@brief", run_brief},
                           {"@member", run_member}};

}  // namespace

std::span<const Attack> ownership_attacks() { return kAttacks; }
std::span<const Role> ownership_roles() { return kRoles; }

}  // namespace freehold::user
