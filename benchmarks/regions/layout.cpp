// SPDX-License-Identifier: MIT
#include "benchmarks/regions/layout.h"

#include <algorithm>

namespace freehold::bench {

namespace {

constexpr std::uint32_t kLastTag = 7;

/// A tag of an area that is not this one.
std::uint32_t other_tag(Random& random, std::uint32_t than) {
    const std::uint32_t tag = 1 + below(random, kLastTag - 1);
    return tag == than ? kLastTag : tag;
}

}  // namespace

Layout mixed_layout(std::uint32_t count) {
    Random random(count);
    Layout layout;
    const std::uint32_t longest = kUserEnd / kPageBytes / count * 2 - 1;
    std::uint32_t base = 0;
    std::uint32_t tag = kFree;
    while (layout.size() < count) {
        const std::uint32_t left = (kUserEnd - base) / kPageBytes;
        const auto others = count - static_cast<std::uint32_t>(layout.size()) - 1;
        const std::uint32_t pages = std::min(1 + below(random, longest), left - others);
        const std::uint32_t end = others == 0 ? kUserEnd : base + pages * kPageBytes;
        layout.push_back({base, end, tag});
        base = end;
        tag = tag != kFree && below(random, 2) == 0 ? kFree : other_tag(random, tag);
    }
    return layout;
}

Layout gap_layout(std::uint32_t count, LargeGap where) {
    constexpr std::uint32_t kLarge = 64 * kPageBytes;
    Random random(count);
    Layout layout = {{0, where == LargeGap::at_bottom ? kLarge : kPageBytes, kFree}};
    while (layout.size() + 1 < count) {
        const std::uint32_t base = layout.back().end;
        const bool last = layout.size() + 2 == count;
        const std::uint32_t small = (1 + below(random, 4)) * kPageBytes;
        const bool free = layout.back().tag != kFree;
        const std::uint32_t tag = free ? kFree : other_tag(random, kFree);
        layout.push_back({base, base + (last && free && where == LargeGap::at_top ? kLarge : small), tag});
    }
    layout.push_back({layout.back().end, kUserEnd, other_tag(random, layout.back().tag)});
    return layout;
}

void build(Table<std::uint32_t>& table, const Layout& layout) {
    Layout areas;
    for (const auto& region : layout) {
        if (region.tag != kFree) areas.push_back(region);
    }
    if (table.build_order() == BuildOrder::random) {
        std::shuffle(areas.begin(), areas.end(), Random(2));
    } else if (table.build_order() == BuildOrder::downward) {
        std::reverse(areas.begin(), areas.end());
    }
    for (const auto& area : areas) table.assign(area.base, area.end, area.tag);
}

}  // namespace freehold::bench
