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

[[noreturn]] void kernel_fault(const TrapFrame& frame) {
    const auto vector = static_cast<std::uint32_t>(frame.vector);
    begin_panic();
    if (vector == kVectorDoubleFault) {
        explain_double_fault(frame.rsp);
    } else {
        print(exception_name(vector), " in the kernel, error ", Hex{frame.error});
        if (vector == kVectorPageFault) print(", address ", Hex{read_cr2()});
        print('\n');
    }
    print_registers(frame);
    print_backtrace(frame.rip, frame.rbp);
    end_panic();
}

void finish_call(TrapFrame& frame, Outcome outcome) {
    frame.rax = static_cast<std::uint32_t>(outcome.status);
    frame.call[2] = outcome.value;
    leave_kernel();
}

/// Of a short way that says whether it made the call's outcome.
template <typename ShortWay>
bool finish_if(TrapFrame& frame, ShortWay way) {
    Outcome outcome;
    if (!way(frame, outcome)) return false;
    finish_call(frame, outcome);
    return true;
}

static_assert(static_cast<int>(abi::Call::receive) == 22 && static_cast<int>(abi::Call::call) == 37 &&
                  static_cast<int>(abi::Call::receive_words) == 38 && static_cast<int>(abi::Call::post) == 44 &&
                  static_cast<int>(abi::Call::post_area) == 50,
              "traps.S knows them");

/// With the flag AC, which user code may set, the kernel could read its pages.
void close_user_pages() {
    constexpr Word kCr4NoUserAccess = 1U << 21;
    if ((read_cr4() & kCr4NoUserAccess) != 0) asm volatile("clac");
}

bool is_kernels_own(std::uint32_t vector) {
    return vector == kVectorNonMaskable || vector == kVectorDoubleFault || vector == kVectorMachineCheck;
}

}  // namespace

Word call_word(const TrapFrame& frame, std::uint32_t index) { return frame.call[index]; }

extern "C" void machine_trap(TrapFrame* frame) {
    close_user_pages();
    const auto vector = static_cast<std::uint32_t>(frame->vector);
    if (vector >= kVectorFirstLine) {
        handle_interrupt(vector - kVectorFirstLine);
    } else if (!frame->from_user() || is_kernels_own(vector)) {
        kernel_fault(*frame);
    } else if (vector == kVectorNoFpu) {
        load_fpu();
    } else {
        user_exception(vector, static_cast<std::uint32_t>(frame->error), frame->rip, read_cr2());
    }
    if (frame->from_user()) leave_kernel();
}

extern "C" void machine_system_call(TrapFrame* frame, Word number) {
    finish_call(*frame, system_call(number, CallArguments(*frame)));
}

// The short ways: whether the call is over.
extern "C" bool machine_hand_request(const TrapFrame* frame) { return hand_request(*frame); }
extern "C" bool machine_hand_reply(TrapFrame* frame) { return finish_if(*frame, hand_reply); }
extern "C" bool machine_post(TrapFrame* frame) { return finish_if(*frame, post_briefly); }
extern "C" bool machine_post_area(TrapFrame* frame) { return finish_if(*frame, post_area_briefly); }
extern "C" bool machine_receive(TrapFrame* frame) { return finish_if(*frame, receive_briefly); }

extern "C" void machine_receive_again(TrapFrame* frame) { finish_call(*frame, receive_again()); }

}  // namespace freehold::kernel::machine
