// SPDX-License-Identifier: MIT
// What attacks by instructions have in common, for those of one machine too: user/arch/*/hostile.cpp.
#pragma once

#include "user/attacks/attack.h"

namespace freehold::user {

/// That code, in a process of its own, dies of its first instruction, by that exception.
void expect_death(Checks& checks, std::span<const std::byte> code, std::string_view name, std::uint32_t vector);

/// What one machine alone has.
std::span<const Attack> machine_attacks();

}  // namespace freehold::user
