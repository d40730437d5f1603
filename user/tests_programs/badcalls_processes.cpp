// SPDX-License-Identifier: MIT
// Wrong pointers for every call that takes one, wrong processes, images and arguments; and calls at random.
#include "user/tests_programs/badcalls.h"

namespace freehold::user {
namespace {

constexpr ProcessId kUnknownProcesses[] = {ProcessId{0x12345678}, ProcessId{0xFFFFFFFF}, ProcessId{0xFF}};

void check_start(Checks& checks, const BootArchive& archive) {
    const Unchanged unchanged(checks, "processes that can't be started change nothing");
    const auto image = archive.find("bin/true");
    if (!checks.expect(image.status(), Status::ok, "finding bin/true")) return;
    static const char kName[] = "true";
    abi::StartArgs good{};
    good.image = detail::word(image.value().data());
    good.image_bytes = static_cast<Word>(image.value().size());
    good.arguments = detail::word(kName);
    good.argument_bytes = sizeof kName;
    good.priority = abi::kPriorityDefault;
    const auto expect = [&](auto change, std::string_view what, Status status = Status::ok) {
        abi::StartArgs args = good;
        change(args);
        const auto found = process_start(args);
        if (status == Status::ok) {
            expect_failure(checks, found.status(), what);
        } else {
            checks.expect(found.status(), status, what);
        }
    };
    using Args = abi::StartArgs;
    for (const Word pointer : kBadPointers) {
        expect([=](Args& a) { a.image = pointer; }, "an image from nowhere fails");
        expect([=](Args& a) { a.arguments = pointer; }, "arguments from nowhere fail");
    }
    expect([](Args& a) { a.image_bytes = 0; }, "an empty image fails");
    expect([](Args& a) { a.image_bytes = 51; }, "an image cut off in its head", Status::bad_image);
    expect([](Args& a) { a.image_bytes = kLastWord; }, "an image of all bytes there are fails");
    expect([](Args& a) { a.image += 1; }, "an image that is none", Status::bad_image);
    expect([](Args& a) { a.argument_bytes = abi::kArgumentBytesMax + 1; }, "arguments of more than a page",
           Status::arguments_too_long);
    expect([](Args& a) { a.argument_bytes = 0xFFFFFFFF; }, "arguments of all bytes", Status::arguments_too_long);
    expect([](Args& a) { a.argument_bytes = 3; }, "arguments without an end fail");
    expect([](Args& a) { a.priority = abi::kPriorities; }, "a priority beyond all fails");
    expect([](Args& a) { a.priority = 0xFFFFFFFF; }, "a priority far beyond all fails");
    expect([](Args& a) { a.privileges = abi::kPrivilegeDevices; }, "a privilege of others", Status::not_permitted);
    expect([](Args& a) { a.privileges = 0x80000000; }, "an unknown privilege fails");
    expect([](Args& a) { a.limit_frames = 1; }, "a limit below any process's need fails");
}

void check_handles(Checks& checks) {
    const Unchanged unchanged(checks, "unknown processes change nothing");
    for (const ProcessId process : kUnknownProcesses) {
        expect_failure(checks, process_kill(process), "killing nobody fails");
        expect_failure(checks, process_wait(process, Wait::yes).status(), "waiting for nobody fails");
        expect_failure(checks, move(process, arch::kProgramBase, kPageBytes).status(), "moving to nobody fails");
        RegionInfo region{};
        expect_failure(checks, regions(process, 0, {&region, 1}).status(), "nobody's regions fail");
    }
    expect_failure(checks, process_wait(ProcessId::none, Wait::yes).status(), "waiting without children fails");
    Word first = 0;
    const auto init = next_process(first);
    if (!checks.expect(init.status(), Status::ok, "the first process")) return;
    checks.expect(process_kill(init.value().process), Status::not_permitted, "killing the first process");
    checks.expect(process_wait(init.value().process, Wait::yes).status(), Status::not_permitted,
                  "waiting for what is no child");
    checks.expect(move(init.value().process, arch::kProgramBase, kPageBytes).status(), Status::not_permitted,
                  "moving to what is no child");
    checks.expect(shutdown(0), Status::not_permitted, "ending the machine");
    checks.expect(trace(true), Status::not_permitted, "turning the trace on");
    abi::ExitInfo info{};
    checks.expect(raw_call(Call::process_wait, 0, detail::word(&info), 2), Status::bad_option, "an unknown flag");
    Word index = 0xFFFFFFFF;
    checks.expect(next_process(index).status(), Status::unknown_process, "a process past all");
    checks.expect(next_port(index).status(), Status::unknown_port, "a port past all");
}

constexpr std::uint32_t kRandomCalls = 10000;

std::uint32_t state_of_random = 1;

std::uint32_t random() {
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 17;
    state_of_random ^= state_of_random << 5;
    return state_of_random;
}

/// A word that is likely to hurt.
Word nasty_word(Word scratch) {
    constexpr Word kTop = freehold::arch::kUserEnd;
    constexpr Word kPastTop = kTop + kPageBytes;
    constexpr Word kHighHalf = kLastWord / 2 + 1;
    constexpr Word kNasty[] = {0,          1,          2,          3,          4,          7,          8,
                               0x00000FFF, kPageBytes, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFF000, 0xE0000000,
                               0xEFF00000, kTop,       kPastTop,   kLastWord,  kLastPage,  kHighHalf};
    switch (random() % 8) {
        case 0:
            return random();
        case 1:
            return random() % 64;
        case 2:
            return random() & ~Word{kPageBytes - 1};
        case 3:
        case 4:
            return scratch + random() % (8 * kPageBytes);
        case 5:
            return scratch + (random() % 8) * kPageBytes;
        default:
            return kNasty[random() % (sizeof kNasty / sizeof kNasty[0])];
    }
}

/// Neither calls that wait for what never comes, nor the few that take long and were tried enough.
bool may_be_tried(Call call) {
    switch (call) {
        case Call::exit:
        case Call::sleep:
        case Call::console_write:
        case Call::console_read:
        case Call::console_watch:
        case Call::call:
        case Call::receive_words:
            return false;
        case Call::audit:
            return random() % 64 == 0;
        default:
            return true;
    }
}

/// The flag to wait is taken out of wherever it may stand.
Word flags_of(Call call, Word word) {
    const bool has_flags =
        call == Call::receive || call == Call::send || call == Call::process_wait || call == Call::wait;
    return has_flags ? word & ~Word{abi::kWait} : word;
}

}  // namespace

void check_pointers(Checks& checks) {
    const Unchanged unchanged(checks, "wrong pointers change nothing");
    constexpr Call kFirst[] = {Call::clock,   Call::allocate, Call::map_physical,  Call::port_create,
                               Call::send,    Call::reply,    Call::process_start, Call::system_info,
                               Call::forward, Call::publish,  Call::audit,         Call::boot_archive};
    constexpr Call kSecond[] = {Call::query_page, Call::process_info, Call::port_info, Call::process_wait};
    const auto port = Port::create();  // so that port_info has something to say
    for (const Word pointer : kBadPointers) {
        for (const Call call : kFirst) expect_failure(checks, raw_call(call, pointer), "a bad pointer fails");
        for (const Call call : kSecond) expect_failure(checks, raw_call(call, 0, pointer), "a bad pointer fails");
        expect_failure(checks, raw_call(Call::regions, 0, 0, pointer, 4), "regions to nowhere fails");
        expect_failure(checks, raw_call(Call::ledger, 0, pointer, 4), "a ledger to nowhere fails");
        expect_failure(checks, raw_call(Call::console_write, pointer, 4096), "text from nowhere fails");
        expect_failure(checks, raw_call(Call::console_watch, 0, pointer, 16), "a watch to nowhere fails");
    }
    // Answers into the program's own code: readable, not writable.
    for (const Call call : {Call::clock, Call::system_info, Call::audit}) {
        checks.expect(raw_call(call, arch::kProgramBase), Status::access_denied, "an answer into code");
    }
    RegionInfo region{};
    checks.expect(raw_call(Call::regions, 0, 0, detail::word(&region), 0), Status::buffer_too_small, "no room");
    checks.expect(raw_call(Call::ledger, 0, detail::word(&region), 0), Status::buffer_too_small, "no room");
}

void check_processes(Checks& checks, const BootArchive& archive) {
    check_start(checks, archive);
    check_handles(checks);
}

int run_random_calls(std::uint32_t seed) {
    state_of_random = seed * 2654435761U + 1;
    auto scratch = Area::allocate(8 * kPageBytes);
    if (!scratch.ok()) return 1;
    const Word base = scratch.value().forget();
    for (std::uint32_t i = 0; i < kRandomCalls; ++i) {
        const auto call = static_cast<Call>(random() % (static_cast<std::uint32_t>(Call::count_) + 2));
        if (!may_be_tried(call)) continue;
        // Often a structure of nasty words behind a pointer that is right, as far as it can still be written to.
        Word first = nasty_word(base);
        if (random() % 3 == 0) {
            const auto page = query_page(base);
            const bool writable = page.ok() && page.value().present && has(page.value().rights, kReadWrite);
            auto* const words = reinterpret_cast<volatile std::uint32_t*>(static_cast<std::uintptr_t>(base));
            for (int word = 0; writable && word < 24; ++word)
                words[word] = static_cast<std::uint32_t>(nasty_word(base));
            first = base;
        }
        const Word second = flags_of(call, nasty_word(base));
        const Word third = flags_of(call, nasty_word(base));
        (void)raw_call(call, first, second, third, nasty_word(base), nasty_word(base));
    }
    return 0;
}

}  // namespace freehold::user
