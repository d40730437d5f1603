// SPDX-License-Identifier: MIT
// How the machine ends, and what QEMU's exit status says of it.
//
// QEMU's isa-debug-exit device turns a value v into the exit status 2 v + 1. QEMU's own failures give 1.
//
//   code 0            v = 16           status 33
//   code 1 to 14      v = code         status 3, 5 ... 29
//   code above 14     v = 15           status 31; also: the first process was killed or faulted
//   panic             v = 31           status 63
#pragma once

#include <cstdint>

namespace freehold::kernel {

inline constexpr std::uint32_t kExitValueSuccess = 16;
inline constexpr std::uint32_t kExitValueFailureMax = 15;
inline constexpr std::uint32_t kExitValuePanic = 31;

constexpr std::uint32_t exit_value(std::uint32_t code) {
    if (code == 0) return kExitValueSuccess;
    return code < kExitValueFailureMax ? code : kExitValueFailureMax;
}

/// Ends the machine: QEMU exits with the status above; a real machine says that it may be turned off.
[[noreturn]] void shut_down(std::uint32_t code);

/// It will panic there instead: a test of the panic.
void panic_at_the_end();

}  // namespace freehold::kernel
