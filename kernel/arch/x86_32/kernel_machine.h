// SPDX-License-Identifier: MIT
// 32-bit x86 below the kernel. Chosen by include path: -I kernel/arch/x86_32.
//
//   0xF0000000  window: physical 0 and up, as far as there is RAM, 4 MiB pages     240 MiB
//   0xFF000000  kernel stacks: slots of 16 KiB, the upper half a stack, the lower half never mapped      4 MiB
//   0xFF400000  nothing
#pragma once

#include <cstddef>
#include <cstdint>

#include <freehold/types.h>

#include "kernel/machine.h"
#include "kernel/process/elf.h"

namespace freehold::kernel::machine {

inline constexpr Word kWindowBase = 0xF0000000;
inline constexpr std::uint32_t kWindowFrames = (240U << 20) / kPageBytes;

inline constexpr Word kStackWindowBase = 0xFF000000;
inline constexpr std::uint32_t kStackFrames = 2;
inline constexpr Word kStackSlotBytes = 4 * kPageBytes;
inline constexpr std::uint32_t kStackSlots = (4U << 20) / kStackSlotBytes;

using ElfKind = kernel::ElfI386;

inline constexpr std::uint32_t kTicksPerSecond = 250;

/// Frames below this are the firmware's: interrupt table and data of real mode, and room to start processors in.
inline constexpr std::uint32_t kFirstUsableFrame = 16;

inline constexpr std::uint32_t kInterruptLines = 16;
inline constexpr std::uint32_t kDeviceRegisters = 65536;  // I/O ports

/// x87 and SSE registers as FXSAVE writes them.
struct alignas(16) FpuState {
    std::byte bytes[512];
};

}  // namespace freehold::kernel::machine
