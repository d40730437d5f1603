// SPDX-License-Identifier: MIT
// The other processes that raii_check talks to.
#pragma once

#include "user/runtime/start.h"

namespace freehold::user::raii {

inline constexpr std::string_view kPeerName = "raii_peer";

/// First words of a call to the peer that serves words.
inline constexpr Word kAdd = 1;
inline constexpr Word kDrop = 2;   ///< gives the request back unanswered
inline constexpr Word kLeave = 3;  ///< dies before it answers

/// Runs as the peer that the arguments name; the process's exit code.
int run_peer(const Arguments& arguments);

}  // namespace freehold::user::raii
