// SPDX-License-Identifier: MIT
// Fills the processor's registers, lets time pass, and reads them back: for programs that check that no other process
// shows through. Written in assembly (processor_state.cpp), since the compiler is told to keep off these registers.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace freehold::user::arch {

/// AVX registers 0 to 15, or where there is no AVX their lower halves, SSE's; x87 registers 0 to 7 (the top first), and
/// MXCSR: a pattern of values that survive exactly.
struct alignas(32) FloatingState {
    std::uint32_t vector[16][8];
    double x87[8];
    std::uint32_t mxcsr;
    std::uint32_t x87_control;
    std::uint32_t unused[6];
};

/// All general registers but rax and rsp: rbx, rcx, rdx, rsi, rdi, rbp, r8 to r15.
struct GeneralState {
    std::uint64_t word[14];
};

/// Whether the processor has AVX and the kernel keeps its registers: Intel SDM volume 1, 14.3.
inline bool has_avx() {
    std::uint32_t eax = 1, ebx, ecx = 0, edx;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    constexpr std::uint32_t kUsable = 1U << 27 | 1U << 28;  // XGETBV may be used; AVX
    if ((ecx & kUsable) != kUsable) return false;
    asm volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return (eax & 6) == 6;
}

extern "C" {
/// What has_avx() said when a pattern was filled in: the functions below read it.
extern std::uint32_t freehold_has_avx;
}

/// A pattern of its own for each seed. Bits of a double that is an integer: sign, exponent and a little of the
/// fraction.
inline void fill(FloatingState& state, std::uint32_t seed) {
    state = FloatingState{};
    freehold_has_avx = has_avx() ? 1 : 0;
    for (std::uint32_t i = 0; i < 16; ++i) {
        for (std::uint32_t j = 0; j < (freehold_has_avx != 0 ? 8 : 4); ++j) {
            state.vector[i][j] = (seed << 24) + (i << 8) + j;
        }
    }
    for (std::uint32_t i = 0; i < 8; ++i) {
        const std::uint64_t bits = 0x4090000000000000 + (std::uint64_t{seed} << 40) + (std::uint64_t{i} << 44);
        __builtin_memcpy(&state.x87[i], &bits, sizeof bits);
    }
    constexpr std::uint32_t kDefaultMxcsr = 0x1F80;              // all exceptions masked (Intel SDM volume 1, 10.2.3)
    constexpr std::uint32_t kDefaultX87Control = 0x037F;         // as FNINIT leaves it (volume 1, 8.1.5)
    state.mxcsr = kDefaultMxcsr | (seed % 2 == 0 ? 0 : 0x4000);  // rounding up
    state.x87_control = kDefaultX87Control | (seed % 2 == 0 ? 0 : 0x0800);
}

/// What a pattern fills.
inline const char* floating_registers() { return has_avx() ? "x87, SSE and AVX" : "x87 and SSE"; }

/// What a system call may change becomes what was wanted: rdx, its value; rcx and r11, which the processor takes; r9.
inline void accept_call(GeneralState& found, const GeneralState& wanted) {
    for (const std::uint32_t changed : {1, 2, 7, 9}) found.word[changed] = wanted.word[changed];
}

extern "C" {
void freehold_load_floating(const FloatingState* state);
void freehold_store_floating(FloatingState* state);  ///< leaves the x87 stack empty

/// Loads the registers, counts down from `turns` in eax, and stores them.
void freehold_spin_general(GeneralState* state, std::uint32_t turns);

/// Loads the registers, does that system call, and stores them.
void freehold_call_general(GeneralState* state, std::uint32_t number);
}

}  // namespace freehold::user::arch
