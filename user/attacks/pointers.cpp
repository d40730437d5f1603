// SPDX-License-Identifier: MIT
// Attacks by pointers: the kernel is given addresses where it must not read or write, for every argument that is one.
// badcalls has the plain ones; here structures begin where they may and end where they may not.
#include "user/attacks/attack.h"
#include "user/attacks/image.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kPattern = 0xA5A5A5A5;
constexpr Word kReach = 4;  ///< bytes of a structure on the good side of a border

// --- borders: the address where what may be reached ends ------------------------------------------------------------

/// Where nothing else is put: a hole in them stays one.
Word two_pages() {
    const Word base = pages(2, {.alignment_bytes = 2 * kPageBytes, .placement = Placement::highest});
    touch(base, 2);
    return base;
}

Word border_to_hole() {
    const Word border = two_pages() + kPageBytes;
    must(release(border, kPageBytes));
    return border;
}

Word border_to_guard() {
    const Word border = two_pages() + kPageBytes;
    must(guard(border, kPageBytes));
    return border;
}

Word border_without_rights(Rights rights) {
    const Word border = two_pages() + kPageBytes;
    must(protect(border, kPageBytes, rights));
    return border;
}

Word border_to_sealed() {
    const Word border = two_pages() + kPageBytes;
    must(seal(border, kPageBytes));
    return border;
}

Word border_to_transit() {
    const Word border = two_pages() + kPageBytes;
    must(send_area(open_port(1, 64, 1), border, kPageBytes));
    return border;
}

/// The head of a message lies in the buffer of a port, and it is the kernel's to write.
Word border_to_kept() {
    const PortId port = open_port(1, 64, 1);
    must(message_send(letter_to(port), Wait::no));
    return must(message_receive(port, Wait::no)) + kReach;
}

// --- what reads ----------------------------------------------------------------------------------------------------

/// A request of its own that it has received, to be answered.
struct Held {
    PortId port = open_port(4, 64, 4);
    PortId answers = open_port(4, 64, 4);
    std::uint32_t message = receive();

    std::uint32_t receive() const {
        must(message_send(letter_to(port, 0, answers), Wait::no));
        return head_at(must(message_receive(port, Wait::no))).message;
    }
};

/// Every structure that calls read, with `kReach` bytes before `border`.
void read_structures(Checks& checks, Word border, Status wanted) {
    const Word at = border - kReach;
    for (const Call call : {Call::allocate, Call::port_create, Call::send, Call::reply, Call::process_start,
                            Call::forward, Call::publish}) {
        checks.expect(raw_call(call, at), wanted, "a structure");
    }
}

/// Every range of bytes that calls read, or that structures point at.
void read_ranges(Checks& checks, Word border, Status wanted) {
    const Word at = border - kReach;
    constexpr std::uint32_t kLength = 32;
    const Held held;
    checks.expect(raw_call(Call::console_write, at, kLength), wanted, "a text");
    checks.expect(message_post(held.port, at, kLength, 0, PortId::none), wanted, "a payload posted");
    abi::SendArgs letter = letter_to(held.port);
    letter.payload = at;
    letter.length_bytes = kLength;
    checks.expect(raw_call(Call::send, detail::word(&letter)), wanted, "a payload sent");
    abi::ReplyArgs answer{};
    answer.port = held.port;
    answer.message = held.message;
    answer.payload = at;
    answer.length_bytes = kLength;
    checks.expect(message_reply(answer), wanted, "a payload of a reply");
    abi::ForwardArgs onward{};
    onward.port = held.port;
    onward.message = held.message;
    onward.to = held.answers;
    onward.payload = at;
    onward.length_bytes = kLength;
    checks.expect(message_forward(onward), wanted, "a payload forwarded");
    const abi::SendArgs plain = letter_to(held.port);
    Status outcomes[8];
    checks.expect(raw_call(Call::publish, detail::word(&plain), at, 8, detail::word(outcomes)), wanted, "ports");
    checks.expect(message_discard(held.port, held.message), Status::ok, "the request is still held");
    checks.expect(queued_at(held.port) == 0, "and nothing was sent");
}

void read_images(Checks& checks, Word border, Status wanted) {
    static const char kName[] = "name";
    abi::StartArgs args{};
    args.priority = abi::kPriorityDefault;
    args.image = border - kReach;
    args.image_bytes = 4096;
    args.arguments = detail::word(kName);
    args.argument_bytes = sizeof kName;
    checks.expect(process_start(args).status(), wanted, "an image");
    args.arguments = border - kReach;
    args.argument_bytes = 2 * kReach;
    checks.expect(process_start(args).status(), wanted, "arguments");
}

