// SPDX-License-Identifier: MIT
// Ports come, change and go.
#include <bit>
#include <cstring>
#include <utility>

#include "src/ipc/message.h"
#include "src/space/books.h"

namespace freehold {

namespace {

constexpr std::uint32_t kGenerationMax = (1U << 22) - 1;
/// A head lies in one page, and so do words.
constexpr std::uint32_t kSlotAlignment = std::bit_ceil(static_cast<std::uint32_t>(sizeof(MessageHead)));
static_assert(kSlotAlignment >= kShortMessageBytesMax);

bool valid_mode(PortMode mode) { return mode <= PortMode::dedicated; }

Port* claim_port(System& system, AddressSpace& owner) {
    const LockGuard guard(system.host, system.ports->lock);
    for (Port& port : system.ports->ports) {
        if (port.owner != nullptr) continue;
        const LockGuard port_guard(system.host, port.lock);
        port.owner = &owner;
        port.generation = port.generation == kGenerationMax ? 1 : port.generation + 1;
        port.mode = PortMode::closed;
        return &port;
    }
    return nullptr;
}

void leave_port(System& system, Port& port) {
    const LockGuard guard(system.host, system.ports->lock);
    const LockGuard port_guard(system.host, port.lock);
    port.owner = nullptr;
}

/// Frames for the slots' heads, charged to the owner. @error over_limit, out_of_memory
Status take_heads_locked(AddressSpace& owner, Port& port) {
    const std::uint32_t frames = head_frames(port.count_messages);
    SpaceMemory memory(owner);
    if (const Status status = charge_locked(owner, memory, frames, frames); status != Status::ok) return status;
    owner.port_frames += frames;
    for (std::uint32_t i = 0; i < frames; ++i) {
        port.head_frames[i] = memory.pool().take_locked(FrameState::space);
        port.heads[i] = static_cast<SlotHead*>(memory.pool().pointer(port.head_frames[i]));
    }
    memory.finish();
    return Status::ok;
}

void give_heads_locked(AddressSpace& owner, Port& port) {
    SpaceMemory memory(owner);
    const std::uint32_t frames = head_frames(port.count_messages);
    for (std::uint32_t i = 0; i < frames; ++i) FREEHOLD_ASSERT(memory.drop_table(port.head_frames[i]));
    discharge_locked(owner, frames);
    owner.port_frames -= frames;
    memory.finish();
}

/// The buffer in the owner's space, with slots kept in its region table to let it go from there at any time.
Status take_buffer_locked(AddressSpace& owner, Port& port) {
    const Word bytes = align_up(Word{port.slot_bytes} * port.count_messages, Word{kPageBytes});
    reserve_slots_locked(owner, 1);
    const auto base =
        allocate_locked(owner, {.length_bytes = bytes, .rights = Rights::read, .populate = true}, RegionState::kept);
    if (!base.ok()) {
        return_slots_locked(owner, 1);
        return base.status();
    }
    port.buffer = PageRange(base.value(), base.value() + bytes);
    return Status::ok;
}

void give_buffer_locked(AddressSpace& owner, const Port& port) {
    unreserve_slots_locked(owner, 1);
    const Status status = release_locked(owner, port.buffer);
    FREEHOLD_ASSERT(status == Status::ok);
}

void init_slots_locked(AddressSpace& owner, Port& port) {
    std::memset(&credit_used_locked(port, SpaceId::none), 0, kSpacesMax);
    for (std::uint32_t slot = 0; slot < port.count_messages; ++slot) {
        SlotHead& head = slot_locked(port, static_cast<std::uint16_t>(slot));
        head = {};
        head.number = kOneGeneration | slot;
        const VirtAddr seen = slot_address(port, static_cast<std::uint16_t>(slot));
        head.seen = reinterpret_cast<MessageHead*>(page_bytes_locked(owner, seen));
        head.next = slot + 1 < port.count_messages ? static_cast<std::uint16_t>(slot + 1) : kNoSlot;
        freehold_host_pause(owner.system->host);
    }
    port.first_free = 0;
    port.oldest = port.newest = kNoSlot;
    port.count_free = static_cast<std::uint16_t>(port.count_messages);
    port.count_queued = port.count_promised = 0;
}

Status furnish_port(AddressSpace& owner, Port& port, const PortOptions& options) {
    const LockGuard port_guard(owner.system->host, port.lock);
    const SpaceGuard guard(owner);
    port.count_messages = options.count_messages;
    port.message_bytes = options.message_bytes;
    port.slot_bytes = align_up(static_cast<std::uint32_t>(sizeof(MessageHead)) + options.message_bytes, kSlotAlignment);
    if (const Status status = take_buffer_locked(owner, port); status != Status::ok) return status;
    if (const Status status = take_heads_locked(owner, port); status != Status::ok) {
        give_buffer_locked(owner, port);
        return status;
    }
    init_slots_locked(owner, port);
    port.dedicated_to = options.sender;
    port.mode = options.mode;
    port.credits = options.credits != 0 ? options.credits : default_credits(options.mode, options.count_messages);
    port.signals = options.signals;
    port.id = port_id(*owner.system, port);
    ++owner.count_ports;
    return Status::ok;
}

/// Answers for a port that is gone: what it held or had queued. Nobody else can reach its slots any more.
void empty_slots(System& system, Port& port) {
    for (std::uint32_t i = 0; i < port.count_messages; ++i) {
        const auto slot = static_cast<std::uint16_t>(i);
        SlotHead& head = slot_locked(port, slot);
        if (head.state == SlotState::queued) return_parcel(system, head);
        if (head.state == SlotState::queued || head.state == SlotState::held)
            answer_peer_gone(system, space_id(*port.owner), std::exchange(head.reply_to, PortId::none), head.cookie);
        freehold_host_pause(system.host);
    }
}

}  // namespace

Result<PortId> create_port(AddressSpace& owner, const PortOptions& options) {
    if (options.count_messages == 0 || options.count_messages > kPortMessagesMax || !valid_mode(options.mode)) {
        return Status::bad_option;
    }
    if (options.credits > options.count_messages) return Status::bad_option;
    if (options.message_bytes > kMessageBytesMax) return Status::message_too_long;
    System& system = *owner.system;
    Port* const port = claim_port(system, owner);
    if (port == nullptr) return Status::port_table_full;
    const PortId id = port_id(system, *port);
    const Status status = furnish_port(owner, *port, options);
    if (status == Status::ok) return id;
    leave_port(system, *port);
    return status;
}

Status destroy_port(AddressSpace& owner, PortId id) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    {
        const LockGuard guard(system.host, port->lock);
        if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
        // From here on the id is stale: nobody sends, receives or replies here any more.
        port->id = nobodys_id(static_cast<std::uint32_t>(port - system.ports->ports));
    }
    empty_slots(system, *port);
    {
        const SpaceGuard guard(owner);
        give_heads_locked(owner, *port);
        give_buffer_locked(owner, *port);
        --owner.count_ports;
    }
    leave_port(system, *port);
    return Status::ok;
}

