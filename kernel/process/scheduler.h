// SPDX-License-Identifier: MIT
// Who runs: the highest priority that has somebody ready, in turns within it.
//
// A process changes inside the kernel only where it calls block(), or on the way back to user code. Interrupts come in
// where a long operation pauses, and in the idle loop, which waits for one with nobody ready.
#pragma once

#include <cstdint>

#include "kernel/process/process.h"

namespace freehold::kernel::scheduler {

/// Time a process runs before others of its priority get their turn.
inline constexpr std::uint32_t kSliceTicks = 4;

/// The process that runs, or whose system call or fault this is; null in the idle loop and at boot.
Process* current();

/// Makes a blocked or new process ready.
void make_ready(Process& process);
void wake_all(ProcessList& waiting);

/// Blocks the current process, as the last of `waiting` if there is one, until it is made ready, or until that tick of
/// the timer: then it returns false.
bool block(ProcessState why, std::uint64_t deadline = kNever, ProcessList* waiting = nullptr);

/// The current process, `self`, waits for a message at `port` from now on, and the receiver, which takes words and is
/// on no list, returns with these to user code at once, in the rest of the time slice.
/// @pre nobody of a higher priority than the receiver is ready
[[noreturn]] void run_instead(Process& self, Process& receiver, const machine::Words& words, PortId port);

/// Whoever waits to be handed a message waits for one in the queue from here on.
void end_handovers();

/// The current process, `self`, waits at `port` to be handed a message, or to call receive_again().
[[noreturn]] void wait_to_be_handed(Process& self, PortId port);

/// The process, which waits to be handed a message, is ready to return to user code with the address of one.
void hand_head(Process& receiver, Word head);

/// Raises signals of the process at that tick; kNever: not at all.
void set_timer(Process& process, std::uint64_t tick, std::uint32_t signals);

/// Changes a process's priority, wherever it is.
void set_priority(Process& process, std::uint32_t priority);

/// Whether nobody of a higher priority than the process is ready.
bool is_first(const Process& process);

/// Lets others of the same priority run.
void yield();

/// The current process has ended: another one runs, and this one never again.
[[noreturn]] void leave_ended();

/// Takes a process that is about to end off whatever list it is on.
void forget(Process& process);

/// Lets interrupts in within an operation of the library. What they would do in the library they do when the call ends,
/// or at the next tick.
void pause();
bool is_paused();

/// The current system call will look whether anything is to be done before it returns to user code.
void look_again();

/// Becomes the idle loop. Never returns.
[[noreturn]] void start(FrameNumber idle_stack_low, FrameNumber idle_stack_high, void (*before)());

std::uint64_t ticks();
std::uint64_t count_switches();

}  // namespace freehold::kernel::scheduler
