// SPDX-License-Identifier: MIT
// restarts [N]: starts `true` and waits for its end, N times over, and finds the machine as before.
#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kRestarts = 10000;

/// Starts and ends of `true`; false as soon as one is not as it should be.
bool start_and_end(Checks& checks, const BootArchive& archive, std::uint32_t count) {
    const std::string_view words[] = {"true"};
    for (; count > 0; --count) {
        const auto process = start_program(archive, words);
        if (!checks.expect(process.status(), Status::ok, "starting a process")) return false;
        const auto ended = process_wait(process.value(), Wait::yes);
        if (!checks.expect(ended.status(), Status::ok, "waiting for it")) return false;
        if (!checks.expect(status_of_end(ended.value()) == 0, "it exits with 0")) return false;
    }
    return true;
}

}  // namespace

int program_main(const Arguments& arguments) {
    const auto count = arguments.count() > 1 ? parse_number(arguments[1]) : kRestarts;
    if (!count.has_value()) {
        print("usage: restarts [N]\n");
        return 2;
    }
    Checks checks;
    const auto archive = BootArchive::open();
    checks.expect(archive.status(), Status::ok, "opening the archive");
    if (!archive.ok() || !start_and_end(checks, archive.value(), 1)) return checks.finish();
    const std::uint32_t frames = frames_in_use_now();
    start_and_end(checks, archive.value(), *count);
    checks.expect(frames_in_use_now() == frames, "as many frames are in use as before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
