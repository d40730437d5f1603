// SPDX-License-Identifier: MIT
// The library never waits; whoever wants to is blocked here and tries again when woken.
#pragma once

#include <freehold/ipc.h>

#include "kernel/process/priority.h"
#include "kernel/process/process.h"
#include "kernel/process/senders.h"
#include "kernel/traps.h"

namespace freehold::kernel {

/// The tick that lies so far ahead; 0: never.
std::uint64_t deadline_after(std::uint32_t milliseconds);

/// A held message of the caller's has been answered or given back: its slot is free.
inline void slot_freed(Process& caller, PortId port) {
    senders::wake_one(port);
    settle_priority(caller);
}

/// Sends a message, waiting for room if that can help. timed_out, and what send_message() says.
Status send_waiting(Process& caller, const SendOptions& options, std::uint64_t deadline);

struct ReceiveOptions {
    PortId port;
    bool wait;
    std::uint64_t deadline = kNever;
    bool takes_words = false;  ///< a short message may come in registers; then this does not return
};

/// The address of a message's head. timed_out, and what receive_message() says.
Outcome receive_waiting(Process& caller, const ReceiveOptions& options);

}  // namespace freehold::kernel
