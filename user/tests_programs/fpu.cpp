// SPDX-License-Identifier: MIT
// fpu: two processes fill the SSE and x87 registers and the general ones with patterns of their own, compute on while
// the other runs as well, and find their own patterns again, every time.
#include <processor_state.h>

#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kMilliseconds = 400;
constexpr std::uint32_t kDefaultMxcsr = 0x1F80;       // all exceptions masked (Intel SDM volume 1, section 10.2.3)
constexpr std::uint32_t kRoundingUp = 0x4000;         // two bits of MXCSR
constexpr std::uint32_t kDefaultX87Control = 0x037F;  // as FNINIT leaves it (volume 1, section 8.1.5)
constexpr std::uint32_t kX87RoundingUp = 0x0800;

arch::FloatingState pattern;
arch::FloatingState found;

void make_pattern(std::uint32_t seed) {
    for (std::uint32_t i = 0; i < 8; ++i) {
        for (std::uint32_t j = 0; j < 4; ++j) pattern.sse[i][j] = (seed << 24) + (i << 8) + j;
        // Bits of a double that is an integer: sign, exponent and a little of the fraction.
        const std::uint64_t bits = 0x4090000000000000 + (std::uint64_t{seed} << 40) + (std::uint64_t{i} << 44);
        __builtin_memcpy(&pattern.x87[i], &bits, sizeof bits);
    }
    pattern.mxcsr = kDefaultMxcsr | (seed % 2 == 0 ? 0 : kRoundingUp);
    pattern.x87_control = kDefaultX87Control | (seed % 2 == 0 ? 0 : kX87RoundingUp);
}

/// Registers are full while nothing but the other process runs, and while this one is in the kernel.
bool survives(std::uint32_t seed, std::uint32_t turns, bool call) {
    arch::GeneralState general{{seed, ~seed, seed * 3, seed * 5, seed * 7, seed * 11}};
    const arch::GeneralState wanted = general;
    arch::freehold_load_floating(&pattern);
    if (call) {
        arch::freehold_call_general(&general);
        general.word[2] = wanted.word[2];  // edx brings the call's value
    } else {
        arch::freehold_spin_general(&general, turns);
    }
    arch::freehold_store_floating(&found);
    return __builtin_memcmp(&pattern, &found, sizeof found) == 0 &&
           __builtin_memcmp(&general, &wanted, sizeof general) == 0;
}

int run_child(std::uint32_t seed) {
    make_pattern(seed);
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
    checks.expect(after.value().context_switches - before.value().context_switches > 10, "they took turns");
    return checks.finish();
}

}  // namespace freehold::user
