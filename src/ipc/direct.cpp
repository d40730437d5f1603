// SPDX-License-Identifier: MIT
// Short requests and replies that go from hand to hand: the receiver waits already, so nothing is queued and nothing
// is written to the port's buffer; the kernel carries a few words over in registers. The books are the same: a request
// has a slot of the port until it is answered, and a promised slot for the answer.
//
// The idea that a call is a switch of processes and the registers are the message: Liedtke, "Improving IPC by Kernel
// Design", SOSP 1993.
#include "src/ipc/message.h"

namespace freehold {

namespace {

constexpr int kWaitsForWords = 2;  ///< freehold_host_waits()

bool waits_for_words_locked(const System& system, const Port& port, PortId id) {
    return waits_at_locked(system, port, id) == kWaitsForWords;
}

}  // namespace

Result<Handover> hand_over_request(AddressSpace& sender, PortId to, PortId reply_to, Word cookie) {
    System& system = *sender.system;
    Port* const reply_port = port_at(system, reply_to);
    if (reply_port == nullptr) return Status::unknown_port;
    Port* const port = port_at(system, to);
    if (port == nullptr) return Status::unknown_port;
    if (port == reply_port) return Status::would_block;  // it would have to give two slots
    const PortsGuard guard(system, port, reply_port);
    if (const Status status = check_owner_locked(*reply_port, reply_to, sender); status != Status::ok) return status;
    if (reply_port->count_available() == 0) return Status::would_block;
    if (const Status status = check_port_locked(sender, port, to); status != Status::ok) return status;
    std::uint8_t& credit_used = credit_used_locked(*port, sender.id);
    if (credit_used >= port->credits || port->count_available() == 0) return Status::would_block;
    if (!waits_for_words_locked(system, *port, to)) return Status::would_block;
    ++computed_once(reply_port)->count_promised;
    ++credit_used;
    SlotHead& head = *take_slot_locked(*port).head;
    head.sender = sender.id;
    head.cookie = cookie;
    head.reply_to = reply_to;
    head.state = SlotState::held;
    return Handover{port->owner->owner_token, head.number, false};
}

Result<Handover> hand_over_reply(AddressSpace& owner, PortId id, std::uint32_t message) {
    System& system = *owner.system;
    Port* const port = port_at(system, id);
    if (port == nullptr) return Status::unknown_port;
    PortId reply_to = PortId::none;
    Slot slot;
    {
        const LockGuard guard(system.host, port->lock);
        if (const Status status = check_owner_locked(*port, id, owner); status != Status::ok) return status;
        const auto held = held_slot_locked(*port, message);
        if (!held.ok()) return held.status();
        slot = held.value();
        reply_to = slot.head->reply_to;
    }
    Port* const reply_port = reply_port_at(system, reply_to);
    if (reply_port == nullptr) return Status::no_reply_wanted;
    const PortsGuard guard(system, port, reply_port);
    // Another processor may have answered meanwhile, or ended the port: only while it lives are its heads there.
    if (!is_alive_locked(*port, id)) return Status::unknown_port;
    if (!is_held_locked(slot, message)) return Status::unknown_message;
    if (!is_alive_locked(*reply_port, reply_to) || !waits_for_words_locked(system, *reply_port, reply_to)) {
        return Status::would_block;
    }
    --reply_port->count_promised;
    const std::uintptr_t token = reply_port->owner->owner_token;
    const Word cookie = slot.head->cookie;
    --credit_used_locked(*port, slot.head->sender);  // it is a request, for it names a reply port
    give_slot_locked(*port, slot);
    return Handover{token, cookie, port->oldest != kNoSlot};
}

}  // namespace freehold
