// SPDX-License-Identifier: MIT
// Trace: what happens in the kernel, as lines on a serial port of their own, while it is turned on. docs/tracing.md
// says what the lines mean; tools/trace makes a picture of them.
//
// Off, it costs each hook below the test of one flag: whoever calls one asks is_on() first. A short message that goes
// from hand to hand in registers meets no hook: while the trace is on, nobody waits for one, so they all are queued.
// On, the kernel waits for the port as it does for the console, so that no event is lost. What the library did to
// memory comes from its ledger, which is read before each event: so it costs the library nothing.
#pragma once

#include <cstdint>

#include "kernel/process/process.h"
#include "kernel/syscall/handlers.h"
#include "kernel/traps.h"

namespace freehold::kernel::trace {

extern constinit bool on;  ///< changed by turn_on() and turn_off() alone

[[gnu::always_inline]] inline bool is_on() { return __builtin_expect(static_cast<long>(on), 0) != 0; }

/// Begins with the processes there are. no_such_device: the machine has no serial port for it.
Status turn_on();
void turn_off();

/// Makes a system call and tells of its beginning and its end.
Outcome traced_call(Handler handler, abi::Call number, Process& caller, CallArguments arguments);

/// The processor goes to a process; null: to nobody.
void switches(const Process* next);

void starts(const Process& process);
void ends(const Process& process, const ExitInfo& how);
void fault(const Process& process, const Fault& fault, Status status);

/// A long operation pauses, and goes on.
void pauses();
void goes_on();

/// Now and then tells what the time is, beside the counter that the events have theirs from.
void tick();

}  // namespace freehold::kernel::trace
