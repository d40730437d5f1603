// SPDX-License-Identifier: MIT
// Sending, replying and forwarding are one thing: a payload and areas go into a slot of a port. A send takes an
// available slot; a reply has one promised since its request was sent; a forwarded request takes its promise along.
#include <cstring>
#include <optional>

#include "src/base/canary.h"
#include "src/ipc/message.h"
#include "src/space/mapped.h"

namespace freehold {

namespace {

/// What goes into a slot, wherever that is.
struct Delivery {
    VirtAddr payload;
    std::uint32_t length_bytes;
    std::span<const std::byte> words;  ///< the payload, if it lies with the kernel
    std::span<const AreaToSend> areas;

    template <typename Options>
    explicit Delivery(const Options& options)
        : payload(options.payload), length_bytes(options.length_bytes), words(options.words), areas(options.areas) {
        if (!words.empty()) length_bytes = static_cast<std::uint32_t>(words.size());
    }

    [[nodiscard]] Status check() const {
        const bool fits = length_bytes <= kMessageBytesMax && words.size() <= kShortMessageBytesMax;
        return fits ? Status::ok : Status::message_too_long;
    }
};

/// Who is to be told that a message is there, once no lock is held any more.
struct Arrival {
    std::uintptr_t owner_token;
    PortId port;

    void announce(const System& system) const {
        freehold_host_wake(system.host, owner_token, static_cast<std::uint32_t>(port));
    }
};

bool shares_any(const Parcel& parcel) {
    for (std::uint32_t i = 0; i < parcel.count; ++i) {
        if (parcel.kinds[i] == AreaToSend::Kind::share) return true;
    }
    return false;
}

/// Copies the payload, or changes nothing. A slot that is not queued has no reader. @pre the spaces are locked
Status copy_payload_locked(AddressSpace& sender, const Port& port, const Slot& slot, const Delivery& delivery) {
    const std::uint32_t length_bytes = delivery.length_bytes;
    if (length_bytes == 0) return Status::ok;
    const VirtAddr target = slot_address(port, slot.index) + sizeof(MessageHead);
    std::byte* out = payload_beside_head_locked(port, slot, length_bytes);
    if (out == nullptr) out = mapped_bytes_locked(*port.owner, target, length_bytes, Rights::read);
    const std::byte* const in = delivery.words.empty()
                                    ? mapped_bytes_locked(sender, delivery.payload, length_bytes, Rights::read)
                                    : delivery.words.data();
    if (in != nullptr && out != nullptr) {
        std::memcpy(out, in, length_bytes);
        return Status::ok;
    }
    // Words are so short, and slots so aligned, that words never get here: they lie in one page.
    const Status readable = check_copy_locked(sender, delivery.payload, length_bytes, Rights::read);
    if (readable == Status::ok) copy_pages_locked(sender, delivery.payload, *port.owner, target, length_bytes);
    return readable;
}

/// Copies the payload and sends the areas off, or changes nothing. The payload goes first: it may lie in an area that
/// is about to leave.
[[gnu::noinline]] Status fill_with_areas(AddressSpace& sender, const Port& port, const Slot& slot,
                                         const Delivery& delivery) {
    const auto parcel = make_parcel(delivery.areas);
    if (!parcel.ok()) return parcel.status();
    std::optional<SpaceGuard> transit_guard;
    if (shares_any(parcel.value())) transit_guard.emplace(*sender.system->transit);
    const SpacesGuard guard(sender, *port.owner);
    const Status status = copy_payload_locked(sender, port, slot, delivery);
    return status != Status::ok ? status : dispatch_parcel_locked(sender, parcel.value(), *slot.head);
}

Status fill(AddressSpace& sender, const Port& port, const Slot& slot, const Delivery& delivery) {
    if (!delivery.areas.empty()) return fill_with_areas(sender, port, slot, delivery);
    if (delivery.length_bytes == 0) return Status::ok;
    const SpacesGuard guard(sender, *port.owner);
    return copy_payload_locked(sender, port, slot, delivery);
}

/// Takes a slot and fills it, or changes nothing. @pre the port's lock is held, and a slot may be taken
Result<Slot> put_into_slot_locked(AddressSpace& sender, Port& port, const Delivery& delivery) {
    const Slot slot = take_slot_locked(port);
    const Status status = fill(sender, port, slot, delivery);
    if (status != Status::ok) {
        free_slot_locked(port, slot);
        return status;
    }
    slot.head->sender = space_id(sender);
    count_message(*sender.system, delivery.length_bytes);
    return slot;
}

Arrival queue_locked(Port& port, const Slot& slot, std::uint32_t length_bytes) {
    write_head_locked(*slot.head, length_bytes);
    enqueue_locked(port, slot);
    if (port.signals != 0) port.owner->signals.fetch_or(port.signals);
    return {port.owner->owner_token, port.id};
}

/// The port that a held request's reply goes to. @error unknown_port, not_permitted, unknown_message, no_reply_wanted
Result<PortId> reply_port_of(AddressSpace& owner, PortId id, std::uint32_t message) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
    const auto slot = held_slot_locked(*port, message);
    if (!slot.ok()) return slot.status();
    const PortId reply_to = slot.value().head->reply_to;
    if (reply_to == PortId::none) return Status::no_reply_wanted;
    return reply_to;
}

}  // namespace

