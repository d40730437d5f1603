// SPDX-License-Identifier: MIT
// kernel_cost: what the kernel's work costs its programs, in steps of the processor's counter: guest instructions where
// the emulator counts so (-icount). For each case and size it prints
//
//      cost CASE SIZE VALUE             the median of many times
//      events CASE SIZE COUNT ...       of one time, in hundredths: system calls, page faults, table entries written,
//                                       pages invalidated, whole TLBs flushed, switches of address spaces, bytes
//                                       copied, frames zeroed
//
// The cases, which benchmarks/linux/kernel_cost.c has too, for Linux:
//
//      null_call               a system call that does nothing
//      round_trip              a byte to another process, and one back
//      transfer                an area from one process to another, which reads a byte of each page: half of there and
//                              back again
//      transfer_16_readers     a sealed area shown to 16 processes: for each of them, the message, the reading, the
//                              letting go and an empty message back
//      fault_zeroed, fault     the first write to a page, of many one after the other; with frames at hand that were
//                              filled with zeros in idle time, or without
//      fault_apart             the first write to a page next to which nothing was touched
//      allocate_touch_release  an area comes, a byte of each page is written, it goes
//      start_process           a program of 64 KiB is started, ends at once, and its end is taken note of
//      reading, empty_message  what is in some of the above whatever the kernel does
//      grow_CALL               a call on areas of 8, 16 and 32 MiB, populated but for allocate
//
// And `metadata WHAT VALUE`: bytes of the kernel's image, of the library's data and of a frame's record in it; frames;
// and bytes of a region table of 1000 regions.
#include <algorithm>

#include "user/bench_programs/bench.h"
#include "user/runtime/area.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kRoundsMax = 65;
constexpr std::uint32_t kRoundsFew = 5;
constexpr std::uint32_t kReaders = 16;
constexpr std::uint32_t kPortSlots = 4;
constexpr std::uint32_t kNullCalls = 64;  // at a time
constexpr Word kFaultAreaBytes = Word{1} << 20;
constexpr Word kZeroedBytesMax = Word{4} << 20;     // that the kernel has at hand in frames filled with zeros
constexpr std::uint32_t kZeroingMilliseconds = 20;  // that it needs for as many as kFaultAreaBytes
constexpr Word kLarge = Word{16} << 20;
constexpr Word kImageBytes = Word{64} << 10;  // of image_64k, once loaded

/// What the other process does with a message, said by its cookie.
enum class Job : Word { swap = 1, read, answer, leave };

abi::SendArgs letter(PortId to, Job job) {
    abi::SendArgs args{};
    args.to = to;
    args.cookie = static_cast<Word>(job);
    return args;
}

/// Reads a byte of each page.
Word read_pages(Word base, Word length_bytes) {
    Word sum = 0;
    for (Word at = base; at != base + length_bytes; at += kPageBytes) {
        sum += *reinterpret_cast<const volatile unsigned char*>(static_cast<std::uintptr_t>(at));
    }
    return sum;
}

/// Writes a byte of each page, or of some.
void touch_pages(Word base, Word length_bytes, Word step_bytes = kPageBytes) {
    for (Word at = base; at != base + length_bytes; at += step_bytes) {
        *reinterpret_cast<volatile unsigned char*>(static_cast<std::uintptr_t>(at)) = 1;
    }
}

// --- the other processes --------------------------------------------------------------------------------------------

/// Tells the client of a port of one's own, by the cookie of a first message.
PortId introduce(PortId client) {
    const PortId port = must(port_create(open_port(kPortSlots, 64)));
    auto hello = letter(client, Job::answer);
    hello.cookie = static_cast<Word>(port);
    must(message_send(hello, Wait::yes));
    return port;
}

/// Answers words, until the second of them says otherwise.
void serve_words(PortId port) {
    auto request = words_receive(port);
    while (request.status == Status::ok && request.head == 0 && request.second == 0) {
        request = words_receive(port, static_cast<std::uint32_t>(request.message), request.first + 1, 0);
    }
    must(request.status);
    abi::ReplyArgs last{};
    last.port = port;
    last.message = static_cast<std::uint32_t>(request.message);
    must(message_reply(last));
}

