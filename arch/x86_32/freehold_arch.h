// SPDX-License-Identifier: MIT
// What the public headers need to know of 32-bit x86. Chosen by include path: -I arch/x86_32.
#pragma once

#include <cstdint>

namespace freehold::arch {

/// A virtual address, a length in a space, and a region's one word.
using Word = std::uint32_t;

/// User space is [0, kUserEnd); the kernel lives above it.
inline constexpr Word kUserEnd = 0xF0000000;

/// Words move fast at addresses that are multiples of this.
inline constexpr unsigned kMoveAlignment = 1;

inline constexpr const char* kName = "x86_32";

}  // namespace freehold::arch
