// SPDX-License-Identifier: MIT
// TLB operations of the processor this thread plays, handed to the software machine.
#pragma once

#include "arch/sim/machine.h"

#include <freehold/host.h>
#include <freehold/types.h>

namespace freehold::arch {

class Tlb {
  public:
    explicit Tlb(void* host) : host_(host) {}

    void load_root(FrameNumber root) const { machine().load_root(processor(), root); }
    void invalidate_page(VirtAddr address) const { machine().invalidate_page(processor(), address); }
    void invalidate_user() const { machine().invalidate_user(processor()); }

  private:
    [[nodiscard]] sim::Machine& machine() const { return *freehold_sim_machine(host_); }
    [[nodiscard]] std::uint32_t processor() const { return freehold_host_processor(host_); }

    void* host_;
};

}  // namespace freehold::arch
