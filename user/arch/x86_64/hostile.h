// SPDX-License-Identifier: MIT
// What hostile programs must know of x86-64: how the kernel answers, and where it lies.
#pragma once

#include "user/arch/x86/hostile.h"

namespace freehold::user::arch {

inline constexpr std::string_view kStackDeath =
    "killed: write, outside_user_space or write, access_denied or stack segment fault or general protection fault";

inline constexpr std::uint32_t kCallVector = 256;  ///< none: calls are made by SYSCALL
inline constexpr std::string_view kNestedReturnDeath = "killed: general protection fault";
inline constexpr std::uint32_t kNestedReturnVector = 13;
inline constexpr Word kFarReturnBytes = 2;
inline constexpr std::uint8_t kReturn[] = {0xC3};
inline constexpr std::string_view kDataDeath = "killed: jump, access_denied";
inline constexpr Word kKernelCode = 0xFFFFFFFF80100000;

}  // namespace freehold::user::arch
