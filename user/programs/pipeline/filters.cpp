// SPDX-License-Identifier: MIT
// Upper-cases four bytes at a time, since files are large and the machine may be emulated.
#include "user/programs/pipeline/filters.h"

namespace freehold::user::pipeline {
namespace {

constexpr std::byte upper(std::byte byte) {
    return byte >= std::byte{'a'} && byte <= std::byte{'z'} ? byte ^ std::byte{0x20} : byte;
}

/// Every byte of `word` that is an ASCII small letter without its bit 0x20. Bytes are looked at without their top bit,
/// so that no sum carries into the next: the sums' top bits say "at least a" and "above z".
constexpr std::uint32_t upper_word(std::uint32_t word) {
    const std::uint32_t low = word & 0x7F7F7F7F;
    const std::uint32_t at_least_a = low + 0x1F1F1F1F;
    const std::uint32_t above_z = low + 0x05050505;
    const std::uint32_t small = at_least_a & ~above_z & ~word & 0x80808080;
    return word ^ (small >> 2);
}

static_assert(upper_word(0x617A607B) == 0x415A607B && upper_word(0xE1FA0000) == 0xE1FA0000);

void upper_case(const std::byte* from, std::byte* to, std::size_t count) {
    for (; count >= 4; count -= 4, from += 4, to += 4) {
        std::uint32_t word = 0;
        __builtin_memcpy(&word, from, 4);
        word = upper_word(word);
        __builtin_memcpy(to, &word, 4);
    }
    for (; count > 0; --count) *to++ = upper(*from++);
}

}  // namespace

void change_in_place(Filter filter, std::span<std::byte> bytes) {
    if (filter == Filter::upper) upper_case(bytes.data(), bytes.data(), bytes.size());
    if (filter != Filter::reverse) return;
    for (std::size_t low = 0, high = bytes.size(); low + 1 < high; ++low) {
        --high;
        const std::byte byte = bytes[low];
        bytes[low] = bytes[high];
        bytes[high] = byte;
    }
}

void change_into(Filter filter, std::span<const std::byte> from, std::span<std::byte> to) {
    switch (filter) {
        case Filter::identity:
            __builtin_memcpy(to.data(), from.data(), from.size());
            return;
        case Filter::upper:
            upper_case(from.data(), to.data(), from.size());
            return;
        case Filter::reverse:
            break;
    }
    for (std::size_t i = 0; i < from.size(); ++i) to[from.size() - 1 - i] = from[i];
}

}  // namespace freehold::user::pipeline
