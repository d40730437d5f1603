// SPDX-License-Identifier: MIT
// What the public headers need to know of the software machine. Chosen by include path: -I arch/sim.
//
// Its geometry can be shrunk, so that a model test meets whole tables after a few pages. The build sets both numbers
// together: 10 and 0xF0000000 look like 32-bit x86; 4 and 0x00300000 make a table of 64 KiB in a space of 3 MiB.
#pragma once

#include <cstdint>

#ifndef FREEHOLD_SIM_LEAF_BITS
#define FREEHOLD_SIM_LEAF_BITS 10
#endif
#ifndef FREEHOLD_SIM_USER_END
#define FREEHOLD_SIM_USER_END 0xF0000000
#endif

namespace freehold::arch {

using Word = std::uint32_t;

inline constexpr Word kUserEnd = FREEHOLD_SIM_USER_END;

/// Entries of a last-level table, as a power of two.
inline constexpr unsigned kSimLeafBits = FREEHOLD_SIM_LEAF_BITS;

inline constexpr const char* kName = "sim";

}  // namespace freehold::arch
