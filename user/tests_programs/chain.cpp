// SPDX-License-Identifier: MIT
// chain: a pipeline of 20 processes. Each takes what comes, adds 1 to every page of its area and to its payload, and
// passes it on; the last passes it back to the source, which has several under way at a time.
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kStages = 20;
constexpr std::uint32_t kItems = 2000;
constexpr std::uint32_t kUnderWay = 6;
constexpr std::uint32_t kSlots = 8;
constexpr std::uint32_t kPagesMax = 8;

/// The cookie tells the item; the area's pages and the payload, if it has any, begin with the same number.
abi::SendArgs item(PortId to, Word cookie, const std::uint32_t& payload) {
    abi::SendArgs args = letter_to(to, cookie);
    args.payload = detail::word(&payload);
    args.length_bytes = sizeof(payload);
    return args;
}

int run_stage(PortId next, PortId parent) {
    const PortId port = open_port(kSlots, 64, kSlots);
    introduce(parent, port);
    for (;;) {
        const MessageHead& head = head_at(must(message_receive(port, Wait::yes)));
        const std::uint32_t payload = *reinterpret_cast<const std::uint32_t*>(&head + 1) + 1;
        abi::SendArgs args = item(next, head.cookie, payload);
        args.area_count = head.area_count;
        if (head.area_count != 0) {
            const auto& area = head.areas[0];
            for (Word at = 0; at < area.length_bytes; at += kPageBytes) ++word_at(area.base + at);
            args.areas[0] = {area.base, area.length_bytes, AreaToSend::Kind::move};
        }
        must(message_discard(port, head.message));
        must(message_send(args, Wait::yes));
    }
}

void send_item(PortId first, std::uint32_t number) {
    abi::SendArgs args = item(first, number, number);
    const Word length_bytes = number % (kPagesMax + 1) * kPageBytes;  // some have no area
    if (length_bytes != 0) {
        auto area = Area::allocate(length_bytes);
        must(area.status());
        const Word base = area.value().forget();
        for (Word at = 0; at < length_bytes; at += kPageBytes) word_at(base + at) = number;
        args.area_count = 1;
        args.areas[0] = {base, length_bytes, AreaToSend::Kind::move};
    }
    must(message_send(args, Wait::yes));
}

/// Whether the next item to come back is this one, and has been at each stage once.
bool item_comes_back(PortId inbox, std::uint32_t number) {
    const MessageHead& head = head_at(must(message_receive(inbox, Wait::yes)));
    const Word length_bytes = number % (kPagesMax + 1) * kPageBytes;
    bool right = head.cookie == number && head.area_count == (length_bytes != 0 ? 1 : 0) &&
                 *reinterpret_cast<const std::uint32_t*>(&head + 1) == number + kStages;
    if (head.area_count != 0) {
        right = right && head.areas[0].length_bytes == length_bytes;
        for (Word at = 0; at < head.areas[0].length_bytes; at += kPageBytes) {
            right = right && word_at(head.areas[0].base + at) == number + kStages;
        }
        must(release(head.areas[0].base, head.areas[0].length_bytes));
    }
    must(message_discard(inbox, head.message));
    return right;
}

int run_source() {
    Checks checks;
    const std::uint32_t frames = frames_in_use_now();
    {
        const Family family;
        const PortId inbox = open_port(kSlots, 64, kSlots);
        const PortId introductions = open_port(2, 64);
        PortId first = inbox;
        ProcessId stages[kStages];
        for (ProcessId& stage : stages) {
            stage = family.start("@stage", first, static_cast<std::uint32_t>(introductions));
            first = static_cast<PortId>(next_cookie(introductions));
        }
        std::uint32_t wrong = 0;
        for (std::uint32_t number = 0; number < kItems + kUnderWay; ++number) {
            if (number < kItems) send_item(first, number);
            if (number >= kUnderWay && !item_comes_back(inbox, number - kUnderWay)) ++wrong;
        }
        checks.expect(wrong == 0, "every item passes every stage once, in its order, with all its pages");
        for (const ProcessId stage : stages) end_child(stage);
        must(port_destroy(introductions));
        must(port_destroy(inbox));
        print("chain: {} items through {} processes\n", kItems, kStages);
    }
    checks.expect(frames_in_use_now() <= frames, "no more frames are in use than before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@stage") return run_stage(port_in(arguments, 2), port_in(arguments, 3));
    return run_source();
}

}  // namespace freehold::user
