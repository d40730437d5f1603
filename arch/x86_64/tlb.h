// SPDX-License-Identifier: MIT
// TLB operations of one x86-64 processor: Intel SDM vol. 3A, 4.10.4. INVLPG also drops the cached upper-level entries;
// loading CR3 drops everything but global pages, which only the kernel has.
#pragma once

#include <freehold/types.h>

namespace freehold::arch {

class Tlb {
  public:
    explicit Tlb(void*) {}

    void load_root(FrameNumber root) const {
        asm volatile("mov %0, %%cr3" : : "r"(std::uint64_t{root.value()} << kPageShift) : "memory");
    }

    void invalidate_page(VirtAddr address) const { asm volatile("invlpg (%0)" : : "r"(address.value()) : "memory"); }

    void invalidate_user() const {
        std::uint64_t root;
        asm volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root) : : "memory");
    }
};

}  // namespace freehold::arch
