// SPDX-License-Identifier: MIT
// Size classes of the slab allocator: 16 to 128 bytes in steps of 16, then four classes a doubling up to 8 KiB, then
// three that fill a slab with 6, 4 and 2 objects. All are multiples of 16, so every object is aligned to 16 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace freehold::user {

inline constexpr std::size_t kSlabBytes = 65536;
inline constexpr std::size_t kSlabFixedBytes = 64;  ///< of a slab's head without its bitmap
inline constexpr std::size_t kGrainBytes = 16;

struct SizeClass {
    std::uint32_t slot_bytes;
    std::uint32_t count_slots;
    std::uint32_t first_offset;  ///< of slot 0 in the slab, behind head and bitmap
};

inline constexpr std::size_t kSizeClasses = 8 + 4 * 6 + 3;

namespace detail {

/// Words of bitmap for that many slots, rounded up so that slots stay aligned.
constexpr std::uint32_t bitmap_bytes(std::uint32_t slots) { return (slots + 127) / 128 * 16; }

constexpr SizeClass make_class(std::uint32_t slot_bytes) {
    std::uint32_t slots = static_cast<std::uint32_t>(kSlabBytes - kSlabFixedBytes) / slot_bytes;
    while (kSlabFixedBytes + bitmap_bytes(slots) + slots * slot_bytes > kSlabBytes) --slots;
    return {slot_bytes, slots, static_cast<std::uint32_t>(kSlabFixedBytes) + bitmap_bytes(slots)};
}

constexpr std::array<SizeClass, kSizeClasses> make_classes() {
    std::array<SizeClass, kSizeClasses> classes{};
    std::size_t next = 0;
    for (std::uint32_t bytes = 16; bytes <= 128; bytes += 16) classes[next++] = make_class(bytes);
    for (std::uint32_t doubling = 128; doubling < 8192; doubling *= 2) {
        for (std::uint32_t step = 1; step <= 4; ++step) classes[next++] = make_class(doubling + doubling / 4 * step);
    }
    for (const std::uint32_t objects : {6U, 4U, 2U}) {
        const auto room = static_cast<std::uint32_t>(kSlabBytes - kSlabFixedBytes) - bitmap_bytes(objects);
        classes[next++] = make_class(room / objects / 16 * 16);
    }
    return classes;
}

}  // namespace detail

inline constexpr std::array<SizeClass, kSizeClasses> kClasses = detail::make_classes();
inline constexpr std::size_t kSlotBytesMax = kClasses[kSizeClasses - 1].slot_bytes;

namespace detail {

inline constexpr std::size_t kTableGrains = 1024 / kGrainBytes;

constexpr std::uint8_t search_class(std::size_t slot_bytes) {
    std::uint8_t index = 0;
    while (kClasses[index].slot_bytes < slot_bytes) ++index;
    return index;
}

constexpr std::array<std::uint8_t, kTableGrains + 1> make_table() {
    std::array<std::uint8_t, kTableGrains + 1> table{};
    for (std::size_t grains = 0; grains <= kTableGrains; ++grains) table[grains] = search_class(grains * kGrainBytes);
    return table;
}

inline constexpr auto kClassOfGrains = make_table();

}  // namespace detail

/// The smallest class with slots of at least that size.
/// @pre slot_bytes <= kSlotBytesMax
constexpr std::uint8_t class_of(std::size_t slot_bytes) {
    const std::size_t grains = (slot_bytes + kGrainBytes - 1) / kGrainBytes;
    if (grains <= detail::kTableGrains) return detail::kClassOfGrains[grains];
    return detail::search_class(slot_bytes);
}

static_assert(kClasses[0].slot_bytes == 16 && kSlotBytesMax > 32000);
static_assert(class_of(16) == 0 && class_of(17) == 1 && class_of(kSlotBytesMax) == kSizeClasses - 1);

}  // namespace freehold::user
