// SPDX-License-Identifier: MIT
// Processes that wait to send because a port is full, first come, first served.
//
// A slot that becomes free wakes one of them. Once its call is over, however that went, it wakes the next: so a slot is
// never left unused because the one woken for it was killed or failed.
#pragma once

#include <freehold/types.h>

namespace freehold::kernel::senders {

/// Blocks the current process until its port may have room. `again`: it has waited before and keeps its place.
void wait_for(PortId port, bool again);

/// Wakes who waits longest for that port.
void wake_one(PortId port);

/// Wakes all who wait for that port: it is gone, or takes messages from others now.
void wake_all(PortId port);

/// A process has ended that was sending to `wait_port`, and its own ports have gone.
void wake_after_end(PortId wait_port);

}  // namespace freehold::kernel::senders
