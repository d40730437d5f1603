// SPDX-License-Identifier: MIT
// fpu: two processes fill the floating-point registers and the general ones with patterns of their own, compute on
// while the other runs as well, and find their own patterns again, every time.
#include <processor_state.h>

#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kMilliseconds = 400;

arch::FloatingState pattern;
arch::FloatingState found;

/// Registers are full while nothing but the other process runs, and while this one is in the kernel.
bool survives(std::uint32_t seed, std::uint32_t turns, bool call) {
    arch::GeneralState general{};
    Word value = seed;
    for (auto& word : general.word) word = value, value = value * 3 + 1;
    const arch::GeneralState wanted = general;
    arch::freehold_load_floating(&pattern);
    if (call) {
        arch::freehold_call_general(&general, 0);
        arch::accept_call(general, wanted);
    } else {
        arch::freehold_spin_general(&general, turns);
    }
    arch::freehold_store_floating(&found);
    return __builtin_memcmp(&pattern, &found, sizeof found) == 0 &&
           __builtin_memcmp(&general, &wanted, sizeof general) == 0;
}

int run_child(std::uint32_t seed) {
    arch::fill(pattern, seed);
    const auto start = clock();
    if (!start.ok()) return 1;
    for (std::uint32_t turn = 0;; ++turn) {
        if (!survives(seed + turn, 20000, turn % 4 == 3)) return 1;
        const auto now = clock();
        if (!now.ok()) return 1;
        if (now.value().milliseconds - start.value().milliseconds > kMilliseconds) return 0;
    }
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@child") return run_child(*parse_number(arguments[2]));
    Checks checks;
    const auto archive = BootArchive::open();
    const std::string_view first[] = {"fpu", "@child", "1"};
    const std::string_view second[] = {"fpu", "@child", "2"};
    if (!checks.expect(archive.status(), Status::ok, "opening the archive")) return checks.finish();
    const auto before = system_info();
    checks.expect(start_program(archive.value(), first).status(), Status::ok, "starting the first");
    checks.expect(start_program(archive.value(), second).status(), Status::ok, "starting the second");
    for (int i = 0; i < 2; ++i) {
        const auto ended = process_wait(ProcessId::none, Wait::yes);
        checks.expect(ended.ok() && status_of_end(ended.value()) == 0, "a process finds its registers as it left them");
    }
    const auto after = system_info();
    print("fpu: registers of {}\n", arch::floating_registers());
    checks.expect(after.value().context_switches - before.value().context_switches > 10, "they took turns");
    return checks.finish();
}

}  // namespace freehold::user
