// SPDX-License-Identifier: MIT
// Instructions a user program must not get away with, for programs that try: 32-bit x86.
#pragma once

#include "user/arch/x86/misuse.h"

namespace freehold::user::arch {

/// Asks for a trap behind each instruction, right before a system call: the kernel must not be what is trapped.
inline void step() { asm volatile("pushf\n orl $0x100, (%%esp)\n popf\n int $0x80" : : "a"(0) : "memory", "cc"); }

inline constexpr Misuse kMisuses[] = {
    {"privileged", "an instruction for the kernel only", privileged_instruction},
    {"io", "a write to an I/O port", write_io_port},
    {"halt", "stopping the processor", halt},
    {"div", "a division by zero", divide_by_zero},
    {"undefined", "an undefined instruction", undefined_instruction},
    {"breakpoint", "a breakpoint without a debugger", breakpoint},
    {"interrupt", "the timer's interrupt, raised by hand", raise_interrupt},
    {"segment", "a segment of the kernel's", load_kernel_segment},
    {"step", "a trap behind each instruction", step},
};

}  // namespace freehold::user::arch
