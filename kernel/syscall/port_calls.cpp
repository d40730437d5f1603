// SPDX-License-Identifier: MIT
// System calls on ports: they come, change and go.
#include <freehold/ipc.h>

#include "kernel/process/senders.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace freehold::kernel {
namespace {

Result<PortMode> mode_of(std::uint32_t number) {
    if (number > static_cast<std::uint32_t>(PortMode::dedicated)) return Status::bad_option;
    return static_cast<PortMode>(number);
}

}  // namespace

Outcome call_port_create(Process& caller, CallArguments a) {
    abi::PortArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    const auto mode = mode_of(args.mode);
    if (!mode.ok()) return {mode.status()};
    PortOptions options;
    options.mode = mode.value();
    options.sender = args.sender;
    options.count_messages = args.count_messages;
    options.message_bytes = args.message_bytes;
    options.credits = args.credits;
    options.signals = args.signals;
    const auto port = create_port(*caller.space, options);
    if (!port.ok()) return {port.status()};
    return {Status::ok, static_cast<Word>(port.value())};
}

Outcome call_port_destroy(Process& caller, CallArguments a) {
    const auto port = static_cast<PortId>(a[0]);
    const Status status = destroy_port(*caller.space, port);
    if (status == Status::ok) senders::wake_all(port);
    return {status};
}

Outcome call_port_mode(Process& caller, CallArguments a) {
    const auto port = static_cast<PortId>(a[0]);
    const auto mode = mode_of(clamped(a[1]));
    if (!mode.ok()) return {mode.status()};
    const Status status = set_port_mode(*caller.space, port, mode.value(), static_cast<SpaceId>(a[2]));
    if (status == Status::ok) senders::wake_all(port);
    return {status};
}

}  // namespace freehold::kernel
