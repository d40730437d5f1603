// SPDX-License-Identifier: MIT
// Drives a program's own region table full. Pages side by side with different rights can't be one region, so each costs
// a slot.
#pragma once

#include "user/runtime/calls.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {

class RegionFiller {
  public:
    /// Until the table is full; the status that ended it.
    Status fill() {
        while (count_ < abi::kProcessRegionsMax) {
            abi::AllocateArgs args{};
            args.length_bytes = args.alignment_bytes = kPageBytes;
            args.placement = static_cast<std::uint32_t>(Placement::lowest);
            args.rights = static_cast<std::uint32_t>(count_ % 2 == 0 ? Rights::read : kReadWrite);
            const auto base = allocate(args);
            if (!base.ok()) return base.status();
            pages_[count_++] = base.value();
        }
        return Status::ok;
    }

    [[nodiscard]] std::uint32_t count() const { return count_; }

    /// Every second one first: holes all over, and not one slot more.
    void release_all(Checks& checks) {
        for (const std::uint32_t parity : {0U, 1U}) {
            for (std::uint32_t i = parity; i < count_; i += 2) {
                if (!checks.expect(release(pages_[i], kPageBytes), Status::ok, "releasing a page")) return;
            }
        }
        count_ = 0;
    }

  private:
    static inline Word pages_[abi::kProcessRegionsMax];  // too large for a stack
    std::uint32_t count_ = 0;
};

}  // namespace freehold::user
