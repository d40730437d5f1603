// SPDX-License-Identifier: MIT
// RegionLeaf: one frame of a region table's words, in chunks of a bounded size, so that no change shifts a long tail.
//
//      head:   | keys: base of each chunk's first region | counts | bounds of free regions | count | chunks |
//      words:  | chunk 0: w w w w . . | chunk 1: w w w . . . | chunk 2: w w w w w . | not in use ...
//
// Chunks stand in order, each packed to its lower end; what is not in use holds kNone, which is above every address,
// so that a search need not know how many words there are: it always takes the same steps and has no jump in it.
//
// Bounds: no free region of chunk c has a size class above gaps[c], and but for region widest[c] none has one above
// others[c]. They are raised when a free region comes or grows, and corrected by a search that finds less.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include <freehold/config.h>

#include "src/base/bits.h"

namespace freehold {

/// How a table of words of that width divides its frames: by default so that a leaf is exactly one frame.
template <typename Word>
struct FrameShape {
    static constexpr std::uint32_t kChunks = 8;
    static constexpr std::uint32_t kChunkWords = sizeof(Word) == 4 ? 125 : 62;
    static constexpr std::uint32_t kInlineLeaves = 4;  ///< in the table itself
    static constexpr std::uint32_t kSmallLeaves = kPageBytes / (sizeof(Word) + sizeof(void*) + 8);  ///< in one frame
    static constexpr std::uint32_t kLargeLeaves = kPageBytes / 8;                                   ///< in three
};

/// Sizes of free regions as 16 bits, in ascending order: exact up to 2047 pages, above that to 1 part in 1024.
template <typename Word>
constexpr std::uint16_t size_class(Word length_bytes) {
    const Word pages = length_bytes >> kPageShift;
    if (pages < 2048) return static_cast<std::uint16_t>(pages);
    const auto shift = static_cast<std::uint32_t>(63 - __builtin_clzll(std::uint64_t{pages})) - 10;
    return static_cast<std::uint16_t>((shift << 10) + static_cast<std::uint32_t>(pages >> shift));
}

/// Several 16-bit numbers, none above 0x7FFF, looked at in one word of the machine.
struct Lanes {
    static constexpr std::uint32_t kCount = sizeof(std::uintptr_t) / 2;
    static constexpr std::uintptr_t kOnes = ~std::uintptr_t{0} / 0xFFFF;
    static_assert(std::endian::native == std::endian::little, "the first number is the lowest");

    /// The highest bit of each lane whose number is not below the bound.
    [[nodiscard, gnu::always_inline]] static std::uintptr_t at_least(const std::uint16_t* numbers,
                                                                     std::uint16_t bound) {
        std::uintptr_t lanes;
        __builtin_memcpy(&lanes, numbers, sizeof lanes);
        return ((lanes | kOnes << 15) - kOnes * bound) & kOnes << 15;
    }
    [[nodiscard]] static std::uint32_t first(std::uintptr_t bits) {
        return static_cast<std::uint32_t>(__builtin_ctzll(bits)) / 16;
    }
    [[nodiscard]] static std::uint32_t last(std::uintptr_t bits) {
        return (63 - static_cast<std::uint32_t>(__builtin_clzll(bits))) / 16;
    }
};

/// Four words of the machine at once, whatever they hold; plain moves, as a backward `rep movs` is slow on every
/// processor, and a kernel's memmove may be just that.
template <typename Word>
inline constexpr std::uint32_t kBlockWords = 4 * sizeof(std::uintptr_t) / sizeof(Word);

template <typename Word>
[[gnu::always_inline]] inline void move_block(Word* to, const Word* from) {
    std::uintptr_t block[4];
    __builtin_memcpy(block, from, sizeof block);
    __builtin_memcpy(to, block, sizeof block);
}

/// Words rounded up to whole blocks.
template <typename Word>
constexpr std::uint32_t in_blocks(std::uint32_t count) {
    return (count + kBlockWords<Word> - 1) & ~(kBlockWords<Word> - 1);
}

/// Moves words to a higher place, the last ones first.
template <typename Word>
inline void move_words_up(Word* to, const Word* from, std::uint32_t count) {
    constexpr std::uint32_t kStep = kBlockWords<Word>;
    for (; count >= kStep; count -= kStep) move_block(to + count - kStep, from + count - kStep);
    while (count-- > 0) to[count] = from[count];
}

/// Moves words to a lower place, the first ones first.
template <typename Word>
inline void move_words_down(Word* to, const Word* from, std::uint32_t count) {
    constexpr std::uint32_t kStep = kBlockWords<Word>;
    for (; count >= kStep; count -= kStep, from += kStep, to += kStep) move_block(to, from);
    for (; count > 0; --count) *to++ = *from++;
}

template <typename Word, typename Shape>
struct RegionLeaf {
    static constexpr std::uint32_t kChunks = Shape::kChunks;
    static constexpr std::uint32_t kChunkWords = Shape::kChunkWords;
    static constexpr std::uint32_t kSlots = kChunks * kChunkWords;
    static constexpr Word kNone = ~Word{0};
    static constexpr Word kTagMask = kPageBytes - 1;
    static constexpr std::uint32_t kLanes = (kChunks + Lanes::kCount - 1) / Lanes::kCount * Lanes::kCount;
    static constexpr std::uint8_t kNoIndex = 0xFF;  ///< not known which
    static constexpr std::uint8_t kSought = 0xFE;   ///< nor then, when a search had to look for one
    static_assert(kChunkWords < kSought && kChunkWords >= 2);

