// SPDX-License-Identifier: MIT
// Registers and backtraces for a panic. Trusts nothing: a frame pointer is followed only within a mapped kernel stack
// and only upwards.
//
// A frame pointer points above what its function saved: the return address at -8, the caller's frame pointer at -16. A
// function that calls none may have saved the frame pointer alone, at -8.
#include "kernel/console/print.h"
#include "kernel/symbols.h"
#include "registers.h"
#include "trap_frame.h"

extern "C" {
extern const std::byte boot_stack[];
extern const std::byte boot_stack_end[];
extern const freehold::Word kernel_stack_table[1024];
}

namespace freehold::kernel::machine {
namespace {

constexpr std::uint32_t kFramesMax = 24;

/// Whether the two words below the address lie on a stack.
bool on_kernel_stack(Word address) {
    if (address % sizeof(Word) != 0) return false;
    const Word first = address - 2 * sizeof(Word);
    if (first >= reinterpret_cast<Word>(boot_stack) && address <= reinterpret_cast<Word>(boot_stack_end)) return true;
    const auto mapped = [](Word a) {
        return stack_slot_of(a) != kStackSlots && (kernel_stack_table[(a - kStackWindowBase) >> kPageShift] & 1) != 0;
    };
    return mapped(first) && mapped(address - 1);
}

/// @param skip 1 for a return address: the call before it may be its function's last instruction
void print_place(Word address, std::uint32_t skip) {
    print("    ", Hex{address});
    const SymbolPlace place = symbol_at(address - skip);
    if (place.name != nullptr) print("  ", place.name, " + ", place.offset_bytes + skip);
    print('\n');
}

}  // namespace

void print_registers(const TrapFrame& r) {
    print("  ra ", Hex{r.ra}, "  sp ", Hex{r.sp}, "  gp ", Hex{r.gp}, "  tp ", Hex{r.tp}, '\n');
    print("  a0 ", Hex{r.a[0]}, "  a1 ", Hex{r.a[1]}, "  a2 ", Hex{r.a[2]}, "  a3 ", Hex{r.a[3]}, '\n');
    print("  a4 ", Hex{r.a[4]}, "  a5 ", Hex{r.a[5]}, "  a6 ", Hex{r.a[6]}, "  a7 ", Hex{r.a[7]}, '\n');
    print("  s0 ", Hex{r.s0}, "  s1 ", Hex{r.s1}, "  s2 ", Hex{r.s2}, "  s3 ", Hex{r.s3}, '\n');
    print("  s4 ", Hex{r.s4}, "  s5 ", Hex{r.s5}, "  s6 ", Hex{r.s6}, "  s7 ", Hex{r.s7}, '\n');
    print("  s8 ", Hex{r.s8}, "  s9 ", Hex{r.s9}, "  s10 ", Hex{r.s10}, "  s11 ", Hex{r.s11}, '\n');
    print("  t0 ", Hex{r.t0}, "  t1 ", Hex{r.t1}, "  t2 ", Hex{r.t2}, "  t3 ", Hex{r.t3}, '\n');
    print("  pc ", Hex{r.pc}, "  sstatus ", Hex{read_csr<kSstatus>()}, "  scause ", Hex{read_csr<kScause>()},
          "  stval ", Hex{read_csr<kStval>()}, "  satp ", Hex{read_csr<kSatp>()}, '\n');
}

void print_backtrace(const TrapFrame& frame) {
    print("  backtrace:\n");
    print_place(frame.pc, 0);
    Word pointer = frame.s0;
    for (std::uint32_t i = 0; i < kFramesMax && on_kernel_stack(pointer); ++i) {
        const auto* const above = reinterpret_cast<const Word*>(pointer);
        const bool leaf = i == 0 && on_kernel_stack(above[-1]);
        const Word return_address = leaf ? frame.ra : above[-1];
        if (return_address == 0) return;
        print_place(return_address, 1);
        const Word caller = leaf ? above[-1] : above[-2];
        if (caller <= pointer) return;
        pointer = caller;
    }
}

[[gnu::noinline]] void print_state() {
    TrapFrame r{};
    asm volatile("sd s1, %0\n sd s2, %1\n sd s3, %2\n sd s4, %3\n sd s5, %4"
                 : "=m"(r.s1), "=m"(r.s2), "=m"(r.s3), "=m"(r.s4), "=m"(r.s5));
    asm volatile("sd s6, %0\n sd s7, %1\n sd s8, %2\n sd s9, %3\n sd s10, %4\n sd s11, %5"
                 : "=m"(r.s6), "=m"(r.s7), "=m"(r.s8), "=m"(r.s9), "=m"(r.s10), "=m"(r.s11));
    const auto* const above = static_cast<const Word*>(__builtin_frame_address(0));
    r.ra = r.pc = above[-1];
    r.s0 = above[-2];
    r.sp = reinterpret_cast<Word>(above);
    print_registers(r);
    print_backtrace(r);
}

}  // namespace freehold::kernel::machine