int run_server(PortId client) {
    Inbox inbox{introduce(client)};
    serve_words(inbox.port);
    abi::SendArgs back = letter(client, Job::answer);
    for (;;) {
        const MessageHead& head = inbox.receive();
        const auto job = static_cast<Job>(head.cookie);
        if (job == Job::leave) return 0;
        back.area_count = job == Job::swap ? 1 : 0;
        if (job == Job::swap) {
            (void)read_pages(head.areas[0].base, head.areas[0].length_bytes);
            back.areas[0] = {head.areas[0].base, head.areas[0].length_bytes, AreaToSend::Kind::move};
        } else if (job == Job::read) {
            (void)read_pages(head.areas[0].base, head.areas[0].length_bytes);
            must(release(head.areas[0].base, head.areas[0].length_bytes));
        }
        must(message_send(back, Wait::yes));
    }
}

// --- the client -----------------------------------------------------------------------------------------------------

/// The kernel's counts while something was done, time after time, without those of counting itself.
class Events {
  public:
    void begin() { start_ = must(system_info()); }

    void end() {
        const abi::SystemInfo end = must(system_info());
        const Counters& now = end.counters;
        const Counters& then = start_.counters;
        const std::uint64_t counts[kCounts] = {end.system_calls - start_.system_calls - 1,
                                               end.page_faults - start_.page_faults,
                                               now.entries_written - then.entries_written,
                                               now.invalidations - then.invalidations,
                                               now.full_flushes - then.full_flushes,
                                               end.context_switches - start_.context_switches,
                                               now.bytes_copied - then.bytes_copied + now.bytes_transferred -
                                                   then.bytes_transferred - sizeof(abi::SystemInfo),
                                               now.frames_zeroed - then.frames_zeroed};
        for (std::uint32_t i = 0; i < kCounts; ++i) sums_[i] += counts[i];
    }

    void report(std::string_view name, Word size, std::uint32_t times) const {
        print("events {} {}", name, size);
        for (const std::uint64_t sum : sums_) print(" {}", sum * 100 / times);
        print("\n");
    }

  private:
    static constexpr std::uint32_t kCounts = 8;

    abi::SystemInfo start_{};
    std::uint64_t sums_[kCounts] = {};
};

/// Times something, so many rounds; what it costs is the median's `times`-th part.
class Bench {
  public:
    Bench(std::string_view name, Word size, std::uint32_t rounds = kRoundsMax, std::uint32_t times = 1)
        : name_(name), size_(size), rounds_(rounds), times_(times) {}

    /// `before` and `after` each round count for nothing.
    template <typename Before, typename Act, typename After>
    void run(Before before, Act act, After after) {
        before();  // the first time touches what was not touched yet
        act();
        after();
        std::uint32_t samples[kRoundsMax];
        Events events;
        for (std::uint32_t i = 0; i < rounds_; ++i) {
            before();
            events.begin();
            const std::uint64_t start = arch::cycles();
            act();
            samples[i] = static_cast<std::uint32_t>(arch::cycles() - start);
            events.end();
            after();
        }
        events.report(name_, size_, rounds_ * times_);
        std::sort(samples, samples + rounds_);
        print("cost {} {} {}\n", name_, size_, samples[rounds_ / 2] / times_);
    }

    template <typename Act>
    void run(Act act) {
        run([] {}, act, [] {});
    }

  private:
    std::string_view name_;
    Word size_;
    std::uint32_t rounds_;
    std::uint32_t times_;
};

/// Fewer rounds where one of them is long.
constexpr std::uint32_t rounds_for(Word size) { return size >= kLarge ? 5 : size >= Word{1} << 20 ? 15 : kRoundsMax; }

Area new_area(Word size, bool populate) {
    auto area = Area::allocate(
        size, {.alignment_bytes = size < arch::kTableBytes ? kPageBytes : arch::kTableBytes, .populate = populate});
    must(area.status());
    return static_cast<Area&&>(area.value());
}

