// SPDX-License-Identifier: MIT
// Segments, tasks and gates: Intel SDM vol. 3A, chapters 3.4.5, 6.11 and 8.2.
//
// All processes run in one task; the second exists for the double fault alone, because a fault on a full kernel stack
// can't be handled on that stack.
#include <kernel_machine.h>

#include "trap_frame.h"

extern "C" {
extern const std::uint32_t trap_stubs[48];
void trap_system_call();
void double_fault_entry();
}

namespace freehold::kernel::machine {

constinit TaskState main_task{};

namespace {

constexpr std::uint32_t kVectors = 256;
constexpr std::uint32_t kVectorDoubleFault = 8;
constexpr std::uint32_t kVectorSystemCall = 0x80;
constexpr std::uint32_t kDoubleFaultStackBytes = 8192;

constinit TaskState double_fault_task{};
alignas(16) constinit std::byte double_fault_stack[kDoubleFaultStackBytes]{};

constexpr std::uint64_t kFlatKernelCode = 0x00CF'9A00'0000'FFFF;
constexpr std::uint64_t kFlatKernelData = 0x00CF'9200'0000'FFFF;
constexpr std::uint64_t kFlatUserCode = 0x00CF'FA00'0000'FFFF;
constexpr std::uint64_t kFlatUserData = 0x00CF'F200'0000'FFFF;

alignas(8) constinit std::uint64_t descriptor_table[] = {
    0, kFlatKernelCode, kFlatKernelData, kFlatUserCode, kFlatUserData, 0, 0};
alignas(8) constinit std::uint64_t gate_table[kVectors]{};

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint32_t base;
};

template <typename T>
std::uint32_t address_of(T* object) {
    return reinterpret_cast<std::uint32_t>(object);
}

constexpr std::uint64_t task_descriptor(std::uint32_t base) {
    constexpr std::uint64_t kAvailableTask = 0x89;
    return (sizeof(TaskState) - 1) | std::uint64_t{base & 0xFFFFFF} << 16 | kAvailableTask << 40 |
           std::uint64_t{base >> 24} << 56;
}

/// An interrupt gate: interrupts are off from the first instruction on.
constexpr std::uint64_t interrupt_gate(std::uint32_t entry, std::uint64_t lowest_privilege) {
    return (entry & 0xFFFF) | std::uint64_t{kSelectorKernelCode} << 16 | (0x8E | lowest_privilege << 5) << 40 |
           std::uint64_t{entry >> 16} << 48;
}

constexpr std::uint64_t task_gate(std::uint16_t task) { return std::uint64_t{task} << 16 | std::uint64_t{0x85} << 40; }

void fill_tasks() {
    main_task.ss0 = kSelectorKernelData;
    main_task.io_map = sizeof(TaskState);  // beyond the limit: no port is user code's
    double_fault_task.io_map = sizeof(TaskState);
    double_fault_task.cr3 = kernel_root_frame().value() << kPageShift;
    double_fault_task.eip = address_of(&double_fault_entry);
    double_fault_task.eflags = 2;
    double_fault_task.esp = address_of(double_fault_stack + kDoubleFaultStackBytes);
    double_fault_task.cs = kSelectorKernelCode;
    double_fault_task.ss = double_fault_task.ds = double_fault_task.es = kSelectorKernelData;
    descriptor_table[kSelectorTask / 8] = task_descriptor(address_of(&main_task));
    descriptor_table[kSelectorDoubleFaultTask / 8] = task_descriptor(address_of(&double_fault_task));
}

void fill_gates() {
    for (std::uint32_t vector = 0; vector < 48; ++vector) gate_table[vector] = interrupt_gate(trap_stubs[vector], 0);
    gate_table[kVectorDoubleFault] = task_gate(kSelectorDoubleFaultTask);
    gate_table[kVectorSystemCall] = interrupt_gate(address_of(&trap_system_call), 3);
}

}  // namespace

/// A processor begins with a local descriptor table at address 0, where a program could make one. From here on there is
/// none. Data segments are the users' from the beginning, as traps.S says: the way to the first process would make null
/// of the kernel's.
void load_descriptors() {
    fill_tasks();
    fill_gates();
    const TablePointer descriptors{sizeof(descriptor_table) - 1, address_of(descriptor_table)};
    const TablePointer gates{sizeof(gate_table) - 1, address_of(gate_table)};
    asm volatile(
        "lgdt %0\n"
        "ljmp %2, $1f\n"
        "1: mov %3, %%ss\n"
        "mov %6, %%ds\n"
        "mov %6, %%es\n"
        "mov %4, %%fs\n"
        "mov %4, %%gs\n"
        "lidt %1\n"
        "ltr %w5\n"
        "lldt %w4\n"
        :
        : "m"(descriptors), "m"(gates), "i"(kSelectorKernelCode), "r"(std::uint32_t{kSelectorKernelData}), "r"(0),
          "r"(std::uint32_t{kSelectorTask}), "r"(std::uint32_t{kSelectorUserData})
        : "memory");
}

}  // namespace freehold::kernel::machine