Status send_message(AddressSpace& sender, const SendOptions& options) {
    const Delivery delivery(options);
    if (const Status status = delivery.check(); status != Status::ok) return status;
    System& system = *sender.system;
    Port* const port = port_at(system, options.to);
    Port* const reply_port = reply_port_at(system, options.reply_to);
    Arrival arrival;
    {
        const PortsGuard guard(system, port, reply_port);
        const Status status =
            check_message_locked(sender, port, options.to, delivery.length_bytes, options.reply_to, reply_port);
        if (status != Status::ok) return status;
        const auto slot = put_into_slot_locked(sender, *port, delivery);
        if (!slot.ok()) return slot.status();
        SlotHead& head = *slot.value().head;
        head.cookie = options.cookie;
        promise_reply_locked(head, options.reply_to, reply_port);
        arrival = queue_locked(*port, slot.value(), delivery.length_bytes);
    }
    arrival.announce(system);
    return Status::ok;
}

std::uint32_t publish_message(AddressSpace& sender, const SendOptions& options, std::span<const PortId> to,
                              std::span<Status> outcomes) {
    std::uint32_t sent = 0;
    for (std::size_t i = 0; i < to.size(); ++i) {
        SendOptions one = options;
        one.to = to[i];
        const Status status = send_message(sender, one);
        if (i < outcomes.size()) outcomes[i] = status;
        if (status == Status::ok) ++sent;
    }
    return sent;
}

Status check_send(AddressSpace& sender, PortId to, PortId reply_to) {
    System& system = *sender.system;
    Port* const port = port_at(system, to);
    Port* const reply_port = reply_port_at(system, reply_to);
    const PortsGuard guard(system, port, reply_port);
    const Status status = check_port_locked(sender, port, to);
    return status != Status::ok ? status : check_room_locked(sender, *port, reply_to, reply_port);
}

Status reply_message(AddressSpace& owner, const ReplyOptions& options) {
    const Delivery delivery(options);
    if (const Status status = delivery.check(); status != Status::ok) return status;
    System& system = *owner.system;
    const auto reply_to = reply_port_of(owner, options.port, options.message);
    if (!reply_to.ok()) return reply_to.status();
    Port* const port = port_at(system, options.port);
    Port* const reply_port = port_at(system, reply_to.value());
    Arrival arrival;
    {
        const PortsGuard guard(system, port, reply_port);
        if (!is_alive_locked(*port, options.port)) return Status::unknown_port;
        const auto request_slot = held_slot_locked(*port, options.message);
        if (!request_slot.ok()) return request_slot.status();
        const Word cookie = request_slot.value().head->cookie;
        if (!is_alive_locked(*reply_port, reply_to.value())) {
            free_slot_locked(*port, request_slot.value());
            return Status::peer_gone;
        }
        if (delivery.length_bytes > reply_port->message_bytes) return Status::message_too_long;
        const auto slot = put_into_slot_locked(owner, *reply_port, delivery);
        if (!slot.ok()) return slot.status();
        SlotHead& reply = *slot.value().head;
        reply.cookie = cookie;
        reply.is_reply = true;
        --reply_port->count_promised;
        arrival = queue_locked(*reply_port, slot.value(), delivery.length_bytes);
        free_slot_locked(*port, request_slot.value());
    }
    arrival.announce(system);
    return Status::ok;
}

Status forward_message(AddressSpace& owner, const ForwardOptions& options) {
    const Delivery delivery(options);
    if (const Status status = delivery.check(); status != Status::ok) return status;
    System& system = *owner.system;
    Port* const port = port_at(system, options.port);
    Port* const next = port_at(system, options.to);
    if (port == nullptr) return Status::unknown_port;
    Arrival arrival;
    {
        const PortsGuard guard(system, port, next);
        Status status = check_owner_locked(*port, options.port, owner);
        if (status != Status::ok) return status;
        const auto request_slot = held_slot_locked(*port, options.message);
        if (!request_slot.ok()) return request_slot.status();
        status = check_message_locked(owner, next, options.to, delivery.length_bytes, PortId::none, nullptr);
        if (status != Status::ok) return status;
        const auto slot = put_into_slot_locked(owner, *next, delivery);
        if (!slot.ok()) return slot.status();
        const SlotHead& request = *request_slot.value().head;
        SlotHead& head = *slot.value().head;
        head.cookie = request.cookie;
        head.origin = request.origin != SpaceId::none ? request.origin : request.sender;
        head.reply_to = request.reply_to;
        arrival = queue_locked(*next, slot.value(), delivery.length_bytes);
        free_slot_locked(*port, request_slot.value());
    }
    arrival.announce(system);
    return Status::ok;
}

void answer_peer_gone(System& system, SpaceId by, PortId reply_to, Word cookie) {
    Port* const reply_port = reply_port_at(system, reply_to);
    if (reply_port == nullptr || lets_in(Canary::silent_death)) return;
    Arrival arrival;
    {
        const LockGuard guard(system.host, reply_port->lock);
        if (!is_alive_locked(*reply_port, reply_to)) return;
        FREEHOLD_ASSERT(reply_port->count_promised != 0);
        --reply_port->count_promised;
        const Slot slot = take_slot_locked(*reply_port);
        SlotHead& reply = *slot.head;
        reply.sender = by;
        reply.cookie = cookie;
        reply.is_reply = true;
        reply.peer_gone = true;
        arrival = queue_locked(*reply_port, slot, 0);
    }
    arrival.announce(system);
}

}  // namespace freehold
