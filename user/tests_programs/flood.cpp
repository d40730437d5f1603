// SPDX-License-Identifier: MIT
// flood: a victim calls a server while another process sends to the same port as fast as it can, either waiting where
// the port is full, or trying again and again with a lower priority. Counts are the processor's counter's.
#include <algorithm>

#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kCalls = 1001;
constexpr std::uint32_t kCallsAfterSleep = 31;
constexpr std::uint32_t kTimes = 10;  // a round trip may take that many times its quiet value
constexpr ProgramOptions kLower{.priority = abi::kPriorityDefault - 1};  // the server works for whoever calls it
constexpr std::uint32_t kSlots = 4;

/// Answers each request with its first word plus its second; what wants no answer is dropped.
int run_server(PortId parent) {
    const PortId port = open_port(kSlots, 64);
    introduce(parent, port);
    auto request = words_receive(port);
    for (;;) {
        must(request.status);
        if (request.head == 0) {
            request = words_receive(port, number_of_request(request), request.first + request.second);
            continue;
        }
        const MessageHead& head = head_at(request.head);
        const Word* const words = reinterpret_cast<const Word*>(&head + 1);
        if ((head.flags & kMessageWantsReply) != 0) {
            request = words_receive(port, head.message, words[0] + words[1]);
        } else {
            must(message_discard(port, head.message));
            request = words_receive(port);
        }
    }
}

int run_flooder(PortId server, Wait wait) {
    static const std::byte payload[64]{};
    abi::SendArgs args = letter_to(server);
    args.payload = detail::word(payload);
    args.length_bytes = sizeof(payload);
    for (;;) {
        const Status sent = message_send(args, wait);
        if (sent != Status::ok && sent != Status::would_block) fail(status_name(sent));
    }
}

struct RoundTrip {
    std::uint32_t median;
    std::uint32_t slow;  // 99 of 100 are at most that
};

/// Before each call the others get the processor by `give_way`, so that the port is as full as they make it.
template <typename GiveWay>
RoundTrip measure(PortId server, PortId answers, std::uint32_t calls, GiveWay give_way) {
    static std::uint32_t samples[kCalls];
    for (std::uint32_t i = 0; i < calls; ++i) {
        give_way();
        const std::uint64_t start = arch::cycles();
        const auto answer = words_call(server, answers, i, 5);
        samples[i] = static_cast<std::uint32_t>(arch::cycles() - start);
        must(answer.status);
        const Word sum = answer.head == 0 ? answer.first : *reinterpret_cast<const Word*>(&head_at(answer.head) + 1);
        if (sum != i + 5) fail("a wrong answer");
        if (answer.head != 0) must(message_discard(answers, head_at(answer.head).message));
    }
    std::sort(samples, samples + calls);
    return {samples[calls / 2], samples[calls * 99 / 100]};
}

void check_flood(Checks& checks, std::string_view name, RoundTrip quiet, RoundTrip now) {
    print("flood: {}: {} instructions a round trip, 99 of 100 at most {}; quiet {}\n", name, now.median, now.slow,
          quiet.median);
    checks.expect(now.median <= kTimes * quiet.median, "a round trip takes at most 10 times its quiet value");
    checks.expect(now.slow <= kTimes * quiet.median, "and so do 99 of 100");
}

int run_victim() {
    Checks checks;
    const std::uint32_t frames = frames_in_use_now();
    {
        const Family family;
        const PortId answers = closed_port(4, 64);
        const PortId inbox = open_port(4, 64);
        const ProcessId server = family.start("@server", inbox, 0, kLower);
        const auto port = static_cast<PortId>(next_cookie(inbox));
        sleep(20);  // the server comes to wait
        const RoundTrip quiet = measure(port, answers, kCalls, yield);

        const ProcessId patient = family.start("@flooder", port, 1);
        sleep(20);
        check_flood(checks, "a flood that waits", quiet, measure(port, answers, kCalls, yield));
        end_child(patient);

        const ProcessId wild = family.start("@flooder", port, 0, kLower);
        sleep(20);
        check_flood(checks, "a flood that never waits", quiet,
                    measure(port, answers, kCallsAfterSleep, [] { sleep(1); }));
        end_child(wild);
        end_child(server);
        must(port_destroy(inbox));
        must(port_destroy(answers));
    }
    checks.expect(frames_in_use_now() <= frames, "no more frames are in use than before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@server") return run_server(port_in(arguments, 2));
    if (arguments[1] == "@flooder") {
        return run_flooder(port_in(arguments, 2), number_in(arguments, 3) != 0 ? Wait::yes : Wait::no);
    }
    return run_victim();
}

}  // namespace freehold::user
