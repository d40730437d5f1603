// SPDX-License-Identifier: MIT
// Lines typed on the machine's second serial port, from its driver, the program `serial`: each comes as a message with
// an area that holds it.
//
//      line ──▶ serial ──message with an area, moved──▶ SerialLines::next ──▶ SerialLine: owns the area
//                 ▲                                          │
//                 └──────────── an empty reply ──────────────┘ so it knows that there is room for another
//
// A subscription is a request that the driver does not answer: so whoever of the two dies, the kernel tells the other.
// The driver takes nothing from the device while nobody subscribes, or while a subscriber has kSerialLinesUnderWay
// lines that it did not take yet. If there are several, one that takes none for a second while input waits is dropped.
#pragma once

#include <string_view>

#include "user/runtime/port.h"
#include "user/runtime/serial_protocol.h"

namespace freehold::user {

/// A line, as the bytes it was typed as.
class SerialLine {
  public:
    SerialLine() = default;
    SerialLine(Area&& area, const SerialLineHead& head) : area_(static_cast<Area&&>(area)), head_(head) {}

    [[nodiscard]] std::string_view text() const {
        return {reinterpret_cast<const char*>(area_.bytes().data()), head_.length_bytes};
    }
    [[nodiscard]] bool goes_on() const { return (head_.flags & kSerialLineGoesOn) != 0; }
    [[nodiscard]] bool damaged() const { return (head_.flags & kSerialLineDamaged) != 0; }

  private:
    Area area_;
    SerialLineHead head_{};
};

/// A subscription; it ends with this value.
class SerialLines {
  public:
    /// Waits so long at most for the driver; 0: without end. timed_out; and of await_name() and send().
    static Result<SerialLines> subscribe(std::uint32_t milliseconds = 0);

    /// The next line. timed_out; peer_gone: the driver has died; would_block: it has no room for more subscriptions;
    /// and what else it says to end this one.
    Result<SerialLine> next(std::uint32_t milliseconds = 0);

    SerialLines() = default;

  private:
    explicit SerialLines(Port&& port) : port_(static_cast<Port&&>(port)) {}

    Port port_;
};

}  // namespace freehold::user
