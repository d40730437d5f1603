// SPDX-License-Identifier: MIT
#include "src/ipc/port.h"

namespace freehold {

namespace {
constexpr std::uint32_t kPortIndexBits = 10;
constexpr std::uint32_t kSlotIndexBits = 8;
static_assert(kPortMessagesMax <= 1U << kSlotIndexBits);
}  // namespace

SlotHead& slot_locked(const System& system, const Port& port, std::uint16_t slot) {
    FREEHOLD_ASSERT(slot < port.count_messages);
    const std::uint32_t index = slot + kCreditSlots;
    auto* const heads = static_cast<SlotHead*>(system.pool.pointer(port.head_frames[index / kSlotsPerFrame]));
    return heads[index % kSlotsPerFrame];
}

std::uint8_t& credit_used_locked(const System& system, const Port& port, SpaceId sender) {
    auto* const credits = static_cast<std::uint8_t*>(system.pool.pointer(port.head_frames[0]));
    return credits[static_cast<std::uint32_t>(sender) & 0xFF];
}

VirtAddr slot_address(const Port& port, std::uint16_t slot) { return port.buffer.base() + port.slot_bytes * slot; }

std::uint16_t take_slot_locked(const System& system, Port& port) {
    FREEHOLD_ASSERT(port.count_free != 0);
    const std::uint16_t slot = port.first_free;
    SlotHead& head = slot_locked(system, port, slot);
    FREEHOLD_ASSERT(head.state == SlotState::free);
    port.first_free = head.next;
    --port.count_free;
    const std::uint16_t generation = head.generation;
    head = {};
    head.generation = generation;
    head.state = SlotState::filling;
    return slot;
}

void free_slot_locked(const System& system, Port& port, std::uint16_t slot) {
    SlotHead& head = slot_locked(system, port, slot);
    FREEHOLD_ASSERT(head.state == SlotState::held || head.state == SlotState::filling);
    if (head.state == SlotState::held) {
        --port.count_held;
        if (!head.is_reply) --credit_used_locked(system, port, head.sender);
    }
    head.state = SlotState::free;
    head.generation = static_cast<std::uint16_t>(head.generation == 0xFFFF ? 1 : head.generation + 1);
    head.next = port.first_free;
    port.first_free = slot;
    ++port.count_free;
}

void enqueue_locked(const System& system, Port& port, std::uint16_t slot) {
    SlotHead& head = slot_locked(system, port, slot);
    FREEHOLD_ASSERT(head.state == SlotState::filling);
    if (!head.is_reply) ++credit_used_locked(system, port, head.sender);
    head.state = SlotState::queued;
    head.next = kNoSlot;
    if (port.newest == kNoSlot)
        port.oldest = slot;
    else
        slot_locked(system, port, port.newest).next = slot;
    port.newest = slot;
    ++port.count_queued;
}

std::uint16_t dequeue_locked(const System& system, Port& port) {
    const std::uint16_t slot = port.oldest;
    SlotHead& head = slot_locked(system, port, slot);
    port.oldest = head.next;
    if (port.oldest == kNoSlot) port.newest = kNoSlot;
    --port.count_queued;
    head.state = SlotState::held;
    ++port.count_held;
    return slot;
}

std::uint32_t message_number(const SlotHead& head, std::uint16_t slot) {
    return static_cast<std::uint32_t>(head.generation) << kSlotIndexBits | slot;
}

Result<std::uint16_t> held_slot_locked(const System& system, const Port& port, std::uint32_t message) {
    const auto slot = static_cast<std::uint16_t>(message & ((1U << kSlotIndexBits) - 1));
    if (slot >= port.count_messages) return Status::unknown_message;
    const SlotHead& head = slot_locked(system, port, slot);
    if (head.state != SlotState::held || message_number(head, slot) != message) return Status::unknown_message;
    return slot;
}

PortId port_id(const System& system, const Port& port) {
    const auto index = static_cast<std::uint32_t>(&port - system.ports->ports);
    return static_cast<PortId>(port.generation << kPortIndexBits | index);
}

Port* port_at(const System& system, PortId id) {
    const std::uint32_t index = static_cast<std::uint32_t>(id) & ((1U << kPortIndexBits) - 1);
    return id != PortId::none && index < kPortsMax ? &system.ports->ports[index] : nullptr;
}

bool is_alive_locked(const System& system, const Port& port, PortId id) {
    FREEHOLD_ASSERT(port_at(system, id) == &port);
    return port.alive && port.generation == static_cast<std::uint32_t>(id) >> kPortIndexBits;
}

Status check_owner_locked(const System& system, const Port& port, PortId id, const AddressSpace& owner) {
    if (!is_alive_locked(system, port, id)) return Status::unknown_port;
    return port.owner == &owner ? Status::ok : Status::not_permitted;
}

PortsGuard::PortsGuard(const System& system, Port* a, Port* b) : host_(system.host), first_(a), second_(b) {
    if (second_ == first_) second_ = nullptr;
    if (first_ != nullptr && second_ != nullptr && second_ < first_) {
        first_ = b;
        second_ = a;
    }
    if (first_ != nullptr) freehold_host_lock(host_, &first_->lock);
    if (second_ != nullptr) freehold_host_lock(host_, &second_->lock);
}

PortsGuard::~PortsGuard() {
    if (second_ != nullptr) freehold_host_unlock(host_, &second_->lock);
    if (first_ != nullptr) freehold_host_unlock(host_, &first_->lock);
}

}  // namespace freehold
