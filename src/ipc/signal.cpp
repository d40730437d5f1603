// SPDX-License-Identifier: MIT
// Signals: a bit set in a mask of the receiver's. Setting a bit twice is setting it once, so there is no queue to be
// full, and what was set stays until its owner takes it. After AmigaOS's signals and QNX's pulses.
#include "src/base/lock.h"
#include "src/ipc/message.h"

namespace freehold {

Status allow_signals(AddressSpace& owner, std::uint32_t signals, SpaceId from) {
    const SpaceGuard guard(owner);
    owner.signals_allowed = signals;
    owner.signals_from = from;
    return Status::ok;
}

Status raise_signals(System& system, SpaceId by, SpaceId to, std::uint32_t signals) {
    const auto found = find_space(system, to);
    if (!found.ok()) return found.status();
    AddressSpace& space = *found.value();
    std::uintptr_t token = 0;
    {
        const SpaceGuard guard(space);
        // It may have ended meanwhile. If not, its end waits for this lock.
        if (!find_space(system, to).ok()) return Status::unknown_space;
        const bool own = by == SpaceId::none || by == to;
        const bool known = space.signals_from == SpaceId::none || space.signals_from == by;
        if (!own && (!known || (signals & ~space.signals_allowed) != 0)) return Status::not_permitted;
        space.signals.fetch_or(signals);
        token = space.owner_token;
    }
    freehold_host_wake(system.host, token, static_cast<std::uint32_t>(PortId::none));
    return Status::ok;
}

std::uint32_t take_signals(AddressSpace& owner, std::uint32_t wanted) {
    return owner.signals.fetch_and(~wanted) & wanted;
}

}  // namespace freehold
