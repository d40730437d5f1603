// SPDX-License-Identifier: MIT
// What the machine's trap code (kernel/arch/) calls in the rest of the kernel. Interrupts are off throughout, but where
// a long operation pauses (scheduler.h).
#pragma once

#include <cstdint>

#include <freehold/status.h>
#include <freehold/types.h>
#include <kernel_machine.h>

namespace freehold::kernel {

/// The five words of a system call, where the machine kept them.
class CallArguments {
  public:
    explicit CallArguments(const machine::CallFrame& frame) : frame_(&frame) {}
    [[nodiscard]] Word operator[](std::uint32_t index) const { return machine::call_word(*frame_, index); }

  private:
    const machine::CallFrame* frame_;
};

/// What a system call gives back.
struct Outcome {
    Status status;
    Word value = 0;
};

/// An exception of user code.
struct Fault {
    const char* what;      ///< "page fault"
    std::uint32_t vector;  ///< the machine's number of it
    std::uint32_t error;   ///< the machine's error code
    bool is_page_fault;
    Rights access;     ///< of a page fault: one of read, write, execute
    Word address;      ///< of a page fault: what was accessed
    Word instruction;  ///< the instruction's own address
};

/// A system call of the current process.
Outcome system_call(Word number, CallArguments arguments);

// The short ways of some calls, tried first. True: the call is over, with that outcome. False: nothing has changed, and
// the call is for system_call(). Where somebody else goes on at once, they don't return.

/// Of Call::call: a server waits, and goes on with the words. Never true.
bool hand_request(const machine::CallFrame& frame);

/// Of Call::receive_words: the client waits, and goes on with the words, unless somebody else runs first.
bool hand_reply(const machine::CallFrame& frame, Outcome& outcome);

/// Of Call::post: a payload in one page, into a slot; the receiver holds it at once if it waits.
bool post_briefly(const machine::CallFrame& frame, Outcome& outcome);
bool post_area_briefly(const machine::CallFrame& frame, Outcome& outcome);

/// Of Call::receive: without a time to end. If nothing is there, somebody else goes on.
bool receive_briefly(const machine::CallFrame& frame, Outcome& outcome);

/// Goes on with a system call of the current process that waits for a message since run_instead().
Outcome receive_again();

/// A fault of the current process: returns if the instruction may be tried again, else the process has ended.
void user_fault(const Fault& fault);

/// The timer's interrupt, machine::kTicksPerSecond times a second.
void timer_tick();

/// The interrupt of a line that is a program's. Its machine code holds the line back already, until unmask_line().
void device_interrupt(std::uint32_t line);

/// A character typed, on whichever device.
void input_character(char character);

/// Whether there is room for another one.
bool has_room_for_input();

/// Lets interrupts in, in the middle of something long: see scheduler.h.
void pause_here();

/// Last thing before user code runs on: gives the processor to another process if one is due.
void leave_kernel();

/// First thing on a new process's kernel stack, before its user code runs.
void enter_process();

}  // namespace freehold::kernel
