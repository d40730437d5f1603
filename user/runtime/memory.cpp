// SPDX-License-Identifier: MIT
// memcpy, memmove, memset, memcmp, memchr and strlen, which the compiler calls on its own account.
//
// Loops of word moves, eight a turn: string instructions are slow where the processor is emulated, and these are quick
// everywhere. Built with -fno-tree-loop-distribute-patterns, lest the compiler make a loop a call of itself.
#include <cstddef>
#include <cstdint>

#include <freehold_arch.h>

namespace {

/// A machine word, whatever lives there, and where the machine likes it, at any address.
using Unit [[gnu::may_alias, gnu::aligned(freehold::arch::kMoveAlignment)]] = std::uintptr_t;
constexpr bool kAnyAddress = freehold::arch::kMoveAlignment == 1;

constexpr std::size_t kUnit = sizeof(std::uintptr_t);
constexpr std::size_t kTurn = 8 * kUnit;

std::size_t offset_of(const void* at) { return reinterpret_cast<std::uintptr_t>(at) % kUnit; }

/// Copies up to where `to` is aligned, and from there by words put together of two each.
void copy_up_shifted(unsigned char* to, const unsigned char* from, std::size_t count) {
    for (; count > 0 && offset_of(to) != 0; --count) *to++ = *from++;
    const std::size_t offset = offset_of(from);
    if (offset != 0 && count >= kUnit) {
        // The word after holds the last byte that is wanted, so no page is read that the caller did not name.
        const auto* source = reinterpret_cast<const Unit*>(from - offset);
        for (std::uintptr_t low = *source; count >= kUnit; count -= kUnit, to += kUnit, from += kUnit) {
            const std::uintptr_t high = *++source;
            *reinterpret_cast<Unit*>(to) = low >> 8 * offset | high << 8 * (kUnit - offset);
            low = high;
        }
    }
    for (; count > 0; --count) *to++ = *from++;
}

void copy_up(unsigned char* to, const unsigned char* from, std::size_t count) {
    if constexpr (!kAnyAddress) {
        if ((offset_of(to) | offset_of(from)) != 0) {
            if (offset_of(to) != offset_of(from)) return copy_up_shifted(to, from, count);
            for (; count > 0 && offset_of(to) != 0; --count) *to++ = *from++;
        }
    }
    for (; count >= kTurn; count -= kTurn, to += kTurn, from += kTurn) {
        auto* target = reinterpret_cast<Unit*>(to);
        const auto* source = reinterpret_cast<const Unit*>(from);
        const auto a = source[0], b = source[1], c = source[2], d = source[3];
        target[0] = a, target[1] = b, target[2] = c, target[3] = d;
        const auto e = source[4], f = source[5], g = source[6], h = source[7];
        target[4] = e, target[5] = f, target[6] = g, target[7] = h;
    }
    for (; count >= kUnit; count -= kUnit, to += kUnit, from += kUnit) {
        *reinterpret_cast<Unit*>(to) = *reinterpret_cast<const Unit*>(from);
    }
    for (; count > 0; --count) *to++ = *from++;
}

void copy_down(unsigned char* to, const unsigned char* from, std::size_t count) {
    to += count;
    from += count;
    if constexpr (!kAnyAddress) {
        const bool alike = offset_of(to) == offset_of(from);
        for (; count > 0 && (!alike || offset_of(to) != 0); --count) *--to = *--from;
    }
    for (; count >= kUnit; count -= kUnit) {
        to -= kUnit;
        from -= kUnit;
        *reinterpret_cast<Unit*>(to) = *reinterpret_cast<const Unit*>(from);
    }
    for (; count > 0; --count) *--to = *--from;
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t count) {
    copy_up(static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), count);
    return to;
}

void* memmove(void* to, const void* from, std::size_t count) {
    auto* target = static_cast<unsigned char*>(to);
    const auto* source = static_cast<const unsigned char*>(from);
    // Upwards never overtakes itself unless the target begins inside the source.
    if (reinterpret_cast<std::uintptr_t>(target) - reinterpret_cast<std::uintptr_t>(source) >= count) {
        copy_up(target, source, count);
    } else {
        copy_down(target, source, count);
    }
    return to;
}

void* memset(void* to, int value, std::size_t count) {
    auto* target = static_cast<unsigned char*>(to);
    const auto byte = static_cast<unsigned char>(value);
    const std::uintptr_t unit = ~std::uintptr_t{0} / 0xFF * byte;
    if constexpr (!kAnyAddress) {
        for (; count > 0 && offset_of(target) != 0; --count) *target++ = byte;
    }
    for (; count >= kTurn; count -= kTurn, target += kTurn) {
        auto* units = reinterpret_cast<Unit*>(target);
        units[0] = unit, units[1] = unit, units[2] = unit, units[3] = unit;
        units[4] = unit, units[5] = unit, units[6] = unit, units[7] = unit;
    }
    for (; count > 0; --count) *target++ = byte;
    return to;
}

int memcmp(const void* left, const void* right, std::size_t count) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    const bool by_words = kAnyAddress || (offset_of(a) | offset_of(b)) == 0;
    while (by_words && count >= kUnit && *reinterpret_cast<const Unit*>(a) == *reinterpret_cast<const Unit*>(b)) {
        a += kUnit;
        b += kUnit;
        count -= kUnit;
    }
    for (; count > 0; --count, ++a, ++b) {
        if (*a != *b) return *a < *b ? -1 : 1;
    }
    return 0;
}

void* memchr(const void* memory, int value, std::size_t count) {
    const auto* at = static_cast<const unsigned char*>(memory);
    for (; count > 0; --count, ++at) {
        if (*at == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(at);
    }
    return nullptr;
}

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != 0) ++length;
    return length;
}

}  // extern "C"
