// SPDX-License-Identifier: MIT
// swarm: what parent and members agree on.
//
//      member i ──moves an area──▶ member i + d      and      member i ──shares a sealed area──▶ member i + d
//
// for kRounds values of d from 1 on, in a circle. Each area's words say who sent it to whom, so the receiver can check
// them all.
#pragma once

#include <cstdint>

#include "user/runtime/calls.h"

namespace freehold::user::swarm {

inline constexpr std::uint32_t kMembersMax = 127;
inline constexpr std::uint32_t kRounds = 4;
inline constexpr Word kAreaBytes = 2 * kPageBytes;

enum class Kind : Word { introduce, partners, moved, sealed, done };

/// Member to parent.
struct Introduction {
    PortId port;
};

/// Parent to member.
struct Partners {
    std::uint32_t self;  ///< the member's place in the circle
    std::uint32_t count_members;
    PortId to[kRounds];
};

/// Member to member, with an area.
struct Parcel {
    std::uint32_t from;
    std::uint32_t to;
};

/// Member to parent, the last word.
struct Tally {
    std::uint32_t areas_received;
    std::uint32_t areas_wrong;
};

/// Whom a member sends to in that round: never itself.
/// @pre count_members >= 2
constexpr std::uint32_t partner_of(std::uint32_t self, std::uint32_t round, std::uint32_t count_members) {
    return (self + 1 + round % (count_members - 1)) % count_members;
}

/// The word at `index` of the area that `parcel` describes.
constexpr std::uint32_t word_of(const Parcel& parcel, Kind kind, std::uint32_t index) {
    return (parcel.from * 131 + parcel.to * 7919 + static_cast<std::uint32_t>(kind) * 104729) ^ index * 2654435761U;
}

/// Runs as member; the process's exit code.
int run_member(PortId parent);

}  // namespace freehold::user::swarm
