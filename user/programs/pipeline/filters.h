// SPDX-License-Identifier: MIT
// The work of the filter, in place or from one place to another. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace freehold::user::pipeline {

enum class Filter : std::uint32_t { identity, upper, reverse };

void change_in_place(Filter filter, std::span<std::byte> bytes);

/// @pre both of one length, no overlap
void change_into(Filter filter, std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace freehold::user::pipeline
