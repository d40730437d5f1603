// SPDX-License-Identifier: MIT
// Fills the processor's registers, lets time pass, and reads them back: for programs that check that no other process
// shows through. Written in assembly (processor_state.cpp), since the compiler is told to keep off these registers.
#pragma once

#include <cstdint>

namespace freehold::user::arch {

/// f0 to f31 as bits, and fcsr.
struct FloatingState {
    std::uint64_t f[32];
    std::uint64_t fcsr;
};

/// All general registers but zero, sp and a0: x1, x3 to x9, x11 to x31.
struct GeneralState {
    std::uint64_t word[29];
};

/// A pattern of its own for each seed; fcsr with a rounding mode and the flags that say what happened.
inline void fill(FloatingState& state, std::uint32_t seed) {
    for (std::uint32_t i = 0; i < 32; ++i) state.f[i] = std::uint64_t{seed + i} << 32 | (seed * 7 + i);
    state.fcsr = (seed % 4) << 5 | (seed % 32);
}

/// What a pattern fills.
inline const char* floating_registers() { return "F and D"; }

/// What a system call may change becomes what was wanted: a1, its value, and a7, which was its number.
inline void accept_call(GeneralState& found, const GeneralState& wanted) {
    found.word[8] = wanted.word[8];
    found.word[14] = wanted.word[14];
}

extern "C" {
void freehold_load_floating(const FloatingState* state);
void freehold_store_floating(FloatingState* state);

/// Loads the registers, counts down from `turns` in a0, and stores them.
void freehold_spin_general(GeneralState* state, std::uint32_t turns);

/// Loads the registers the ABI promises to keep, all but a0 and a1, does that system call, and stores them. Its number
/// is in a7, whatever the state says.
void freehold_call_general(GeneralState* state, std::uint32_t number);
}

}  // namespace freehold::user::arch
