// SPDX-License-Identifier: MIT
// What the serial driver and its subscribers say to each other.
#pragma once

#include <cstdint>
#include <string_view>

#include <freehold/types.h>

namespace freehold::user {

inline constexpr std::string_view kSerialName = "serial";    ///< that its port is published under
inline constexpr std::uint32_t kSerialLineMax = kPageBytes;  ///< bytes of one area
inline constexpr std::uint32_t kSerialLinesUnderWay = 4;     ///< not yet replied to, of one subscription
inline constexpr std::uint32_t kSerialSubscriptionsMax = 4;

/// What a subscriber sends. The answer, if there is one, is a Status: why there is no subscription, or no longer.
struct SerialRequest {
    enum class Kind : std::uint32_t { subscribe = 1 };
    Kind kind;
    PortId lines;  ///< a port of the sender's own, with kSerialLinesUnderWay slots to spare
};

/// The payload of a line's message.
struct SerialLineHead {
    std::uint32_t length_bytes;  ///< in the message's area; the end of the line is not part of it
    std::uint32_t flags;         ///< kSerialLine...
};
inline constexpr std::uint32_t kSerialLineGoesOn = 1;   ///< longer than an area: the next one is the rest
inline constexpr std::uint32_t kSerialLineDamaged = 2;  ///< bytes of it were lost or broken on the wire

}  // namespace freehold::user
