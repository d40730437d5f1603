// SPDX-License-Identifier: MIT
// badcalls: every system call with wrong arguments; then children that make random calls.
#include "user/tests_programs/badcalls.h"

#include "user/runtime/text.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kRandomChildren = 8;
constexpr std::uint32_t kPatienceMilliseconds = 20000;

void run_child(Checks& checks, const BootArchive& archive, std::uint32_t seed) {
    char number[16];
    const std::string_view words[] = {"badcalls", "@random", format_into(number, "{}", seed)};
    const auto child = start_program(archive, words);
    if (!checks.expect(child.status(), Status::ok, "starting a child")) return;
    const auto start = clock();
    for (auto now = start; now.value().milliseconds - start.value().milliseconds < kPatienceMilliseconds;
         now = clock()) {
        // How it ends is its own affair; that others are as before is ours.
        if (process_wait(child.value(), Wait::no).ok()) return;
        sleep(5);
    }
    checks.expect(process_kill(child.value()), Status::ok, "killing a child that waits forever");
    checks.expect(process_wait(child.value(), Wait::yes).status(), Status::ok, "waiting for its end");
}

void check_random_calls(Checks& checks, const BootArchive& archive) {
    std::uint32_t witness[64];
    for (std::uint32_t i = 0; i < 64; ++i) witness[i] = i * 2654435761U;
    {
        const Unchanged unchanged(checks, "random calls of children change nothing here");
        for (std::uint32_t seed = 1; seed <= kRandomChildren; ++seed) run_child(checks, archive, seed);
    }
    bool whole = true;
    for (std::uint32_t i = 0; i < 64; ++i) whole = whole && witness[i] == i * 2654435761U;
    checks.expect(whole, "a witness's memory is unharmed");
}

void check_unknown_calls(Checks& checks) {
    const Unchanged unchanged(checks, "unknown calls change nothing");
    for (const Word number : {static_cast<Word>(Call::count_), Word{1000}, Word{0x80000000}, Word{0xFFFFFFFF}}) {
        checks.expect(raw_call(static_cast<Call>(number), 1, 2, 3, 4, 5), Status::unknown_call, "an unknown call");
    }
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@random") return run_random_calls(*parse_number(arguments[2]));
    Checks checks;
    const auto archive = BootArchive::open();
    if (!checks.expect(archive.status(), Status::ok, "opening the archive")) return checks.finish();
    check_unknown_calls(checks);
    check_pointers(checks);
    check_areas(checks);
    check_ports(checks);
    check_processes(checks, archive.value());
    check_random_calls(checks, archive.value());
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
