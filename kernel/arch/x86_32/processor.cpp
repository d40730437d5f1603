// SPDX-License-Identifier: MIT
// Boot of the processor, the kernel's root table, kernel stacks and the switch between them.
#include <freehold/status.h>
#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/boot/multiboot.h"
#include "kernel/panic.h"
#include "kernel/traps.h"
#include "trap_frame.h"

extern "C" {
extern std::uint32_t kernel_root_table[1024];
extern std::uint32_t kernel_stack_table[1024];
extern const std::byte kernel_image_start[];
extern const std::byte kernel_image_end[];
void switch_stacks(freehold::Word* leave_at, freehold::Word go_to);
void start_user();
void resume_receiving();

void machine_enter_process() { freehold::kernel::enter_process(); }
}

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kEntryPresent = 1;
constexpr std::uint32_t kEntryWritable = 2;
constexpr std::uint32_t kEntryGlobal = 0x100;
constexpr std::uint32_t kLargePageFrames = 1024;
constexpr std::uint32_t kUserFlags = 0x202;  // interrupts on; bit 1 is always set

constexpr std::uint32_t kFeatureTimeStamp = 1U << 4;
constexpr std::uint32_t kFeatureFxsave = 1U << 24;
constexpr std::uint32_t kFeatureSse = 1U << 25;

/// What switch_stacks() takes off a stack.
struct SwitchFrame {
    Word edi, esi, ebx, ebp, return_to;
};

FrameNumber frame_of(const void* in_window) {
    return FrameNumber((reinterpret_cast<Word>(in_window) - kWindowBase) >> kPageShift);
}

constexpr Word stack_base(std::uint32_t slot) {
    return kStackWindowBase + (slot + 1) * kStackSlotBytes - kStackFrames * kPageBytes;
}
constexpr Word stack_end(std::uint32_t slot) { return stack_base(slot) + kStackFrames * kPageBytes; }

/// The context goes on in a function, right below the frame of its system call. Whatever else the call has there is
/// given up.
void go_on_in(Context& context, void (*function)()) {
    SwitchFrame* const start = reinterpret_cast<SwitchFrame*>(context.call_frame) - 1;
    start->return_to = reinterpret_cast<Word>(function);
    context.stack_pointer = reinterpret_cast<Word>(start);
}

void answer(TrapFrame& frame, const Words& words) {
    frame.eax = static_cast<std::uint32_t>(Status::ok);
    frame.edx = 0;
    frame.ebx = words.message;
    frame.ecx = words.sender;
    frame.esi = call_word(words.from, 2);
    frame.edi = call_word(words.from, 3);
}

void take_stack(Word end) {
    main_task.esp0 = end;
    asm volatile("mov %0, %%fs\n mov %0, %%gs" : : "r"(0));  // not kept, but not another process's either
}

/// To user code, as traps.S leaves the kernel. Done here, for that takes no registers and no call.
[[noreturn, gnu::always_inline]] inline void return_from(TrapFrame& frame) {
    take_stack(reinterpret_cast<Word>(&frame + 1));
    asm volatile("mov %0, %%esp\n popa\n add $8, %%esp\n iret" : : "r"(&frame) : "memory");
    __builtin_unreachable();
}

void set_stack_page(Word address, std::uint32_t entry) {
    kernel_stack_table[(address - kStackWindowBase) >> kPageShift] = entry;
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

void reload_root() { asm volatile("mov %0, %%cr3" : : "r"(kernel_root_frame().value() << kPageShift) : "memory"); }

}  // namespace

void initialise_processor() {
    initialise_serial();
    kernel_root_table[0] = 0;  // the identity map of the first instructions
    reload_root();
    load_descriptors();
    constexpr std::uint32_t kNeeded = kFeatureTimeStamp | kFeatureFxsave | kFeatureSse;
    if ((cpu_id(1).edx & kNeeded) != kNeeded) panic("this processor has no FXSAVE, SSE or time-stamp counter");
    initialise_fpu();
    enable_protections();
}

FrameRange kernel_image() {
    const FrameNumber first = frame_of(kernel_image_start);
    return {first, frame_of(kernel_image_end + (kPageBytes - 1)).value() - first.value()};
}

Status read_boot_info(Word first, Word second, BootInfo& info) {
    const std::span memory(reinterpret_cast<const std::byte*>(kWindowBase), std::size_t{kWindowFrames} << kPageShift);
    return read_multiboot(memory, first, second, info);
}

std::uint32_t window_table_frames(std::span<const FrameRange> /*usable*/) { return 0; }

