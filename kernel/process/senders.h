// SPDX-License-Identifier: MIT
// Processes that wait to send because a port is full, first come, first served.
//
// A slot that becomes free wakes one of them. Once its call is over, however that went, it wakes the next: so a slot is
// never left unused because the one woken for it was killed or failed. Whoever is willing to wait does not pass those
// who wait already, even if there is room at the moment: one of them is on its way to it.
#pragma once

#include <freehold/types.h>

namespace freehold::kernel {

struct Process;

namespace senders {

/// Whether another process waits for room in that port, or was woken and has not sent yet.
bool others_wait(PortId port);

/// Blocks the current process until its port may have room. `again`: it has waited before and keeps its place.
void wait_for(PortId port, bool again);

/// Wakes who waits longest for that port.
void wake_one(PortId port);

/// Wakes all who wait for that port: it is gone, or takes messages from others now.
void wake_all(PortId port);

/// Wakes those whose port is no more, after ports have gone with their owner.
void wake_those_without_port();

/// The process's call is over, or the process is: the next may try.
void forget(Process& process);

}  // namespace senders
}  // namespace freehold::kernel
