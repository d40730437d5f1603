// SPDX-License-Identifier: MIT
// The short way of messages: a payload in one page, or one plain area for a receiver that waits already. Whatever is
// not so is left to send.cpp and receive.cpp, before anything has changed.
#include <cstring>

#include "src/ipc/message.h"
#include "src/space/mapped.h"

namespace freehold {

namespace {

constexpr Status kTheLongWay = Status::would_block;

/// The slot is the receiver's at once. @pre it waits there, and nothing is queued
void hold_locked(Port& port, const Slot& slot) {
    slot.head->state = SlotState::held;
    ++credit_used_locked(port, slot.head->sender);
}

/// Takes a slot for a message whose payload, if any, is in place. @pre check_message_locked() said ok
template <typename Options>
[[gnu::always_inline]] inline Slot write_message_locked(const AddressSpace& sender, Port& port, const Options& options,
                                                        std::uint32_t length_bytes, Port* reply_port) {
    const Slot slot = take_slot_locked(port);
    SlotHead& head = *slot.head;
    head.sender = sender.id;
    head.cookie = options.cookie;
    promise_reply_locked(head, options.reply_to, reply_port);
    write_head_locked(head, length_bytes);
    count_message(*sender.system, length_bytes);
    if (port.signals != 0) port.owner->signals.fetch_or(port.signals);
    return slot;
}

/// The area goes to the port's owner at once. @error would_block: not this way
Result<VirtAddr> move_to_owner(AddressSpace& sender, PageRange area, const Port& port) {
    if (port.owner == &sender) return kTheLongWay;
    const SpacesGuard guard(sender, *port.owner);
    return move_at_once_locked(sender, area, *port.owner);
}

}  // namespace

Result<Posted> post_message(AddressSpace& sender, const SendOptions& options) {
    if (!options.areas.empty() || !options.words.empty()) return kTheLongWay;
    System& system = *sender.system;
    Port* const port = port_at(system, options.to);
    Port* const reply_port = reply_port_at(system, options.reply_to);
    const std::uint32_t length_bytes = options.length_bytes;
    std::uintptr_t token = 0;
    {
        const PortsGuard guard(system, port, reply_port);
        const Status status =
            check_message_locked(sender, port, options.to, length_bytes, options.reply_to, reply_port);
        if (status != Status::ok) return status;
        const Slot next{&slot_locked(*port, port->first_free), port->first_free};
        if (length_bytes != 0) {
            const SpaceGuard space_guard(sender);
            std::byte* const out = payload_beside_head_locked(*port, next, length_bytes);
            if (out == nullptr) return kTheLongWay;
            const std::byte* const in = mapped_bytes_locked(sender, options.payload, length_bytes, Rights::read);
            if (in == nullptr) return kTheLongWay;
            std::memcpy(out, in, length_bytes);
        }
        const Slot slot = write_message_locked(sender, *port, options, length_bytes, reply_port);
        token = port->owner->owner_token;
        if (waits_at_locked(system, *port, options.to) != 0) {
            hold_locked(*port, slot);
            return Posted{token, slot_address(*port, slot.index)};
        }
        enqueue_locked(*port, slot);
    }
    freehold_host_wake(system.host, token, static_cast<std::uint32_t>(options.to));
    return Posted{token, VirtAddr()};
}

Result<Posted> post_area(AddressSpace& sender, const AreaOptions& options) {
    System& system = *sender.system;
    Port* const port = port_at(system, options.to);
    Port* const reply_port = reply_port_at(system, options.reply_to);
    const auto area = PageRange::checked(options.base, options.length_bytes);
    if (!area.ok()) return area.status();
    const PortsGuard guard(system, port, reply_port);
    const Status status = check_message_locked(sender, port, options.to, 0, options.reply_to, reply_port);
    if (status != Status::ok) return status;
    if (waits_at_locked(system, *port, options.to) == 0) return kTheLongWay;
    const auto arrived = move_to_owner(sender, area.value(), *port);
    if (!arrived.ok()) return arrived.status();
    const Slot slot = write_message_locked(sender, *port, options, 0, reply_port);
    MessageHead& seen = *slot.head->seen;
    seen.area_count = 1;
    seen.areas[0] = {arrived.value().value(), options.length_bytes};
    hold_locked(*port, slot);
    return Posted{port->owner->owner_token, slot_address(*port, slot.index)};
}

Result<VirtAddr> take_message(AddressSpace& owner, PortId id, std::uint32_t done) {
    Port* const port = port_at(*owner.system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(owner.system->host, port->lock);
    if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
    SlotHead* const oldest = port->oldest != kNoSlot ? &slot_locked(*port, port->oldest) : nullptr;
    if (oldest != nullptr && oldest->area_count != 0) return kTheLongWay;
    if (done != 0) {
        const auto slot = held_slot_locked(*port, done);
        if (!slot.ok()) return slot.status();
        if (slot.value().head->reply_to != PortId::none) return kTheLongWay;
        free_slot_locked(*port, slot.value());
    }
    if (oldest == nullptr) return VirtAddr();
    return slot_address(*port, dequeue_locked(*port, *oldest));
}

}  // namespace freehold