std::string_view reads(Checks& checks, Word border, Status wanted) {
    {
        const Unchanged unchanged(checks, "what could not be read changed nothing");
        read_structures(checks, border, wanted);
        read_images(checks, border, wanted);
    }
    read_ranges(checks, border, wanted);
    return status_name(wanted);
}

// --- what writes ---------------------------------------------------------------------------------------------------

/// Every structure that calls write, with `kReach` bytes before `border`: they stay as they were.
std::string_view writes(Checks& checks, Word border, Status wanted, bool own_before = true) {
    const Unchanged unchanged(checks, "what could not be written changed nothing");
    const Word at = border - kReach;
    if (own_before) word_at(at) = kPattern;
    for (const Call call : {Call::clock, Call::system_info, Call::audit, Call::boot_archive}) {
        checks.expect(raw_call(call, at), wanted, "a structure");
    }
    checks.expect(raw_call(Call::query_page, arch::kProgramBase, at), wanted, "a page");
    checks.expect(raw_call(Call::process_info, 0, at), wanted, "a process");
    checks.expect(raw_call(Call::port_info, 0, at), wanted, "a port");
    checks.expect(raw_call(Call::regions, 0, 0, at, 4), wanted, "regions");
    checks.expect(raw_call(Call::ledger, 0, at, 4), wanted, "the ledger");
    if (own_before) checks.expect(word_at(at) == kPattern, "nothing was written before the border either");
    return status_name(wanted);
}

std::string_view write_outcomes(Checks& checks) {
    const Word border = border_to_hole();
    const PortId port = open_port(8, 64, 8);
    const PortId ports[] = {port, port, port, port};
    const abi::SendArgs letter = letter_to(port);
    const Status found = raw_call(Call::publish, detail::word(&letter), detail::word(ports), 4, border - kReach);
    checks.expect(queued_at(port) == 0, "nothing was sent whose outcome could not be told");
    return status_name(found);
}

/// The child stays to be asked after.
std::string_view write_exit(Checks& checks) {
    const ProcessId child = must(start_image(image_of({}), "child"));
    const Word border = border_to_hole();
    const Status found = raw_call(Call::process_wait, detail::word(child), border - kReach, abi::kWait);
    checks.expect(await_end(child) == 0, "its end can still be asked after");
    return status_name(found);
}

/// Arrays whose end wraps around the end of all addresses, or only just passes the end of user space.
std::string_view wrap(Checks& checks) {
    constexpr Word kEnd = freehold::arch::kUserEnd;
    for (const Word base : {kEnd - 64, kLastPage, kLastWord - 3}) {
        for (const Word count : {Word{4}, kLastWord / sizeof(RegionInfo) + 1, kLastWord}) {
            checks.expect(raw_call(Call::regions, 0, 0, base, count), Status::bad_address, "regions without end");
            checks.expect(raw_call(Call::ledger, 0, base, count), Status::bad_address, "a ledger without end");
        }
    }
    return status_name(raw_call(Call::regions, 0, 0, kEnd - 1, 1));
}

// --- messages and their own memory ---------------------------------------------------------------------------------

/// A message whose payload is its own description.
std::string_view own_description(Checks& checks) {
    const PortId port = open_port(1, 256, 1);
    abi::SendArgs letter = letter_to(port, 7);
    letter.payload = detail::word(&letter);
    letter.length_bytes = sizeof letter;
    const Status found = raw_call(Call::send, detail::word(&letter));
    const Word head = must(message_receive(port, Wait::no));
    const auto* const arrived =
        reinterpret_cast<const abi::SendArgs*>(static_cast<std::uintptr_t>(head) + sizeof(MessageHead));
    checks.expect(arrived->payload == letter.payload && arrived->cookie == 7, "it arrives as it was");
    return status_name(found);
}

/// A message that moves the area in which its description and its payload lie.
std::string_view moved_description(Checks& checks) {
    const PortId port = open_port(1, 64, 1);
    const Word base = two_pages();
    auto& letter = *reinterpret_cast<abi::SendArgs*>(static_cast<std::uintptr_t>(base + 64));
    letter = letter_to(port, 9);
    letter.payload = base + kPageBytes - 16;
    letter.length_bytes = 32;
    word_at(letter.payload) = kPattern;
    letter.area_count = 1;
    letter.areas[0] = {base, 2 * kPageBytes, AreaToSend::Kind::move};
    const Status found = raw_call(Call::send, base + 64);
    const Word head = must(message_receive(port, Wait::no));
    checks.expect(word_at(head + sizeof(MessageHead)) == kPattern, "the payload came before its page left");
    const Word arrived = head_at(head).areas[0].base;
    checks.expect(word_at(arrived + kPageBytes - 16) == kPattern, "and the page arrived");
    return status_name(found);
}

