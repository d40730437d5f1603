// SPDX-License-Identifier: MIT
// What hostile programs must know of 64-bit RISC-V: how the kernel answers, and where it lies.
#pragma once

#include <string_view>

#include <misuse.h>
#include <user_arch.h>

namespace freehold::user::arch {

inline constexpr std::uint32_t kPrivilegedVector = 2;
inline constexpr std::uint32_t kAbsentVector = 2;
inline constexpr std::string_view kPrivilegedDeath = "killed: invalid instruction";
inline constexpr std::string_view kAbsentDeath = "killed: invalid instruction";
inline constexpr std::string_view kStackDeath = "killed: write, outside_user_space or write, access_denied";

inline constexpr std::uint8_t kReturn[] = {0x82, 0x80};
inline constexpr std::string_view kDataDeath = "killed: jump, access_denied";
inline constexpr Word kKernelCode = 0xFFFFFFFF80200000;

}  // namespace freehold::user::arch
