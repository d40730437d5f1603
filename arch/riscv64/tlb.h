// SPDX-License-Identifier: MIT
// TLB operations of one RISC-V processor: RISC-V privileged specification, 4.1.11 (satp) and 4.2.1 (SFENCE.VMA). With
// an address SFENCE.VMA is for that page's own entry; without, for entries of all levels. Address-space number 0 alone.
#pragma once

#include <freehold/types.h>

namespace freehold::arch {

class Tlb {
  public:
    explicit Tlb(void*) {}

    void load_root(FrameNumber root) const {
        asm volatile("csrw satp, %0; sfence.vma zero, zero" : : "r"(kSv39 | root.value()) : "memory");
    }

    void invalidate_page(VirtAddr address) const {
        asm volatile("sfence.vma %0, zero" : : "r"(address.value()) : "memory");
    }

    void invalidate_user() const { asm volatile("sfence.vma zero, zero" : : : "memory"); }

  private:
    static constexpr std::uint64_t kSv39 = std::uint64_t{8} << 60;  ///< satp.MODE
};

}  // namespace freehold::arch
