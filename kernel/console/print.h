// SPDX-License-Identifier: MIT
// Printing from the kernel: print("killed ", process.id, " at ", Hex{address}, '\n').
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include <freehold/types.h>

#include "kernel/console/console.h"

namespace freehold::kernel {

/// A word in hexadecimal, all its digits: 0x0000F00D.
struct Hex {
    Word value;
};

inline void print_part(std::string_view text) { console::put(text); }
inline void print_part(const char* text) { console::put(text); }
inline void print_part(char character) { console::put({&character, 1}); }
void print_part(std::uint64_t number);
void print_part(Hex number);
inline void print_part(SpaceId id) { print_part(std::uint64_t{static_cast<std::uint32_t>(id)}); }

template <std::unsigned_integral Number>
void print_part(Number number) {
    print_part(std::uint64_t{number});
}

/// Prints its parts one after the other and lets those know who watch the console.
template <typename... Parts>
void print(const Parts&... parts) {
    (print_part(parts), ...);
    console::tell_watchers();
}

}  // namespace freehold::kernel
