// SPDX-License-Identifier: MIT
// Fills the processor's registers, lets time pass, and reads them back: for programs that check that no other process
// shows through. Written in assembly (processor_state.cpp), since the compiler is told to keep off these registers.
#pragma once

#include <cstdint>

namespace freehold::user::arch {

/// SSE registers 0 to 7, x87 registers 0 to 7 (the top first), and MXCSR: a pattern of values that survive exactly.
struct alignas(16) FloatingState {
    std::uint32_t sse[8][4];
    double x87[8];
    std::uint32_t mxcsr;
    std::uint32_t x87_control;
};

/// The six general registers a loop has to spare: ebx, ecx, edx, esi, edi, ebp.
struct GeneralState {
    std::uint32_t word[6];
};

/// A pattern of its own for each seed. Bits of a double that is an integer: sign, exponent and a little of the
/// fraction.
inline void fill(FloatingState& state, std::uint32_t seed) {
    for (std::uint32_t i = 0; i < 8; ++i) {
        for (std::uint32_t j = 0; j < 4; ++j) state.sse[i][j] = (seed << 24) + (i << 8) + j;
        const std::uint64_t bits = 0x4090000000000000 + (std::uint64_t{seed} << 40) + (std::uint64_t{i} << 44);
        __builtin_memcpy(&state.x87[i], &bits, sizeof bits);
    }
    constexpr std::uint32_t kDefaultMxcsr = 0x1F80;              // all exceptions masked (Intel SDM volume 1, 10.2.3)
    constexpr std::uint32_t kDefaultX87Control = 0x037F;         // as FNINIT leaves it (volume 1, 8.1.5)
    state.mxcsr = kDefaultMxcsr | (seed % 2 == 0 ? 0 : 0x4000);  // rounding up
    state.x87_control = kDefaultX87Control | (seed % 2 == 0 ? 0 : 0x0800);
}

/// What a pattern fills.
inline const char* floating_registers() { return "x87 and SSE"; }

/// What a system call may change becomes what was wanted: edx, its value.
inline void accept_call(GeneralState& found, const GeneralState& wanted) { found.word[2] = wanted.word[2]; }

extern "C" {
void freehold_load_floating(const FloatingState* state);
void freehold_store_floating(FloatingState* state);  ///< leaves the x87 stack empty

/// Loads the registers, counts down from `turns` in eax, and stores them.
void freehold_spin_general(GeneralState* state, std::uint32_t turns);

/// Loads the registers the ABI promises to keep (all but eax and edx), does that system call, and stores them.
void freehold_call_general(GeneralState* state, std::uint32_t number);
}

}  // namespace freehold::user::arch
