// SPDX-License-Identifier: MIT
// ipc_cost: what messages cost between processes, in steps of the processor's counter: guest instructions where the
// emulator counts so (-icount). For each case and size it prints
//
//      cost CASE SIZE VALUE                     the median of many round trips
//      events CASE SIZE COPIED ASIDE FRAMES     of one round trip: payload bytes copied, other bytes copied to and from
//                                               user memory; frames allocated by all round trips together
//
// A round trip is there and back again: two messages (of share_16: 32), two switches of processes at least.
//
//      call          a request and its reply             send_receive  a message, and one of the same length back
//      share_1, _16  a sealed area, an empty message     move          an area, and the same area back
//                    back from each reader; it lets go later
#include <algorithm>

#include "user/bench_programs/bench.h"
#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kRounds = 65;
constexpr std::uint32_t kReaders = 16;
constexpr Word kMessageBytesMax = 64 << 10;
constexpr std::uint32_t kPortSlots = 4;
constexpr Word kCopyStepBytes = 256;  // between the sizes copied, up to kCopyStepsEnd: to find where moving is cheaper
constexpr Word kCopyStepsEnd = 16 << 10;

/// What a server does with a message, said by its cookie.
enum class Job : Word { echo = 1, answer, swap, look, let_go, leave };

alignas(64) std::byte buffer[kMessageBytesMax];

abi::SendArgs letter(PortId to, std::uint32_t length_bytes, Job job) {
    abi::SendArgs args{};
    args.to = to;
    args.payload = detail::word(buffer);
    args.length_bytes = length_bytes;
    args.cookie = static_cast<Word>(job);
    return args;
}

// --- the servers ----------------------------------------------------------------------------------------------------

/// A port of the server's own, made known to the client by the cookie of a first message.
PortId introduce(PortId client, std::uint32_t message_bytes) {
    const PortId port = must(port_create(open_port(kPortSlots, message_bytes)));
    auto hello = letter(client, 0, Job::echo);
    hello.cookie = static_cast<Word>(port);
    must(message_send(hello, Wait::yes));
    return port;
}

/// Answers words, until told to go over to messages.
void serve_words(PortId port) {
    auto request = words_receive(port);
    while (request.status == Status::ok && request.head == 0 && request.first != static_cast<Word>(Job::leave)) {
        request = words_receive(port, static_cast<std::uint32_t>(request.message), request.second, request.first);
    }
    must(request.status);
    if (request.head != 0) fail("a request came in memory");
    abi::ReplyArgs last{};
    last.port = port;
    last.message = static_cast<std::uint32_t>(request.message);
    must(message_reply(last));
}

int run_server(PortId client) {
    Inbox inbox{introduce(client, kMessageBytesMax)};
    serve_words(inbox.port);
    abi::SendArgs back = letter(client, 0, Job::echo);
    abi::ReplyArgs answer{inbox.port, 0, detail::word(buffer), 0, 0, {}};
    for (;;) {
        const MessageHead& head = inbox.receive();
        switch (static_cast<Job>(head.cookie)) {
            case Job::answer:
                answer.message = head.message;
                answer.length_bytes = head.length_bytes;
                inbox.done = 0;  // a reply gives the slot back
                must(message_reply(answer));
                continue;
            case Job::leave:
                return 0;
            default:
                back.length_bytes = head.length_bytes;
                back.area_count = head.area_count;
                back.areas[0] = {head.areas[0].base, head.areas[0].length_bytes, AreaToSend::Kind::move};
                must(message_send(back, Wait::yes));
        }
    }
}

/// Is shown sealed areas, and lets go of one when told so.
int run_reader(PortId client) {
    Inbox inbox{introduce(client, 64)};
    const abi::SendArgs back = letter(client, 0, Job::echo);
    MessageHead::Area area{};
    for (;;) {
        const MessageHead& head = inbox.receive();
        const auto job = static_cast<Job>(head.cookie);
        if (job == Job::leave) return 0;
        if (job == Job::look) area = head.areas[0];
        if (job == Job::let_go) must(release(area.base, area.length_bytes));
        must(message_send(back, Wait::yes));
    }
}

// --- the client -----------------------------------------------------------------------------------------------------

std::uint32_t median(std::uint32_t (&samples)[kRounds]) {
    std::sort(std::begin(samples), std::end(samples));
    return samples[kRounds / 2];
}

/// The kernel's counts while something was done, without those of counting itself.
class Events {
  public:
    Events() : at_start_(now()) {}

    void report(std::string_view name, Word size) const {
        const Counters at_end = now();
        print("events {} {} {} {} {}\n", name, size, (at_end.bytes_copied - at_start_.bytes_copied) / kRounds,
              (at_end.bytes_transferred - at_start_.bytes_transferred - sizeof(abi::SystemInfo)) / kRounds,
              at_end.frames_allocated - at_start_.frames_allocated);
    }

  private:
    static Counters now() { return must(system_info()).counters; }

    Counters at_start_;
};

/// Reports the cost of `act`; `between`, after each, costs nothing and counts nothing if it does nothing.
template <typename Act, typename Between>
void measure(std::string_view name, Word size, Act act, Between between) {
    act();  // the first time touches what was not touched yet
    between();
    std::uint32_t samples[kRounds];
    const Events events;
    for (std::uint32_t& sample : samples) {
        const std::uint64_t start = arch::cycles();
        act();
        sample = static_cast<std::uint32_t>(arch::cycles() - start);
        between();
    }
    events.report(name, size);
    print("cost {} {} {}\n", name, size, median(samples));
}

