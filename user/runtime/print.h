// SPDX-License-Identifier: MIT
// Printing to the console: print("{} pages\n", count). A call's text goes out in one piece as long as it is below 512
// bytes, so that lines of several processes do not mix.
#pragma once

#include "user/runtime/format.h"

namespace freehold::user {

void print_arguments(std::string_view format, std::span<const Argument> arguments);

template <typename... Values>
void print(FormatString<sizeof...(Values)> format, const Values&... values) {
    if constexpr (sizeof...(Values) == 0) {
        print_arguments(format.text(), {});
    } else {
        const std::array<Argument, sizeof...(Values)> arguments{Argument(values)...};
        print_arguments(format.text(), arguments);
    }
}

/// Text as it is, all of it.
void print_text(std::string_view text);

}  // namespace freehold::user
