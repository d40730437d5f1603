// SPDX-License-Identifier: MIT
// Backtraces for a panic. Trusts nothing: a frame pointer is followed only within a mapped kernel stack
// and only upwards.
#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/console/print.h"
#include "kernel/symbols.h"

extern "C" {
extern const std::byte boot_stack[];
extern const std::byte boot_stack_end[];
}

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kFramesMax = 24;

bool on_kernel_stack(Word address) {
    if (address % sizeof(Word) != 0) return false;
    const auto in_boot_stack = [](Word a) {
        return a >= reinterpret_cast<Word>(boot_stack) && a < reinterpret_cast<Word>(boot_stack_end);
    };
    const auto in_stack_window = [](Word a) { return stack_slot_of(a) != kStackSlots && kernel_stack_page_mapped(a); };
    const Word last = address + sizeof(Word);
    return (in_boot_stack(address) && in_boot_stack(last)) || (in_stack_window(address) && in_stack_window(last));
}

/// @param skip 1 for a return address: the call before it may be its function's last instruction
void print_place(Word address, std::uint32_t skip) {
    print("    ", Hex{address});
    const SymbolPlace place = symbol_at(address - skip);
    if (place.name != nullptr) print("  ", place.name, " + ", place.offset_bytes + skip);
    print('\n');
}

}  // namespace

void print_control_registers() {
    print("  cr0 ", Hex{read_cr0()}, "  cr2 ", Hex{read_cr2()}, "  cr3 ", Hex{read_cr3()}, "  cr4 ", Hex{read_cr4()},
          '\n');
}

void print_backtrace(Word instruction, Word frame_pointer) {
    print("  backtrace:\n");
    print_place(instruction, 0);
    for (std::uint32_t i = 0; i < kFramesMax && on_kernel_stack(frame_pointer); ++i) {
        const auto* const frame = reinterpret_cast<const Word*>(frame_pointer);
        if (frame[1] == 0) return;
        print_place(frame[1], 1);
        if (frame[0] <= frame_pointer) return;
        frame_pointer = frame[0];
    }
}

}  // namespace freehold::kernel::machine
