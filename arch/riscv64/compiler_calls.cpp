// SPDX-License-Identifier: MIT
// What the compiler calls for where the base instruction set has no instruction. Its own library can't be linked: it is
// built for another calling convention, with floating point.
#include <cstdint>

namespace {

constexpr std::uint64_t kPairs = 0x5555555555555555, kFours = 0x3333333333333333, kEights = 0x0F0F0F0F0F0F0F0F;
constexpr std::uint64_t kOnes = 0x0101010101010101;

int count_ones(std::uint64_t value) {
    value -= value >> 1 & kPairs;
    value = (value & kFours) + (value >> 2 & kFours);
    value = (value + (value >> 4)) & kEights;
    return static_cast<int>(value * kOnes >> 56);
}

}  // namespace

extern "C" {

int __popcountdi2(std::uint64_t value) { return count_ones(value); }

/// Leading zeros: the ones of what is left when all below the highest one is made ones.
int __clzdi2(std::uint64_t value) {
    for (unsigned shift = 1; shift < 64; shift *= 2) value |= value >> shift;
    return 64 - count_ones(value);
}

/// Trailing zeros.
int __ctzdi2(std::uint64_t value) { return count_ones((value & -value) - 1); }

std::uint64_t __bswapdi2(std::uint64_t value) {
    constexpr std::uint64_t kBytes = 0x00FF00FF00FF00FF, kHalves = 0x0000FFFF0000FFFF;
    value = (value & kBytes) << 8 | (value >> 8 & kBytes);
    value = (value & kHalves) << 16 | (value >> 16 & kHalves);
    return value << 32 | value >> 32;
}

std::uint32_t __bswapsi2(std::uint32_t value) { return static_cast<std::uint32_t>(__bswapdi2(value) >> 32); }

}  // extern "C"
