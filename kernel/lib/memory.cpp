// SPDX-License-Identifier: MIT
// memcpy, memmove, memset, memcmp: loops of word moves, eight at a time. String instructions would be some 30 times
// slower under emulation.
//
// This file is compiled so that the compiler does not see memcpy in a loop of memcpy's own.
#include <cstddef>
#include <cstdint>

#include <freehold_arch.h>

namespace {

/// A word that may lie over any type, and where the machine likes it, at any address.
using LooseWord [[gnu::may_alias, gnu::aligned(freehold::arch::kMoveAlignment)]] = std::uintptr_t;
constexpr bool kAnyAddress = freehold::arch::kMoveAlignment == 1;

constexpr std::size_t kWord = sizeof(std::uintptr_t);
constexpr std::size_t kBlock = 8 * kWord;

const LooseWord* words(const unsigned char* at) { return reinterpret_cast<const LooseWord*>(at); }
LooseWord* words(unsigned char* at) { return reinterpret_cast<LooseWord*>(at); }

std::size_t offset_of(const void* at) { return reinterpret_cast<std::uintptr_t>(at) % kWord; }

/// Copies up to where `to` is aligned, and from there by words put together of two each.
void copy_up_shifted(unsigned char* to, const unsigned char* from, std::size_t count) {
    for (; count != 0 && offset_of(to) != 0; --count) *to++ = *from++;
    const std::size_t offset = offset_of(from);
    if (offset != 0 && count >= kWord) {
        // The word after holds the last byte that is wanted, so no page is read that the caller did not name.
        const LooseWord* source = words(from - offset);
        for (std::uintptr_t low = *source; count >= kWord; count -= kWord, to += kWord, from += kWord) {
            const std::uintptr_t high = *++source;
            *words(to) = low >> 8 * offset | high << 8 * (kWord - offset);
            low = high;
        }
    }
    for (; count != 0; --count) *to++ = *from++;
}

[[gnu::always_inline]] inline void copy_up(unsigned char* to, const unsigned char* from, std::size_t count) {
    if constexpr (!kAnyAddress) {
        if ((offset_of(to) | offset_of(from)) != 0) {
            if (offset_of(to) != offset_of(from)) return copy_up_shifted(to, from, count);
            for (; count != 0 && offset_of(to) != 0; --count) *to++ = *from++;
        }
    }
    // One word at a time: the fewer registers a short copy needs, the fewer it has to keep and give back.
    for (; count >= kBlock; count -= kBlock, to += kBlock, from += kBlock) {
        words(to)[0] = words(from)[0];
        words(to)[1] = words(from)[1];
        words(to)[2] = words(from)[2];
        words(to)[3] = words(from)[3];
        words(to)[4] = words(from)[4];
        words(to)[5] = words(from)[5];
        words(to)[6] = words(from)[6];
        words(to)[7] = words(from)[7];
    }
    for (; count >= kWord; count -= kWord, to += kWord, from += kWord) *words(to) = *words(from);
    for (; count != 0; --count) *to++ = *from++;
}

[[gnu::always_inline]] inline void fill_block(LooseWord* at, std::uintptr_t word) {
    at[0] = word, at[1] = word, at[2] = word, at[3] = word;
    at[4] = word, at[5] = word, at[6] = word, at[7] = word;
}

template <unsigned kBlocks>
[[gnu::always_inline]] inline void fill_blocks(LooseWord* at, std::uintptr_t word) {
    fill_block(at, word);
    if constexpr (kBlocks > 1) fill_blocks<kBlocks - 1>(at + 8, word);
}

void copy_down(unsigned char* to, const unsigned char* from, std::size_t count) {
    if constexpr (!kAnyAddress) {
        const bool alike = offset_of(to) == offset_of(from);
        for (; count != 0 && (!alike || offset_of(to + count) != 0); --count) to[count - 1] = from[count - 1];
    }
    for (; count >= kWord; count -= kWord) *words(to + count - kWord) = *words(from + count - kWord);
    for (; count != 0; --count) to[count - 1] = from[count - 1];
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t count) {
    copy_up(static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), count);
    return to;
}

void* memmove(void* to, const void* from, std::size_t count) {
    auto* const target = static_cast<unsigned char*>(to);
    const auto* const source = static_cast<const unsigned char*>(from);
    // Upwards, what is written lies below all that is still to be read, if only the target lies below the source.
    if (target <= source || target >= source + count) {
        copy_up(target, source, count);
    } else {
        copy_down(target, source, count);
    }
    return to;
}

void* memset(void* to, int value, std::size_t count) {
    auto* at = static_cast<unsigned char*>(to);
    const auto byte = static_cast<unsigned char>(value);
    const std::uintptr_t word = UINTPTR_MAX / 255 * byte;
    if constexpr (!kAnyAddress) {
        for (; count != 0 && offset_of(at) != 0; --count) *at++ = byte;
    }
    // Most of all this fills pages with zeros: sixteen blocks without a look at what is left.
    for (; count >= 16 * kBlock; count -= 16 * kBlock, at += 16 * kBlock) fill_blocks<16>(words(at), word);
    for (; count >= kBlock; count -= kBlock, at += kBlock) fill_block(words(at), word);
    for (; count >= kWord; count -= kWord, at += kWord) *words(at) = word;
    for (; count != 0; --count) *at++ = byte;
    return to;
}

int memcmp(const void* a, const void* b, std::size_t count) {
    const auto* left = static_cast<const unsigned char*>(a);
    const auto* right = static_cast<const unsigned char*>(b);
    const bool by_words = kAnyAddress || (offset_of(left) | offset_of(right)) == 0;
    for (; by_words && count >= kWord && *words(left) == *words(right); count -= kWord) left += kWord, right += kWord;
    for (; count != 0; --count, ++left, ++right) {
        if (*left != *right) return *left < *right ? -1 : 1;
    }
    return 0;
}

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') ++length;
    return length;
}

/// A pure virtual function was called, which can't happen; the compiler wants the name.
[[noreturn]] void __cxa_pure_virtual() { __builtin_trap(); }

}  // extern "C"
