// SPDX-License-Identifier: MIT
// The two searches of a region table: the region that holds an address, and a free range; included by region_table.h
// only.
#pragma once

#include <algorithm>

#include "src/space/region_table.h"

namespace freehold {

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
std::uint32_t BasicRegionTable<Address, Range, kLimit, Shape>::leaf_of(Word address) const {
    const Word* low = keys_;
    for (std::uint32_t left = leaf_count_; left > 1;) {
        const std::uint32_t half = left / 2;
        low = choose(low[half] <= address, low + half, low);
        left -= half;
    }
    return static_cast<std::uint32_t>(low - keys_);
}

/// The base in the free region [base, end) that is wanted, or 0.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
inline auto BasicRegionTable<Address, Range, kLimit, Shape>::fit(Word base, Word end, const Wanted& wanted) -> Word {
    if (end - base < wanted.length) return 0;
    const Word lowest = base != 0 ? base : Word{kPageBytes};
    const Word highest = end - wanted.length;
    const Word found = wanted.upward ? lowest + ((wanted.phase - lowest) & wanted.mask)
                                     : highest - ((highest - wanted.phase) & wanted.mask);
    return found >= lowest && found <= highest ? found : 0;  // out of both bounds where it wrapped
}

/// The only free region that can do, where the bounds know which.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
inline auto BasicRegionTable<Address, Range, kLimit, Shape>::try_widest(std::uint32_t l, std::uint32_t c,
                                                                        const Wanted& wanted) const -> Word {
    Leaf& leaf = *leaves_[l];
    const std::uint32_t index = leaf.widest[c];
    const Word word = leaf.chunk(c)[index];
    const bool free = (word & kTagMask) == 0;
    const Word end = end_of({l, c, index});
    const Word found = free ? fit(word, end, wanted) : 0;
    if (found != 0) return found;
    const std::uint16_t size = free ? size_class<Word>(end - word) : std::uint16_t{0};
    if (size >= leaf.others[c]) {
        leaf.gaps[c] = size;
    } else {
        leaf.gaps[c] = leaf.others[c];
        leaf.forget(c);
    }
    return 0;
}

/// Makes a chunk's bounds exact.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::measure_chunk(std::uint32_t l, std::uint32_t c) const {
    Leaf& leaf = *leaves_[l];
    const std::uint32_t count = leaf.counts[c];
    const Word* const words = leaf.chunk(c);
    Word largest = 0;
    Word second = 0;
    std::uint32_t widest = Leaf::kNoIndex;
    for (std::uint32_t index = 0; index < count; ++index) {
        const Word word = words[index];
        if ((word & kTagMask) != 0) continue;
        const Word length = (index + 1 < count ? base_of(words[index + 1]) : end_of_chunk(l, c)) - word;
        if (length > largest) {
            second = largest;
            largest = length;
            widest = index;
        } else if (length > second) {
            second = length;
        }
    }
    leaf.gaps[c] = size_class(largest);
    leaf.others[c] = size_class(second);
    leaf.widest[c] = static_cast<std::uint8_t>(widest);
}

/// The first range that fits in a chunk; if none does, the chunk's bounds become exact. So they do where a search looks
/// a second time and nothing has changed.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
inline auto BasicRegionTable<Address, Range, kLimit, Shape>::search_chunk(std::uint32_t l, std::uint32_t c,
                                                                          const Wanted& wanted) const -> Word {
    Leaf& leaf = *leaves_[l];
    const bool known = wanted.size > leaf.others[c] && leaf.widest[c] < Leaf::kSought;
    return known ? try_widest(l, c, wanted) : scan_chunk(l, c, wanted);
}

/// Looks at every region of a chunk.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
auto BasicRegionTable<Address, Range, kLimit, Shape>::scan_chunk(std::uint32_t l, std::uint32_t c,
                                                                 const Wanted& wanted) const -> Word {
    Leaf& leaf = *leaves_[l];
    const std::uint32_t last = leaf.counts[c] - 1U;
    const Word* const words = leaf.chunk(c);
    const Word end = end_of_chunk(l, c);
    for (std::uint32_t step = 0; step <= last; ++step) {
        const std::uint32_t index = wanted.upward ? step : last - step;
        const Word word = words[index];
        const Word next = index < last ? base_of(words[index + 1]) : end;
        if (static_cast<int>((word & kTagMask) != 0) | static_cast<int>(next - word < wanted.length)) continue;
        if (const Word found = fit(word, next, wanted); found != 0) {
            if (leaf.widest[c] == Leaf::kSought) {
                measure_chunk(l, c);
            } else if (leaf.widest[c] == Leaf::kNoIndex) {
                leaf.widest[c] = Leaf::kSought;
            }
            return found;
        }
    }
    measure_chunk(l, c);
    return 0;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
inline auto BasicRegionTable<Address, Range, kLimit, Shape>::search_leaf(std::uint32_t l, const Wanted& wanted) const
    -> Word {
    const Leaf& leaf = *leaves_[l];
    for (std::uint32_t step = 0; step < Leaf::kLanes; step += Lanes::kCount) {
        const std::uint32_t first = wanted.upward ? step : Leaf::kLanes - Lanes::kCount - step;
        for (std::uintptr_t bits = Lanes::at_least(leaf.gaps + first, wanted.size); bits != 0;) {
            const std::uint32_t lane = wanted.upward ? Lanes::first(bits) : Lanes::last(bits);
            if (const Word found = search_chunk(l, first + lane, wanted); found != 0) return found;
            bits &= ~(std::uintptr_t{0x8000} << lane * 16);
        }
    }
    std::uint16_t gap = 0;
    for (std::uint32_t c = 0; c < leaf.chunks; ++c) gap = std::max(gap, leaf.gaps[c]);
    notes_[l].gap = gap;
    return 0;
}

/// Searches the leaves of a part of the directory.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
inline auto BasicRegionTable<Address, Range, kLimit, Shape>::search_part(std::uint32_t part, const Wanted& wanted) const
    -> Word {
    const std::uint32_t first = part * kPartLeaves;
    const std::uint32_t count = std::min(leaf_count_ - first, kPartLeaves);
    std::uint16_t gap = 0;
    for (std::uint32_t step = 0; step < count; ++step) {
        const std::uint32_t l = first + (wanted.upward ? step : count - 1 - step);
        if (notes_[l].gap >= wanted.size) {
            if (const Word found = search_leaf(l, wanted); found != 0) return found;
        }
        gap = std::max(gap, notes_[l].gap);
    }
    parts_[part] = gap;
    return 0;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
Result<Address> BasicRegionTable<Address, Range, kLimit, Shape>::find_free(Word length_bytes, Word alignment_bytes,
                                                                           Word phase_bytes, SearchFrom from) const {
    FREEHOLD_ASSERT(length_bytes != 0 && (length_bytes | alignment_bytes | phase_bytes) % kPageBytes == 0);
    FREEHOLD_ASSERT(is_power_of_two(alignment_bytes) && phase_bytes < alignment_bytes);
    const Wanted wanted{length_bytes, alignment_bytes - 1, phase_bytes, size_class(length_bytes),
                        from == SearchFrom::lowest};
    const std::uint32_t parts = (leaf_count_ + kPartLeaves - 1) / kPartLeaves;
    for (std::uint32_t step = 0; step < parts; ++step) {
        const std::uint32_t part = wanted.upward ? step : parts - 1 - step;
        if (parts_[part] < wanted.size) continue;
        if (const Word found = search_part(part, wanted); found != 0) return Address(found);
    }
    return Status::no_address_range;
}

}  // namespace freehold
