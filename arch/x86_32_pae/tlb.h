// SPDX-License-Identifier: MIT
// TLB operations of one 32-bit x86 processor with PAE: Intel SDM vol. 3A, 4.10.4 and 4.4.1. Loading CR3 drops
// everything but global pages, and reads the four root entries anew, which the processor keeps in registers. A root
// table lies below 4 GiB.
#pragma once

#include <freehold/types.h>

namespace freehold::arch {

class Tlb {
  public:
    explicit Tlb(void*) {}

    void load_root(FrameNumber root) const { asm volatile("mov %0, %%cr3" : : "r"(root.value() << 12) : "memory"); }

    void invalidate_page(VirtAddr address) const { asm volatile("invlpg (%0)" : : "r"(address.value()) : "memory"); }

    void invalidate_user() const {
        std::uint32_t root;
        asm volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root) : : "memory");
    }
};

}  // namespace freehold::arch
