// SPDX-License-Identifier: MIT
// System calls on ports. The library never waits; whoever wants to is blocked here and tries again when woken.
#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/senders.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace freehold::kernel {
namespace {

Result<PortMode> mode_of(std::uint32_t number) {
    if (number > static_cast<std::uint32_t>(PortMode::dedicated)) return Status::bad_option;
    return static_cast<PortMode>(number);
}

bool is_full(PortId port) {
    const auto info = port_info(system(), port);
    return info.ok() && info.value().queued + info.value().held + info.value().promised >= info.value().count_messages;
}

/// Whether waiting could help: only others can make room in the port, and only the caller itself in its reply port.
bool waiting_helps(const Process& caller, const SendOptions& options) {
    const auto info = port_info(system(), options.to);
    if (!info.ok() || info.value().owner == caller.id) return false;
    return options.reply_to == PortId::none || !is_full(options.reply_to);
}

Status send_waiting(Process& caller, const SendOptions& options) {
    Status status = senders::others_wait(options.to) ? Status::would_block : send_message(*caller.space, options);
    bool again = false;
    while (status == Status::would_block && waiting_helps(caller, options)) {
        senders::wait_for(options.to, again);
        again = true;
        status = send_message(*caller.space, options);
    }
    senders::forget(caller);
    return status;
}

}  // namespace

Outcome call_port_create(Process& caller, const CallArguments& a) {
    const auto fetched = fetch<abi::PortArgs>(caller, a.word[0]);
    if (!fetched.ok()) return {fetched.status()};
    const auto mode = mode_of(fetched.value().mode);
    if (!mode.ok()) return {mode.status()};
    PortOptions options;
    options.mode = mode.value();
    options.sender = fetched.value().sender;
    options.count_messages = fetched.value().count_messages;
    options.message_bytes = fetched.value().message_bytes;
    const auto port = create_port(*caller.space, options);
    if (!port.ok()) return {port.status()};
    return {Status::ok, static_cast<Word>(port.value())};
}

Outcome call_port_destroy(Process& caller, const CallArguments& a) {
    const auto port = static_cast<PortId>(a.word[0]);
    const Status status = destroy_port(*caller.space, port);
    if (status == Status::ok) senders::wake_all(port);
    return {status};
}

Outcome call_port_mode(Process& caller, const CallArguments& a) {
    const auto port = static_cast<PortId>(a.word[0]);
    const auto mode = mode_of(a.word[1]);
    if (!mode.ok()) return {mode.status()};
    const Status status = set_port_mode(*caller.space, port, mode.value(), static_cast<SpaceId>(a.word[2]));
    if (status == Status::ok) senders::wake_all(port);
    return {status};
}

Outcome call_send(Process& caller, const CallArguments& a) {
    const auto fetched = fetch<abi::SendArgs>(caller, a.word[0]);
    if (!fetched.ok()) return {fetched.status()};
    const abi::SendArgs& args = fetched.value();
    if ((a.word[1] & ~abi::kWait) != 0) return {Status::bad_option};
    if (args.area_count > kMessageAreasMax) return {Status::too_many_areas};
    SendOptions options;
    options.to = args.to;
    options.payload = VirtAddr(args.payload);
    options.length_bytes = args.length_bytes;
    options.cookie = args.cookie;
    options.reply_to = args.reply_to;
    options.areas = {args.areas, args.area_count};
    return {(a.word[1] & abi::kWait) != 0 ? send_waiting(caller, options) : send_message(*caller.space, options)};
}

Outcome call_receive(Process& caller, const CallArguments& a) {
    const auto port = static_cast<PortId>(a.word[0]);
    if ((a.word[1] & ~abi::kWait) != 0) return {Status::bad_option};
    while (true) {
        const auto head = receive_message(*caller.space, port);
        if (head.ok()) return {Status::ok, head.value().value()};
        if (head.status() != Status::would_block || (a.word[1] & abi::kWait) == 0) return {head.status()};
        caller.receives_from = port;
        scheduler::block(ProcessState::receiving);
        caller.receives_from = PortId::none;
    }
}

Outcome call_reply(Process& caller, const CallArguments& a) {
    const auto fetched = fetch<abi::ReplyArgs>(caller, a.word[0]);
    if (!fetched.ok()) return {fetched.status()};
    const abi::ReplyArgs& args = fetched.value();
    if (args.area_count > kMessageAreasMax) return {Status::too_many_areas};
    ReplyOptions options;
    options.port = args.port;
    options.message = args.message;
    options.payload = VirtAddr(args.payload);
    options.length_bytes = args.length_bytes;
    options.areas = {args.areas, args.area_count};
    const Status status = reply_message(*caller.space, options);
    if (status == Status::ok || status == Status::peer_gone) senders::wake_one(args.port);
    return {status};
}

Outcome call_discard(Process& caller, const CallArguments& a) {
    const auto port = static_cast<PortId>(a.word[0]);
    const Status status = discard_message(*caller.space, port, a.word[1]);
    if (status == Status::ok) senders::wake_one(port);
    return {status};
}

}  // namespace freehold::kernel
