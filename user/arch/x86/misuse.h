// SPDX-License-Identifier: MIT
// Instructions a user program must not get away with, for programs that try: what both widths of x86 have.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freehold::user::arch {

inline void privileged_instruction() { asm volatile("cli"); }

inline void write_io_port() { asm volatile("outb %%al, $0x64" : : "a"(0xFE)); }

inline void divide_by_zero() {
    std::uint32_t quotient = 1;
    std::uint32_t rest = 0;
    asm volatile("divl %2" : "+a"(quotient), "+d"(rest) : "r"(0U) : "cc");
}

inline void undefined_instruction() { asm volatile("ud2"); }

inline void breakpoint() { asm volatile("int3"); }

/// A software interrupt that no gate lets user code raise: the timer's.
inline void raise_interrupt() { asm volatile("int $0x20"); }

inline void load_kernel_segment() { asm volatile("movw %w0, %%ds" : : "r"(0x10)); }

inline void jump_to(std::uintptr_t address) { asm volatile("jmp *%0" : : "r"(address)); }

inline void halt() { asm volatile("hlt"); }

struct Misuse {
    std::string_view name;
    std::string_view what;
    void (*commit)();
};

inline constexpr std::array kCommonMisuses = {
    Misuse{"privileged", "an instruction for the kernel only", privileged_instruction},
    Misuse{"io", "a write to an I/O port", write_io_port},
    Misuse{"halt", "stopping the processor", halt},
    Misuse{"div", "a division by zero", divide_by_zero},
    Misuse{"undefined", "an undefined instruction", undefined_instruction},
    Misuse{"breakpoint", "a breakpoint without a debugger", breakpoint},
    Misuse{"interrupt", "the timer's interrupt, raised by hand", raise_interrupt},
    Misuse{"segment", "a segment of the kernel's", load_kernel_segment},
};

/// Those, and what one width alone has.
template <std::size_t kCount>
constexpr auto with_common(const Misuse (&own)[kCount]) {
    std::array<Misuse, kCommonMisuses.size() + kCount> all{};
    std::ranges::copy(own, std::ranges::copy(kCommonMisuses, all.begin()).out);
    return all;
}

}  // namespace freehold::user::arch
