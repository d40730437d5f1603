// SPDX-License-Identifier: MIT
// Hints to the compiler, which otherwise prefers to compute an address again and again to keeping it.
#pragma once

#include <concepts>

namespace freehold {

/// The same pointer, of which the compiler does not know any more how it was computed. @pre it is not nullptr
template <typename T>
[[nodiscard, gnu::always_inline]] inline T* computed_once(T* pointer) {
    asm("" : "+r"(pointer));
    if (pointer == nullptr) __builtin_unreachable();
    return pointer;
}

/// The same number: so that what is computed from it step by step is not computed in another order, from more
/// registers.
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] inline T computed_once(T number) {
    asm("" : "+r"(number));
    return number;
}

}  // namespace freehold
