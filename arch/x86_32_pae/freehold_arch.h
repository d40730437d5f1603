// SPDX-License-Identifier: MIT
// What the public headers need to know of 32-bit x86 with PAE. Chosen by include path: -I arch/x86_32_pae.
#pragma once

#include <cstdint>

namespace freehold::arch {

/// A virtual address, a length in a space, and a region's one word.
using Word = std::uint32_t;

/// User space is [0, kUserEnd): three of the four entries a root table has, for user space is whole root entries.
inline constexpr Word kUserEnd = 0xC0000000;

inline constexpr const char* kName = "x86_32_pae";

}  // namespace freehold::arch
