// SPDX-License-Identifier: MIT
// What user code finds alike on both widths of x86: the counter of cycles, and exceptions.
#pragma once

#include <cstdint>

namespace freehold::user::arch {

/// The processor's time-stamp counter; guest instructions where the emulator counts so.
inline std::uint64_t cycles() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (std::uint64_t{high} << 32) | low;
}

/// Lets the processor know that this is a waiting loop.
inline void relax() { asm volatile("pause"); }

inline constexpr std::uint32_t kPageFaultVector = 14;

constexpr bool is_page_fault(std::uint32_t vector) { return vector == kPageFaultVector; }

/// Words for the exceptions a user program can raise (Intel SDM volume 3, section 6.15).
constexpr const char* exception_name(std::uint32_t vector) {
    switch (vector) {
        case 0:
            return "a division error";
        case 1:
            return "a debug exception";
        case 3:
            return "a breakpoint";
        case 4:
            return "an overflow trap";
        case 5:
            return "a bounds check";
        case 6:
            return "an undefined instruction";
        case 11:
            return "a segment not present";
        case 12:
            return "a stack segment fault";
        case 13:
            return "a protection fault";
        case kPageFaultVector:
            return "a page fault";
        case 16:
            return "an x87 error";
        case 17:
            return "an alignment check";
        case 19:
            return "an SSE error";
        default:
            return "an exception";
    }
}

/// The second serial port of a PC: its first register and its interrupt line. Of a machine that has none, a register
/// that is none, so that the driver ends by itself.
inline constexpr std::uint32_t kSecondSerialRegister = 0x2F8;
inline constexpr std::uint32_t kSecondSerialLine = 3;

}  // namespace freehold::user::arch
