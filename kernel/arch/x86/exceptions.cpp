// SPDX-License-Identifier: MIT
// Exceptions: Intel SDM vol. 3A, 6.15 "Exception and interrupt reference".
#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/panic.h"
#include "kernel/traps.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kErrorWrite = 2;
constexpr std::uint32_t kErrorFetch = 16;

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

}  // namespace

const char* exception_name(std::uint32_t vector) { return kNames[vector]; }

void user_exception(std::uint32_t vector, std::uint32_t error, Word instruction, Word address) {
    Fault fault{};
    fault.what = kNames[vector];
    fault.vector = vector;
    fault.error = error;
    fault.instruction = instruction;
    if (vector == kVectorPageFault) {
        fault.is_page_fault = true;
        fault.address = address;
        // Without NX the processor calls fetching an instruction a read; a fetch misses at the instruction itself.
        const bool fetch = (error & kErrorFetch) != 0 || address == instruction;
        fault.access = (error & kErrorWrite) != 0 ? Rights::write : fetch ? Rights::execute : Rights::read;
    }
    user_fault(fault);
}

void explain_double_fault(Word stack_pointer) {
    const Word pushed = stack_pointer - sizeof(Word);
    const std::uint32_t slot = stack_slot_of(pushed);
    if (slot == kStackSlots) return print("double fault in the kernel, address ", Hex{read_cr2()}, '\n');
    print("kernel stack overflow ");
    describe_stack_owner(slot);
    print(": guard page ", Hex{pushed & ~Word{kPageBytes - 1}}, '\n');
}

}  // namespace freehold::kernel::machine
