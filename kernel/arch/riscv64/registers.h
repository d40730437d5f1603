// SPDX-License-Identifier: MIT
// Control and status registers, and the firmware's calls: RISC-V privileged specification 1.12, chapter 4; RISC-V
// supervisor binary interface specification 1.0, chapters 3, 5, 6 and 10.
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::kernel::machine {

inline constexpr unsigned kSstatus = 0x100, kSie = 0x104, kScounteren = 0x106, kSepc = 0x141, kScause = 0x142,
                          kStval = 0x143, kSip = 0x144, kStimecmp = 0x14D, kSatp = 0x180, kCycle = 0xC00, kTime = 0xC01;

template <unsigned number>
Word read_csr() {
    Word value;
    asm volatile("csrr %0, %1" : "=r"(value) : "i"(number));
    return value;
}
template <unsigned number>
void write_csr(Word value) {
    asm volatile("csrw %0, %1" : : "i"(number), "r"(value) : "memory");
}
template <unsigned number>
void set_csr(Word bits) {
    asm volatile("csrs %0, %1" : : "i"(number), "r"(bits) : "memory");
}
template <unsigned number>
void clear_csr(Word bits) {
    asm volatile("csrc %0, %1" : : "i"(number), "r"(bits) : "memory");
}

/// Calls the firmware.
inline void call_firmware(Word extension, Word function, Word first, Word second = 0) {
    register Word a0 asm("a0") = first;
    register Word a1 asm("a1") = second;
    register Word a6 asm("a6") = function;
    register Word a7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}
inline constexpr Word kSbiPutCharacter = 1;    // of the first version: function 0
inline constexpr Word kSbiTimer = 0x54494D45;  // "TIME", function 0: when the next interrupt is due
inline constexpr Word kSbiReset = 0x53525354;  // "SRST", function 0: 0, 0 turns the machine off

}  // namespace freehold::kernel::machine
