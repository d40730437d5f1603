// SPDX-License-Identifier: MIT
// Splitting the command line into words.
#include "kernel/boot/command_line.h"

#include <algorithm>

namespace freehold::kernel {

std::string_view next_word(std::string_view& line) {
    while (line.starts_with(' ')) line.remove_prefix(1);
    const std::string_view word(line.begin(), std::find(line.begin(), line.end(), ' '));
    line.remove_prefix(word.size());
    return word;
}

bool has_word(std::string_view line, std::string_view word) {
    while (true) {
        const auto next = next_word(line);
        if (next.empty() || next == word) return !next.empty();
    }
}

std::size_t make_arguments(std::string_view name, std::string_view line, std::span<char> out) {
    std::size_t used = 0;
    for (std::string_view word = name; !word.empty() && used + word.size() < out.size(); word = next_word(line)) {
        std::copy(word.begin(), word.end(), out.begin() + static_cast<std::ptrdiff_t>(used));
        used += word.size();
        out[used++] = '\0';
    }
    return used;
}

}  // namespace freehold::kernel
