// SPDX-License-Identifier: MIT
// Attacks by exhaustion: each table, each queue and all memory, driven full. All of it comes back, and nobody else goes
// without what they have, or were promised.
#include "user/attacks/attack.h"
#include "user/attacks/image.h"
#include "user/tests_programs/region_filler.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kLimitFrames = 200;
constexpr std::uint32_t kPatienceMilliseconds = 60'000;
constexpr std::uint32_t kForEver = 0xFFFF'FFFF;

/// The first status other than ok, of at most so many tries.
template <typename Try>
Status until_refused(std::uint32_t tries, Try attempt) {
    Status status = Status::ok;
    for (std::uint32_t i = 0; i < tries && status == Status::ok; ++i) status = attempt();
    return status;
}

Status populate(Word count_pages) {
    auto area = Area::allocate(count_pages * kPageBytes, {.populate = true});
    if (area.ok()) area.value().forget();
    return area.status();
}

// --- memory --------------------------------------------------------------------------------------------------------

/// The witness is asked while nothing is free: it gets a page it was promised.
void ask_witness(Checks& checks, PortId witness, PortId answers) {
    must(message_send(letter_to(witness, 0, answers), Wait::yes));
    const auto head = message_receive(answers, Wait::yes, kPatienceMilliseconds);
    checks.expect(head.ok() && head_at(head.value()).status == Status::ok, "the witness answers");
}

/// Takes large pieces until there are none, then small ones.
template <typename Take>
std::string_view take_all(Checks& checks, Take take) {
    const PortId witness = witness_port();
    const PortId answers = closed_port(2, 256);
    Status status = Status::ok;
    for (const Word count_pages : {4096U, 256U, 16U, 1U}) {
        status = until_refused(100000, [&] { return take(count_pages); });
    }
    ask_witness(checks, witness, answers);
    return status_name(status);
}

std::string_view memory(Checks& checks) { return take_all(checks, populate); }

std::string_view promises(Checks& checks) {
    return take_all(checks, [](Word count_pages) {
        auto area = Area::allocate(count_pages * kPageBytes);
        if (area.ok()) area.value().forget();
        return area.status();
    });
}

/// Sealed memory is charged to nobody, so no limit of one's own holds it.
std::string_view sealed_memory(Checks& checks) {
    return take_all(checks, [](Word count_pages) {
        auto area = Area::allocate(count_pages * kPageBytes, {.populate = true});
        if (!area.ok()) return area.status();
        return seal(area.value().forget(), count_pages * kPageBytes);
    });
}

std::string_view port_memory(Checks& checks) {
    const Status status = until_refused(kPortsMax, [] {
        return port_create({static_cast<std::uint32_t>(PortMode::open), ProcessId::none, kPortMessagesMax,
                            kMessageBytesMax, 0, 0})
            .status();
    });
    checks.expect(audit_is_clean(), "the audit is clean when no port fits");
    return status_name(status);
}

std::string_view everything(Checks& checks) {
    checks.expect(Area::allocate(freehold::arch::kUserEnd).status(), Status::no_address_range, "all of user space");
    return status_name(Area::allocate(Word{1} << 30U).status());
}

// --- a limit of one's own ------------------------------------------------------------------------------------------

/// A page in each page table's range: what it takes is tables.
int run_sparse(const Arguments& /*arguments*/) {
    const Status status = until_refused(kLimitFrames, [] {
        auto area = Area::allocate(kPageBytes, {.alignment_bytes = arch::kTableBytes, .populate = true});
        if (area.ok()) area.value().forget();
        return area.status();
    });
    return static_cast<int>(status);
}

int run_greedy(const Arguments& /*arguments*/) {
    return static_cast<int>(until_refused(2 * kLimitFrames, [] { return populate(1); }));
}

std::string_view within_limit(Checks& checks, std::string_view role) {
    const Family family;
    const std::uint32_t before = frames_in_use_now();
    const ProcessId child = family.start(role, 0U, 0U, {.limit_frames = kLimitFrames});
    std::uint32_t most = 0;
    while (state_of(child) != abi::ProcessState::ended) {
        const auto info = info_of(child);
        if (info.ok() && info.value().frames_charged > most) most = info.value().frames_charged;
        yield();
    }
    checks.expect(most > kLimitFrames / 4 && most <= kLimitFrames, "it never has more than its limit");
    const std::uint32_t code = await_end(child);
    checks.expect(frames_in_use_now() <= before, "all of it is back");
    return status_name(static_cast<Status>(code));
}

// --- tables --------------------------------------------------------------------------------------------------------

std::string_view ports(Checks& checks) {
    const Status status = until_refused(2 * kPortsMax, [] {
        return port_create({static_cast<std::uint32_t>(PortMode::open), ProcessId::none, 1, 1, 0, 0}).status();
    });
    checks.expect(Port::create().status(), Status::port_table_full, "another port");
    return status_name(status);
}

[[noreturn]] void wait_for_ever() {
    for (;;) sleep(kForEver);
}

