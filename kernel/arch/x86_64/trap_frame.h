// SPDX-License-Identifier: MIT
// What traps.S leaves on the kernel stack, and the selectors of the descriptor table.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/traps.h"

namespace freehold::kernel::machine {

// SYSCALL and SYSRET take all four from two numbers, so they stand in this order: Intel SDM vol. 2B, SYSCALL, SYSRET.
inline constexpr std::uint16_t kSelectorKernelCode = 0x08;
inline constexpr std::uint16_t kSelectorKernelData = 0x10;
inline constexpr std::uint16_t kSelectorUserData = 0x18 | 3;
inline constexpr std::uint16_t kSelectorUserCode = 0x20 | 3;
inline constexpr std::uint16_t kSelectorTask = 0x28;

/// Lowest address first. Of a system call, what is lost anyway is not written: rcx, r9, r11, vector, error, cs, ss.
struct TrapFrame {
    Word r15, r14, r13, r12, rbx, rbp;  // traps.S
    Word call[5];                       // rdi, rsi, rdx, r10, r8
    Word rax, rcx, r9, r11;             // traps.S; rax, of a system call, when it returns
    Word vector, error;                 // the stub
    Word rip, cs, rflags, rsp, ss;      // the processor

    [[nodiscard]] bool from_user() const { return (cs & 3) == 3; }
};
// traps.S knows them, and so does run_answered().
static_assert(offsetof(TrapFrame, call) == 48 && offsetof(TrapFrame, rax) == 88 && offsetof(TrapFrame, rip) == 136);
static_assert(offsetof(TrapFrame, rflags) == 152 && offsetof(TrapFrame, rsp) == 160);
static_assert(sizeof(TrapFrame) == 176 && sizeof(TrapFrame) % 16 == 0, "the stack is aligned where C++ is called");

/// The task state segment: Intel SDM vol. 3A, 8.7. `stacks` are for traps that must not trust the stack in use.
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved;
    std::uint64_t kernel_stack;
    std::uint64_t unused[3];
    std::uint64_t stacks[7];
    std::uint64_t reserved_too;
    std::uint16_t reserved_three, io_map;
};
static_assert(sizeof(TaskState) == 104);

extern "C" {
/// The one task. Traps of user code, and traps.S for system calls, take the kernel stack from it.
extern TaskState kernel_task;
}

/// Fills the descriptor tables and loads them, and says where system calls go.
void load_descriptors();

/// Prints registers.
void print_registers(const TrapFrame& frame);

}  // namespace freehold::kernel::machine
