// SPDX-License-Identifier: MIT
// Segments, the task, gates, and the entry of system calls: Intel SDM vol. 3A, chapters 3.4.5, 5.8.8, 6.14 and 8.7.
//
// Traps that may come while no stack can be trusted have stacks of their own: a double fault, because a fault on a full
// kernel stack can't be handled on that stack; and what can come between two instructions of traps.S.
#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "trap_frame.h"

extern "C" {
extern const std::uint64_t trap_stubs[48];
void trap_system_call();
}

namespace freehold::kernel::machine {

constinit TaskState kernel_task{};

namespace {

constexpr std::uint32_t kVectors = 256;
constexpr std::uint32_t kVectorDebug = 1;
constexpr std::uint32_t kOwnStackBytes = 8192;

/// In the order of their stacks, which count from 1.
constexpr std::uint32_t kWithOwnStack[] = {kVectorDoubleFault, kVectorNonMaskable, kVectorMachineCheck, kVectorDebug};
constexpr std::uint32_t kOwnStacks = sizeof(kWithOwnStack) / sizeof(kWithOwnStack[0]);
alignas(16) constinit std::byte own_stacks[kOwnStacks][kOwnStackBytes]{};

constexpr std::uint64_t kKernelCode = 0x00AF'9A00'0000'FFFF;
constexpr std::uint64_t kKernelData = 0x00CF'9200'0000'FFFF;
constexpr std::uint64_t kUserData = 0x00CF'F200'0000'FFFF;
constexpr std::uint64_t kUserCode = 0x00AF'FA00'0000'FFFF;

alignas(8) constinit std::uint64_t descriptor_table[] = {0, kKernelCode, kKernelData, kUserData, kUserCode, 0, 0};

struct Gate {
    std::uint64_t low, high;
};
alignas(16) constinit Gate gate_table[kVectors]{};

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};

constexpr std::uint32_t kMsrExtendedFeatures = 0xC000'0080;
constexpr std::uint32_t kMsrCallSelectors = 0xC000'0081;
constexpr std::uint32_t kMsrCallEntry = 0xC000'0082;
constexpr std::uint32_t kMsrCallFlagMask = 0xC000'0084;
constexpr std::uint64_t kSystemCalls = 1;

/// What a system call starts without: TF, IF, DF, IOPL, NT, RF, AC.
constexpr std::uint64_t kFlagsOff = 0x5'7700;

template <typename T>
Word address_of(T* object) {
    return reinterpret_cast<Word>(object);
}

/// An interrupt gate: interrupts are off from the first instruction on.
constexpr Gate interrupt_gate(std::uint64_t entry, std::uint64_t own_stack) {
    constexpr std::uint64_t kPresentInterruptGate = 0x8E;
    return {(entry & 0xFFFF) | std::uint64_t{kSelectorKernelCode} << 16 | own_stack << 32 |
                kPresentInterruptGate << 40 | (entry >> 16 & 0xFFFF) << 48,
            entry >> 32};
}

void fill_task() {
    constexpr std::uint64_t kAvailableTask = 0x89;
    for (std::uint32_t i = 0; i < kOwnStacks; ++i) kernel_task.stacks[i] = address_of(own_stacks[i] + kOwnStackBytes);
    kernel_task.io_map = sizeof(TaskState);  // beyond the limit: no port is user code's
    const Word base = address_of(&kernel_task);
    descriptor_table[kSelectorTask / 8] =
        (sizeof(TaskState) - 1) | (base & 0xFF'FFFF) << 16 | kAvailableTask << 40 | (base >> 24 & 0xFF) << 56;
    descriptor_table[kSelectorTask / 8 + 1] = base >> 32;
}

void fill_gates() {
    for (std::uint32_t vector = 0; vector < 48; ++vector) gate_table[vector] = interrupt_gate(trap_stubs[vector], 0);
    for (std::uint32_t i = 0; i < kOwnStacks; ++i) {
        gate_table[kWithOwnStack[i]] = interrupt_gate(trap_stubs[kWithOwnStack[i]], i + 1);
    }
}

void accept_system_calls() {
    static_assert(kSelectorKernelData == kSelectorKernelCode + 8);
    static_assert(kSelectorUserData == ((kSelectorKernelData + 8) | 3) &&
                  kSelectorUserCode == ((kSelectorKernelData + 16) | 3));
    write_msr(kMsrCallSelectors, std::uint64_t{kSelectorKernelCode} << 32 | std::uint64_t{kSelectorKernelData} << 48);
    write_msr(kMsrCallEntry, address_of(&trap_system_call));
    write_msr(kMsrCallFlagMask, kFlagsOff);
    write_msr(kMsrExtendedFeatures, read_msr(kMsrExtendedFeatures) | kSystemCalls);
}

}  // namespace

/// A processor begins with a local descriptor table at address 0, where a program could make one. From here on there is
/// none.
void load_descriptors() {
    fill_task();
    fill_gates();
    const TablePointer descriptors{sizeof(descriptor_table) - 1, address_of(descriptor_table)};
    const TablePointer gates{sizeof(gate_table) - 1, address_of(gate_table)};
    asm volatile(
        "lgdt %0\n"
        "mov %3, %%ds\n"
        "mov %3, %%es\n"
        "mov %3, %%ss\n"
        "mov %4, %%fs\n"
        "mov %4, %%gs\n"
        "lidt %1\n"
        "ltr %w2\n"
        "lldt %w4\n"
        :
        : "m"(descriptors), "m"(gates), "r"(std::uint32_t{kSelectorTask}), "r"(std::uint32_t{kSelectorKernelData}),
          "r"(0)
        : "memory");
    accept_system_calls();
}

}  // namespace freehold::kernel::machine
