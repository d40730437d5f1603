// SPDX-License-Identifier: MIT
// What traps.S leaves on the kernel stack, and the selectors of the descriptor table.
#pragma once

#include <cstdint>

namespace freehold::kernel::machine {

inline constexpr std::uint16_t kSelectorKernelCode = 0x08;
inline constexpr std::uint16_t kSelectorKernelData = 0x10;
inline constexpr std::uint16_t kSelectorUserCode = 0x18 | 3;
inline constexpr std::uint16_t kSelectorUserData = 0x20 | 3;
inline constexpr std::uint16_t kSelectorTask = 0x28;
inline constexpr std::uint16_t kSelectorDoubleFaultTask = 0x30;

/// Lowest address first.
struct TrapFrame {
    std::uint32_t edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;  // pusha
    std::uint32_t vector, error;                                  // the stub
    std::uint32_t eip, cs, eflags;                                // the processor
    std::uint32_t esp, ss;                                        // the processor, only where user code was running

    [[nodiscard]] bool from_user() const { return (cs & 3) == 3; }
};
static_assert(sizeof(TrapFrame) == 60);

/// The task state segment: Intel SDM vol. 3A, 8.2.1.
struct TaskState {
    std::uint32_t previous, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
    std::uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt;
    std::uint16_t trap, io_map;
};
static_assert(sizeof(TaskState) == 104);

/// The task all processes run in. The processor takes the kernel stack for traps of user code from it, and leaves the
/// registers in it when a double fault switches to the other task.
extern TaskState main_task;

/// Fills the descriptor tables and loads them.
void load_descriptors();

struct Registers {
    std::uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp, eip, eflags;
};
void print_registers(const Registers& registers);

}  // namespace freehold::kernel::machine
