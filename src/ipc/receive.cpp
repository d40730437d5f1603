// SPDX-License-Identifier: MIT
// Taking messages out of a port, and giving their slots back.
#include "src/ipc/message.h"

namespace freehold {

namespace {

/// The areas of a message arrive, all or none, and its head says where.
[[gnu::noinline]] Status take_areas_locked(AddressSpace& owner, SlotHead& head) {
    VirtAddr bases[kMessageAreasMax];
    const Status delivered = deliver_parcel(*owner.system, head, owner, bases);
    if (delivered != Status::ok) return delivered;
    MessageHead& seen = *head.seen;
    for (std::uint32_t i = 0; i < head.area_count; ++i) {
        seen.areas[i] = {bases[i].value(), head.areas[i].range().length_bytes()};
    }
    seen.area_count = head.area_count;
    head.area_count = 0;
    return Status::ok;
}

}  // namespace

Result<VirtAddr> receive_message(AddressSpace& owner, PortId id) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
    if (port->oldest == kNoSlot) return Status::would_block;
    SlotHead& head = slot_locked(*port, port->oldest);
    if (head.area_count != 0) {
        const Status taken = take_areas_locked(owner, head);
        if (taken != Status::ok) return taken;
    }
    return slot_address(*port, dequeue_locked(*port, head));
}

Status discard_message(AddressSpace& owner, PortId id, std::uint32_t message) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    PortId reply_to = PortId::none;
    Word cookie = 0;
    {
        const LockGuard guard(system.host, port->lock);
        if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
        const auto slot = held_slot_locked(*port, message);
        if (!slot.ok()) return slot.status();
        reply_to = slot.value().head->reply_to;
        cookie = slot.value().head->cookie;
        free_slot_locked(*port, slot.value());
    }
    if (reply_to != PortId::none) answer_peer_gone(system, space_id(owner), reply_to, cookie);
    return Status::ok;
}

}  // namespace freehold