int run_idle(const Arguments& /*arguments*/) { wait_for_ever(); }

int run_spinner(const Arguments& /*arguments*/) {
    for (;;) arch::relax();
}

ProcessId children[kProcessesMax];
std::uint32_t count_children = 0;

Status start_child(const BootArchive& archive, std::string_view role) {
    const std::string_view words[] = {program_name(), role};
    const auto child = start_program(archive, words);
    if (child.ok()) children[count_children++] = child.value();
    return child.status();
}

void end_children() {
    while (count_children != 0) end_child(children[--count_children]);
}

std::string_view processes(Checks& checks) {
    const auto archive = must(BootArchive::open());
    const Status status = until_refused(kProcessesMax, [&] { return start_child(archive, "@idle"); });
    checks.expect(start_child(archive, "@idle"), Status::process_table_full, "another process");
    end_children();
    checks.expect(start_child(archive, "@idle"), Status::ok, "and when they are gone");
    end_children();
    return status_name(status);
}

/// Children that have ended, after whom nobody asks: they hold their places as long as their parent lives.
std::string_view zombies(Checks& checks) {
    const Image image = image_of({});
    const Status status = until_refused(kProcessesMax, [&] { return start_image(image, "zombie").status(); });
    checks.expect(process_wait(ProcessId::none, Wait::yes).status(), Status::ok, "asking after one");
    checks.expect(start_image(image, "zombie").status(), Status::ok, "makes room for another");
    return status_name(status);
}

std::string_view spinners(Checks& checks) {
    const auto archive = must(BootArchive::open());
    for (int i = 0; i < 6; ++i) must(start_child(archive, "@spinner"));
    const PortId answers = closed_port(2, 256);
    ask_witness(checks, witness_port(), answers);
    end_children();
    return status_name(Status::ok);
}

std::string_view names(Checks& /*checks*/) {
    const PortId port = open_port(1, 64, 1);
    return status_name(until_refused(kNamesMax, [&, i = 0U]() mutable {
        char name[16];
        return publish_name(format_into(name, "name-{}", i++), port);
    }));
}

int run_giver(const Arguments& arguments) {
    const Word base = pages(2);
    touch(base, 2);
    return send_area(port_in(arguments, 2), base, 2 * kPageBytes) == Status::ok ? 0 : 1;
}

/// An area for a receiver with no slot left in its region table: it stays in the message, and comes when there is room.
std::string_view full_receiver(Checks& checks) {
    const PortId port = open_port(2, 64, 2);
    checks.expect(await_end(Family().start("@giver", port)) == 0, "another sends an area");
    RegionFiller filler;
    checks.expect(filler.fill(), Status::region_table_full, "filling the region table");
    const Status found = message_receive(port, Wait::no).status();
    checks.expect(queued_at(port) == 1, "the message is still there");
    filler.release_all(checks);
    const auto head = message_receive(port, Wait::no);
    checks.expect(head.ok() && word_at(head_at(head.value()).areas[0].base + kPageBytes) == 2,
                  "it comes with its area");
    return status_name(found);
}

std::string_view references(Checks& checks) {
    constexpr std::uint32_t kReferences = 3000;
    const Family family;
    const Word base = pages(1);
    word_at(base) = 77;
    must(seal(base, kPageBytes));
    const ProcessId child = family.start("@idle");
    const Status status = until_refused(kReferences, [&] { return share(child, base, kPageBytes).status(); });
    checks.expect(audit_is_clean(), "each reference is counted");
    end_child(child);
    checks.expect(word_at(base) == 77, "it is here still");
    return status_name(status);
}

// --- queues --------------------------------------------------------------------------------------------------------

std::string_view flood(Checks& /*checks*/) {
    const PortId witness = witness_port();
    return status_name(until_refused(100000, [&] { return message_send(letter_to(witness), Wait::no); }));
}

/// Requests whose answers nobody takes: each promises a slot of the asker's own port, and that is full.
std::string_view flood_requests(Checks& /*checks*/) {
    const PortId witness = witness_port();
    const PortId answers = closed_port(4, 256);
    return status_name(until_refused(
        100000, [&] { return message_send(letter_to(witness, 0, answers), Wait::yes, kPatienceMilliseconds); }));
}

std::string_view own_flood(Checks& checks) {
    const PortId port = open_port(kPortMessagesMax, 64, kPortMessagesMax);
    const Status status = until_refused(2 * kPortMessagesMax, [&] { return send_area(port, pages(1), kPageBytes); });
    checks.expect(queued_at(port) == kPortMessagesMax, "the queue is full");
    checks.expect(message_send(letter_to(port), Wait::yes), Status::would_block, "nobody waits for itself");
    return status_name(status);
}

