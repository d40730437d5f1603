// SPDX-License-Identifier: MIT
// Small steps of every message: finding a port by its id, taking and giving slots. Inline, because a call in registers
// consists of little else. Functions named _locked expect the port's lock.
#pragma once

#include "src/base/computed_once.h"
#include "src/ipc/port.h"

namespace freehold {

// --- finding ports --------------------------------------------------------------------------------------------------

[[gnu::always_inline]] inline PortId port_id(const System& system, const Port& port) {
    const auto index = static_cast<std::uint32_t>(&port - system.ports->ports);
    return static_cast<PortId>(port.generation << kPortIndexBits | index);
}

/// The port an id may name; whether it does is seen under its lock. nullptr: an index out of bounds. None, too, has an
/// index, but is no port's id.
[[gnu::always_inline]] inline Port* port_at(const System& system, PortId id) {
    const std::uint32_t index = static_cast<std::uint32_t>(id) & ((1U << kPortIndexBits) - 1);
    return index < kPortsMax ? computed_once(&system.ports->ports[index]) : nullptr;
}

/// Whether the port is alive and the id's. @pre its lock is held
[[gnu::always_inline]] inline bool is_alive_locked(const Port& port, PortId id) { return port.id == id; }

/// @error unknown_port, not_permitted. @pre its lock is held
[[gnu::always_inline]] inline Status check_owner_locked(const Port& port, PortId id, const AddressSpace& owner) {
    if (!is_alive_locked(port, id)) return Status::unknown_port;
    return port.owner == &owner ? Status::ok : Status::not_permitted;
}

/// The port for a reply; nullptr also if none is wanted.
[[gnu::always_inline]] inline Port* reply_port_at(const System& system, PortId id) {
    return id != PortId::none ? port_at(system, id) : nullptr;
}

/// Locks of two ports, in order; one may be nullptr, or both the same.
class PortsGuard {
  public:
    PortsGuard(const System& system, Port* a, Port* b) : host_(system.host), first_(a), second_(b) {
        if (second_ == first_) second_ = nullptr;
        if (first_ != nullptr && second_ != nullptr && second_ < first_) {
            first_ = b;
            second_ = a;
        }
        if (first_ != nullptr) freehold_host_lock(host_, &first_->lock);
        if (second_ != nullptr) freehold_host_lock(host_, &second_->lock);
    }
    ~PortsGuard() {
        if (second_ != nullptr) freehold_host_unlock(host_, &second_->lock);
        if (first_ != nullptr) freehold_host_unlock(host_, &first_->lock);
    }
    PortsGuard(const PortsGuard&) = delete;
    PortsGuard& operator=(const PortsGuard&) = delete;