void measure_null_call() {
    Bench("null_call", 0, kRoundsMax, kNullCalls).run([] {
        for (std::uint32_t i = 0; i < kNullCalls; ++i) must(null_call());
    });
}

void measure_round_trip(PortId server) {
    const PortId answers = must(port_create(answers_port(kPortSlots)));
    Bench("round_trip", 1).run([&] {
        const auto answer = words_call(server, answers, 7, 0);
        if (answer.status != Status::ok || answer.head != 0 || answer.first != 8) fail("a wrong answer");
    });
    const auto last = words_call(server, answers, 0, 1);
    must(last.status);
    must(port_destroy(answers));
}

void measure_transfers(PortId server, Inbox& inbox) {
    const abi::SendArgs empty = letter(server, Job::answer);
    Bench("empty_message", 0, kRoundsMax, 2).run([&] {
        must(message_send(empty, Wait::yes));
        (void)inbox.receive();
    });
    for (const Word kib : {4, 64, 1 << 10, 16 << 10}) {
        const Word size = kib << 10;
        abi::SendArgs args = letter(server, Job::swap);
        args.area_count = 1;
        args.areas[0] = {new_area(size, true).forget(), size, AreaToSend::Kind::move};
        Bench("reading", size, rounds_for(size)).run([&] { (void)read_pages(args.areas[0].base, size); });
        Bench("transfer", size, rounds_for(size), 2).run([&] {
            must(message_send(args, Wait::yes));
            args.areas[0].base = inbox.receive().areas[0].base;
            (void)read_pages(args.areas[0].base, size);
        });
        must(release(args.areas[0].base, size));
    }
}

void measure_readers(std::span<const PortId> readers, Inbox& inbox) {
    auto sealed = new_area(kLarge, true).seal();
    must(sealed.status());
    abi::SendArgs args = letter(PortId::none, Job::read);
    args.area_count = 1;
    args.areas[0] = {sealed.value().base(), kLarge, AreaToSend::Kind::share};
    Bench("transfer_16_readers", kLarge, rounds_for(kLarge), kReaders).run([&] {
        Status outcomes[kReaders];
        if (must(message_publish(args, readers, outcomes)) != readers.size()) fail("a reader was not reached");
        for (std::uint32_t i = 0; i < readers.size(); ++i) (void)inbox.receive();
    });
}

/// As long as it lives, no frame is at hand that is filled with zeros already: nobody sleeps meanwhile.
Area use_up_zeroed() { return new_area(kZeroedBytesMax, true); }

void measure_faults() {
    constexpr std::uint32_t kPages = kFaultAreaBytes / kPageBytes;
    Area area;
    // Asleep, one leaves the processor to the kernel, which then fills free frames with zeros.
    Bench("fault_zeroed", 0, kRoundsMax, kPages)
        .run(
            [&] {
                area = new_area(kFaultAreaBytes, false);
                sleep(kZeroingMilliseconds);
            },
            [&] { touch_pages(area.base(), kFaultAreaBytes); }, [&] { must(area.release()); });
    Area all = use_up_zeroed();
    Bench("fault", 0, kRoundsMax, kPages)
        .run([&] { area = new_area(kFaultAreaBytes, false); }, [&] { touch_pages(area.base(), kFaultAreaBytes); },
             [&] { must(area.release()); });
    Bench("fault_apart", 0, kRoundsMax, kPages / 2)
        .run([&] { area = new_area(kFaultAreaBytes, false); },
             [&] { touch_pages(area.base(), kFaultAreaBytes, 2 * kPageBytes); }, [&] { must(area.release()); });
}

void measure_allocation() {
    for (const Word size : {Word{64} << 10, kLarge}) {
        Bench("allocate_touch_release", size, rounds_for(size)).run([size] {
            Area area = new_area(size, false);
            touch_pages(area.base(), size);
            must(area.release());
        });
    }
}

