// SPDX-License-Identifier: MIT
// The process table, and the end of processes.
#include <algorithm>

#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/process/devices.h"
#include "kernel/process/priority.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/senders.h"
#include "kernel/trace/trace.h"

namespace freehold::kernel {
namespace {

static_assert(kProcessesMax < machine::kStackSlots, "a kernel stack for each process, and one for the idle loop");

constinit Process table[kProcessesMax];
constinit std::uint64_t calls_of_former = 0;  // of processes whose place was given back
constinit std::uint64_t handovers_of_former = 0;

/// The dead process's children go to the first process; those that have ended are forgotten.
void give_away_children(const Process& parent) {
    for (Process& child : table) {
        if (!child.used || child.parent != &parent) continue;
        child.parent = first_process();
        child.adopted = true;
        if (child.state == ProcessState::ended) free_place(child);
    }
}

void tell_parent(const Process& process) {
    Process* const parent = process.parent;
    if (!process.adopted && parent->state == ProcessState::waiting) scheduler::make_ready(*parent);
}

/// The first process is the system: when it ends, all does.
[[noreturn]] void end_machine(const ExitInfo& how) {
    shut_down(how.kind == ExitKind::exited ? how.code : kExitValueFailureMax);
}

}  // namespace

std::span<Process> process_table() { return table; }

Process* process_of_stack(std::uint32_t slot) {
    if (slot == 0 || slot > kProcessesMax || !table[slot - 1].used) return nullptr;
    return &table[slot - 1];
}

Process* find_process(ProcessId id) {
    const auto found = std::find_if(std::begin(table), std::end(table),
                                    [id](const Process& process) { return process.used && process.id == id; });
    return found == std::end(table) ? nullptr : found;
}

// It starts in an empty table and the machine ends with it.
Process* first_process() { return table[0].used ? &table[0] : nullptr; }

bool descends_from(const Process& process, const Process& ancestor) {
    const Process* at = process.parent;
    while (at != nullptr && at != &ancestor) at = at->parent;
    return at != nullptr;
}

void end_process(Process& process, const ExitInfo& how) {
    if (&process == first_process()) end_machine(how);
    scheduler::forget(process);
    process.state = ProcessState::ended;  // its ports may answer each other when they go: that must not wake it
    machine::forget_fpu(process.fpu);
    destroy_space(process.space);
    process.space = nullptr;
    process.exit = how;
    process.exit.process = process.id;
    if (trace::is_on()) trace::ends(process, how);
    give_away_children(process);
    forget_work(process);
    devices::forget(process);
    senders::forget(process);
    senders::wake_those_without_port();
    tell_parent(process);
    if (&process == scheduler::current()) scheduler::leave_ended();
    free_kernel_stack(process);
    if (process.adopted) free_place(process);
}

std::uint64_t count_system_calls() {
    std::uint64_t count = calls_of_former + count_handovers();
    for (const Process& process : table) count += process.used ? process.system_calls : 0;
    return count;
}

std::uint64_t count_handovers() {
    std::uint64_t count = handovers_of_former;
    for (const Process& process : table) count += process.used ? process.handovers : 0;
    return count;
}

void free_place(Process& process) {
    calls_of_former += process.system_calls;
    handovers_of_former += process.handovers;
    process.used = false;
    process.parent = nullptr;
    process.id = ProcessId::none;
}

void free_kernel_stack(Process& process) {
    if (!process.has_stack) return;
    process.has_stack = false;
    machine::unmap_kernel_stack(process.stack_slot);
    for (const FrameNumber frame : process.stack_frames) free_kernel_frame(system(), frame);
}

void print_label(const Process& process) { print('[', process.id, ' ', process.name, "] "); }

}  // namespace freehold::kernel
