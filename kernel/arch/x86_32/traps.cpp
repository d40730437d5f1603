// SPDX-License-Identifier: MIT
// From the machine's traps to the kernel's.
#include <kernel_machine.h>

#include "kernel/abi/syscalls.h"
#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/panic.h"
#include "kernel/traps.h"
#include "trap_frame.h"

namespace freehold::kernel::machine {
namespace {

Registers registers_of(const TrapFrame& frame) {
    // A trap within the kernel pushes no stack pointer: the stack goes on above the frame.
    const std::uint32_t esp = frame.from_user() ? frame.esp : reinterpret_cast<std::uint32_t>(&frame.esp);
    return {frame.eax, frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp, esp, frame.eip, frame.eflags};
}

[[noreturn]] void kernel_fault(const TrapFrame& frame) {
    begin_panic();
    print(exception_name(frame.vector), " in the kernel, error ", Hex{frame.error});
    if (frame.vector == kVectorPageFault) print(", address ", Hex{read_cr2()});
    print('\n');
    print_registers(registers_of(frame));
    print_backtrace(frame.eip, frame.ebp);
    end_panic();
}

void finish_call(TrapFrame& frame, Outcome outcome) {
    frame.eax = static_cast<std::uint32_t>(outcome.status);
    frame.edx = outcome.value;
    leave_kernel();
}

template <typename ShortWay>
[[gnu::always_inline]] inline bool finish_if(TrapFrame& frame, ShortWay short_way) {
    Outcome outcome;
    if (!short_way(frame, outcome)) return false;
    finish_call(frame, outcome);
    return true;
}

constexpr bool is_number(abi::Call call, int number) { return static_cast<int>(call) == number; }
static_assert(is_number(abi::Call::receive, 22) && is_number(abi::Call::call, 37) &&
                  is_number(abi::Call::receive_words, 38) && is_number(abi::Call::post, 44) &&
                  is_number(abi::Call::post_area, 50),
              "traps.S knows them");

}  // namespace

Word call_word(const TrapFrame& frame, std::uint32_t index) {
    switch (index) {
        case 0:
            return frame.ebx;
        case 1:
            return frame.ecx;
        case 2:
            return frame.edx;
        case 3:
            return frame.esi;
        default:
            return frame.edi;
    }
}

extern "C" void machine_trap(TrapFrame* frame) {
    if (frame->vector >= kVectorFirstLine) {
        handle_interrupt(frame->vector - kVectorFirstLine);
    } else if (!frame->from_user() || frame->vector == kVectorNonMaskable) {
        kernel_fault(*frame);
    } else if (frame->vector == kVectorNoFpu) {
        load_fpu();
    } else {
        user_exception(frame->vector, frame->error, frame->eip, read_cr2());
    }
    if (frame->from_user()) leave_kernel();
}

// What traps.S calls for a system call takes its arguments in registers.
extern "C" [[gnu::regparm(2)]] void machine_system_call(TrapFrame* frame, Word number) {
    finish_call(*frame, system_call(number, CallArguments(*frame)));
}

// The short ways: whether the call is over.
extern "C" [[gnu::regparm(1)]] bool machine_hand_request(const TrapFrame* frame) { return hand_request(*frame); }
extern "C" [[gnu::regparm(1)]] bool machine_hand_reply(TrapFrame* frame) { return finish_if(*frame, hand_reply); }
extern "C" [[gnu::regparm(1)]] bool machine_post(TrapFrame* frame) { return finish_if(*frame, post_briefly); }
extern "C" [[gnu::regparm(1)]] bool machine_post_area(TrapFrame* frame) { return finish_if(*frame, post_area_briefly); }
extern "C" [[gnu::regparm(1)]] bool machine_receive(TrapFrame* frame) { return finish_if(*frame, receive_briefly); }

extern "C" void machine_receive_again(TrapFrame* frame) { finish_call(*frame, receive_again()); }

extern "C" [[noreturn]] void machine_double_fault() {
    begin_panic();
    const TaskState& task = main_task;
    explain_double_fault(task.esp);
    print_registers(
        {task.eax, task.ebx, task.ecx, task.edx, task.esi, task.edi, task.ebp, task.esp, task.eip, task.eflags});
    print_backtrace(task.eip, task.ebp);
    end_panic();
}

}  // namespace freehold::kernel::machine
