// SPDX-License-Identifier: MIT
// What ports need of messages, and the layer above needs of ports.
#pragma once

#include "src/ipc/port.h"

namespace freehold {

/// Whether the port is there and takes messages from that sender. @error unknown_port, port_closed
/// @pre the port's lock is held
Status check_port_locked(const System& system, const AddressSpace& sender, const Port* port, PortId to);

/// Whether there are a slot and a credit left for the sender's message, and a slot of its reply port for the reply.
/// @error would_block; unknown_port, not_permitted: the reply port  @pre both ports' locks are held
Status check_room_locked(const System& system, const AddressSpace& sender, const Port& port, PortId reply_to,
                         const Port* reply_port);

/// Tells a request's sender that no reply will come, in the slot promised for it. Nothing if no reply was wanted, or
/// the reply port is no more. `by` had the request. @pre no port's lock is held
void answer_peer_gone(System& system, SpaceId by, SlotHead& request);

/// Ends all ports of a space.
void destroy_ports(AddressSpace& owner);

}  // namespace freehold
