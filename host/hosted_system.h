// SPDX-License-Identifier: MIT
// HostedSystem: a machine and a system on it, with user accesses that fault and are answered as in a kernel.
#pragma once

#include <cstddef>
#include <memory>

#include <freehold/freehold.h>

#include "host/host.h"

namespace freehold::host {

class HostedSystem {
  public:
    /// `one_processor` as in SystemOptions: only one is played.
    explicit HostedSystem(std::uint32_t count_frames, bool one_processor = false);

    [[nodiscard]] System& system() { return *system_; }
    [[nodiscard]] Host& host() { return host_; }
    [[nodiscard]] sim::Machine& machine() { return host_.machine(); }

    /// A user access by the processor that this thread plays: through its TLB, with faults answered by the library.
    /// The byte on success, for as long as nobody takes its page away. @error what resolve_fault says
    Result<std::byte*> touch(AddressSpace& space, VirtAddr address, Rights access);

    /// Instructions that read and write an aligned word, whatever other processors do meanwhile.
    /// @error what resolve_fault says
    Result<std::uint32_t> load_word(AddressSpace& space, VirtAddr address);
    Status store_word(AddressSpace& space, VirtAddr address, std::uint32_t value);

  private:
    template <typename Act>
    Status perform(AddressSpace& space, VirtAddr address, Rights access, Act act);

    FrameRange usable_;
    Host host_;
    std::unique_ptr<std::max_align_t[]> memory_;
    System* system_ = nullptr;
};

}  // namespace freehold::host
