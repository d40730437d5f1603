// SPDX-License-Identifier: MIT
// The work of the filter, in place or from one place to another. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "user/programs/pipeline/protocol.h"

namespace freehold::user::pipeline {

void change_in_place(Filter filter, std::span<std::byte> bytes);

/// @pre both of one length, no overlap
void change_into(Filter filter, std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace freehold::user::pipeline
