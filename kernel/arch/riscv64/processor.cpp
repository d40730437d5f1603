// SPDX-License-Identifier: MIT
// Boot of the processor, the kernel's root table, kernel stacks and the switch between them.
#include <algorithm>

#include <freehold/status.h>
#include <kernel_machine.h>

#include "kernel/panic.h"
#include "kernel/traps.h"
#include "registers.h"
#include "trap_frame.h"

extern "C" {
extern freehold::Word kernel_root_table[512];
extern freehold::Word kernel_stack_table[1024];
extern const std::byte kernel_image_start[];
extern const std::byte kernel_image_end[];
void switch_stacks(freehold::Word* leave_at, freehold::Word go_to);
[[noreturn]] void go_on_at(freehold::Word stack_pointer);
void start_user();
void resume_receiving();
[[noreturn]] void return_from_call(freehold::kernel::machine::TrapFrame* frame);

void machine_enter_process() { freehold::kernel::enter_process(); }
}

namespace freehold::kernel::machine {
namespace {

constexpr Word kEntryValid = 1U << 0;
constexpr Word kEntryReadWrite = 3U << 1;
constexpr Word kEntryWrite = 1U << 2;
constexpr Word kEntryExecute = 1U << 3;
constexpr Word kEntryUser = 1U << 4;
constexpr Word kEntryGlobal = 1U << 5;
constexpr Word kEntryAccessedDirty = 3U << 6;
constexpr unsigned kEntryFrameShift = 10;
constexpr std::uint32_t kLargePageFrames = 1U << 18;  // of the window: 1 GiB

constexpr Word kStatusPreviousSupervisor = 1U << 8;
constexpr Word kCountersForUsers = 7;  // cycle, time, instret

/// What switch_stacks() takes off a stack.
struct SwitchFrame {
    Word ra, s[12], unused;
};

/// The image's own addresses are the physical ones but for the upper half.
FrameNumber frame_of(const void* in_image) {
    return FrameNumber(static_cast<std::uint32_t>(reinterpret_cast<Word>(in_image)) >> kPageShift);
}

constexpr Word stack_base(std::uint32_t slot) {
    return kStackWindowBase + (slot + 1) * kStackSlotBytes - kStackFrames * kPageBytes;
}
constexpr Word stack_end(std::uint32_t slot) { return stack_base(slot) + kStackFrames * kPageBytes; }

/// A switch frame right below `top`; a backtrace ends in the function.
Word make_frame_below(void* top, void (*function)()) {
    SwitchFrame* const start = reinterpret_cast<SwitchFrame*>(top) - 1;
    start->ra = reinterpret_cast<Word>(function);
    start->s[0] = 0;
    return reinterpret_cast<Word>(start);
}

/// The context goes on in a function, right below the frame of its system call. Whatever else the call has there is
/// given up.
void go_on_in(Context& context, void (*function)()) {
    context.stack_pointer = make_frame_below(context.call_frame, function);
}

void answer(TrapFrame& frame, const Words& words) {
    frame.a[0] = static_cast<Word>(Status::ok);
    frame.a[1] = 0;
    frame.a[2] = words.message;
    frame.a[3] = words.sender;
    frame.a[4] = words.from.a[2];
    frame.a[5] = words.from.a[3];
}

/// In a table of a level, from an entry on.
template <unsigned kLevel>
Word find_unprotected_below(const Word* table, std::uint32_t first, Word base) {
    pause_here();
    for (std::uint32_t i = first; i < 512; ++i) {
        const Word entry = table[i];
        if ((entry & kEntryValid) == 0) continue;
        const Word address = base + (Word{i} << (kPageShift + 9 * kLevel));
        const bool is_page = (entry & (kEntryReadWrite | kEntryExecute)) != 0;
        const bool all_rights = (entry & kEntryExecute) != 0 && (entry & kEntryWrite) != 0;
        if (all_rights || (entry & kEntryUser) != 0) return address;
        if constexpr (kLevel > 0) {
            const auto* const next =
                reinterpret_cast<const Word*>(kWindowBase + (entry >> kEntryFrameShift << kPageShift));
            const Word below = is_page ? 0 : find_unprotected_below<kLevel - 1>(next, 0, address);
            if (below != 0) return below;
        }
    }
    return 0;
}

void set_stack_page(Word address, Word entry) {
    kernel_stack_table[(address - kStackWindowBase) >> kPageShift] = entry;
    asm volatile("sfence.vma %0" : : "r"(address) : "memory");
}

Word stack_entry(FrameNumber frame) {
    return Word{frame.value()} << kEntryFrameShift | kEntryValid | kEntryReadWrite | kEntryGlobal | kEntryAccessedDirty;
}

}  // namespace

void initialise_processor() {
    clear_csr<kSstatus>(kStatusPreviousSupervisor);  // left by the trap that turning paging on was
    write_csr<kScounteren>(kCountersForUsers);
}

FrameRange kernel_image() {
    const FrameNumber first = frame_of(kernel_image_start);
    return {first, frame_of(kernel_image_end + (kPageBytes - 1)).value() - first.value()};
}

// boot.S mapped all of it: what is neither RAM nor where the devices are goes away again. Its tables are its own.
std::uint32_t window_table_frames(std::span<const FrameRange> /*usable*/) { return 0; }

void map_window(std::span<const FrameRange> usable, FrameNumber /*tables*/) {
    constexpr std::uint32_t kFirstEntry = (kWindowBase >> 30) & 511;
    for (std::uint32_t i = 1; i < kWindowFrames / kLargePageFrames; ++i) {
        const std::uint64_t first = std::uint64_t{i} * kLargePageFrames;
        const bool used = std::any_of(usable.begin(), usable.end(), [first](FrameRange range) {
            return range.first.value() < first + kLargePageFrames &&
                   first < std::uint64_t{range.first.value()} + range.count;
        });
        if (!used) kernel_root_table[kFirstEntry + i] = 0;
    }
    asm volatile("sfence.vma" : : : "memory");
}

const void* kernel_root() { return kernel_root_table; }
FrameNumber kernel_root_frame() { return frame_of(kernel_root_table); }

Word find_unprotected_page() {
    constexpr std::uint32_t kFirstEntry = 256;
    constexpr unsigned kRootLevel = 2;
    constexpr Word kSignExtension = 0xFFFFFF8000000000;
    return find_unprotected_below<kRootLevel>(kernel_root_table, kFirstEntry, kSignExtension);
}

void map_kernel_stack(std::uint32_t slot, FrameNumber low, FrameNumber high) {
    set_stack_page(stack_base(slot), stack_entry(low));
    set_stack_page(stack_base(slot) + kPageBytes, stack_entry(high));
}

void unmap_kernel_stack(std::uint32_t slot) {
    set_stack_page(stack_base(slot), 0);
    set_stack_page(stack_base(slot) + kPageBytes, 0);
}

std::uint32_t stack_slot_of(Word address) {
    if (address < kStackWindowBase) return kStackSlots;
    const Word slot = (address - kStackWindowBase) / kStackSlotBytes;
    return slot < kStackSlots ? static_cast<std::uint32_t>(slot) : kStackSlots;
}

Context make_user_context(std::uint32_t slot, Word entry, Word stack_pointer) {
    TrapFrame* const frame = reinterpret_cast<TrapFrame*>(stack_end(slot)) - 1;
    *frame = TrapFrame{};
    frame->pc = entry;
    frame->sp = stack_pointer;
    return {make_frame_below(frame, &start_user), frame};
}

void make_answered(Context& context, const Words& words) {
    answer(*context.call_frame, words);
    context.stack_pointer = 0;
}

void make_returning(Context& context, Status status, Word value) {
    context.call_frame->a[0] = static_cast<Word>(status);
    context.call_frame->a[1] = value;
    context.stack_pointer = 0;
}

void make_receiving(Context& context) { go_on_in(context, &resume_receiving); }

void run_answered(const Context& context, const Words& words) {
    answer(*context.call_frame, words);
    return_from_call(context.call_frame);
}

void run_context(const Context& to, std::uint32_t /*slot*/) {
    if (to.stack_pointer == 0) return_from_call(to.call_frame);
    go_on_at(to.stack_pointer);
}

Context make_kernel_context(std::uint32_t slot, void (*function)()) {
    return {make_frame_below(reinterpret_cast<void*>(stack_end(slot)), function), nullptr};
}

void switch_context(Context& from, const Context& to, std::uint32_t /*slot*/) {
    Context next = to;
    if (next.stack_pointer == 0) go_on_in(next, &start_user);
    switch_stacks(&from.stack_pointer, next.stack_pointer);
}

namespace {

/// Serves what is pending; says whether anything was.
bool serve_pending() {
    const Word pending = read_csr<kSip>() & read_csr<kSie>();
    if ((pending & kTimerBit) != 0) timer_interrupt();
    if ((pending & kExternalBit) != 0) external_interrupt();
    return pending != 0;
}

}  // namespace

// An interrupt that is pending ends the instruction although interrupts are off, and is served here.
void wait_for_interrupt() {
    do {
        asm volatile("wfi" : : : "memory");
    } while (!serve_pending());
}

void let_interrupts_in() { (void)serve_pending(); }

std::uint64_t cycles() { return read_csr<kCycle>(); }

void halt() {
    call_firmware(kSbiReset, 0, 0);
    while (true) asm volatile("wfi");
}

// A frame of its own in the backtrace.
[[gnu::noinline]] void overflow_stack() {
    asm volatile("1: addi sp, sp, -16\n sd ra, 0(sp)\n j 1b" : : : "memory");
    __builtin_unreachable();
}

}  // namespace freehold::kernel::machine
