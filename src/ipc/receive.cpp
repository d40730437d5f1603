// SPDX-License-Identifier: MIT
// Taking messages out of a port, and giving their slots back.
#include "src/ipc/message.h"

namespace freehold {

namespace {

void write_head(AddressSpace& owner, const Port& port, const Slot& slot, const VirtAddr* bases) {
    const SlotHead& head = *slot.head;
    const SpaceGuard guard(owner);
    MessageHead& seen = *reinterpret_cast<MessageHead*>(page_bytes_locked(owner, slot_address(port, slot.index)));
    seen.message = message_number(slot);
    seen.sender = head.sender;
    seen.cookie = head.cookie;
    seen.length_bytes = head.length_bytes;
    seen.status = head.peer_gone ? Status::peer_gone : Status::ok;
    seen.flags = (head.is_reply ? kMessageIsReply : 0) | (head.reply_to != PortId::none ? kMessageWantsReply : 0);
    seen.area_count = head.area_count;
    seen.origin = head.origin;
    for (std::uint32_t i = 0; i < kMessageAreasMax; ++i) {
        seen.areas[i] = {};
        if (i < head.area_count) seen.areas[i] = {bases[i].value(), head.areas[i].range().length_bytes()};
    }
}

}  // namespace

Result<VirtAddr> receive_message(AddressSpace& owner, PortId id) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
    if (port->oldest == kNoSlot) return Status::would_block;
    VirtAddr bases[kMessageAreasMax];
    const Status delivered = deliver_parcel(system, slot_locked(system, *port, port->oldest), owner, bases);
    if (delivered != Status::ok) return delivered;
    const Slot slot = dequeue_locked(system, *port);
    write_head(owner, *port, slot, bases);
    slot.head->area_count = 0;
    return slot_address(*port, slot.index);
}

Status discard_message(AddressSpace& owner, PortId id, std::uint32_t message) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    SlotHead request;
    {
        const LockGuard guard(system.host, port->lock);
        if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
        const auto slot = held_slot_locked(system, *port, message);
        if (!slot.ok()) return slot.status();
        request = *slot.value().head;
        free_slot_locked(system, *port, slot.value());
    }
    answer_peer_gone(system, space_id(owner), request);
    return Status::ok;
}

}  // namespace freehold
