// SPDX-License-Identifier: MIT
// Instructions a user program must not get away with, for programs that try: x86-64.
#pragma once

#include "user/arch/x86/misuse.h"

namespace freehold::user::arch {

/// Asks for a trap behind each instruction, right before a system call: the kernel must not be what is trapped.
inline void step() {
    asm volatile("pushf\n orq $0x100, (%%rsp)\n popf\n syscall" : : "a"(0) : "rcx", "r9", "r11", "memory", "cc");
}

inline void run_data() {
    const std::uint32_t breakpoints[16] = {0xCCCCCCCC, 0xCCCCCCCC};
    asm volatile("" : : "r"(breakpoints) : "memory");
    jump_to(reinterpret_cast<std::uintptr_t>(breakpoints));
}

/// Where the kernel's tables lie is not for programs to know: UMIP.
inline void read_table_register() {
    std::uint8_t table[10];
    asm volatile("sgdt %0" : "=m"(table));
}

inline void jump_to_no_address() { jump_to(0x0000800000000000); }

/// On a stack that is at no address: the kernel must not use it.
inline void call_without_stack() {
    asm volatile("mov %0, %%rsp\n syscall\n push %%rax"
                 :
                 : "r"(0x0001000000000000), "a"(0)
                 : "rcx", "r9", "r11", "memory");
}

inline constexpr auto kMisuses = with_common({
    {"step", "a trap behind each instruction", step},
    {"data", "data executed", run_data},
    {"table", "where the kernel's tables lie", read_table_register},
    {"nowhere", "a jump to an address there can't be", jump_to_no_address},
    {"stackless", "a system call with a stack pointer that is no address", call_without_stack},
});

}  // namespace freehold::user::arch
