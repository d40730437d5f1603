// SPDX-License-Identifier: MIT
// Messages: send, receive, reply, discard.
//
// Sending and replying are one thing: a payload and areas go into a slot of a port. A send takes a free slot; a reply
// has one since its request was sent.
#include "src/ipc/message.h"

#include <cstring>
#include <optional>

namespace freehold {

namespace {

/// What goes into a slot, wherever that is.
struct Delivery {
    VirtAddr payload;
    std::uint32_t length_bytes = 0;
    std::span<const AreaToSend> areas;
};

bool shares_any(const Parcel& parcel) {
    for (std::uint32_t i = 0; i < parcel.count; ++i) {
        if (parcel.kinds[i] == AreaToSend::Kind::share) return true;
    }
    return false;
}

/// Copies the payload and sends the areas off, or changes nothing. @pre the port's lock is held
Status fill_slot_locked(AddressSpace& sender, Port& port, std::uint16_t slot, const Delivery& delivery) {
    const auto parcel = make_parcel(delivery.areas);
    if (!parcel.ok()) return parcel.status();
    System& system = *sender.system;
    std::optional<SpaceGuard> transit_guard;
    if (shares_any(parcel.value())) transit_guard.emplace(*system.transit);
    const SpacesGuard guard(sender, *port.owner);
    const Status readable = check_copy_locked(sender, delivery.payload, delivery.length_bytes, Rights::read);
    if (readable != Status::ok) return readable;

    SlotHead& head = slot_locked(system, port, slot);
    // The payload first: it may lie in an area that is about to leave. A slot that is not queued has no reader.
    const VirtAddr target = slot_address(port, slot) + sizeof(MessageHead);
    if (delivery.length_bytes != 0) {
        copy_pages_locked(sender, delivery.payload, *port.owner, target, delivery.length_bytes);
    }
    const Status sent = dispatch_parcel_locked(sender, parcel.value(), head);
    if (sent != Status::ok) return sent;
    head.sender = space_id(sender);
    head.length_bytes = delivery.length_bytes;
    system.counters.bytes_copied += delivery.length_bytes;
    ++system.counters.messages_sent;
    return Status::ok;
}

/// Whether the sender may send that message there now, and have a reply where it wants one.
Status check_send_locked(const System& system, const AddressSpace& sender, const Port* port, const Port* reply_port,
                         const SendOptions& options) {
    if (port == nullptr || !is_alive_locked(system, *port, options.to)) return Status::unknown_port;
    if (port->mode == PortMode::closed) return Status::port_closed;
    if (port->mode == PortMode::dedicated && port->dedicated_to != space_id(sender)) return Status::port_closed;
    if (options.length_bytes > port->message_bytes) return Status::message_too_long;
    if (options.reply_to != PortId::none) {
        if (reply_port == nullptr) return Status::unknown_port;
        const Status status = check_owner_locked(system, *reply_port, options.reply_to, sender);
        if (status != Status::ok) return status;
        if (reply_port->count_free < (reply_port == port ? 2 : 1)) return Status::would_block;
    }
    return port->count_free != 0 ? Status::ok : Status::would_block;
}

void wake_owner(System& system, std::uintptr_t owner_token, PortId port) {
    freehold_host_wake(system.host, owner_token, static_cast<std::uint32_t>(port));
}

void write_head(AddressSpace& owner, const Port& port, std::uint16_t slot, const SlotHead& head,
                const VirtAddr* bases) {
    MessageHead seen = {};
    seen.message = message_number(head, slot);
    seen.sender = head.sender;
    seen.cookie = head.cookie;
    seen.length_bytes = head.length_bytes;
    seen.status = head.peer_gone ? Status::peer_gone : Status::ok;
    seen.flags = (head.is_reply ? kMessageIsReply : 0) | (head.reply_to != PortId::none ? kMessageWantsReply : 0);
    seen.area_count = head.area_count;
    for (std::uint32_t i = 0; i < head.area_count; ++i) {
        seen.areas[i] = {bases[i].value(), head.areas[i].range().length_bytes()};
    }
    const SpaceGuard guard(owner);
    std::memcpy(page_bytes_locked(owner, slot_address(port, slot)), &seen, sizeof seen);
}

/// The port that a held request's reply goes to. @error unknown_port, not_permitted, unknown_message, no_reply_wanted
Result<PortId> reply_port_of(AddressSpace& owner, PortId id, std::uint32_t message) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (const Status status = check_owner_locked(system, *port, id, owner); status != Status::ok) return status;
    const auto slot = held_slot_locked(system, *port, message);
    if (!slot.ok()) return slot.status();
    const PortId reply_to = slot_locked(system, *port, slot.value()).reply_to;
    if (reply_to == PortId::none) return Status::no_reply_wanted;
    return reply_to;
}

}  // namespace

