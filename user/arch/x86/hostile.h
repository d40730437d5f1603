// SPDX-License-Identifier: MIT
// What hostile programs must know of x86 at both widths: how the kernel answers.
#pragma once

#include <string_view>

#include <misuse.h>
#include <user_arch.h>

namespace freehold::user::arch {

inline constexpr std::uint32_t kDebugVector = 1;
inline constexpr std::uint32_t kAbsentVector = 6;
inline constexpr std::uint32_t kPrivilegedVector = 13;
inline constexpr std::string_view kPrivilegedDeath = "killed: general protection fault";
inline constexpr std::string_view kAbsentDeath = "killed: invalid instruction";

/// Loads the argument into that segment register, with a move; ends with 0 if it may.
extern "C" const unsigned char freehold_load_segments[];
/// Returns to the segment that is the argument.
extern "C" const unsigned char freehold_far_return[];
/// Sets the flags that are the argument, and makes a call.
extern "C" const unsigned char freehold_set_flags[];
/// Returns from an interrupt as a nested task does.
extern "C" const unsigned char freehold_nested_return[];
/// Calls through a gate of the local descriptor table; exits with 42 if it came back.
extern "C" const unsigned char freehold_call_gate[];
/// Divides by zero in the x87, which is told not to mask it.
extern "C" const unsigned char freehold_x87_division[];

}  // namespace freehold::user::arch
