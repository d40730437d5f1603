// SPDX-License-Identifier: MIT
// From the machine's traps to the kernel's: Intel SDM vol. 3A, 6.15 "Exception and interrupt reference".
#include <kernel_machine.h>

#include "io.h"
#include "kernel/abi/syscalls.h"
#include "kernel/panic.h"
#include "kernel/traps.h"
#include "trap_frame.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kVectorNonMaskable = 2;
constexpr std::uint32_t kVectorNoFpu = 7;
constexpr std::uint32_t kVectorPageFault = 14;
constexpr std::uint32_t kVectorFirstLine = 32;
constexpr std::uint32_t kErrorWrite = 2;

constexpr const char* kNames[kVectorFirstLine] = {"divide error",
                                                  "debug trap",
                                                  "non-maskable interrupt",
                                                  "breakpoint",
                                                  "overflow trap",
                                                  "bound range exceeded",
                                                  "invalid instruction",
                                                  "FPU not available",
                                                  "double fault",
                                                  "coprocessor overrun",
                                                  "invalid task state",
                                                  "segment not present",
                                                  "stack segment fault",
                                                  "general protection fault",
                                                  "page fault",
                                                  "reserved exception 15",
                                                  "x87 floating-point error",
                                                  "alignment check",
                                                  "machine check",
                                                  "SSE floating-point error",
                                                  "virtualization exception",
                                                  "control protection fault",
                                                  "reserved exception 22",
                                                  "reserved exception 23",
                                                  "reserved exception 24",
                                                  "reserved exception 25",
                                                  "reserved exception 26",
                                                  "reserved exception 27",
                                                  "hypervisor injection",
                                                  "VMM communication",
                                                  "security exception",
                                                  "reserved exception 31"};

Registers registers_of(const TrapFrame& frame) {
    // A trap within the kernel pushes no stack pointer: the stack goes on above the frame.
    const std::uint32_t esp = frame.from_user() ? frame.esp : reinterpret_cast<std::uint32_t>(&frame.esp);
    return {frame.eax, frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp, esp, frame.eip, frame.eflags};
}

[[noreturn]] void kernel_fault(const TrapFrame& frame) {
    begin_panic();
    print(kNames[frame.vector], " in the kernel, error ", Hex{frame.error});
    if (frame.vector == kVectorPageFault) print(", address ", Hex{read_cr2()});
    print('\n');
    print_registers(registers_of(frame));
    print_backtrace(frame.eip, frame.ebp);
    end_panic();
}

void user_exception(const TrapFrame& frame) {
    if (frame.vector == kVectorNoFpu) return load_fpu();
    if (frame.vector == kVectorNonMaskable) kernel_fault(frame);
    Fault fault{};
    fault.what = kNames[frame.vector];
    fault.vector = frame.vector;
    fault.error = frame.error;
    fault.instruction = frame.eip;
    if (frame.vector == kVectorPageFault) {
        fault.is_page_fault = true;
        fault.address = read_cr2();
        // Without NX the processor calls fetching an instruction a read; a fetch misses at the instruction itself.
        fault.access = (frame.error & kErrorWrite) != 0     ? Rights::write
                       : fault.address == fault.instruction ? Rights::execute
                                                            : Rights::read;
    }
    user_fault(fault);
}

CallArguments arguments(const TrapFrame& frame) { return {{frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi}}; }

void finish_call(TrapFrame& frame, Outcome outcome) {
    frame.eax = static_cast<std::uint32_t>(outcome.status);
    frame.edx = outcome.value;
    leave_kernel();
}

static_assert(static_cast<int>(abi::Call::call) == 37 && static_cast<int>(abi::Call::receive_words) == 38,
              "traps.S knows them");

/// Which guard page a stack pointer has run into, if it has.
void explain_double_fault() {
    const std::uint32_t slot = stack_slot_of(main_task.esp - 4);
    if (slot == kStackSlots) return print("double fault in the kernel, address ", Hex{read_cr2()}, '\n');
    print("kernel stack overflow ");
    describe_stack_owner(slot);
    print(": guard page ", Hex{(main_task.esp - 4) & ~(kPageBytes - 1)}, '\n');
}

}  // namespace

Word call_word(const TrapFrame& frame, std::uint32_t index) { return arguments(frame).word[index]; }

extern "C" void machine_trap(TrapFrame* frame) {
    if (frame->vector >= kVectorFirstLine) {
        handle_interrupt(frame->vector - kVectorFirstLine);
    } else if (frame->from_user()) {
        user_exception(*frame);
    } else {
        kernel_fault(*frame);
    }
    if (frame->from_user()) leave_kernel();
}

extern "C" void machine_system_call(TrapFrame* frame) {
    finish_call(*frame, system_call(frame->eax, arguments(*frame)));
}

// These two take their argument in a register.
extern "C" [[gnu::regparm(1)]] void machine_hand_request(const TrapFrame* frame) { hand_request(*frame); }

/// Whether the call is over.
extern "C" [[gnu::regparm(1)]] bool machine_hand_reply(TrapFrame* frame) {
    Outcome outcome;
    if (!hand_reply(*frame, outcome)) return false;
    finish_call(*frame, outcome);
    return true;
}

extern "C" void machine_receive_again(TrapFrame* frame) { finish_call(*frame, receive_again()); }

extern "C" [[noreturn]] void machine_double_fault() {
    begin_panic();
    explain_double_fault();
    const TaskState& task = main_task;
    print_registers(
        {task.eax, task.ebx, task.ecx, task.edx, task.esi, task.edi, task.ebp, task.esp, task.eip, task.eflags});
    print_backtrace(task.eip, task.ebp);
    end_panic();
}

}  // namespace freehold::kernel::machine
