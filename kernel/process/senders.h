// SPDX-License-Identifier: MIT
// Processes that wait to send because a port is full, first come, first served.
//
// A slot that becomes free wakes the first of them that finds room: who has no credit left waits on. Once its call is
// over, however that went, it wakes the next: so a slot is never left unused because the one woken for it was killed or
// failed. Whoever is willing to wait does not pass those who wait already and find room: they are on their way to it.
#pragma once

#include <freehold/types.h>

namespace freehold::kernel {

struct Process;

namespace senders {

/// Whether another process that waited for room in that port, or was woken and has not sent yet, finds it now.
bool others_wait(PortId port);

/// How many processes wait for room in that port, those on their way included.
std::uint32_t count_waiting(PortId port);

/// Blocks the current process until its port may have room, or until that tick: then it returns false. `again`: it has
/// waited before and keeps its place.
bool wait_for(PortId port, bool again, std::uint64_t deadline);

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
