// SPDX-License-Identifier: MIT
// What the programs that measure have in common: they end at the first call that fails, for then no number means
// anything.
#pragma once

#include "user/runtime/must.h"

namespace freehold::user {

/// A port, and the last message taken out of it, to be given back with the next receive.
struct Inbox {
    PortId port = PortId::none;
    std::uint32_t done = 0;

    const MessageHead& receive() {
        const MessageHead& head = head_at(must(message_receive(port, Wait::yes, 0, done)));
        done = head.message;
        return head;
    }
};

/// A port that anyone may send to, with room for so many messages.
constexpr abi::PortArgs open_port(std::uint32_t count_messages, std::uint32_t message_bytes) {
    return {
        static_cast<std::uint32_t>(PortMode::open), ProcessId::none, count_messages, message_bytes, count_messages, 0};
}

/// A port for answers alone.
constexpr abi::PortArgs answers_port(std::uint32_t count_messages) {
    return {static_cast<std::uint32_t>(PortMode::closed), ProcessId::none, count_messages, 64, 0, 0};
}

}  // namespace freehold::user
