// SPDX-License-Identifier: MIT
// What the public headers need to know of 64-bit RISC-V with Sv39. Chosen by include path: -I arch/riscv64.
#pragma once

#include <cstdint>

namespace freehold::arch {

/// A virtual address, a length in a space, and a region's one word.
using Word = std::uint64_t;

/// User space is [0, kUserEnd): the lower of the two halves Sv39 has, 256 GiB. The kernel lives in the upper one.
inline constexpr Word kUserEnd = 0x40'0000'0000;

/// Words move fast at addresses that are multiples of this: elsewhere, some processors have the firmware do it.
inline constexpr unsigned kMoveAlignment = 8;

inline constexpr const char* kName = "riscv64";

}  // namespace freehold::arch
