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

/// Moves words to a higher place, the last ones first. Plain moves of a few machine words at once: a backward `rep
/// movs` is slow on every processor, and a kernel's memmove may be just that.
template <typename Word>
inline void move_words_up(Word* to, const Word* from, std::uint32_t count) {
    for (; count >= 4; count -= 4) {
        const Word* const source = from + count - 4;
        Word* const target = to + count - 4;
        const Word a = source[0], b = source[1], c = source[2], d = source[3];
        target[3] = d, target[2] = c, target[1] = b, target[0] = a;
    }
    while (count-- > 0) to[count] = from[count];
}

/// Moves words to a lower place, the first ones first.
template <typename Word>
inline void move_words_down(Word* to, const Word* from, std::uint32_t count) {
    for (; count >= 4; count -= 4, from += 4, to += 4) {
        const Word a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    }
    for (; count > 0; --count) *to++ = *from++;
}

template <typename Word, typename Shape>
struct RegionLeaf {
    static constexpr std::uint32_t kChunks = Shape::kChunks;
    static constexpr std::uint32_t kChunkWords = Shape::kChunkWords;
    static constexpr std::uint32_t kSlots = kChunks * kChunkWords;
    static constexpr Word kNone = ~Word{0};
    static constexpr Word kTagMask = kPageBytes - 1;
    static constexpr std::uint8_t kNoIndex = 0xFF;
    static_assert(kChunkWords < kNoIndex && kChunkWords >= 2);

    Word keys[kChunks];
    std::uint8_t counts[kChunks];
    std::uint8_t widest[kChunks];
    std::uint16_t gaps[kChunks];
    std::uint16_t others[kChunks];
    std::uint16_t count;
    std::uint16_t chunks;
    Word words[kSlots];

    void init() {
        count = 0;
        chunks = 0;
        for (std::uint32_t c = 0; c < kChunks; ++c) clear_chunk(c);
        for (Word& word : words) word = kNone;
    }

    [[nodiscard]] Word* chunk(std::uint32_t c) { return words + c * kChunkWords; }
    [[nodiscard]] const Word* chunk(std::uint32_t c) const { return words + c * kChunkWords; }

    /// The chunk whose part of the addresses holds this one. @pre it is not below the first key
    [[nodiscard]] std::uint32_t chunk_of(Word address) const {
        if (chunks <= 1) return 0;
        std::uint32_t c = 0;
        for (std::uint32_t i = 1; i < kChunks; ++i) c += keys[i] <= address ? 1 : 0;
        return c;
    }

    /// The last index of the chunk whose base is not above the address. Every step halves what is left and picks a half
    /// without a jump, so nothing is there to mispredict. GCC and Clang both make a conditional move of this form; of
    /// `low = ... ? low + half : low` Clang makes a jump.
    [[nodiscard]] std::uint32_t index_of(std::uint32_t c, Word address) const {
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

    /// Keeps the head right after words [first, tail) of a chunk gave way to others.
    void replaced(std::uint32_t c, std::uint32_t first, std::uint32_t tail, std::uint32_t emitted) {
        const std::uint32_t removed = tail - first;
        counts[c] = static_cast<std::uint8_t>(counts[c] + emitted - removed);
        count = static_cast<std::uint16_t>(count + emitted - removed);
        if (first == 0 && counts[c] != 0) keys[c] = chunk(c)[0] & ~kTagMask;
        if (widest[c] == kNoIndex) return;
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
        for (std::uint32_t i = 0; i < kChunkWords; ++i) chunk(c)[i] = kNone;
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
            for (std::uint32_t i = size; i < kChunkWords; ++i) chunk(c)[i] = kNone;
        }
    }

  private:
    /// Few enough that they are well filled, and more than needed so that each has room for some words.
    static constexpr std::uint32_t chunks_for(std::uint32_t words) {
        constexpr std::uint32_t kFilled = kChunkWords - kChunkWords / 3;
        const std::uint32_t wanted = words < kChunkWords ? 1 : (words + kFilled - 1) / kFilled;
        return wanted < kChunks ? wanted : kChunks;
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
            low += low[kLeft / 2] <= key ? kLeft / 2 : 0;
            return search_from<kLeft - kLeft / 2>(low, key);
        }
        return low;
    }
};

static_assert(sizeof(RegionLeaf<std::uint32_t, FrameShape<std::uint32_t>>) <= kPageBytes);
static_assert(sizeof(RegionLeaf<std::uint64_t, FrameShape<std::uint64_t>>) <= kPageBytes);
static_assert(RegionLeaf<std::uint32_t, FrameShape<std::uint32_t>>::kSlots == 1000);
static_assert(RegionLeaf<std::uint64_t, FrameShape<std::uint64_t>>::kSlots == 496);

}  // namespace freehold
