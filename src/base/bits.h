// SPDX-License-Identifier: MIT
// Rounding to powers of two, without surprises at either end of the number range.
#pragma once

#include <concepts>

namespace freehold {

/// True for 1, 2, 4, 8 ...; false for 0.
template <std::unsigned_integral Number>
[[nodiscard]] constexpr bool is_power_of_two(Number value) {
    return value != 0 && (value & (value - 1)) == 0;
}

/// The greatest multiple of `alignment` that is not above `value`.
/// @pre alignment is a power of two
template <std::unsigned_integral Number>
[[nodiscard]] constexpr Number align_down(Number value, Number alignment) {
    return static_cast<Number>(value & ~(alignment - 1));
}

/// The least multiple of `alignment` that is not below `value`; 0 where that would not fit the type.
/// @pre alignment is a power of two
template <std::unsigned_integral Number>
[[nodiscard]] constexpr Number align_up(Number value, Number alignment) {
    return align_down(static_cast<Number>(value + (alignment - 1)), alignment);
}

[[nodiscard]] constexpr bool is_aligned(std::unsigned_integral auto value, decltype(value) alignment) {
    return (value & (alignment - 1)) == 0;
}

/// `yes` or `no` without a jump that could be mispredicted. Compilers make jumps of such a choice where they see that
/// it is an addition or nothing; of a value that comes from an assembler statement, though an empty one, they don't.
template <typename Value>
[[nodiscard, gnu::always_inline]] inline Value choose(bool condition, Value yes, Value no) {
    asm("" : "+r"(yes));
#if defined(__clang__)
    return __builtin_unpredictable(condition) ? yes : no;
#else
    return __builtin_expect_with_probability(static_cast<long>(condition), 1, 0.5) ? yes : no;
#endif
}

}  // namespace freehold