/// What calls on areas of 8, 16 and 32 MiB cost, to see what grows with the size, and how fast. All is in whole tables.
void measure_growth() {
    for (const Word mib : {8, 16, 32}) {
        const Word size = mib << 20;
        Area area;
        const auto populated = [&] { area = new_area(size, true); };
        const auto release_area = [&] { must(area.release()); };
        Bench("grow_allocate", size, kRoundsFew).run([] {}, [&] { area = new_area(size, false); }, release_area);
        Bench("grow_release", size, kRoundsFew).run(populated, release_area, [] {});
        Bench("grow_protect", size, kRoundsFew)
            .run(
                populated, [&] { must(area.protect(Rights::read)); }, release_area);
        Bench("grow_seal", size, kRoundsFew)
            .run(
                populated, [&] { must(seal(area.base(), size)); }, release_area);
    }
}

/// The frames this process is charged for.
std::uint32_t frames_charged(ProcessId self) {
    for (Word index = 0;;) {
        const auto next = must(next_process(index));
        if (next.process == self) return next.frames_charged;
    }
}

/// Bytes that are nobody's but the system's own.
void report_metadata(ProcessId self) {
    const abi::SystemInfo info = must(system_info());
    print("metadata image {}\nmetadata frame {}\n", info.frames_image * kPageBytes, info.frame_bytes);
    print("metadata library {}\nmetadata frames {}\n", info.memory.metadata_bytes, info.memory.frames_total);
    constexpr Word kRegions = 980;  // and those of the program itself
    Area area = new_area(kRegions * kPageBytes, false);
    const std::uint32_t before = frames_charged(self);
    for (Word page = 1; page < kRegions; page += 2) {
        must(protect(area.base() + page * kPageBytes, kPageBytes, Rights::read));
    }
    // The first frame of a region table comes with the process.
    print("metadata regions_1000 {}\n", (1 + frames_charged(self) - before) * kPageBytes);
}

void measure_starts(const BootArchive& archive) {
    const auto image = archive.find("bin/image_64k");
    must(image.status());
    static constexpr char kName[] = "image_64k";
    abi::StartArgs args{};
    args.image = detail::word(image.value().data());
    args.image_bytes = static_cast<Word>(image.value().size());
    args.arguments = detail::word(kName);
    args.argument_bytes = sizeof kName;
    args.priority = abi::kPriorityDefault;
    Bench("start_process", kImageBytes).run([&] {
        const ProcessId child = must(process_start(args));
        if (status_of_end(must(process_wait(child, Wait::yes))) != 0) fail("the program failed");
    });
}

// --- starting and ending --------------------------------------------------------------------------------------------

PortId start(const BootArchive& archive, Inbox& inbox) {
    char number[16];
    const std::string_view words[] = {"kernel_cost", format_into(number, "{}", inbox.port)};
    must(start_program(archive, words).status());
    return static_cast<PortId>(inbox.receive().cookie);
}

/// Ends servers, which have to be told first that no more words come.
void end(std::span<const PortId> servers) {
    for (const PortId server : servers) must(message_send(letter(server, Job::leave), Wait::yes));
    for (std::uint32_t i = 0; i < servers.size(); ++i) {
        if (status_of_end(must(process_wait(ProcessId::none, Wait::yes))) != 0) fail("a server failed");
    }
}

int run_client(ProcessId self) {
    const auto archive = BootArchive::open();
    must(archive.status());
    measure_null_call();
    Inbox inbox{must(port_create(open_port(2 * kReaders, 64)))};
    PortId readers[kReaders];
    readers[0] = start(archive.value(), inbox);
    measure_round_trip(readers[0]);
    measure_transfers(readers[0], inbox);
    for (std::uint32_t i = 1; i < kReaders; ++i) {
        readers[i] = start(archive.value(), inbox);
        const PortId answers = must(port_create(answers_port(1)));
        must(words_call(readers[i], answers, 0, 1).status);
        must(port_destroy(answers));
    }
    measure_readers(readers, inbox);
    end(readers);
    measure_faults();
    measure_allocation();
    measure_starts(archive.value());
    measure_growth();
    report_metadata(self);
    print("done\n");
    return 0;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments.count() < 2) return run_client(arguments.info().self);
    return run_server(static_cast<PortId>(parse_number(arguments[1]).value_or(0)));
}

}  // namespace freehold::user