    Word keys[kChunks];
    std::uint8_t counts[kChunks];
    std::uint8_t widest[kChunks];
    std::uint16_t gaps[kLanes];
    std::uint16_t others[kChunks];
    std::uint16_t count;
    std::uint16_t chunks;
    Word words[kSlots];
    Word behind;  ///< always kNone: so every word has one after it

    /// Only spread() makes it a leaf.
    void init() {
        for (std::uint32_t c = kChunks; c < kLanes; ++c) gaps[c] = 0;
        behind = kNone;
    }

    [[nodiscard]] Word* chunk(std::uint32_t c) { return words + c * kChunkWords; }
    [[nodiscard]] const Word* chunk(std::uint32_t c) const { return words + c * kChunkWords; }

    /// The chunk whose part of the addresses holds this one. @pre it is not below the first key
    [[nodiscard, gnu::always_inline]] std::uint32_t chunk_of(Word address) const {
        return chunks <= 1 ? 0 : count_keys<kChunks - 1>(address);
    }

    /// The last index of the chunk whose base is not above the address. Every step halves what is left and picks a half
    /// without a jump, so nothing is there to mispredict.
    [[nodiscard, gnu::always_inline]] std::uint32_t index_of(std::uint32_t c, Word address) const {
        const Word key = address | kTagMask;  // a base at or below the address, with any tag, is not above this
        const Word* const first = chunk(c);
        return static_cast<std::uint32_t>(search_from<kChunkWords>(first, key) - first);
    }

    /// Puts a word where it belongs in a chunk that has room.
    void insert(std::uint32_t c, std::uint32_t index, Word word) {
        Word* const at = chunk(c) + index;
        move_words_up(at + 1, at, counts[c] - index);
        *at = word;
        replaced(c, index, index, 1);
    }

    /// Takes a word out; its chunk stays, though it may be empty.
    void erase(std::uint32_t c, std::uint32_t index) {
        Word* const at = chunk(c) + index;
        move_words_down(at, at + 1, counts[c] - index - 1);
        chunk(c)[counts[c] - 1] = kNone;
        replaced(c, index, index + 1, 0);
    }

    /// Moves the words from `tail` on up or down, as many places as `growth` says. @pre there is room
    void shift(std::uint32_t c, std::uint32_t tail, std::int32_t growth) {
        Word* const from = chunk(c) + tail;
        Word* const to = from + growth;
        const std::uint32_t left = counts[c] - tail;
        if (growth > 0) {
            // What lies behind the last word is kNone, so it may move with it.
            std::uint32_t rest = in_blocks<Word>(left);
            if (tail + rest + static_cast<std::uint32_t>(growth) > kChunkWords) return move_words_up(to, from, left);
            for (; rest > 0; rest -= kBlockWords<Word>) {
                move_block(to + rest - kBlockWords<Word>, from + rest - kBlockWords<Word>);
            }
        } else if (growth < 0) {
            // And fills the places that become empty.
            const auto gone = static_cast<std::uint32_t>(-growth);
            const std::uint32_t all = in_blocks<Word>(left + gone);
            if (tail + all > kChunkWords) {
                move_words_down(to, from, left);
                for (std::uint32_t i = 0; i < gone; ++i) to[left + i] = kNone;
                return;
            }
            for (std::uint32_t i = 0; i < all; i += kBlockWords<Word>) move_block(to + i, from + i);
        }
    }

    /// Keeps the head right after words [first, tail) of a chunk gave way to others.
    void replaced(std::uint32_t c, std::uint32_t first, std::uint32_t tail, std::uint32_t emitted) {
        const std::uint32_t removed = tail - first;
        counts[c] = static_cast<std::uint8_t>(counts[c] + emitted - removed);
        count = static_cast<std::uint16_t>(count + emitted - removed);
        if (first == 0 && counts[c] != 0) keys[c] = chunk(c)[0] & ~kTagMask;
        if (widest[c] >= kSought) {
            widest[c] = kNoIndex;
            return;
        }
        if (widest[c] >= tail) {
            widest[c] = static_cast<std::uint8_t>(widest[c] + emitted - removed);
        } else if (widest[c] >= first) {
            forget(c);
        }
    }

