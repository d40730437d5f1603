// SPDX-License-Identifier: MIT
// Registers and backtraces for a panic. Trusts nothing: a frame pointer is followed only within a mapped kernel stack
// and only upwards.
#include <kernel_machine.h>

#include "io.h"
#include "kernel/console/print.h"
#include "kernel/symbols.h"
#include "trap_frame.h"

extern "C" {
extern const std::byte boot_stack[];
extern const std::byte boot_stack_end[];
extern const std::uint32_t kernel_stack_table[1024];
}

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kFramesMax = 24;

bool on_kernel_stack(std::uint32_t address) {
    if (address % sizeof(Word) != 0) return false;
    const auto in_boot_stack = [](std::uint32_t a) {
        return a >= reinterpret_cast<std::uint32_t>(boot_stack) && a < reinterpret_cast<std::uint32_t>(boot_stack_end);
    };
    const auto in_stack_window = [](std::uint32_t a) {
        return stack_slot_of(a) != kStackSlots && (kernel_stack_table[(a - kStackWindowBase) >> kPageShift] & 1) != 0;
    };
    const std::uint32_t last = address + sizeof(Word);
    return (in_boot_stack(address) && in_boot_stack(last)) || (in_stack_window(address) && in_stack_window(last));
}

/// @param skip 1 for a return address: the call before it may be its function's last instruction
void print_place(std::uint32_t address, std::uint32_t skip) {
    print("    ", Hex{address});
    const SymbolPlace place = symbol_at(address - skip);
    if (place.name != nullptr) print("  ", place.name, " + ", place.offset_bytes + skip);
    print('\n');
}

}  // namespace

void print_registers(const Registers& r) {
    print("  eax ", Hex{r.eax}, "  ebx ", Hex{r.ebx}, "  ecx ", Hex{r.ecx}, "  edx ", Hex{r.edx}, '\n');
    print("  esi ", Hex{r.esi}, "  edi ", Hex{r.edi}, "  ebp ", Hex{r.ebp}, "  esp ", Hex{r.esp}, '\n');
    print("  eip ", Hex{r.eip}, "  flags ", Hex{r.eflags}, '\n');
    print("  cr0 ", Hex{read_cr0()}, "  cr2 ", Hex{read_cr2()}, "  cr3 ", Hex{read_cr3()}, "  cr4 ", Hex{read_cr4()},
          '\n');
}

void print_backtrace(std::uint32_t instruction, std::uint32_t frame_pointer) {
    print("  backtrace:\n");
    print_place(instruction, 0);
    for (std::uint32_t i = 0; i < kFramesMax && on_kernel_stack(frame_pointer); ++i) {
        const auto* const frame = reinterpret_cast<const std::uint32_t*>(frame_pointer);
        if (frame[1] == 0) return;
        print_place(frame[1], 1);
        if (frame[0] <= frame_pointer) return;
        frame_pointer = frame[0];
    }
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
