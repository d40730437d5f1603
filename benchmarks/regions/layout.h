// SPDX-License-Identifier: MIT
// What the address spaces look like that the region benchmark works on. Made from fixed seeds, so the same in each run.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "benchmarks/regions/table.h"

namespace freehold::bench {

using Random = std::minstd_rand;

inline std::uint32_t below(Random& random, std::uint32_t bound) {
    return static_cast<std::uint32_t>(std::uint64_t{random() - 1} * bound / (Random::max() - 1) % bound);
}

/// Where the 32-bit user space ends.
inline constexpr std::uint32_t kUserEnd = 0xF0000000;

/// Regions in order, without holes, from 0 to kUserEnd.
using Layout = std::vector<Region<std::uint32_t>>;

/// So many regions of random lengths, a third of them free, neighbours never alike.
Layout mixed_layout(std::uint32_t count);

enum class LargeGap { at_top, at_bottom };

/// So many regions, areas and gaps of 1 to 4 pages in turn, and one gap of 64 pages at one end.
Layout gap_layout(std::uint32_t count, LargeGap where);

/// The areas of the layout, in the order that suits the table.
void build(Table<std::uint32_t>& table, const Layout& layout);

}  // namespace freehold::bench
