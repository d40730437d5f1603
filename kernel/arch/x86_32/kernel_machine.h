// SPDX-License-Identifier: MIT
// The machine below the kernel, as the kernel's portable parts see it. Chosen by include path: -I kernel/arch/x86_32.
//
//   0xF0000000  window: physical 0 and up, as far as there is RAM, 4 MiB pages     240 MiB
//   0xFF000000  kernel stacks: slots of 16 KiB, the upper half a stack, the lower half never mapped      4 MiB
//   0xFF400000  nothing
//
// One processor; interrupts are off while the kernel runs, but in wait_for_interrupt().
#pragma once

#include <cstddef>
#include <cstdint>

#include <freehold/types.h>

namespace freehold::kernel::machine {

inline constexpr Word kWindowBase = 0xF0000000;
inline constexpr std::uint32_t kWindowFrames = (240U << 20) / kPageBytes;

inline constexpr Word kStackWindowBase = 0xFF000000;
inline constexpr std::uint32_t kStackFrames = 2;
inline constexpr Word kStackSlotBytes = 4 * kPageBytes;
inline constexpr std::uint32_t kStackSlots = (4U << 20) / kStackSlotBytes;

inline constexpr std::uint32_t kTicksPerSecond = 250;

/// Frames below this are the firmware's: interrupt table and data of real mode, and room to start processors in.
inline constexpr std::uint32_t kFirstUsableFrame = 16;

// --- boot -----------------------------------------------------------------------------------------------------------

/// The serial line, so that there is output; then descriptor tables, traps, FPU.
void initialise_processor();

/// Timer and input devices; interrupts arrive from the first wait_for_interrupt() on.
void start_devices();

/// The frames the kernel's image takes.
FrameRange kernel_image();

/// Leaves the window mapped only as far as `frames_end`, in whole large pages.
void trim_window(std::uint32_t frames_end);

/// The root table with the kernel half alone, as an address and as a frame.
const void* kernel_root();
FrameNumber kernel_root_frame();

// --- kernel stacks and who runs
// ---------------------------------------------------------------------------------------

/// What a system call left at the upper end of a process's kernel stack, and its words: 0 to 4.
using CallFrame = struct TrapFrame;
Word call_word(const CallFrame& frame, std::uint32_t index);

/// A context of the kernel that is not running: its registers lie on its stack.
struct Context {
    Word stack_pointer;
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

/// Makes it the context of a process that tries again to receive a message, by receive_again() in kernel/traps.h, for
/// the system call it is in. Whatever else lies on its kernel stack is gone.
void make_receiving(Context& context);

/// Leaves the running stack for good; a process that is blocked in a system call returns from it with these words.
[[noreturn]] void run_answered(const Context& context, const Words& words);

/// Leaves the running context in `from` and goes on in `to`, whose stack is that of `slot`.
void switch_context(Context& from, const Context& to, std::uint32_t slot);

/// Lets interrupts in until at least one has come.
void wait_for_interrupt();

// --- FPU ------------------------------------------------------------------------------------------------------------

/// x87 and SSE registers as FXSAVE writes them.
struct alignas(16) FpuState {
    std::byte bytes[512];
};

/// The state a process starts with.
void reset_fpu(FpuState& state);

/// Whose registers user code shall find from now on; they are loaded when it first uses them.
void set_fpu_user(FpuState* state);

/// The state is no longer of use to anyone.
void forget_fpu(FpuState& state);

// --- output, time, end
// ------------------------------------------------------------------------------------------------

/// One character to the serial line; waits until it takes it.
void put_character(char character);

/// Takes what the serial line has, while there is room for it: on its interrupt, and when room has been made.
void take_serial_input();

/// The processor's counter of cycles.
std::uint64_t cycles();

/// Writes `value` to QEMU's isa-debug-exit device; returns where there is none.
void exit_emulator(std::uint32_t value);

/// Stops for good.
[[noreturn]] void halt();

/// Prints the registers and a backtrace of the caller.
void print_state();

/// Pushes onto the running kernel stack until it is full: a test of the guard page.
[[noreturn]] void overflow_stack();

}  // namespace freehold::kernel::machine