static PortId id_if_owned(const System& system, Port& port, const AddressSpace& owner) {
    const LockGuard guard(system.host, port.lock);
    return port.owner == &owner && port.found() ? port.id : PortId::none;
}

void destroy_ports(AddressSpace& owner) {
    System& system = *owner.system;
    for (Port& port : system.ports->ports) {
        if (owner.count_ports == 0) return;
        const PortId id = id_if_owned(system, port, owner);
        if (id == PortId::none) continue;
        const Status status = destroy_port(owner, id);
        FREEHOLD_ASSERT(status == Status::ok);
    }
}

Status set_port_mode(AddressSpace& owner, PortId id, PortMode mode, SpaceId sender) {
    if (!valid_mode(mode)) return Status::bad_option;
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
    port->mode = mode;
    port->dedicated_to = mode == PortMode::dedicated ? sender : SpaceId::none;
    return Status::ok;
}

static PortInfo describe_locked(const System& system, const Port& port) {
    return PortInfo{.id = port_id(system, port),
                    .owner = space_id(*port.owner),
                    .mode = port.mode,
                    .dedicated_to = port.dedicated_to,
                    .count_messages = port.count_messages,
                    .message_bytes = port.message_bytes,
                    .queued = port.count_queued,
                    .held = port.count_held(),
                    .promised = port.count_promised,
                    .credits = port.credits,
                    .signals = port.signals};
}

Result<PortInfo> port_info(System& system, PortId id) {
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    const LockGuard guard(system.host, port->lock);
    if (!is_alive_locked(*port, id)) return Status::unknown_port;
    return describe_locked(system, *port);
}

Result<PortInfo> next_port(System& system, std::uint32_t& index) {
    for (; index < kPortsMax; ++index) {
        Port& port = system.ports->ports[index];
        const LockGuard guard(system.host, port.lock);
        if (!port.found()) continue;
        ++index;
        return describe_locked(system, port);
    }
    return Status::unknown_port;
}

}  // namespace freehold