/// A call that would answer into the very area that it moves or gives up.
std::string_view given_up_outcomes(Checks& checks) {
    const PortId port = open_port(2, 64, 2);
    const Word base = two_pages();
    abi::SendArgs letter = letter_to(port);
    letter.area_count = 1;
    letter.areas[0] = {base, kPageBytes, AreaToSend::Kind::move};
    const PortId ports[] = {port, port};
    const Status found = raw_call(Call::publish, detail::word(&letter), detail::word(ports), 2, base + 16);
    const Word head = must(message_receive(port, Wait::no));
    const Word arrived = head_at(head).areas[0].base;
    checks.expect(arrived != 0 && queued_at(port) == 0, "it went once");
    return status_name(found);
}

/// Numbers of all bits a word has: more than the type of a call's can hold, so in a program of its own each.
std::string_view unknown_numbers(Checks& checks) {
    const auto code = CodeList(freehold_call_by_number).code();
    for (Word number = detail::word(Call::count_); number != 0; number <<= 1U) {
        for (const Word near : {number, number & (0 - number)}) {
            if (near < detail::word(Call::count_)) continue;
            const abi::ExitInfo end = end_of(code, "number", near);
            checks.expect(static_cast<Status>(end.code), Status::unknown_call, "a number that is no call's");
        }
    }
    return status_name(static_cast<Status>(end_of(code, "number", kLastWord).code));
}

constexpr Attack kAttacks[] = {
    {"read-hole", "every structure and range that is read, with a hole in it", "bad_address",
     [](Checks& c) { return reads(c, border_to_hole(), Status::bad_address); }},
    {"read-guard", "the same with a guard page in it", "guard_page",
     [](Checks& c) { return reads(c, border_to_guard(), Status::guard_page); }},
    {"read-forbidden", "the same partly in an area without rights", "access_denied",
     [](Checks& c) { return reads(c, border_without_rights(Rights::none), Status::access_denied); }},
    {"read-in-transit", "the same partly in an area under way", "in_transit",
     [](Checks& c) { return reads(c, border_to_transit(), Status::in_transit); }},
    {"read-kernel", "the same across the end of user space", "bad_address",
     [](Checks& c) { return reads(c, freehold::arch::kUserEnd, Status::bad_address); }},
    {"read-wrapped", "the same across the end of all addresses", "bad_address",
     [](Checks& c) { return reads(c, 0, Status::bad_address); }},
    {"write-hole", "every structure that is written, with a hole in it", "bad_address",
     [](Checks& c) { return writes(c, border_to_hole(), Status::bad_address); }},
    {"write-guard", "the same with a guard page in it", "guard_page",
     [](Checks& c) { return writes(c, border_to_guard(), Status::guard_page); }},
    {"write-read-only", "the same partly in an area that may only be read", "access_denied",
     [](Checks& c) { return writes(c, border_without_rights(Rights::read), Status::access_denied); }},
    {"write-sealed", "the same partly in a sealed area", "sealed",
     [](Checks& c) { return writes(c, border_to_sealed(), Status::sealed); }},
    {"write-in-transit", "the same partly in an area under way", "in_transit",
     [](Checks& c) { return writes(c, border_to_transit(), Status::in_transit); }},
    {"write-kept", "the same in the buffer of a port of its own", "access_denied",
     [](Checks& c) { return writes(c, border_to_kept(), Status::access_denied, false); }},
    {"write-kernel", "the same across the end of user space", "bad_address",
     [](Checks& c) { return writes(c, freehold::arch::kUserEnd, Status::bad_address, false); }},
    {"write-wrapped", "the same across the end of all addresses", "bad_address",
     [](Checks& c) { return writes(c, 0, Status::bad_address, false); }},
    {"write-outcomes", "outcomes of a message to many that can't be told", "bad_address", write_outcomes},
    {"write-exit", "how a child ended, to where it can't be written", "bad_address", write_exit},
    {"arrays-wrapped", "arrays whose length wraps around", "bad_address", wrap},
    {"own-description", "a message whose payload is its own description", "ok", own_description},
    {"moved-description", "a message that moves its own description and payload away", "ok", moved_description},
    {"moved-outcomes", "a message to many that moves the place of its outcomes away", "ok", given_up_outcomes},
    {"unknown-numbers", "numbers that are no call's, of all bits a word has", "unknown_call", unknown_numbers},
};

}  // namespace

std::span<const Attack> pointer_attacks() { return kAttacks; }

}  // namespace freehold::user
