// SPDX-License-Identifier: MIT
// What the pipeline's processes say to each other.
//
//      parent ──command──▶ worker's port            worker ──reply──▶ parent's port
//      source ══data══▶ filter ══data══▶ sink (and, the sealed way, a second sink)
//
// A port keeps its messages in order, so a worker told to `take` has had all data sent to it before.
#pragma once

#include <cstdint>

#include "user/programs/pipeline/filters.h"
#include "user/runtime/calls.h"
#include "user/runtime/sha256.h"

namespace freehold::user::pipeline {

inline constexpr Word kFileBytesMax = Word{64} << 20;

/// How data passes from one process to the next.
enum class Way : std::uint32_t { copy, move, seal };
inline constexpr std::uint32_t kWays = 3;

enum class Role : std::uint32_t { source, filter, sink, second_sink };
inline constexpr std::uint32_t kRoles = 4;

/// What a message is, in its cookie.
enum class Kind : Word {
    introduce,  ///< worker to parent, the first word: no payload, `port` follows as the payload
    prepare,    ///< parent to worker: Order
    load,       ///< the source reads the file into an area
    pass,       ///< send what you have to the ports in Order::to
    take,       ///< reply when you have had all that was sent to you
    work,       ///< filter: change it; sink: digest it
    leave,      ///< release all and end
    data        ///< worker to worker: DataHead with an area, or bytes
};

/// The parent's orders; each message carries all of it.
struct Order {
    Way way;
    Filter filter;
    Word length_bytes;  ///< of the file
    std::uint32_t count_to;
    PortId to[2];
};

/// A worker's reply.
struct Report {
    Status status;
    Word base;  ///< of the area with the data; 0 if there is none
    Sha256::Digest digest;
};

/// Goes with an area; the copying way has bytes of the file instead.
struct DataHead {
    Word length_bytes;
};

}  // namespace freehold::user::pipeline
