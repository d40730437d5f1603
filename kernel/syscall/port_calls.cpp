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
    options.credits = fetched.value().credits;
    options.signals = fetched.value().signals;
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

}  // namespace freehold::kernel
