// SPDX-License-Identifier: MIT
// The scheduler: a queue per priority, and a bit mask of the queues that hold somebody.
#include "kernel/process/scheduler.h"

#include <algorithm>
#include <bit>

#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/panic.h"
#include "kernel/process/devices.h"
#include "kernel/trace/trace.h"
#include "kernel/traps.h"

namespace freehold::kernel {

namespace scheduler {
namespace {

constexpr std::uint32_t kIdleSlot = 0;

/// Frames the idle loop keeps filled with zeros, for faults to come: 4 MiB, some milliseconds' work.
constexpr std::uint32_t kZeroedFrames = 1024;

constinit ProcessList ready_queues[abi::kPriorities];
constinit std::uint32_t ready_mask = 0;  // bit p: ready_queues[p] is not empty

constinit Process* running = nullptr;
constinit Process* ended = nullptr;  // ran last, ended, and its kernel stack is to be freed
constinit bool switch_due = false;   // or something else is due on the way back to user code
constinit bool paused = false;       // the library is in the middle of something
constinit machine::Context idle_context{};
using Function = void (*)();
constinit Function before_idle = nullptr;

constinit std::uint64_t tick_count = 0;
constinit std::uint64_t next_due = kNever;  // no deadline or timer is due before
constinit std::uint64_t switch_count = 0;

void queue(Process& process, bool at_front) {
    process.state = ProcessState::ready;
    ProcessList& list = ready_queues[process.priority];
    at_front ? list.push_front(process) : list.push_back(process);
    ready_mask |= 1U << process.priority;
}

void unqueue(Process& process) {
    ready_queues[process.priority].remove(process);
    if (ready_queues[process.priority].empty()) ready_mask &= ~(1U << process.priority);
}

/// Takes the process that shall run next off its queue; null if nobody is ready.
Process* take_next() {
    if (ready_mask == 0) return nullptr;
    Process& next = *ready_queues[std::bit_width(ready_mask) - 1].front();
    unqueue(next);
    return &next;
}

/// First thing in a context that goes on: whoever ran before and has ended is off its stack now.
void finish_switch() {
    if (ended == nullptr) return;
    free_kernel_stack(*ended);
    if (ended->adopted) free_place(*ended);
    ended = nullptr;
}

[[gnu::always_inline]] inline void take_over(Process& next) {
    running = &next;
    next.state = ProcessState::running;
    load_space(*next.space);
    machine::set_fpu_user(&next.fpu);
}

void switch_from(machine::Context& from, Process* next) {
    switch_due = false;
    if (next == running && next != nullptr) {
        next->state = ProcessState::running;
        return;
    }
    if (trace::is_on()) trace::switches(next);
    if (next != nullptr) {
        if (next->ticks_left == 0) next->ticks_left = kSliceTicks;
        ++switch_count;
        take_over(*next);
        machine::switch_context(from, next->context, next->stack_slot);
        return finish_switch();
    }
    ++switch_count;
    running = nullptr;
    machine::switch_context(from, idle_context, kIdleSlot);
    finish_switch();
}

void raise_timer(Process& process) {
    process.timer = kNever;
    const Status status = raise_signals(system(), SpaceId::none, process.id, process.timer_signals);
    if (status != Status::ok) panic("a timer of no process: ", status_name(status));
}

/// Wakes all whose time has come, and looks when the next one's will.
void serve_deadlines() {
    next_due = kNever;
    for (Process& process : process_table()) {
        if (!process.used || process.state == ProcessState::ended) continue;
        if (process.timer <= tick_count) raise_timer(process);
        if (process.deadline <= tick_count) {
            make_ready(process);
            process.timed_out = true;
        }
        next_due = std::min({next_due, process.timer, process.deadline});
    }
}

/// What interrupts have left to do.
void serve_due() {
    if (tick_count >= next_due) serve_deadlines();
    devices::raise_noted();
}

void idle() {
    finish_switch();
    if (before_idle != nullptr) before_idle();
    while (true) {
        if (Process* const next = take_next(); next != nullptr) {
            switch_from(idle_context, next);
        } else if (zero_frame_ahead(system(), kZeroedFrames)) {
            machine::let_interrupts_in();
        } else {
            machine::wait_for_interrupt();
        }
    }
}

/// If the process waits to be handed a message, it will look into the queue instead, from its stack.
void end_handover(Process& process) {
    if (process.takes_words_at == PortId::none && process.takes_head_at == PortId::none) return;
    process.received_words = process.takes_words_at != PortId::none;
    process.takes_words_at = process.takes_head_at = PortId::none;
    machine::make_receiving(process.context);
}

/// The running stack is left for good. The switch has been counted.
[[noreturn, gnu::always_inline]] inline void run_next() {
    switch_due = false;
    Process* const next = take_next();
    if (next == nullptr) {
        running = nullptr;
        machine::run_context(idle_context, kIdleSlot);
    }
    if (next->ticks_left == 0) next->ticks_left = kSliceTicks;
    take_over(*next);
    machine::run_context(next->context, next->stack_slot);
}

}  // namespace

Process* current() { return running; }
std::uint64_t ticks() { return tick_count; }
std::uint64_t count_switches() { return switch_count + count_handovers(); }

void make_ready(Process& process) {
    end_handover(process);
    if (process.list != nullptr) process.list->remove(process);
    process.deadline = kNever;
    queue(process, false);
    if (running != nullptr && process.priority > running->priority) switch_due = true;
}

void end_handovers() {
    for (Process& process : process_table()) {
        if (process.used) end_handover(process);
    }
}

void wake_all(ProcessList& waiting) {
    while (!waiting.empty()) make_ready(*waiting.front());
}

bool block(ProcessState why, std::uint64_t deadline, ProcessList* waiting) {
    Process& self = *running;
    self.state = why;
    self.deadline = deadline;
    self.timed_out = false;
    if (deadline < next_due) next_due = deadline;
    if (waiting != nullptr) waiting->push_back(self);
    switch_from(self.context, take_next());
    return !self.timed_out;
}

void run_instead(Process& self, Process& receiver, const machine::Words& words, PortId port) {
    self.state = ProcessState::receiving;
    self.receives_from = self.takes_words_at = port;
    ++self.handovers;
    receiver.ticks_left = self.ticks_left;
    receiver.takes_words_at = PortId::none;
    take_over(receiver);
    machine::run_answered(receiver.context, words);
}

void wait_to_be_handed(Process& self, PortId port) {
    self.state = ProcessState::receiving;
    self.receives_from = self.takes_head_at = port;
    ++self.handovers;
    run_next();
}

void hand_head(Process& receiver, Word head) {
    receiver.takes_words_at = receiver.takes_head_at = PortId::none;
    receiver.works_for_it = nullptr;
    machine::make_returning(receiver.context, Status::ok, head);
    queue(receiver, false);
    if (receiver.priority > running->priority) switch_due = true;
}

void set_timer(Process& process, std::uint64_t tick, std::uint32_t signals) {
    process.timer = tick;
    process.timer_signals = signals;
    if (tick < next_due) next_due = tick;
}

void set_priority(Process& process, std::uint32_t priority) {
    if (process.state != ProcessState::ready) {
        process.priority = priority;
        return;
    }
    unqueue(process);
    process.priority = priority;
    queue(process, false);
    if (running != nullptr && priority > running->priority) switch_due = true;
}

bool is_first(const Process& process) { return ready_mask >> process.priority <= 1; }

void yield() {
    Process& self = *running;
    self.ticks_left = kSliceTicks;
    queue(self, false);
    switch_from(self.context, take_next());
}

void forget(Process& process) {
    process.takes_words_at = process.takes_head_at = PortId::none;
    if (process.state == ProcessState::ready) {
        unqueue(process);
    } else if (process.list != nullptr) {
        process.list->remove(process);
    }
    // Whoever runs has its space loaded; in the idle loop nobody ends.
    if (&process == running) unload_space(system(), machine::kernel_root_frame());
}

void leave_ended() {
    Process& self = *running;
    ended = &self;
    switch_from(self.context, take_next());
    panic("an ended process ran again");
}

void pause() {
    if (running == nullptr) return;  // boot: no interrupt is expected yet
    if (trace::is_on()) trace::pauses();
    paused = true;
    machine::let_interrupts_in();
    paused = false;
    if (trace::is_on()) trace::goes_on();
}

bool is_paused() { return paused; }
void look_again() { switch_due = true; }

void start(FrameNumber idle_stack_low, FrameNumber idle_stack_high, void (*before)()) {
    before_idle = before;
    machine::map_kernel_stack(kIdleSlot, idle_stack_low, idle_stack_high);
    machine::Context boot{};
    machine::switch_context(boot, machine::make_kernel_context(kIdleSlot, idle), kIdleSlot);
    panic("the boot stack was entered again");
}

}  // namespace scheduler

void timer_tick() {
    using namespace scheduler;
    ++tick_count;
    if (trace::is_on()) trace::tick();
    if (paused) {
        switch_due = true;
    } else {
        serve_due();
    }
    if (running == nullptr) return;
    ++running->ticks;
    if (running->ticks_left != 0 && --running->ticks_left != 0) return;
    running->ticks_left = 0;
    switch_due = true;
}

void leave_kernel() {
    using namespace scheduler;
    if (!switch_due) return;
    serve_due();
    Process& self = *running;
    // Whoever used up its slice goes behind the others; whoever gives way to a higher priority keeps its turn.
    queue(self, self.ticks_left != 0);
    if (self.ticks_left == 0) self.ticks_left = kSliceTicks;
    switch_from(self.context, take_next());
}

void pause_here() { scheduler::pause(); }

void enter_process() { scheduler::finish_switch(); }

void input_character(char character) { console::add_input(character); }
bool has_room_for_input() { return console::has_room_for_input(); }

}  // namespace freehold::kernel