void map_window(std::span<const FrameRange> usable, FrameNumber /*tables*/) {
    const std::uint32_t frames_end = usable.back().first.value() + usable.back().count;
    constexpr std::uint32_t kFirstEntry = kWindowBase >> 22;
    for (std::uint32_t i = 0; i < kWindowFrames / kLargePageFrames; ++i) {
        if (i * kLargePageFrames >= frames_end) kernel_root_table[kFirstEntry + i] = 0;
    }
    flush_tlb();
}

const void* kernel_root() { return kernel_root_table; }
FrameNumber kernel_root_frame() { return frame_of(kernel_root_table); }

Word find_unprotected_page() {
    constexpr std::uint32_t kEntryUser = 4;
    for (std::uint32_t i = arch::kUserEnd >> 22; i < 1024; ++i) {
        if ((kernel_root_table[i] & (kEntryPresent | kEntryUser)) == (kEntryPresent | kEntryUser)) return i << 22;
    }
    return 0;
}

void map_kernel_stack(std::uint32_t slot, FrameNumber low, FrameNumber high) {
    constexpr std::uint32_t kFlags = kEntryPresent | kEntryWritable | kEntryGlobal;
    set_stack_page(stack_base(slot), low.value() << kPageShift | kFlags);
    set_stack_page(stack_base(slot) + kPageBytes, high.value() << kPageShift | kFlags);
}

void unmap_kernel_stack(std::uint32_t slot) {
    set_stack_page(stack_base(slot), 0);
    set_stack_page(stack_base(slot) + kPageBytes, 0);
}

bool kernel_stack_page_mapped(Word address) {
    return (kernel_stack_table[(address - kStackWindowBase) >> kPageShift] & kEntryPresent) != 0;
}

std::uint32_t stack_slot_of(Word address) {
    if (address < kStackWindowBase) return kStackSlots;
    const Word slot = (address - kStackWindowBase) / kStackSlotBytes;
    return slot < kStackSlots ? slot : kStackSlots;
}

Context make_user_context(std::uint32_t slot, Word entry, Word stack_pointer) {
    auto* const frame = reinterpret_cast<TrapFrame*>(stack_end(slot)) - 1;
    *frame = TrapFrame{};
    frame->eip = entry;
    frame->cs = kSelectorUserCode;
    frame->eflags = kUserFlags;
    frame->esp = stack_pointer;
    frame->ss = kSelectorUserData;
    auto* const start = reinterpret_cast<SwitchFrame*>(frame) - 1;
    *start = SwitchFrame{};
    start->return_to = reinterpret_cast<Word>(&start_user);
    return {reinterpret_cast<Word>(start), frame};
}

void make_answered(Context& context, const Words& words) {
    answer(*context.call_frame, words);
    context.stack_pointer = 0;
}

void make_returning(Context& context, Status status, Word value) {
    context.call_frame->eax = static_cast<std::uint32_t>(status);
    context.call_frame->edx = value;
    context.stack_pointer = 0;
}

void make_receiving(Context& context) { go_on_in(context, &resume_receiving); }

void run_answered(const Context& context, const Words& words) {
    answer(*context.call_frame, words);
    return_from(*context.call_frame);
}

void run_context(const Context& to, std::uint32_t slot) {
    if (to.stack_pointer == 0) return_from(*to.call_frame);
    take_stack(stack_end(slot));
    // As switch_stacks() does.
    asm volatile("mov %0, %%esp\n pop %%edi\n pop %%esi\n pop %%ebx\n pop %%ebp\n ret"
                 :
                 : "r"(to.stack_pointer)
                 : "memory");
    __builtin_unreachable();
}

Context make_kernel_context(std::uint32_t slot, void (*function)()) {
    // The word above the return address stands where a caller's would: 0 ends a backtrace.
    auto* const top = reinterpret_cast<Word*>(stack_end(slot)) - 4;
    auto* const start = reinterpret_cast<SwitchFrame*>(top) - 1;
    *start = SwitchFrame{};
    start->return_to = reinterpret_cast<Word>(function);
    return {reinterpret_cast<Word>(start), nullptr};
}

void switch_context(Context& from, const Context& to, std::uint32_t slot) {
    Context next = to;
    if (next.stack_pointer == 0) go_on_in(next, &start_user);
    take_stack(stack_end(slot));
    switch_stacks(&from.stack_pointer, next.stack_pointer);
}

// A frame of its own in the backtrace.
[[gnu::noinline]] void overflow_stack() {
    asm volatile("1: push %%eax\n jmp 1b" : : : "memory");
    __builtin_unreachable();
}

}  // namespace freehold::kernel::machine
