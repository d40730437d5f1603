// SPDX-License-Identifier: MIT
// What the parts that both widths of x86 share (kernel/arch/x86/) and those of each width call in one another.
#pragma once

#include <cstdint>

#include <kernel_machine.h>

namespace freehold::kernel::machine {

inline constexpr std::uint32_t kVectorNonMaskable = 2;
inline constexpr std::uint32_t kVectorNoFpu = 7;
inline constexpr std::uint32_t kVectorDoubleFault = 8;
inline constexpr std::uint32_t kVectorMachineCheck = 18;
inline constexpr std::uint32_t kVectorPageFault = 14;
inline constexpr std::uint32_t kVectorFirstLine = 32;  ///< of an interrupt line; those below are exceptions

/// Of an exception: Intel SDM vol. 3A, 6.15 "Exception and interrupt reference".
const char* exception_name(std::uint32_t vector);

/// An exception of the current process; `address` is the one a page fault gives.
void user_exception(std::uint32_t vector, std::uint32_t error, Word instruction, Word address);

/// Which guard page a stack pointer has run into, if it has.
void explain_double_fault(Word stack_pointer);

void print_control_registers();
void print_backtrace(Word instruction, Word frame_pointer);

/// Whether a page of the kernel stacks' window has a frame.
bool kernel_stack_page_mapped(Word address);

/// A device's interrupt.
void handle_interrupt(std::uint32_t line);
void keyboard_interrupt();
void initialise_serial();

void initialise_fpu();
/// User code used the FPU for the first time since it was somebody else's.
void load_fpu();

/// Supervisor code can neither run user pages nor read them by mistake, and user code can't ask where the descriptor
/// tables are; global pages stay in the TLB over a change of spaces. As far as the processor can.
void enable_protections();

/// Drops all TLB entries, global ones included.
void flush_tlb();

}  // namespace freehold::kernel::machine
