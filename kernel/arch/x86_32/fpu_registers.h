// SPDX-License-Identifier: MIT
// How the FPU's registers go to memory and come back: FXSAVE, which knows x87 and SSE.
#pragma once

#include <kernel_machine.h>

namespace freehold::kernel::machine {

inline void initialise_fpu_registers() {}
inline void save_fpu(FpuState& state) { asm volatile("fxsave %0" : "=m"(state)); }
inline void restore_fpu(const FpuState& state) { asm volatile("fxrstor %0" : : "m"(state)); }

}  // namespace freehold::kernel::machine