    /// A free region of that class is at that place. @returns whether the chunk's bound rose
    bool raise(std::uint32_t c, std::uint32_t index, std::uint16_t size) {
        if (size > gaps[c]) {
            if (widest[c] != index) {
                others[c] = gaps[c];
                widest[c] = static_cast<std::uint8_t>(index);
            }
            gaps[c] = size;
            return true;
        }
        if (size > others[c] && widest[c] != index) others[c] = size;
        return false;
    }

    /// From now on any free region of the chunk may be the largest.
    void forget(std::uint32_t c) {
        widest[c] = kNoIndex;
        others[c] = gaps[c];
    }

    /// Takes an empty chunk out of the order.
    void remove_chunk(std::uint32_t c) {
        --chunks;
        for (; c < chunks; ++c) {
            move_words_down(chunk(c), chunk(c + 1), kChunkWords);
            keys[c] = keys[c + 1];
            counts[c] = counts[c + 1];
            widest[c] = widest[c + 1];
            gaps[c] = gaps[c + 1];
            others[c] = others[c + 1];
        }
        fill_none(chunk(c), kChunkWords);
        clear_chunk(c);
    }

    /// Moves all words together, to the lower end of the frame. Only spread() makes chunks of them again.
    void pack() {
        Word* to = words;
        for (std::uint32_t c = 0; c < chunks; ++c) {
            if (to != chunk(c)) move_words_down(to, chunk(c), counts[c]);
            to += counts[c];
        }
    }

    /// Divides the `count` words at the lower end of the frame among chunks that have room, and bounds their free
    /// regions by `bound`.
    void spread(std::uint16_t bound) {
        chunks = static_cast<std::uint16_t>(chunks_for(count));
        std::uint32_t end = count;
        for (std::uint32_t c = kChunks; c-- > 0;) {
            clear_chunk(c);
            std::uint32_t size = 0;
            if (c < chunks) {
                const std::uint32_t first = count * c / chunks;
                size = end - first;
                end = first;
                if (c != 0) move_words_up(chunk(c), words + first, size);
                counts[c] = static_cast<std::uint8_t>(size);
                keys[c] = chunk(c)[0] & ~kTagMask;
                gaps[c] = others[c] = bound;
            }
            fill_none(chunk(c) + size, kChunkWords - size);
        }
    }

  private:
    /// Few enough that they are well filled, and more than needed so that each has room for some words.
    static constexpr std::uint32_t chunks_for(std::uint32_t words) {
        constexpr std::uint32_t kFilled = kChunkWords - kChunkWords / 3;
        const std::uint32_t wanted = words < kChunkWords ? 1 : (words + kFilled - 1) / kFilled;
        return std::min(wanted, kChunks);
    }

    static void fill_none(Word* word, std::uint32_t count) {
        for (; count >= 8; count -= 8, word += 8) {
            word[0] = word[1] = word[2] = word[3] = word[4] = word[5] = word[6] = word[7] = kNone;
        }
        for (; count > 0; --count) *word++ = kNone;
    }

    void clear_chunk(std::uint32_t c) {
        keys[c] = kNone;
        counts[c] = 0;
        widest[c] = kNoIndex;
        gaps[c] = others[c] = 0;
    }

    template <std::uint32_t kLeft>
    [[gnu::always_inline]] static const Word* search_from(const Word* low, Word key) {
        if constexpr (kLeft > 1) {
            return search_from<kLeft - kLeft / 2>(choose(low[kLeft / 2] <= key, low + kLeft / 2, low), key);
        }
        return low;
    }

    /// How many of the keys but the first are not above the address.
    template <std::uint32_t kLast>
    [[nodiscard, gnu::always_inline]] std::uint32_t count_keys(Word address) const {
        if constexpr (kLast == 0) {
            return 0;
        } else {
            return (keys[kLast] <= address ? 1U : 0U) + count_keys<kLast - 1>(address);
        }
    }
};

static_assert(sizeof(RegionLeaf<std::uint32_t, FrameShape<std::uint32_t>>) <= kPageBytes);
static_assert(sizeof(RegionLeaf<std::uint64_t, FrameShape<std::uint64_t>>) <= kPageBytes);
static_assert(RegionLeaf<std::uint32_t, FrameShape<std::uint32_t>>::kSlots == 1000);
static_assert(RegionLeaf<std::uint64_t, FrameShape<std::uint64_t>>::kSlots == 496);

}  // namespace freehold
