// SPDX-License-Identifier: MIT
// Instructions a user program must not get away with, for programs that try.
#pragma once

#include <cstdint>
#include <string_view>

namespace freehold::user::arch {

inline void privileged_instruction() { asm volatile("csrci sstatus, 2"); }

inline void undefined_instruction() { asm volatile("unimp"); }

inline void breakpoint() { asm volatile("ebreak"); }

inline void raise_interrupt() { asm volatile("csrsi sip, 2"); }

inline void return_from_trap() { asm volatile("sret"); }

inline void load_table() { asm volatile("csrw satp, zero"); }

inline void forget_translations() { asm volatile("sfence.vma"); }

inline void jump_to(std::uintptr_t address) { asm volatile("jr %0" : : "r"(address)); }

inline void run_data() {
    const std::uint32_t breakpoints[16] = {0x00100073, 0x00100073};
    asm volatile("" : : "r"(breakpoints) : "memory");
    jump_to(reinterpret_cast<std::uintptr_t>(breakpoints));
}

struct Misuse {
    std::string_view name;
    std::string_view what;
    void (*commit)();
};

inline constexpr Misuse kMisuses[] = {
    {"privileged", "an instruction for the kernel only", privileged_instruction},
    {"undefined", "an undefined instruction", undefined_instruction},
    {"breakpoint", "a breakpoint without a debugger", breakpoint},
    {"interrupt", "an interrupt, raised by hand", raise_interrupt},
    {"return", "a return from a trap that was none", return_from_trap},
    {"table", "another root table", load_table},
    {"fence", "translations forgotten by hand", forget_translations},
    {"data", "data executed", run_data},
};

}  // namespace freehold::user::arch
