// SPDX-License-Identifier: MIT
// ipc_cost: what messages cost between two processes, in steps of the processor's counter: guest instructions where the
// emulator counts so (-icount). Prints lines `cost CASE SIZE VALUE`, each the median of many round trips.
//
// A round trip is there and back again: two messages, two switches of processes.
#include <algorithm>

#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kRounds = 65;
constexpr Word kMessageBytesMax = 4096;
constexpr std::uint32_t kPortSlots = 4;

/// What the server does with a message, said by its cookie.
enum class Job : Word { echo = 1, swap = 2, leave = 3 };

constexpr abi::PortArgs kOpenPort{
    static_cast<std::uint32_t>(PortMode::open), ProcessId::none, kPortSlots, kMessageBytesMax, kPortSlots, 0};
constexpr abi::PortArgs kAnswersPort{
    static_cast<std::uint32_t>(PortMode::closed), ProcessId::none, kPortSlots, 64, 0, 0};

alignas(64) std::byte buffer[kMessageBytesMax];

std::uint32_t median(std::uint32_t (&samples)[kRounds]) {
    std::sort(std::begin(samples), std::end(samples));
    return samples[kRounds / 2];
}

template <typename Act>
std::uint32_t measure(Act act) {
    std::uint32_t samples[kRounds];
    for (std::uint32_t& sample : samples) {
        const std::uint64_t start = arch::cycles();
        act();
        sample = static_cast<std::uint32_t>(arch::cycles() - start);
    }
    return median(samples);
}

void report(std::string_view name, Word size, std::uint32_t value) { print("cost {} {} {}\n", name, size, value); }

const MessageHead& head_at(Word address) {
    return *reinterpret_cast<const MessageHead*>(static_cast<std::uintptr_t>(address));
}

/// A port, and the last message taken out of it, to be given back with the next receive.
struct Inbox {
    PortId port = PortId::none;
    std::uint32_t done = 0;

    const MessageHead& receive() {
        const auto address = message_receive(port, Wait::yes, 0, done);
        if (!address.ok()) fail("receiving failed");
        const MessageHead& head = head_at(address.value());
        done = head.message;
        return head;
    }
};

abi::SendArgs letter(PortId to, Word length_bytes, Job job) {
    abi::SendArgs args{};
    args.to = to;
    args.payload = detail::word(buffer);
    args.length_bytes = length_bytes;
    args.cookie = static_cast<Word>(job);
    return args;
}

void must(Status status) {
    if (status != Status::ok) fail(status_name(status));
}

// --- the server -----------------------------------------------------------------------------------------------------

/// Answers words, until told to go over to messages.
void serve_words(PortId port) {
    auto request = words_receive(port);
    while (request.status == Status::ok && request.head == 0 && request.first != static_cast<Word>(Job::leave)) {
        request = words_receive(port, request.message, request.second, request.first);
    }
    must(request.status);
    if (request.head != 0) fail("a request came in memory");
    abi::ReplyArgs last{};
    last.port = port;
    last.message = request.message;
    must(message_reply(last));
}

int run_server(PortId client) {
    const auto port = port_create(kOpenPort);
    if (!port.ok()) return 1;
    auto hello = letter(client, 0, Job::echo);
    hello.cookie = static_cast<Word>(port.value());
    hello.to = client;
    must(message_send(hello, Wait::yes));
    serve_words(port.value());
    // With the closed port for answers named in cookie-less messages, an echo goes to the client's open port.
    Inbox inbox{port.value()};
    for (;;) {
        const MessageHead& head = inbox.receive();
        const auto job = static_cast<Job>(head.cookie);
        if (job == Job::leave) return 0;
        abi::SendArgs back = letter(client, head.length_bytes, job);
        if (head.area_count != 0) {
            back.area_count = 1;
            back.areas[0] = {head.areas[0].base, head.areas[0].length_bytes, AreaToSend::Kind::move};
        }
        must(message_send(back, Wait::yes));
    }
}

// --- the client -----------------------------------------------------------------------------------------------------

void measure_calls(PortId server, PortId answers) {
    report("call", 0, measure([&] {
               const auto answer = words_call(server, answers, static_cast<Word>(Job::echo), 7);
               if (answer.status != Status::ok || answer.head != 0 || answer.first != 7) fail("a wrong answer");
           }));
    const auto last = words_call(server, answers, static_cast<Word>(Job::leave), 0);
    must(last.status);
    if (last.head != 0) must(message_discard(answers, head_at(last.head).message));
}

void measure_messages(PortId server, Inbox& inbox) {
    for (const Word size : {Word{0}, Word{64}, Word{4096}}) {
        const abi::SendArgs args = letter(server, size, Job::echo);
        report("send_receive", size, measure([&] {
                   must(message_send(args, Wait::yes));
                   (void)inbox.receive();
               }));
    }
}

void measure_moves(PortId server, Inbox& inbox) {
    for (const Word size : {Word{4} << 10, Word{64} << 10, Word{1} << 20, Word{4} << 20, Word{64} << 20}) {
        auto area = Area::allocate(
            size, {.alignment_bytes = size < arch::kTableBytes ? kPageBytes : arch::kTableBytes, .populate = true});
        if (!area.ok()) fail("no memory for an area");
        Word base = area.value().forget();
        report("move", size, measure([&] {
                   abi::SendArgs args = letter(server, 0, Job::swap);
                   args.area_count = 1;
                   args.areas[0] = {base, size, AreaToSend::Kind::move};
                   must(message_send(args, Wait::yes));
                   base = inbox.receive().areas[0].base;
               }));
        must(release(base, size));
    }
}

int run_client() {
    const auto archive = BootArchive::open();
    if (!archive.ok()) return 1;
    Inbox inbox{port_create(kOpenPort).value_or(PortId::none)};
    const PortId answers = port_create(kAnswersPort).value_or(PortId::none);
    char number[16];
    const std::string_view words[] = {"ipc_cost", "@server", format_into(number, "{}", inbox.port)};
    must(start_program(archive.value(), words).status());
    const auto server = static_cast<PortId>(inbox.receive().cookie);
    measure_calls(server, answers);
    measure_messages(server, inbox);
    measure_moves(server, inbox);
    must(message_send(letter(server, 0, Job::leave), Wait::yes));
    const auto end = process_wait(ProcessId::none, Wait::yes);
    return end.ok() && status_of_end(end.value()) == 0 ? 0 : 1;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] != "@server") return run_client();
    const auto port = parse_number(arguments[2]);
    return port.has_value() ? run_server(static_cast<PortId>(*port)) : 1;
}

}  // namespace freehold::user
