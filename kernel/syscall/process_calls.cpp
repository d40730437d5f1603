// SPDX-License-Identifier: MIT
// System calls that start, end and await processes.
#include <algorithm>

#include "kernel/power.h"
#include "kernel/process/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"
#include "kernel/syscall/waiting.h"
#include "kernel/trace/trace.h"

namespace freehold::kernel {
namespace {

// Too large for a kernel stack. One is enough: starting a program is never interrupted.
constinit char argument_buffer[abi::kArgumentBytesMax]{};

/// A child may be limited more than its parent, never less.
std::uint32_t limit_of_child(const Process& parent, std::uint32_t wanted) {
    const std::uint32_t own = space_info(*parent.space).limit_frames;
    return wanted == 0 ? own : std::min(wanted, own);
}

Status check(const Process& caller, const abi::StartArgs& args) {
    if (args.priority >= abi::kPriorities || (args.privileges & ~abi::kPrivilegeAll) != 0) return Status::bad_option;
    if (args.priority > caller.priority || (args.privileges & ~caller.privileges) != 0) return Status::not_permitted;
    return args.argument_bytes > abi::kArgumentBytesMax ? Status::arguments_too_long : Status::ok;
}

/// A child that may be waited for: the one of that id, or with none named the first that has ended, else any.
Result<Process*> find_child(const Process& parent, ProcessId id) {
    Process* alive = nullptr;
    for (Process& process : process_table()) {
        if (!process.used || process.parent != &parent || process.adopted) continue;
        if (id != ProcessId::none && process.id != id) continue;
        if (process.state == ProcessState::ended) return &process;
        alive = &process;
    }
    if (alive != nullptr) return alive;
    const Process* const other = id != ProcessId::none ? find_process(id) : nullptr;
    return other != nullptr ? Status::not_permitted : Status::unknown_process;
}

Status may_kill(const Process& caller, const Process& victim) {
    if (&victim == &caller || descends_from(victim, caller)) return Status::ok;
    const bool privileged = (caller.privileges & abi::kPrivilegeKill) != 0;
    return privileged && &victim != first_process() ? Status::ok : Status::not_permitted;
}

}  // namespace

Outcome call_null(Process& /*caller*/, CallArguments /*a*/) { return {Status::ok}; }

Outcome call_exit(Process& caller, CallArguments a) {
    ExitInfo how{};
    how.kind = ExitKind::exited;
    how.code = low_bits(a[0]);
    end_process(caller, how);
    return {Status::ok};
}

Outcome call_yield(Process& /*caller*/, CallArguments /*a*/) {
    scheduler::yield();
    return {Status::ok};
}

Outcome call_sleep(Process& /*caller*/, CallArguments a) {
    if (a[0] == 0) return {Status::ok};
    scheduler::block(ProcessState::sleeping, deadline_after(clamped(a[0])));
    return {Status::ok};
}

Outcome call_process_start(Process& caller, CallArguments a) {
    abi::StartArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (const Status status = check(caller, args); status != Status::ok) return {status};
    const std::span<char> arguments(argument_buffer, args.argument_bytes);
    if (!arguments.empty()) {
        const Status status = copy_in(*caller.space, VirtAddr(args.arguments), std::as_writable_bytes(arguments));
        if (status != Status::ok) return {status};
    }
    const auto started = start_process({.image_space = caller.space,
                                        .image = VirtAddr(args.image),
                                        .image_bytes = args.image_bytes,
                                        .arguments = arguments,
                                        .parent = &caller,
                                        .priority = args.priority,
                                        .privileges = args.privileges,
                                        .limit_frames = limit_of_child(caller, args.limit_frames),
                                        .port = args.port});
    if (!started.ok()) return {started.status()};
    return {Status::ok, static_cast<Word>(started.value())};
}

Outcome call_process_wait(Process& caller, CallArguments a) {
    const auto id = static_cast<ProcessId>(a[0]);
    if ((a[2] & ~abi::kWait) != 0) return {Status::bad_option};
    while (true) {
        const auto child = find_child(caller, id);
        if (!child.ok()) return {child.status()};
        Process& process = *child.value();
        if (process.state == ProcessState::ended) {
            const ProcessId ended = process.id;
            if (const Status s = store(caller, a[1], process.exit); s != Status::ok) return {s};
            free_place(process);
            return {Status::ok, static_cast<Word>(ended)};
        }
        if ((a[2] & abi::kWait) == 0) return {Status::would_block};
        scheduler::block(ProcessState::waiting);
    }
}

Outcome call_process_kill(Process& caller, CallArguments a) {
    Process* const victim = find_process(static_cast<ProcessId>(a[0]));
    if (victim == nullptr || victim->state == ProcessState::ended) return {Status::unknown_process};
    if (const Status status = may_kill(caller, *victim); status != Status::ok) return {status};
    ExitInfo how{};
    how.kind = ExitKind::killed;
    end_process(*victim, how);
    return {Status::ok};
}

Outcome call_shutdown(Process& caller, CallArguments a) {
    if ((caller.privileges & abi::kPrivilegePower) == 0) return {Status::not_permitted};
    shut_down(low_bits(a[0]));
}

Outcome call_trace(Process& caller, CallArguments a) {
    if ((caller.privileges & abi::kPrivilegeTrace) == 0) return {Status::not_permitted};
    if (a[0] > 1) return {Status::bad_option};
    if (a[0] == 1) return {trace::turn_on()};
    trace::turn_off();
    return {Status::ok};
}

}  // namespace freehold::kernel
