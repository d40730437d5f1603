// SPDX-License-Identifier: MIT
// Small steps of every message: finding a port by its id, taking and giving slots. Inline, because a call in registers
// consists of little else. Functions named _locked expect the port's lock.
#pragma once

#include "src/ipc/port.h"

namespace freehold {

inline constexpr std::uint32_t kPortIndexBits = 10;
inline constexpr std::uint32_t kSlotIndexBits = 8;
static_assert(kPortMessagesMax <= 1U << kSlotIndexBits);

// --- finding ports --------------------------------------------------------------------------------------------------

[[gnu::always_inline]] inline PortId port_id(const System& system, const Port& port) {
    const auto index = static_cast<std::uint32_t>(&port - system.ports->ports);
    return static_cast<PortId>(port.generation << kPortIndexBits | index);
}

/// The port an id may name; whether it does is seen under its lock. nullptr: an index out of bounds.
[[gnu::always_inline]] inline Port* port_at(const System& system, PortId id) {
    const std::uint32_t index = static_cast<std::uint32_t>(id) & ((1U << kPortIndexBits) - 1);
    return id != PortId::none && index < kPortsMax ? &system.ports->ports[index] : nullptr;
}

/// Whether the port is alive and the id's. @pre it is port_at(id), so the id is not none; and its lock is held
[[gnu::always_inline]] inline bool is_alive_locked(const Port& port, PortId id) { return port.id == id; }

/// @error unknown_port, not_permitted. @pre its lock is held
[[gnu::always_inline]] inline Status check_owner_locked(const Port& port, PortId id, const AddressSpace& owner) {
    if (!is_alive_locked(port, id)) return Status::unknown_port;
    return port.owner == &owner ? Status::ok : Status::not_permitted;
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

[[gnu::always_inline]] inline SlotHead& slot_locked(const System& system, const Port& port, std::uint16_t slot) {
    FREEHOLD_ASSERT(slot < port.count_messages);
    const std::uint32_t index = slot + kCreditSlots;
    auto* const heads = static_cast<SlotHead*>(system.pool.pointer(port.head_frames[index / kSlotsPerFrame]));
    return heads[index % kSlotsPerFrame];
}

/// The slots that a sender's messages have.
[[gnu::always_inline]] inline std::uint8_t& credit_used_locked(const System& system, const Port& port, SpaceId sender) {
    auto* const credits = static_cast<std::uint8_t*>(system.pool.pointer(port.head_frames[0]));
    return credits[static_cast<std::uint32_t>(sender) & 0xFF];
}

/// Where a slot's MessageHead and payload are in the owner's space.
inline VirtAddr slot_address(const Port& port, std::uint16_t slot) {
    return port.buffer.base() + port.slot_bytes * slot;
}

inline std::uint32_t message_number(const Slot& slot) {
    return static_cast<std::uint32_t>(slot.head->generation) << kSlotIndexBits | slot.index;
}

/// A free slot to fill. @pre there is one, and it is available or promised to the caller
[[gnu::always_inline]] inline Slot take_slot_locked(const System& system, Port& port) {
    FREEHOLD_ASSERT(port.count_free != 0);
    const Slot slot{&slot_locked(system, port, port.first_free), port.first_free};
    SlotHead& head = *slot.head;
    FREEHOLD_ASSERT(head.state == SlotState::free);
    port.first_free = head.next;
    --port.count_free;
    head.state = SlotState::filling;
    head.reply_to = PortId::none;
    head.cookie = 0;
    head.length_bytes = 0;
    head.area_count = head.is_reply = head.peer_gone = 0;
    return slot;
}

/// @pre it is being filled, or held
[[gnu::always_inline]] inline void free_slot_locked(const System& system, Port& port, const Slot& slot) {
    SlotHead& head = *slot.head;
    FREEHOLD_ASSERT(head.state == SlotState::held || head.state == SlotState::filling);
    if (head.state == SlotState::held) {
        --port.count_held;
        if (!head.is_reply) --credit_used_locked(system, port, head.sender);
    }
    head.state = SlotState::free;
    head.generation = static_cast<std::uint16_t>(head.generation == 0xFFFF ? 1 : head.generation + 1);
    head.next = port.first_free;
    port.first_free = slot.index;
    ++port.count_free;
}

/// @pre it is filled, and says who sent it
inline void enqueue_locked(const System& system, Port& port, const Slot& slot) {
    SlotHead& head = *slot.head;
    FREEHOLD_ASSERT(head.state == SlotState::filling);
    if (!head.is_reply) ++credit_used_locked(system, port, head.sender);
    head.state = SlotState::queued;
    head.next = kNoSlot;
    if (port.newest == kNoSlot)
        port.oldest = slot.index;
    else
        slot_locked(system, port, port.newest).next = slot.index;
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
    ++port.count_held;
    return slot;
}

/// Whether that is the slot of a held message of that number.
[[gnu::always_inline]] inline bool is_held_locked(const Slot& slot, std::uint32_t message) {
    return slot.head->state == SlotState::held && message_number(slot) == message;
}

/// The held message of that number. @error unknown_message
[[gnu::always_inline]] inline Result<Slot> held_slot_locked(const System& system, const Port& port,
                                                            std::uint32_t message) {
    const auto index = static_cast<std::uint16_t>(message & ((1U << kSlotIndexBits) - 1));
    if (index >= port.count_messages) return Status::unknown_message;
    const Slot slot{&slot_locked(system, port, index), index};
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
[[gnu::always_inline]] inline Status check_room_locked(const System& system, const AddressSpace& sender,
                                                       const Port& port, PortId reply_to, const Port* reply_port) {
    if (reply_to != PortId::none) {
        if (reply_port == nullptr) return Status::unknown_port;
        const Status status = check_owner_locked(*reply_port, reply_to, sender);
        if (status != Status::ok) return status;
        if (reply_port->count_available() < (reply_port == &port ? 2 : 1)) return Status::would_block;
    }
    if (port.count_available() == 0) return Status::would_block;
    return credit_used_locked(system, port, sender.id) < port.credits ? Status::ok : Status::would_block;
}

}  // namespace freehold
