// SPDX-License-Identifier: MIT
// What hostile programs must know of 32-bit x86: how the kernel answers, and where it lies.
#pragma once

#include "user/arch/x86/hostile.h"

namespace freehold::user::arch {

inline constexpr std::string_view kStackDeath =
    "killed: write, outside_user_space or write, access_denied or write, not_mapped";

inline constexpr std::uint32_t kCallVector = 0x80;  ///< the one vector that is for programs
inline constexpr std::string_view kNestedReturnDeath = "killed: invalid task state";
inline constexpr std::uint32_t kNestedReturnVector = 10;
inline constexpr Word kFarReturnBytes = 1;
inline constexpr std::uint8_t kReturn[] = {0xC3};
inline constexpr std::string_view kDataDeath = "ok";  // without PAE there is no NX
inline constexpr Word kKernelCode = 0xF0100000;

}  // namespace freehold::user::arch
