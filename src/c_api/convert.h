// SPDX-License-Identifier: MIT
// Between the C structures and the C++ ones. Results are copied bit by bit; arrays are handed over as they lie, which
// layout.cpp vouches for. Options with a bool or a span are read member by member: no byte is believed to be a bool.
#pragma once

#include <bit>
#include <cstddef>
#include <span>
#include <type_traits>

#include <freehold/c_api.h>
#include <freehold/freehold.h>

namespace freehold::c {

/// Whether two structures have the same size and alignment; layout.cpp looks at their members.
template <typename A, typename B>
consteval bool alike() {
    constexpr std::size_t kBytes = sizeof(A);
    constexpr std::size_t kAlignment = alignof(A);
    return kBytes == sizeof(B) && kAlignment == alignof(B);
}

inline freehold_status number(Status status) { return static_cast<freehold_status>(status); }

/// The C structure of a C++ one.
template <typename To, typename From>
requires std::is_trivially_copyable_v<From> To copied(const From& from) { return std::bit_cast<To>(from); }

/// Gives a caller of C what a Result holds, in C's own type; on failure `out` is left alone.
template <typename T, typename Out>
freehold_status give(const Result<T>& result, Out* out) {
    if (result.ok()) *out = std::bit_cast<Out>(result.value());
    return number(result.status());
}

/// A caller's array as one of C++ structures.
template <typename To, typename From>
requires(alike<To, From>()) std::span<To> as(From* array, std::size_t count) {
    return {reinterpret_cast<To*>(array), count};
}

inline std::span<const FrameRange> frames(const freehold_frame_range* array, std::size_t count) {
    return as<const FrameRange>(array, count);
}

/// Does something with the range of these numbers, if they make one.
template <typename Operation>
freehold_status on_range(Word base, Word length_bytes, Operation operation) {
    const auto range = PageRange::checked(base, length_bytes);
    return range.ok() ? operation(range.value()) : number(range.status());
}

}  // namespace freehold::c
