// SPDX-License-Identifier: MIT
// memcpy, memmove, memset, memcmp, memchr and strlen, which the compiler calls on its own account.
//
// Loops of word moves, eight a turn: string instructions are slow where the processor is emulated, and these are quick
// everywhere. Built with -fno-tree-loop-distribute-patterns, lest the compiler make a loop a call of itself.
#include <cstddef>
#include <cstdint>

namespace {

/// A machine word at any address, whatever lives there.
using Unit [[gnu::may_alias, gnu::aligned(1)]] = std::uintptr_t;

constexpr std::size_t kUnit = sizeof(std::uintptr_t);
constexpr std::size_t kTurn = 8 * kUnit;

void copy_up(unsigned char* to, const unsigned char* from, std::size_t count) {
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
    while (count >= kUnit && *reinterpret_cast<const Unit*>(a) == *reinterpret_cast<const Unit*>(b)) {
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
