// SPDX-License-Identifier: MIT
// The kernel's command line: words split at spaces. The kernel looks for its own words and hands all to the first
// program as arguments.
//
//   quiet        no lines at boot
//   panic=1      tests the panic
//   panic=stack  tests the guard page below a kernel stack
//   panic=end    tests the panic of a machine that has done something: where it would be turned off
#pragma once

#include <span>
#include <string_view>

namespace freehold::kernel {

/// Takes the next word off `line`; empty at the end.
std::string_view next_word(std::string_view& line);

/// Whether `word` is one of the line's words.
bool has_word(std::string_view line, std::string_view word);

/// Writes `name` and the words of `line` as strings, each ended by 0, and returns the bytes written; words that have no
/// room left are dropped.
std::size_t make_arguments(std::string_view name, std::string_view line, std::span<char> out);

}  // namespace freehold::kernel
