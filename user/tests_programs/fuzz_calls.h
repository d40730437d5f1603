// SPDX-License-Identifier: MIT
// fuzz_calls, in parts: who keeps the members (fuzz_calls.cpp), and what a member does (fuzz_calls_member.cpp).
#pragma once

#include "user/tests_programs/family.h"

namespace freehold::user::fuzz {

/// Calls of a member between two looks of its own at the audit, and how many of these it lives for: by then it has
/// lost sight of most that it has.
inline constexpr std::uint32_t kCallsPerAudit = 1000;
inline constexpr std::uint32_t kAuditsOfMember = 8;

/// What a member ends with that found something wrong, which it has printed.
inline constexpr std::uint32_t kFoundCode = 99;

/// A life of calls, typed and wild, with that seed; ends early when it kills itself, by mistake
/// or not, or is killed.
[[noreturn]] void run_member(std::uint32_t seed);

}  // namespace freehold::user::fuzz
