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

extern "C" {
void freehold_load_floating(const FloatingState* state);
void freehold_store_floating(FloatingState* state);  ///< leaves the x87 stack empty

/// Loads the registers, counts down from `turns` in eax, and stores them.
void freehold_spin_general(GeneralState* state, std::uint32_t turns);

/// Loads the registers the ABI promises to keep (all but eax and edx), does system call 0, and stores them.
void freehold_call_general(GeneralState* state);
}

}  // namespace freehold::user::arch
