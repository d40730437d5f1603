// SPDX-License-Identifier: MIT
// The inner loops of the region table; included by region_table.h only.
#pragma once

#include "src/space/region_table.h"

namespace freehold {

/// The last index whose base is not above the address. Every step halves what is left and picks a half without a jump,
/// so nothing is there to mispredict; the number of steps depends on the count alone. GCC and Clang both make a
/// conditional move of this form; of `low = ... ? low + half : low` Clang makes a jump.
template <typename Address, typename Range, std::uint32_t kCapacity>
std::uint32_t BasicRegionTable<Address, Range, kCapacity>::index_of(Word address) const {
    const Word key = address | kTagMask;  // a base at or below the address, with any tag, is not above this
    const Word* low = words_;
    for (std::uint32_t left = count_; left > 1;) {
        const std::uint32_t half = left / 2;
        low += low[half] <= key ? half : 0;
        left -= half;
    }
    return static_cast<std::uint32_t>(low - words_);
}

/// Emits the words that take the place of words [index, returned index) when `change` is applied to the range, merged
/// with each other and with the neighbours on both sides. Reads a word ahead of what it emits, so that a caller may
/// write the words where they belong, once it has moved the tail out of the way.
template <typename Address, typename Range, std::uint32_t kCapacity>
template <typename Change, typename Emit>
std::uint32_t BasicRegionTable<Address, Range, kCapacity>::new_words(std::uint32_t index, const Range& range,
                                                                     Change change, Emit emit) const {
    const Word begin = range.base().value();
    const Word end = range.end().value();
    Word word = words_[index];
    std::uint32_t before = index > 0 ? tag_of(words_[index - 1]).bits() : kNoTag;
    if (base_of(word) < begin) {  // the region's part below the range stays
        emit(word);
        before = tag_of(word).bits();
    }
    for (Word base = begin;;) {
        const Word next = words_[++index];
        const std::uint32_t after = change(tag_of(word)).bits();
        if (after != before) emit(base | after);
        before = after;
        base = base_of(next);
        if (base > end) {  // the region's part above the range stays
            if (tag_of(word).bits() != after) emit(end | tag_of(word).bits());
            return index;
        }
        if (base == end) return index < count_ && tag_of(next).bits() == after ? index + 1 : index;
        word = next;
    }
}

/// Moves words to a higher place, the last one first. Plain moves of a few words at once: a backward `rep movs` is slow
/// on every processor, and a kernel's memmove may be just that.
template <typename Address, typename Range, std::uint32_t kCapacity>
void BasicRegionTable<Address, Range, kCapacity>::move_words_up(Word* to, const Word* from, std::uint32_t count) {
    for (; count >= 4; count -= 4) {
        const Word* const source = from + count - 4;
        Word* const target = to + count - 4;
        const Word a = source[0], b = source[1], c = source[2], d = source[3];
        target[0] = a, target[1] = b, target[2] = c, target[3] = d;
    }
    while (count-- > 0) to[count] = from[count];
}

/// Moves words to a lower place, the first one first.
template <typename Address, typename Range, std::uint32_t kCapacity>
void BasicRegionTable<Address, Range, kCapacity>::move_words_down(Word* to, const Word* from, std::uint32_t count) {
    for (; count >= 4; count -= 4, from += 4, to += 4) {
        const Word a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    }
    for (; count > 0; --count) *to++ = *from++;
}

/// A base of the right phase in each free region that is long enough, until one fits.
template <typename Address, typename Range, std::uint32_t kCapacity>
Result<Address> BasicRegionTable<Address, Range, kCapacity>::find_free(Word length_bytes, Word alignment_bytes,
                                                                       Word phase_bytes, SearchFrom from) const {
    FREEHOLD_ASSERT(length_bytes != 0 && (length_bytes | alignment_bytes | phase_bytes) % kPageBytes == 0);
    FREEHOLD_ASSERT(is_power_of_two(alignment_bytes) && phase_bytes < alignment_bytes);
    const Word mask = alignment_bytes - 1;
    const bool upward = from == SearchFrom::lowest;
    for (std::uint32_t step = 0; step < count_; ++step) {
        const std::uint32_t index = upward ? step : count_ - 1 - step;
        const Word word = words_[index];
        // A free region's word is its base. The next word's tag adds less than a page, which changes no comparison.
        if ((word & kTagMask) != 0 || words_[index + 1] - word < length_bytes) continue;
        const Word lowest = word != 0 ? word : Word{kPageBytes};
        const Word highest = base_of(words_[index + 1]) - length_bytes;
        const Word base =
            upward ? lowest + ((phase_bytes - lowest) & mask) : highest - ((highest - phase_bytes) & mask);
        if (base >= lowest && base <= highest) return Address(base);  // out of both bounds where it wrapped
    }
    return Status::no_address_range;
}

template <typename Address, typename Range, std::uint32_t kCapacity>
const char* BasicRegionTable<Address, Range, kCapacity>::check(Address end) const {
    if (count_ == 0 || count_ > kCapacity) return "a region table's count is out of bounds";
    if (base_of(words_[0]) != 0) return "a region table does not start at 0";
    if (words_[count_] != end.value()) return "a region table does not end where user space ends";
    for (std::uint32_t index = 0; index < count_; ++index) {
        const Tag tag = tag_of(words_[index]);
        if (base_of(words_[index]) >= base_of(words_[index + 1])) return "a region table is not sorted";
        if (!tag.legal()) return "a region has a tag that none may have";
        if (index > 0 && tag == tag_of(words_[index - 1])) return "two neighbouring regions have the same tag";
    }
    return nullptr;
}

extern template class BasicRegionTable<VirtAddr, PageRange, kRegionsMax>;

}  // namespace freehold