Status send_message(AddressSpace& sender, const SendOptions& options) {
    if (options.length_bytes > kMessageBytesMax) return Status::message_too_long;
    System& system = *sender.system;
    Port* const port = port_at(system, options.to);
    Port* const reply_port = port_at(system, options.reply_to);
    std::uintptr_t receiver = 0;
    {
        const PortsGuard guard(system, port, reply_port);
        const Status allowed = check_send_locked(system, sender, port, reply_port, options);
        if (allowed != Status::ok) return allowed;
        const std::uint16_t slot = take_slot_locked(system, *port, SlotState::reserved);
        const Delivery delivery{options.payload, options.length_bytes, options.areas};
        if (const Status status = fill_slot_locked(sender, *port, slot, delivery); status != Status::ok) {
            free_slot_locked(system, *port, slot);
            return status;
        }
        SlotHead& head = slot_locked(system, *port, slot);
        head.cookie = options.cookie;
        if (options.reply_to != PortId::none) {
            head.reply_to = options.reply_to;
            head.reply_slot = take_slot_locked(system, *reply_port, SlotState::reserved);
        }
        enqueue_locked(system, *port, slot);
        receiver = port->owner->owner_token;
    }
    wake_owner(system, receiver, options.to);
    return Status::ok;
}

Result<VirtAddr> receive_message(AddressSpace& owner, PortId id) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (const Status status = check_owner_locked(system, *port, id, owner); status != Status::ok) return status;
    if (port->oldest == kNoSlot) return Status::would_block;
    SlotHead& head = slot_locked(system, *port, port->oldest);
    VirtAddr bases[kMessageAreasMax];
    const Status delivered = deliver_parcel(system, head, owner, bases);
    if (delivered != Status::ok) return delivered;
    const std::uint16_t slot = dequeue_locked(system, *port);
    write_head(owner, *port, slot, head, bases);
    head.area_count = 0;
    return slot_address(*port, slot);
}

Status reply_message(AddressSpace& owner, const ReplyOptions& options) {
    if (options.length_bytes > kMessageBytesMax) return Status::message_too_long;
    System& system = *owner.system;
    const auto reply_to = reply_port_of(owner, options.port, options.message);
    if (!reply_to.ok()) return reply_to.status();
    Port* const port = port_at(system, options.port);
    Port* const reply_port = port_at(system, reply_to.value());
    std::uintptr_t requester = 0;
    {
        const PortsGuard guard(system, port, reply_port);
        if (!is_alive_locked(system, *port, options.port)) return Status::unknown_port;
        const auto slot = held_slot_locked(system, *port, options.message);
        if (!slot.ok()) return slot.status();
        const SlotHead request = slot_locked(system, *port, slot.value());
        if (!is_alive_locked(system, *reply_port, reply_to.value())) {
            free_slot_locked(system, *port, slot.value());
            return Status::peer_gone;
        }
        if (options.length_bytes > reply_port->message_bytes) return Status::message_too_long;
        const Delivery delivery{options.payload, options.length_bytes, options.areas};
        const Status status = fill_slot_locked(owner, *reply_port, request.reply_slot, delivery);
        if (status != Status::ok) return status;
        SlotHead& reply = slot_locked(system, *reply_port, request.reply_slot);
        reply.cookie = request.cookie;
        reply.is_reply = 1;
        enqueue_locked(system, *reply_port, request.reply_slot);
        free_slot_locked(system, *port, slot.value());
        requester = reply_port->owner->owner_token;
    }
    wake_owner(system, requester, reply_to.value());
    return Status::ok;
}

Status discard_message(AddressSpace& owner, PortId id, std::uint32_t message) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    SlotHead request;
    {
        const LockGuard guard(system.host, port->lock);
        if (const Status status = check_owner_locked(system, *port, id, owner); status != Status::ok) return status;
        const auto slot = held_slot_locked(system, *port, message);
        if (!slot.ok()) return slot.status();
        request = slot_locked(system, *port, slot.value());
        free_slot_locked(system, *port, slot.value());
    }
    answer_peer_gone(system, *port, request);
    return Status::ok;
}

void answer_peer_gone(System& system, const Port& port, SlotHead& request) {
    if (request.reply_to == PortId::none) return;
    Port* const reply_port = port_at(system, request.reply_to);
    std::uintptr_t requester = 0;
    {
        const LockGuard guard(system.host, reply_port->lock);
        if (!is_alive_locked(system, *reply_port, request.reply_to)) return;
        SlotHead& reply = slot_locked(system, *reply_port, request.reply_slot);
        FREEHOLD_ASSERT(reply.state == SlotState::reserved);
        reply.sender = port.owner != nullptr ? space_id(*port.owner) : SpaceId::none;
        reply.cookie = request.cookie;
        reply.is_reply = 1;
        reply.peer_gone = 1;
        enqueue_locked(system, *reply_port, request.reply_slot);
        requester = reply_port->owner->owner_token;
    }
    wake_owner(system, requester, request.reply_to);
    request.reply_to = PortId::none;
}

}  // namespace freehold
