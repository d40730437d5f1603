// SPDX-License-Identifier: MIT
// Instructions a user program must not get away with, for programs that try: 32-bit x86.
#pragma once

#include "user/arch/x86/misuse.h"

namespace freehold::user::arch {

/// Asks for a trap behind each instruction, right before a system call: the kernel must not be what is trapped.
inline void step() { asm volatile("pushf\n orl $0x100, (%%esp)\n popf\n int $0x80" : : "a"(0) : "memory", "cc"); }

inline constexpr auto kMisuses = with_common({
    {"step", "a trap behind each instruction", step},
});

}  // namespace freehold::user::arch
