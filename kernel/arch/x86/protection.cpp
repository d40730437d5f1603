// SPDX-License-Identifier: MIT
// Switches of the processor that are the same at both widths: Intel SDM vol. 3A, 2.5 and 4.6.
#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kFeatureGlobalPages = 1U << 13;
constexpr Word kCr4GlobalPages = 1U << 7;

}  // namespace

void enable_protections() {
    constexpr Word kCr4NoDescriptorReads = 1U << 11;
    constexpr Word kCr4NoUserExecution = 1U << 20;
    constexpr Word kCr4NoUserAccess = 1U << 21;
    Word cr4 = read_cr4();
    if ((cpu_id(1).edx & kFeatureGlobalPages) != 0) cr4 |= kCr4GlobalPages;
    if (cpu_id(0).eax >= 7) {
        const CpuId id = cpu_id(7);
        if ((id.ebx & 1U << 7) != 0) cr4 |= kCr4NoUserExecution;
        if ((id.ebx & 1U << 20) != 0) cr4 |= kCr4NoUserAccess;
        if ((id.ecx & 1U << 2) != 0) cr4 |= kCr4NoDescriptorReads;
    }
    write_cr4(cr4);
}

void flush_tlb() {
    const Word cr4 = read_cr4();
    write_cr4(cr4 & ~kCr4GlobalPages);  // changing the bit drops global entries
    write_cr4(cr4);
    write_cr3(read_cr3());
}

void wait_for_interrupt() { asm volatile("sti\n hlt\n cli" : : : "memory"); }

// They come after the instruction that follows sti.
void let_interrupts_in() { asm volatile("sti\n nop\n cli" : : : "memory"); }

std::uint64_t cycles() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return std::uint64_t{high} << 32 | low;
}

void exit_emulator(std::uint32_t value) { out32(0xF4, value); }

void halt() {
    while (true) asm volatile("cli\n hlt");
}

}  // namespace freehold::kernel::machine
