// SPDX-License-Identifier: MIT
// What the public headers need to know of x86-64. Chosen by include path: -I arch/x86_64.
#pragma once

#include <cstdint>

namespace freehold::arch {

/// A virtual address, a length in a space, and a region's one word.
using Word = std::uint64_t;

/// User space is [0, kUserEnd): the lower half but for what the last root entry covers, 512 GiB. So it is whole root
/// entries, and no instruction of a user's stands so high that the next address is not canonical: SYSRET to such a one
/// faults in the kernel (Intel SDM vol. 2B, SYSRET; vol. 1, 3.3.7.1).
inline constexpr Word kUserEnd = 0x0000'7F80'0000'0000;

/// Words move fast at addresses that are multiples of this.
inline constexpr unsigned kMoveAlignment = 1;

inline constexpr const char* kName = "x86_64";

}  // namespace freehold::arch
