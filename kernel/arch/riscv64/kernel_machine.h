// SPDX-License-Identifier: MIT
// 64-bit RISC-V below the kernel. Chosen by include path: -I kernel/arch/riscv64.
//
//   0xFFFFFFC000000000  window: physical 0 and up, as far as there is RAM, 1 GiB pages       254 GiB
//   0xFFFFFFFF80000000  the kernel's image: code, constants, variables                        1 GiB
//   0xFFFFFFFFC0000000  kernel stacks: slots of 16 KiB, the upper half a stack, the lower half never mapped      4 MiB
#pragma once

#include <cstddef>
#include <cstdint>

#include <freehold/types.h>

#include "kernel/machine.h"
#include "kernel/process/elf.h"

namespace freehold::kernel::machine {

inline constexpr Word kWindowBase = 0xFFFFFFC000000000;
inline constexpr std::uint32_t kWindowFrames = (std::uint64_t{254} << 30) / kPageBytes;

inline constexpr Word kStackWindowBase = 0xFFFFFFFFC0000000;
inline constexpr std::uint32_t kStackFrames = 2;
inline constexpr Word kStackSlotBytes = 4 * kPageBytes;
inline constexpr std::uint32_t kStackSlots = (4U << 20) / kStackSlotBytes;

using ElfKind = kernel::ElfRiscv64;

inline constexpr std::uint32_t kTicksPerSecond = 250;

/// The firmware says itself which frames are its own.
inline constexpr std::uint32_t kFirstUsableFrame = 0;

inline constexpr std::uint32_t kInterruptLines = 128;  // sources of the PLIC; QEMU's board has 96
inline constexpr std::uint32_t kDeviceRegisters = 0;   // all are in memory

/// f0 to f31 and fcsr.
struct FpuState {
    std::uint64_t f[32];
    std::uint64_t fcsr;
};

}  // namespace freehold::kernel::machine
