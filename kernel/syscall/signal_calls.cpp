// SPDX-License-Identifier: MIT
// System calls on signals. A port can raise signals too: so one wait is for any of several ports and signals.
#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/process/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/waiting.h"

namespace freehold::kernel {

Outcome call_signal_allow(Process& caller, CallArguments a) {
    return {allow_signals(*caller.space, low_bits(a[0]), static_cast<SpaceId>(a[1]))};
}

Outcome call_signal_raise(Process& caller, CallArguments a) {
    const Process* const target = find_process(static_cast<ProcessId>(a[0]));
    if (target == nullptr || target->state == ProcessState::ended) return {Status::unknown_process};
    return {raise_signals(system(), caller.id, target->id, low_bits(a[1]))};
}

Outcome call_wait(Process& caller, CallArguments a) {
    const std::uint32_t wanted = low_bits(a[0]);
    if (wanted == 0 || (a[1] & ~abi::kWait) != 0) return {Status::bad_option};
    const std::uint64_t deadline = deadline_after(clamped(a[2]));
    while (true) {
        const std::uint32_t raised = take_signals(*caller.space, wanted);
        if (raised != 0) return {Status::ok, raised};
        if ((a[1] & abi::kWait) == 0) return {Status::would_block};
        caller.awaits = wanted;
        if (!scheduler::block(ProcessState::awaiting, deadline)) return {Status::timed_out};
    }
}

Outcome call_timer(Process& caller, CallArguments a) {
    scheduler::set_timer(caller, deadline_after(clamped(a[0])), low_bits(a[1]));
    return {Status::ok};
}

}  // namespace freehold::kernel
