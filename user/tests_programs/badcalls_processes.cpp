// SPDX-License-Identifier: MIT
// Wrong pointers for every call that takes one, wrong processes, images and arguments.
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
    // Answers into the program's own code: pages of the archive, which is sealed.
    for (const Call call : {Call::clock, Call::system_info, Call::audit}) {
        checks.expect(raw_call(call, arch::kProgramBase), Status::sealed, "an answer into code");
    }
    RegionInfo region{};
    checks.expect(raw_call(Call::regions, 0, 0, detail::word(&region), 0), Status::buffer_too_small, "no room");
    checks.expect(raw_call(Call::ledger, 0, detail::word(&region), 0), Status::buffer_too_small, "no room");
}

void check_processes(Checks& checks, const BootArchive& archive) {
    check_start(checks, archive);
    check_handles(checks);
}

}  // namespace freehold::user
