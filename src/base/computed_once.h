// SPDX-License-Identifier: MIT
// A hint to the compiler, which otherwise prefers to compute an address again and again to keeping it.
#pragma once

namespace freehold {

/// The same pointer, of which the compiler does not know any more how it was computed. @pre it is not nullptr
template <typename T>
[[nodiscard, gnu::always_inline]] inline T* computed_once(T* pointer) {
    asm("" : "+r"(pointer));
    if (pointer == nullptr) __builtin_unreachable();
    return pointer;
}

}  // namespace freehold