template <typename Act>
void measure(std::string_view name, Word size, Act act) {
    measure(name, size, act, [] {});
}

void measure_calls(PortId server, PortId answers) {
    measure("call", 0, [&] {
        const auto answer = words_call(server, answers, static_cast<Word>(Job::echo), 7);
        if (answer.status != Status::ok || answer.head != 0 || answer.first != 7) fail("a wrong answer");
    });
    const auto last = words_call(server, answers, static_cast<Word>(Job::leave), 0);
    must(last.status);
    if (last.head != 0) must(message_discard(answers, head_at(last.head).message));

    Inbox inbox{answers};
    abi::SendArgs request = letter(server, 64, Job::answer);
    request.reply_to = answers;
    measure("call", 64, [&] {
        must(message_send(request, Wait::yes));
        if (inbox.receive().length_bytes != 64) fail("a wrong answer");
    });
    must(message_discard(answers, inbox.done));
}

void measure_copies(PortId server, Inbox& inbox) {
    const auto measure_size = [&](std::uint32_t size) {
        const abi::SendArgs args = letter(server, size, Job::echo);
        measure("send_receive", size, [&] {
            must(message_send(args, Wait::yes));
            if (inbox.receive().length_bytes != size) fail("a wrong length");
        });
    };
    measure_size(0);
    measure_size(64);
    for (std::uint32_t size = kCopyStepBytes; size <= kCopyStepsEnd; size += kCopyStepBytes) measure_size(size);
    measure_size(kMessageBytesMax);
}

Area new_area(Word size) {
    auto area = Area::allocate(
        size, {.alignment_bytes = size < arch::kTableBytes ? kPageBytes : arch::kTableBytes, .populate = true});
    must(area.status());
    return static_cast<Area&&>(area.value());
}

void measure_moves(PortId server, Inbox& inbox) {
    for (const Word kib : {4, 8, 12, 16, 64, 1 << 10, 4 << 10, 64 << 10}) {
        const Word size = kib << 10;
        abi::SendArgs args = letter(server, 0, Job::swap);
        args.area_count = 1;
        args.areas[0] = {new_area(size).forget(), size, AreaToSend::Kind::move};
        measure("move", size, [&] {
            must(message_send(args, Wait::yes));
            args.areas[0].base = inbox.receive().areas[0].base;
        });
        must(release(args.areas[0].base, size));
    }
}

void publish(const abi::SendArgs& args, std::span<const PortId> readers, Inbox& inbox) {
    Status outcomes[kReaders];
    if (must(message_publish(args, readers, outcomes)) != readers.size()) fail("a reader was not reached");
    for (std::uint32_t i = 0; i < readers.size(); ++i) (void)inbox.receive();
}

void measure_shares(std::string_view name, std::span<const PortId> readers, Inbox& inbox) {
    const abi::SendArgs let_go = letter(PortId::none, 0, Job::let_go);
    for (const Word kib : {4, 64, 1 << 10, 4 << 10, 64 << 10}) {
        const Word size = kib << 10;
        auto sealed = new_area(size).seal();
        must(sealed.status());
        abi::SendArgs args = letter(PortId::none, 0, Job::look);
        args.area_count = 1;
        args.areas[0] = {sealed.value().base(), size, AreaToSend::Kind::share};
        measure(
            name, size, [&] { publish(args, readers, inbox); }, [&] { publish(let_go, readers, inbox); });
    }
}

// --- starting and ending --------------------------------------------------------------------------------------------

PortId start(const BootArchive& archive, std::string_view role, Inbox& inbox) {
    char number[16];
    const std::string_view words[] = {"ipc_cost", role, format_into(number, "{}", inbox.port)};
    must(start_program(archive, words).status());
    return static_cast<PortId>(inbox.receive().cookie);
}

void end(std::span<const PortId> servers) {
    for (const PortId server : servers) must(message_send(letter(server, 0, Job::leave), Wait::yes));
    for (std::uint32_t i = 0; i < servers.size(); ++i) {
        if (status_of_end(must(process_wait(ProcessId::none, Wait::yes))) != 0) fail("a server failed");
    }
}

int run_client() {
    const auto archive = BootArchive::open();
    must(archive.status());
    Inbox inbox{must(port_create(open_port(kPortSlots, kMessageBytesMax)))};
    const PortId answers = must(port_create(answers_port(kPortSlots)));
    const PortId server = start(archive.value(), "@server", inbox);
    measure_calls(server, answers);
    measure_copies(server, inbox);
    measure_moves(server, inbox);
    end({&server, 1});

    Inbox notes{must(port_create(open_port(2 * kReaders, 64)))};
    PortId readers[kReaders];
    for (PortId& reader : readers) reader = start(archive.value(), "@reader", notes);
    measure_shares("share_1", std::span<const PortId>(readers, 1), notes);
    measure_shares("share_16", readers, notes);
    end(readers);
    return 0;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments.count() < 3) return run_client();
    const auto port = static_cast<PortId>(parse_number(arguments[2]).value_or(0));
    return arguments[1] == "@server" ? run_server(port) : run_reader(port);
}

}  // namespace freehold::user
