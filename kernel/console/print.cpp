// SPDX-License-Identifier: MIT
// Numbers as text.
#include "kernel/console/print.h"

namespace freehold::kernel {

void print_part(std::uint64_t number) {
    char digits[20];
    std::size_t first = sizeof(digits);
    do {
        digits[--first] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    console::put({digits + first, sizeof(digits) - first});
}

void print_part(Hex number) {
    constexpr std::size_t kDigits = 2 * sizeof(Word);
    char text[2 + kDigits] = {'0', 'x'};
    for (std::size_t i = 0; i < kDigits; ++i) {
        text[2 + i] = "0123456789ABCDEF"[number.value >> 4 * (kDigits - 1 - i) & 15];
    }
    console::put({text, sizeof(text)});
}

}  // namespace freehold::kernel
