// SPDX-License-Identifier: MIT
// What the public headers need to know of the software machine. Chosen by include path: -I arch/sim.
//
// Its geometry is the build's to choose, so that it looks like a real machine, or so that a model test meets whole
// tables of every level after a few pages. All numbers are set together: src/CMakeLists.txt says which there are.
#pragma once

#include <cstdint>

#ifndef FREEHOLD_SIM_LEAF_BITS
#define FREEHOLD_SIM_LEAF_BITS 10
#endif
#ifndef FREEHOLD_SIM_USER_END
#define FREEHOLD_SIM_USER_END 0xF0000000
#endif
#ifndef FREEHOLD_SIM_LEVELS
#define FREEHOLD_SIM_LEVELS 2
#endif
#ifndef FREEHOLD_SIM_WORD
#define FREEHOLD_SIM_WORD std::uint32_t
#endif
#ifndef FREEHOLD_SIM_TABLE_RIGHTS
#define FREEHOLD_SIM_TABLE_RIGHTS true
#endif

namespace freehold::arch {

using Word = FREEHOLD_SIM_WORD;

inline constexpr Word kUserEnd = FREEHOLD_SIM_USER_END;

inline constexpr unsigned kSimLevels = FREEHOLD_SIM_LEVELS;

/// Entries of a last-level table, as a power of two; those of the levels above it have as many, but for the root.
inline constexpr unsigned kSimLeafBits = FREEHOLD_SIM_LEAF_BITS;

/// Whether an entry that refers to a table has rights of its own.
inline constexpr bool kSimTableRights = FREEHOLD_SIM_TABLE_RIGHTS;

inline constexpr const char* kName = "sim";

}  // namespace freehold::arch
