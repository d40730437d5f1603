// SPDX-License-Identifier: MIT
// Registers for a panic.
#include "kernel/arch/x86/x86.h"
#include "kernel/console/print.h"
#include "trap_frame.h"

namespace freehold::kernel::machine {

void print_registers(const Registers& r) {
    print("  eax ", Hex{r.eax}, "  ebx ", Hex{r.ebx}, "  ecx ", Hex{r.ecx}, "  edx ", Hex{r.edx}, '\n');
    print("  esi ", Hex{r.esi}, "  edi ", Hex{r.edi}, "  ebp ", Hex{r.ebp}, "  esp ", Hex{r.esp}, '\n');
    print("  eip ", Hex{r.eip}, "  flags ", Hex{r.eflags}, '\n');
    print_control_registers();
}

[[gnu::noinline]] void print_state() {
    Registers r{};
    asm volatile("mov %%ebx, %0\n mov %%esi, %1\n mov %%edi, %2" : "=m"(r.ebx), "=m"(r.esi), "=m"(r.edi));
    asm volatile("pushf\n pop %0" : "=r"(r.eflags));
    const auto* const frame = static_cast<const std::uint32_t*>(__builtin_frame_address(0));
    r.ebp = frame[0];
    r.eip = frame[1];
    r.esp = reinterpret_cast<std::uint32_t>(frame + 2);
    print_registers(r);
    print_backtrace(r.eip, r.ebp);
}

}  // namespace freehold::kernel::machine
