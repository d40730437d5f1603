// SPDX-License-Identifier: MIT
// What the kernel's portable parts need of the machine below them: the functions that each kernel/arch/ supplies. Its
// kernel_machine.h, found by include path, has the constants and includes this.
//
//   kWindowBase, kWindowFrames      where physical memory from 0 up is seen, and how many frames at most
//   kStackWindowBase, kStackFrames, kStackSlotBytes, kStackSlots      kernel stacks, each above its guard page
//   kTicksPerSecond                 of the timer
//   kFirstUsableFrame               frames below it are the firmware's
//   kInterruptLines                 of the interrupt controller
//   kDeviceRegisters                that devices have outside memory; 0 where all are in memory
//   ElfKind                         of the programs that run here (kernel/process/elf.h)
//   FpuState                        what a process has in the FPU, and all that goes with it
//
// One processor; interrupts are off while the kernel runs, but in wait_for_interrupt() and let_interrupts_in(), which
// the idle loop calls, and long operations where they pause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <freehold/types.h>

#include "kernel/boot/boot_info.h"

namespace freehold::kernel::machine {

struct FpuState;

// --- boot -----------------------------------------------------------------------------------------------------------

/// The serial line, so that there is output; then descriptor tables, traps, FPU.
void initialise_processor();

/// Timer and input devices; interrupts arrive from the first wait_for_interrupt() on.
void start_devices();

/// The frames the kernel's image takes.
FrameRange kernel_image();

/// What the boot loader left, of which the machine's first instructions passed two words to kernel_main.
/// memory_map_invalid: nothing that makes sense.
Status read_boot_info(Word first, Word second, BootInfo& info);

/// Frames that map_window() takes for page tables, in one run.
std::uint32_t window_table_frames(std::span<const FrameRange> usable);

/// Maps these frames into the window, in large pages, and nothing else where that can be helped. Until then, only as
/// much of it as boot takes is mapped: the image, what the loader left, and the tables given here.
void map_window(std::span<const FrameRange> usable, FrameNumber tables);

/// The root table with the kernel half alone, as an address and as a frame.
const void* kernel_root();
FrameNumber kernel_root_frame();

/// An address of the kernel's half that the page tables let user code reach, or let the kernel both write and execute,
/// where the machine can forbid that; 0 if there is none.
Word find_unprotected_page();

// --- kernel stacks and who runs -------------------------------------------------------------------------------------

/// What a system call left at the upper end of a process's kernel stack, and its words: 0 to 4.
using CallFrame = struct TrapFrame;
Word call_word(const CallFrame& frame, std::uint32_t index);

/// A context of the kernel that is not running: its registers lie on its stack.
struct Context {
    Word stack_pointer;     ///< 0: it returns to user code from its call_frame
    CallFrame* call_frame;  ///< of a process
};

/// Maps two frames as the stack of a slot, or takes them away again.
void map_kernel_stack(std::uint32_t slot, FrameNumber low, FrameNumber high);
void unmap_kernel_stack(std::uint32_t slot);

/// The slot whose stack or guard holds `address`; kStackSlots if none does.
std::uint32_t stack_slot_of(Word address);

/// A context that starts user code, all other registers zero, after enter_process(); and one that runs a function.
Context make_user_context(std::uint32_t slot, Word entry, Word stack_pointer);
Context make_kernel_context(std::uint32_t slot, void (*function)());

/// What a process finds in registers when it is handed a short message.
struct Words {
    const CallFrame& from;  ///< the sender's call: its words 2 and 3 are the message's
    Word message;           ///< of a request: its number; of a reply: the request's cookie
    Word sender;
};

/// Makes it the context of a process that returns to user code from the system call it is blocked in, with these words
/// and Status::ok. Whatever else lies on its kernel stack is gone.
void make_answered(Context& context, const Words& words);

/// The same with a status and a value instead.
void make_returning(Context& context, Status status, Word value);

/// Makes it the context of a process that tries again to receive a message, by receive_again() in kernel/traps.h, for
/// the system call it is in. Whatever else lies on its kernel stack is gone.
void make_receiving(Context& context);

/// Leaves the running stack for good; a process that is blocked in a system call returns from it with these words.
[[noreturn]] void run_answered(const Context& context, const Words& words);

/// Leaves the running stack for good and goes on in `to`, whose stack is that of `slot`.
[[noreturn]] void run_context(const Context& to, std::uint32_t slot);

/// Leaves the running context in `from` and goes on in `to`, whose stack is that of `slot`.
void switch_context(Context& from, const Context& to, std::uint32_t slot);

/// Lets interrupts in until at least one has come.
void wait_for_interrupt();

/// Lets in those that wait.
void let_interrupts_in();

// --- FPU ------------------------------------------------------------------------------------------------------------

/// The state a process starts with.
void reset_fpu(FpuState& state);

/// Whose registers user code shall find from now on; they are loaded when it first uses them.
void set_fpu_user(FpuState* state);

/// The state is no longer of use to anyone.
void forget_fpu(FpuState& state);

// --- devices of programs --------------------------------------------------------------------------------------------
//
// For drivers in user space. The machine masks a line before it calls device_interrupt() of kernel/traps.h for it.

/// Whether a line is there, and not the kernel's own. @pre line < kInterruptLines
bool is_line_for_programs(std::uint32_t line);

/// Holds a line's interrupts back, as all are at first; or lets them through. One that comes meanwhile is not lost.
void mask_line(std::uint32_t line);
void unmask_line(std::uint32_t line);

/// Whether none of these registers is the kernel's own, or gives power over all of the machine. A machine with
/// kDeviceRegisters = 0 answers no; the next two are never called there. @pre they are there
bool are_registers_for_programs(std::uint32_t first, std::uint32_t count);

/// @pre width_bytes is 1, 2 or 4
std::uint32_t read_register(std::uint32_t number, std::uint32_t width_bytes);
void write_register(std::uint32_t number, std::uint32_t width_bytes, std::uint32_t value);

// --- output, time, end ----------------------------------------------------------------------------------------------

/// One character to the serial line; waits until it takes it.
void put_character(char character);

/// Takes what the serial line has, while there is room for it: on its interrupt, and when room has been made.
void take_serial_input();

/// The serial line of the trace, sent to and never received from. open: false where there is none, so that the machine
/// has no trace; put: waits until the line takes the character; false: it takes no more.
bool open_trace_line();
bool put_trace_character(char character);

/// The processor's counter of cycles.
std::uint64_t cycles();

/// Ends QEMU with the status that kernel/power.h gives for `value`; returns on a machine that is not emulated.
void exit_emulator(std::uint32_t value);

/// Stops for good.
[[noreturn]] void halt();

/// Prints the registers and a backtrace of the caller.
void print_state();

/// Pushes onto the running kernel stack until it is full: a test of the guard page.
[[noreturn]] void overflow_stack();

}  // namespace freehold::kernel::machine
