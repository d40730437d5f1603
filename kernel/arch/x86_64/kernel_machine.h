// SPDX-License-Identifier: MIT
// 64-bit x86 below the kernel. Chosen by include path: -I kernel/arch/x86_64.
//
//   0xFFFF800000000000  window: physical 0 and up, as far as there is RAM, pages of 2 MiB or 1 GiB        16 TiB
//   0xFFFFFFFF80000000  the kernel's image: code, constants, variables                                     1 GiB
//   0xFFFFFFFFC0000000  kernel stacks: slots of 16 KiB, the upper half a stack, the lower half never mapped      4 MiB
//
// Root entries 256 to 287 and 511: all of them are there from the start, for each space has a copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include <freehold/types.h>

#include "kernel/checked/checked.h"
#include "kernel/machine.h"
#include "kernel/process/elf.h"

namespace freehold::kernel::machine {

inline constexpr Word kWindowBase = 0xFFFF800000000000;
inline constexpr std::uint32_t kWindowFrames = 0xFFFFFE00;  ///< a frame's number has 32 bits; whole pages of 2 MiB

inline constexpr Word kImageBase = 0xFFFFFFFF80000000;
inline constexpr std::uint32_t kImageTables = checked::kIsOn ? 4 : 2;                ///< of 2 MiB each
inline constexpr std::uint32_t kBootFrames = (std::uint64_t{4} << 30) / kPageBytes;  ///< of the window, mapped at boot

inline constexpr Word kStackWindowBase = 0xFFFFFFFFC0000000;
inline constexpr std::uint32_t kStackFrames = 2;
inline constexpr Word kStackSlotBytes = 4 * kPageBytes;
inline constexpr std::uint32_t kStackSlots = (4U << 20) / kStackSlotBytes;

inline constexpr std::uint32_t kInterruptLines = 16;
inline constexpr std::uint32_t kDeviceRegisters = 65536;  // I/O ports

using ElfKind = kernel::ElfX86_64;

inline constexpr std::uint32_t kTicksPerSecond = 250;

/// Frames below this are the firmware's: interrupt table and data of real mode, and room to start processors in.
inline constexpr std::uint32_t kFirstUsableFrame = 16;

/// x87, SSE and AVX registers as XSAVE writes them, or without AVX as FXSAVE does.
struct alignas(64) FpuState {
    std::byte bytes[832];
};

}  // namespace freehold::kernel::machine
