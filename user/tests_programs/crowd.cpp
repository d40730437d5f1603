// SPDX-License-Identifier: MIT
// crowd [CALLS]: 100 clients call one server, a million calls in all if not told otherwise. The port has fewer slots
// than there are clients, so they also wait for room. Each answer is checked by its client, each request is counted.
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kClients = 100;
constexpr std::uint32_t kCalls = 1'000'000;
constexpr std::uint32_t kSlots = 16;

std::uint32_t answer_to(std::uint32_t client, std::uint32_t number) { return client * 31 + number * 7; }

int run_client(PortId server, std::uint32_t packed) {
    const std::uint32_t client = packed % kClients;
    const PortId answers = closed_port(2, 64);
    for (std::uint32_t number = packed / kClients; number > 0; --number) {
        const auto answer = words_call(server, answers, client, number);
        must(answer.status);
        const bool in_registers = answer.head == 0;
        if (!in_registers) must(head_at(answer.head).status);
        const Word word = in_registers ? answer.first : *reinterpret_cast<const Word*>(&head_at(answer.head) + 1);
        if (word != answer_to(client, number)) fail("a wrong answer");
        if (!in_registers) must(message_discard(answers, head_at(answer.head).message));
    }
    return 0;
}

/// Serves until every client has made all its calls; false if one came out of turn.
bool serve(PortId port, std::uint32_t calls_each) {
    static std::uint32_t due[kClients];
    for (std::uint32_t& number : due) number = calls_each;
    bool in_turn = true;
    auto request = words_receive(port);
    for (std::uint32_t served = 1;; ++served) {
        must(request.status);
        const bool in_registers = request.head == 0;
        const Word* const words = in_registers ? nullptr : reinterpret_cast<const Word*>(&head_at(request.head) + 1);
        const Word client = in_registers ? request.first : words[0];
        const Word number = in_registers ? request.second : words[1];
        const std::uint32_t message = number_of_request(request);
        if (client >= kClients || due[client]-- != number) in_turn = false;
        const Word answer = answer_to(static_cast<std::uint32_t>(client), static_cast<std::uint32_t>(number));
        if (served == calls_each * kClients) {
            abi::ReplyArgs last{};
            last.port = port;
            last.message = message;
            const Word both[] = {answer, 0};
            last.payload = detail::word(both);
            last.length_bytes = sizeof(both);
            must(message_reply(last));
            return in_turn;
        }
        request = words_receive(port, message, answer);
    }
}

int run_server(std::uint32_t calls) {
    Checks checks;
    const std::uint32_t frames = frames_in_use_now();
    {
        const Family family;
        const PortId port = open_port(kSlots, 64);
        const std::uint32_t each = calls / kClients;
        for (std::uint32_t i = 0; i < kClients; ++i) (void)family.start("@client", port, each * kClients + i);
        checks.expect(serve(port, each), "each client's calls come in their order, none twice");
        std::uint32_t failed = 0;
        for (std::uint32_t i = 0; i < kClients; ++i) failed += await_end(ProcessId::none) != 0 ? 1 : 0;
        checks.expect(failed == 0, "every client has all its answers");
        must(port_destroy(port));
        print("crowd: {:,} calls of {} clients\n", each * kClients, kClients);
    }
    checks.expect(frames_in_use_now() <= frames, "no more frames are in use than before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@client") return run_client(port_in(arguments, 2), number_in(arguments, 3));
    return run_server(number_in(arguments, 1, kCalls));
}

}  // namespace freehold::user