/// A million ids that might be ports: nobody's port is destroyed, and nobody but the owner can tell what is there.
std::string_view guesses(Checks& checks) {
    constexpr std::uint32_t kGuesses = 1'000'000;
    Random random(4711);
    std::uint32_t permitted = 0;
    std::uint32_t known = 0;
    for (std::uint32_t i = 0; i < kGuesses; ++i) {
        const std::uint32_t guess = i % 2 == 0 ? i / 2 : random.below(~0U);
        const Status status = port_destroy(static_cast<PortId>(guess));
        if (status == Status::ok) ++permitted;
        if (status == Status::not_permitted) ++known;
    }
    checks.expect(permitted == 0, "no guess destroys a port");
    checks.expect(known <= 8, "a guess meets a port only by its whole number");
    return status_name(port_destroy(PortId{0x12345678}));
}

// --- the end in the middle of a call -------------------------------------------------------------------------------

/// Waits in a call in one of several ways; `waits` has those on messages.
int run_waiter(const Arguments& arguments) {
    const PortId port = open_port(2, 64, 2);
    must(send_area(port, pages(3), kPageBytes));  // something under way at its end
    char buffer[16];
    switch (number_in(arguments, 2)) {
        case 0:
            wait_for_ever();
        case 1:
            return console_read(buffer).ok() ? 1 : 2;
        case 2: {
            const Family family;
            (void)family.start("@idle");
            return process_wait(ProcessId::none, Wait::yes).ok() ? 1 : 2;
        }
        case 3:
            return signal_wait(1).ok() ? 1 : 2;
        case 4:
            return message_receive(open_port(1, 64, 1), Wait::yes).ok() ? 1 : 2;
        case 5:
            return words_receive(open_port(1, 64, 1)).status == Status::ok ? 1 : 2;
        default:
            for (Word position = 0;;) {
                const auto watched = console_watch(position, buffer);
                position = watched.status == Status::overflow ? watched.value : position + watched.value;
            }
    }
}

std::string_view end_waiting(Checks& checks) {
    constexpr abi::ProcessState kStates[] = {abi::ProcessState::sleeping,  abi::ProcessState::reading,
                                             abi::ProcessState::waiting,   abi::ProcessState::awaiting,
                                             abi::ProcessState::receiving, abi::ProcessState::receiving,
                                             abi::ProcessState::reading};
    const Family family;
    for (std::uint32_t way = 0; way < std::size(kStates); ++way) {
        const ProcessId child = family.start("@waiter", way);
        checks.expect(comes_to(child, kStates[way]), "it waits");
        // What it started goes first: an orphan would stay.
        Word index = 0;
        for (auto next = next_process(index); next.ok(); next = next_process(index)) {
            if (next.value().parent == child) must(process_kill(next.value().process));
        }
        if (state_of(child) != abi::ProcessState::ended) must(process_kill(child));
        (void)must(process_wait(child, Wait::yes));
        checks.expect(audit_is_clean(), "nothing of it is left");
    }
    return status_name(Status::ok);
}

constexpr Attack kAttacks[] = {
    {"memory", "takes all frames", "out_of_memory", memory},
    {"promises", "has all frames promised, and touches none", "out_of_memory", promises},
    {"sealed-memory", "takes all frames and seals them, so that they are charged to nobody", "out_of_memory",
     sealed_memory},
    {"port-memory", "makes ports of the greatest size", "out_of_memory", port_memory},
    {"everything", "allocates all of user space, and more than there is", "out_of_memory", everything},
    {"limit", "takes more frames than its limit", "over_limit",
     [](Checks& checks) { return within_limit(checks, "@greedy"); }},
    {"page-tables", "has a page table made for each page, beyond its limit", "over_limit",
     [](Checks& checks) { return within_limit(checks, "@sparse"); }},
    {"ports", "makes ports until there are no more", "port_table_full", ports},
    {"processes", "starts processes until there are no more", "process_table_full", processes},
    {"zombies", "has children that end, and never asks after them", "process_table_full", zombies},
    {"spinners", "has six children that never give up the processor", "ok", spinners},
    {"names", "publishes names until it has too many", "too_many_names", names},
    {"full-receiver", "fragments its region table to the last slot, and receives an area", "region_table_full",
     full_receiver},
    {"references", "has a page shared 3000 times", "ok", references},
    {"flood", "sends to another's port without end", "would_block", flood},
    {"flood-requests", "makes requests without end, and takes no answer", "would_block", flood_requests},
    {"own-flood", "fills its own queue with areas", "would_block", own_flood},
    {"guesses", "tries to destroy a million ports by guessing", "unknown_port", guesses},
    {"end-waiting", "is killed in each call that waits, with an area under way", "ok", end_waiting},
};

constexpr Role kRoles[] = {{"@idle", run_idle},     {"@spinner", run_spinner}, {"@sparse", run_sparse},
                           {"@greedy", run_greedy}, {"@waiter", run_waiter},   {"@giver", run_giver}};

}  // namespace

std::span<const Attack> exhaustion_attacks() { return kAttacks; }
std::span<const Role> exhaustion_roles() { return kRoles; }

}  // namespace freehold::user
