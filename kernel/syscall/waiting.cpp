// SPDX-License-Identifier: MIT
#include "kernel/syscall/waiting.h"

#include "kernel/memory/memory.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/senders.h"
#include "kernel/trace/trace.h"

namespace freehold::kernel {
namespace {

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

}  // namespace

std::uint64_t deadline_after(std::uint32_t milliseconds) {
    if (milliseconds == 0) return kNever;
    // The running tick is partly over, so it does not count.
    return scheduler::ticks() + (std::uint64_t{milliseconds} * machine::kTicksPerSecond + 999) / 1000 + 1;
}

Status send_waiting(Process& caller, const SendOptions& options, std::uint64_t deadline) {
    Status status = senders::others_wait(options.to) ? Status::would_block : send_message(*caller.space, options);
    bool again = false;
    while (status == Status::would_block && waiting_helps(caller, options)) {
        const bool woken = senders::wait_for(options.to, again, deadline);
        again = true;
        status = woken ? send_message(*caller.space, options) : Status::timed_out;
    }
    senders::forget(caller);
    return status;
}

Outcome receive_waiting(Process& caller, const ReceiveOptions& options) {
    while (true) {
        const auto head = receive_message(*caller.space, options.port);
        if (head.ok()) return {Status::ok, head.value().value()};
        if (head.status() != Status::would_block || !options.wait) return {head.status()};
        caller.receives_from = options.port;
        caller.takes_words_at = options.takes_words && !trace::is_on() ? options.port : PortId::none;
        const bool woken = scheduler::block(ProcessState::receiving, options.deadline);
        caller.receives_from = PortId::none;
        caller.takes_words_at = PortId::none;
        if (!woken) return {Status::timed_out};
    }
}

}  // namespace freehold::kernel
