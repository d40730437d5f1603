// SPDX-License-Identifier: MIT
// What ports need of messages, and the layer above needs of ports.
#pragma once

#include "src/ipc/slots.h"

namespace freehold {

/// Tells a request's sender that no reply will come, in the slot promised for it. Nothing if no reply was wanted, or
/// the reply port is no more. `by` had the request. @pre no port's lock is held
void answer_peer_gone(System& system, SpaceId by, PortId reply_to, Word cookie);

/// Ends all ports of a space.
void destroy_ports(AddressSpace& owner);

}  // namespace freehold