  private:
    void* host_;
    Port* first_;
    Port* second_;
};

// --- slots ----------------------------------------------------------------------------------------------------------

/// One slot of a port, and its head.
struct Slot {
    SlotHead* head = nullptr;
    std::uint16_t index = kNoSlot;
};

[[gnu::always_inline]] inline SlotHead& slot_locked(const Port& port, std::uint32_t slot) {
    FREEHOLD_ASSERT(slot < port.count_messages);
    const std::uint32_t index = slot + kCreditSlots;
    return port.heads[index / kSlotsPerFrame][index % kSlotsPerFrame];
}

/// The slots that a sender's messages have.
[[gnu::always_inline]] inline std::uint8_t& credit_used_locked(const Port& port, SpaceId sender) {
    return reinterpret_cast<std::uint8_t*>(port.heads[0])[static_cast<std::uint32_t>(sender) & 0xFF];
}

/// Where a slot's MessageHead and payload are in the owner's space.
inline VirtAddr slot_address(const Port& port, std::uint16_t slot) {
    return port.buffer.base() + port.slot_bytes * slot;
}

/// Where the payload goes, for the kernel; nullptr if it does not lie in the page of its head as a whole.
inline std::byte* payload_beside_head_locked(const Port& port, const Slot& slot, std::uint32_t length_bytes) {
    const Word offset = slot_address(port, slot.index).value() % kPageBytes + sizeof(MessageHead);
    return offset + length_bytes <= kPageBytes ? reinterpret_cast<std::byte*>(slot.head->seen + 1) : nullptr;
}

/// Writes what the receiver will see, but for areas: those arrive when it takes the message.
[[gnu::always_inline]] inline void write_head_locked(const SlotHead& head, std::uint32_t length_bytes) {
    MessageHead& seen = *head.seen;
    seen.message = head.number;
    seen.sender = head.sender;
    seen.cookie = head.cookie;
    seen.length_bytes = length_bytes;
    seen.status = head.peer_gone ? Status::peer_gone : Status::ok;
    seen.flags = (head.is_reply ? kMessageIsReply : 0) | (head.reply_to != PortId::none ? kMessageWantsReply : 0);
    seen.area_count = 0;
    seen.origin = head.origin != SpaceId::none ? head.origin : head.sender;
}

/// A free slot to fill. @pre there is one, and it is available or promised to the caller
[[gnu::always_inline]] inline Slot take_slot_locked(Port& port) {
    const Slot slot{&slot_locked(port, port.first_free), port.first_free};  // kNoSlot is none of the port's slots
    SlotHead& head = *slot.head;
    FREEHOLD_ASSERT(head.state == SlotState::free);
    port.first_free = head.next;
    --port.count_free;
    head.state = SlotState::filling;
    head.origin = SpaceId::none;
    head.reply_to = PortId::none;
    head.cookie = 0;
    head.area_count = 0;
    head.is_reply = head.peer_gone = false;
    return slot;
}

/// The slot is free from now on, and its message's number names nothing any more. The sender has its credit back
/// already.
[[gnu::always_inline]] inline void give_slot_locked(Port& port, const Slot& slot) {
    SlotHead& head = *slot.head;
    head.state = SlotState::free;
    head.number += kOneGeneration;
    if (head.number < kOneGeneration) head.number += kOneGeneration;
    head.next = port.first_free;
    port.first_free = slot.index;
    ++port.count_free;
}

/// @pre it is being filled, or held
inline void free_slot_locked(Port& port, const Slot& slot) {
    const SlotHead& head = *slot.head;
    FREEHOLD_ASSERT(head.state == SlotState::held || head.state == SlotState::filling);
    if (head.state == SlotState::held && !head.is_reply) --credit_used_locked(port, head.sender);
    give_slot_locked(port, slot);
}

/// @pre it is filled, and says who sent it
inline void enqueue_locked(Port& port, const Slot& slot) {
    SlotHead& head = *slot.head;
    FREEHOLD_ASSERT(head.state == SlotState::filling);
    if (!head.is_reply) ++credit_used_locked(port, head.sender);
    head.state = SlotState::queued;
    head.next = kNoSlot;
    if (port.newest == kNoSlot)
        port.oldest = slot.index;
    else
        slot_locked(port, port.newest).next = slot.index;
    port.newest = slot.index;
    ++port.count_queued;
}

/// The oldest message is held from now on; its slot. @pre `oldest` is its head
inline std::uint16_t dequeue_locked(Port& port, SlotHead& oldest) {
    const std::uint16_t slot = port.oldest;
    port.oldest = oldest.next;
    if (port.oldest == kNoSlot) port.newest = kNoSlot;
    --port.count_queued;
    oldest.state = SlotState::held;
    return slot;
}

/// Whether that is the slot of a held message of that number.
[[gnu::always_inline]] inline bool is_held_locked(const Slot& slot, std::uint32_t message) {
    return slot.head->state == SlotState::held && slot.head->number == message;
}

/// The held message of that number. @error unknown_message
[[gnu::always_inline]] inline Result<Slot> held_slot_locked(const Port& port, std::uint32_t message) {
    const auto index = static_cast<std::uint16_t>(message & ((1U << kSlotIndexBits) - 1));
    if (index >= port.count_messages) return Status::unknown_message;
    const Slot slot{&slot_locked(port, index), index};
    if (!is_held_locked(slot, message)) return Status::unknown_message;
    return slot;
}

// --- what a sender must fulfil --------------------------------------------------------------------------------------

/// Whether the port is there and takes messages from that sender. @error unknown_port, port_closed
[[gnu::always_inline]] inline Status check_port_locked(const AddressSpace& sender, const Port* port, PortId to) {
    if (port == nullptr || !is_alive_locked(*port, to)) return Status::unknown_port;
    if (port->mode == PortMode::open) return Status::ok;
    const bool dedicated = port->mode == PortMode::dedicated && port->dedicated_to == sender.id;
    return dedicated ? Status::ok : Status::port_closed;
}

/// Whether there are a slot and a credit left for the sender's message, and a slot of its reply port for the reply.
/// @error would_block; unknown_port, not_permitted: the reply port  @pre both ports' locks are held
[[gnu::always_inline]] inline Status check_room_locked(const AddressSpace& sender, const Port& port, PortId reply_to,
                                                       const Port* reply_port) {
    if (reply_to != PortId::none) {
        if (reply_port == nullptr) return Status::unknown_port;
        const Status status = check_owner_locked(*reply_port, reply_to, sender);
        if (status != Status::ok) return status;
        if (reply_port->count_available() < (reply_port == &port ? 2 : 1)) return Status::would_block;
    }
    if (port.count_available() == 0) return Status::would_block;
    return credit_used_locked(port, sender.id) < port.credits ? Status::ok : Status::would_block;
}

/// All three: the port, the payload's length, room.
/// @error as check_port_locked and check_room_locked; message_too_long
[[gnu::always_inline]] inline Status check_message_locked(const AddressSpace& sender, const Port* port, PortId to,
                                                          std::uint32_t length_bytes, PortId reply_to,
                                                          const Port* reply_port) {
    if (const Status status = check_port_locked(sender, port, to); status != Status::ok) return status;
    if (length_bytes > port->message_bytes) return Status::message_too_long;
    return check_room_locked(sender, *port, reply_to, reply_port);
}

/// What the host says of the port's owner, if nothing is queued there: 0, or how it waits (freehold_host_waits).
[[gnu::always_inline]] inline int waits_at_locked(const System& system, const Port& port, PortId id) {
    if (port.oldest != kNoSlot) return 0;
    return freehold_host_waits(system.host, port.owner->owner_token, static_cast<std::uint32_t>(id));
}

// --- what a message leaves behind -----------------------------------------------------------------------------------

/// The reply to a message that is being filled gets its slot promised. @pre check_room_locked() said that there is one
[[gnu::always_inline]] inline void promise_reply_locked(SlotHead& head, PortId reply_to, Port* reply_port) {
    if (reply_to == PortId::none) return;
    head.reply_to = reply_to;
    ++reply_port->count_promised;
}

[[gnu::always_inline]] inline void count_message(System& system, std::uint32_t length_bytes) {
    const auto counting = system.pool.lock();
    system.counters.bytes_copied += length_bytes;
    ++system.counters.messages_sent;
}

}  // namespace freehold
