// SPDX-License-Identifier: MIT
// From the machine's traps to the kernel's: RISC-V privileged specification 1.12, 4.1.8 "Supervisor cause register".
#include "kernel/traps.h"
#include <iterator>

#include "kernel/abi/syscalls.h"
#include "kernel/panic.h"
#include "registers.h"
#include "trap_frame.h"

namespace freehold::kernel::machine {
namespace {

constexpr const char* kNames[] = {"misaligned instruction address",
                                  "instruction access fault",
                                  "invalid instruction",
                                  "breakpoint",
                                  "misaligned load",
                                  "load access fault",
                                  "misaligned store",
                                  "store access fault",
                                  "call from user mode",
                                  "call from the kernel",
                                  "reserved exception 10",
                                  "reserved exception 11",
                                  "instruction page fault",
                                  "load page fault",
                                  "reserved exception 14",
                                  "store page fault"};

const char* name_of(Word cause) { return cause < std::size(kNames) ? kNames[cause] : "unknown exception"; }

void user_exception(const TrapFrame& frame, Word cause, Word value) {
    if (cause == kIllegalInstruction && load_fpu()) return;
    Fault fault{};
    fault.what = name_of(cause);
    fault.vector = static_cast<std::uint32_t>(cause);
    fault.error = 0;
    fault.instruction = frame.pc;
    fault.is_page_fault = cause == kFetchPageFault || cause == kLoadPageFault || cause == kStorePageFault;
    if (fault.is_page_fault) {
        fault.address = value;
        fault.access = cause == kStorePageFault   ? Rights::write
                       : cause == kFetchPageFault ? Rights::execute
                                                  : Rights::read;
    }
    user_fault(fault);
}

void finish_call(TrapFrame& frame, Outcome outcome) {
    frame.a[0] = static_cast<Word>(outcome.status);
    frame.a[1] = outcome.value;
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

/// Whether the kernel ran into the guard page of a kernel stack: then says so.
bool explain_overflow(Word cause, Word address) {
    const std::uint32_t slot = stack_slot_of(address);
    if (slot == kStackSlots || (cause != kLoadPageFault && cause != kStorePageFault)) return false;
    print("kernel stack overflow ");
    describe_stack_owner(slot);
    print(": guard page ", Hex{address & ~Word{kPageBytes - 1}}, '\n');
    return true;
}

}  // namespace

Word call_word(const TrapFrame& frame, std::uint32_t index) { return frame.a[index]; }

extern "C" void machine_user_trap(TrapFrame* frame, Word cause, Word value) {
    if (cause == kTimerInterrupt) {
        timer_interrupt();
    } else if (cause == kExternalInterrupt) {
        external_interrupt();
    } else {
        user_exception(*frame, cause, value);
    }
    leave_kernel();
}

extern "C" void machine_system_call(TrapFrame* frame) {
    finish_call(*frame, system_call(frame->a[7], CallArguments(*frame)));
}

// The short ways: whether the call is over.
extern "C" bool machine_hand_request(const TrapFrame* frame) { return hand_request(*frame); }
extern "C" bool machine_hand_reply(TrapFrame* frame) { return finish_if(*frame, hand_reply); }
extern "C" bool machine_post(TrapFrame* frame) { return finish_if(*frame, post_briefly); }
extern "C" bool machine_post_area(TrapFrame* frame) { return finish_if(*frame, post_area_briefly); }
extern "C" bool machine_receive(TrapFrame* frame) { return finish_if(*frame, receive_briefly); }

extern "C" void machine_receive_again(TrapFrame* frame) { finish_call(*frame, receive_again()); }

extern "C" [[noreturn]] void machine_kernel_trap(const TrapFrame* frame, Word cause, Word value) {
    begin_panic();
    if (!explain_overflow(cause, value)) print(name_of(cause), " in the kernel, address ", Hex{value}, '\n');
    print_registers(*frame);
    print_backtrace(*frame);
    end_panic();
}

}  // namespace freehold::kernel::machine
