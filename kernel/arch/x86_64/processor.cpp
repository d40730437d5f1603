// SPDX-License-Identifier: MIT
// Boot of the processor, kernel stacks and the switch between them.
#include <freehold/status.h>
#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/arch/x86_64/kernel_tables.h"
#include "kernel/boot/multiboot.h"
#include "kernel/checked/checked.h"
#include "kernel/panic.h"
#include "kernel/traps.h"
#include "trap_frame.h"

extern "C" {
void switch_stacks(freehold::Word* leave_at, freehold::Word go_to);
void start_user();
void resume_receiving();
void end_call();

void machine_enter_process() { freehold::kernel::enter_process(); }
}

namespace freehold::kernel::machine {
namespace {

constexpr Word kUserFlags = 0x202;  // interrupts on; bit 1 is always set

/// What switch_stacks() takes off a stack.
struct SwitchFrame {
    Word r15, r14, r13, r12, rbx, rbp, return_to;
};

constexpr Word stack_end(std::uint32_t slot) { return kStackWindowBase + (Word{slot} + 1) * kStackSlotBytes; }

/// The context goes on in a function, right below the frame of its system call. Whatever else the call has there is
/// given up.
void go_on_in(Context& context, void (*function)()) {
    SwitchFrame* const start = reinterpret_cast<SwitchFrame*>(context.call_frame) - 1;
    start->return_to = reinterpret_cast<Word>(function);
    context.stack_pointer = reinterpret_cast<Word>(start);
}

/// What a call has on its stack is given up.
inline void leave_call(const Context& context) { checked::forget_stack(reinterpret_cast<Word>(context.call_frame)); }

void answer(TrapFrame& frame, const Words& words) {
    frame.rax = static_cast<std::uint32_t>(Status::ok);
    frame.call[0] = words.message;
    frame.call[1] = words.sender;
    frame.call[2] = 0;
    frame.call[3] = call_word(words.from, 2);
    frame.call[4] = call_word(words.from, 3);
}

void take_stack(Word end) {
    kernel_task.kernel_stack = end;
    // They mean nothing to 64-bit code and aren't kept, but they are not another process's either: only who is handed
    // a message in registers may find there what its sender left.
    asm volatile("mov %0, %%ds\n mov %0, %%es\n mov %0, %%fs\n mov %0, %%gs" : : "r"(0));
}

/// The running stack is left for good.
inline void leave_stack() { checked::forget_stack(reinterpret_cast<Word>(__builtin_frame_address(0))); }

/// To user code, as traps.S leaves the kernel after a system call.
[[noreturn]] inline void return_from(TrapFrame& frame) {
    take_stack(reinterpret_cast<Word>(&frame + 1));
    asm volatile("mov %0, %%rsp\n jmp return_from_call" : : "r"(&frame) : "memory");
    __builtin_unreachable();
}

}  // namespace

void initialise_processor() {
    initialise_serial();
    protect_image();
    load_descriptors();
    initialise_fpu();
    enable_protections();
}

Status read_boot_info(Word first, Word second, BootInfo& info) {
    const std::span memory(reinterpret_cast<const std::byte*>(kWindowBase), std::size_t{kBootFrames} << kPageShift);
    return read_multiboot(memory, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second), info);
}

std::uint32_t stack_slot_of(Word address) {
    if (address < kStackWindowBase) return kStackSlots;
    const Word slot = (address - kStackWindowBase) / kStackSlotBytes;
    return slot < kStackSlots ? static_cast<std::uint32_t>(slot) : kStackSlots;
}

Context make_user_context(std::uint32_t slot, Word entry, Word stack_pointer) {
    auto* const frame = reinterpret_cast<TrapFrame*>(stack_end(slot)) - 1;
    *frame = TrapFrame{};
    frame->rip = entry;
    frame->cs = kSelectorUserCode;
    frame->rflags = kUserFlags;
    frame->rsp = stack_pointer;
    frame->ss = kSelectorUserData;
    auto* const start = reinterpret_cast<SwitchFrame*>(frame) - 1;
    *start = SwitchFrame{};
    start->return_to = reinterpret_cast<Word>(&start_user);
    return {reinterpret_cast<Word>(start), frame};
}

void make_answered(Context& context, const Words& words) {
    leave_call(context);
    answer(*context.call_frame, words);
    context.stack_pointer = 0;
}

void make_returning(Context& context, Status status, Word value) {
    leave_call(context);
    context.call_frame->rax = static_cast<std::uint32_t>(status);
    context.call_frame->call[2] = value;
    context.stack_pointer = 0;
}

void make_receiving(Context& context) {
    leave_call(context);
    go_on_in(context, &resume_receiving);
}

void run_answered(const Context& context, const Words& words) {
    static_assert(static_cast<int>(Status::ok) == 0);
    leave_stack();
    leave_call(context);
    TrapFrame* const frame = context.call_frame;
    kernel_task.kernel_stack = reinterpret_cast<Word>(frame + 1);
    const Word word_2 = call_word(words.from, 2);
    const Word word_3 = call_word(words.from, 3);
    // From here on no function may be called: it would lose them.
    register Word fourth asm("r10") = word_2;
    register Word fifth asm("r8") = word_3;
    // As return_from_call in traps.S, but that the words never go to memory. The address of return is one that a
    // SYSCALL of user code left there, and user space ends far below what SYSRET must not be given.
    asm volatile(
        "mov %0, %%rsp\n pop %%r15\n pop %%r14\n pop %%r13\n pop %%r12\n pop %%rbx\n pop %%rbp\n"
        "mov 88(%%rsp), %%rcx\n mov 104(%%rsp), %%r11\n xor %%edx, %%edx\n xor %%r9d, %%r9d\n"
        "mov 112(%%rsp), %%rsp\n xor %%eax, %%eax\n sysretq"
        :
        : "a"(frame), "D"(words.message), "S"(words.sender), "r"(fourth), "r"(fifth)
        : "memory");
    __builtin_unreachable();
}

void run_context(const Context& to, std::uint32_t slot) {
    leave_stack();
    if (to.stack_pointer == 0) return_from(*to.call_frame);
    take_stack(stack_end(slot));
    // As switch_stacks() does.
    asm volatile("mov %0, %%rsp\n pop %%r15\n pop %%r14\n pop %%r13\n pop %%r12\n pop %%rbx\n pop %%rbp\n ret"
                 :
                 : "r"(to.stack_pointer)
                 : "memory");
    __builtin_unreachable();
}

Context make_kernel_context(std::uint32_t slot, void (*function)()) {
    // The word above the return address stands where a caller's would: 0 ends a backtrace. The stack is aligned as
    // after a call.
    auto* const top = reinterpret_cast<Word*>(stack_end(slot)) - 3;
    auto* const start = reinterpret_cast<SwitchFrame*>(top) - 1;
    *start = SwitchFrame{};
    start->return_to = reinterpret_cast<Word>(function);
    return {reinterpret_cast<Word>(start), nullptr};
}

void switch_context(Context& from, const Context& to, std::uint32_t slot) {
    Context next = to;
    if (next.stack_pointer == 0) go_on_in(next, &end_call);
    take_stack(stack_end(slot));
    switch_stacks(&from.stack_pointer, next.stack_pointer);
}

// A frame of its own in the backtrace.
[[gnu::noinline]] void overflow_stack() {
    asm volatile("1: push %%rax\n jmp 1b" : : : "memory");
    __builtin_unreachable();
}

}  // namespace freehold::kernel::machine
