// SPDX-License-Identifier: MIT
// How the FPU's registers go to memory and come back: XSAVE with x87, SSE and AVX, or FXSAVE without AVX.
// Intel SDM vol. 1, chapter 13.
#pragma once

#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"

namespace freehold::kernel::machine {

/// The components that are kept; 0: the processor has no XSAVE.
inline constinit std::uint32_t fpu_components = 0;

/// User code can use what is kept, and nothing else: AVX-512 and the like are invalid instructions.
inline void initialise_fpu_registers() {
    constexpr std::uint32_t kFeatureXsave = 1U << 26;
    constexpr std::uint32_t kFeatureAvx = 1U << 28;
    constexpr Word kCr4Xsave = 1U << 18;
    const std::uint32_t features = cpu_id(1).ecx;
    if ((features & kFeatureXsave) == 0) return;
    write_cr4(read_cr4() | kCr4Xsave);
    fpu_components = (features & kFeatureAvx) != 0 ? 7 : 3;
    asm volatile("xsetbv" : : "a"(fpu_components), "d"(0), "c"(0));
}

inline void save_fpu(FpuState& state) {
    if (fpu_components != 0) {
        asm volatile("xsave64 %0" : "+m"(state) : "a"(fpu_components), "d"(0));
    } else {
        asm volatile("fxsave64 %0" : "=m"(state));
    }
}

inline void restore_fpu(const FpuState& state) {
    if (fpu_components != 0) {
        asm volatile("xrstor64 %0" : : "m"(state), "a"(fpu_components), "d"(0));
    } else {
        asm volatile("fxrstor64 %0" : : "m"(state));
    }
}

}  // namespace freehold::kernel::machine
