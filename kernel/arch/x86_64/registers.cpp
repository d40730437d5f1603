// SPDX-License-Identifier: MIT
// Registers for a panic.
#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/console/print.h"
#include "trap_frame.h"

namespace freehold::kernel::machine {

void print_registers(const TrapFrame& r) {
    const auto& [rdi, rsi, rdx, r10, r8] = r.call;
    print("  rax ", Hex{r.rax}, "  rbx ", Hex{r.rbx}, "  rcx ", Hex{r.rcx}, "  rdx ", Hex{rdx}, '\n');
    print("  rsi ", Hex{rsi}, "  rdi ", Hex{rdi}, "  rbp ", Hex{r.rbp}, "  rsp ", Hex{r.rsp}, '\n');
    print("  r8  ", Hex{r8}, "  r9  ", Hex{r.r9}, "  r10 ", Hex{r10}, "  r11 ", Hex{r.r11}, '\n');
    print("  r12 ", Hex{r.r12}, "  r13 ", Hex{r.r13}, "  r14 ", Hex{r.r14}, "  r15 ", Hex{r.r15}, '\n');
    print("  rip ", Hex{r.rip}, "  flags ", Hex{r.rflags}, '\n');
    print_control_registers();
}

[[gnu::noinline]] void print_state() {
    TrapFrame r{};
    asm volatile("mov %%rbx, %0\n mov %%r12, %1\n mov %%r13, %2\n mov %%r14, %3\n mov %%r15, %4"
                 : "=m"(r.rbx), "=m"(r.r12), "=m"(r.r13), "=m"(r.r14), "=m"(r.r15));
    asm volatile("pushf\n pop %0" : "=r"(r.rflags));
    const auto* const frame = static_cast<const Word*>(__builtin_frame_address(0));
    r.rbp = frame[0];
    r.rip = frame[1];
    r.rsp = reinterpret_cast<Word>(frame + 2);
    print_registers(r);
    print_backtrace(r.rip, r.rbp);
}

}  // namespace freehold::kernel::machine
