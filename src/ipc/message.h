// SPDX-License-Identifier: MIT
// What ports need of messages, and the layer above needs of ports.
#pragma once

#include "src/ipc/port.h"

namespace freehold {

/// Tells a request's sender that no reply will come, in the slot reserved for it. Nothing if no reply was wanted, or
/// the reply port is no more. @pre no port's lock is held
void answer_peer_gone(System& system, const Port& port, SlotHead& request);

/// Ends all ports of a space.
void destroy_ports(AddressSpace& owner);

}  // namespace freehold
