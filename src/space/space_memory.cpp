// SPDX-License-Identifier: MIT
#include "src/space/space_memory.h"

#include <tlb.h>

#include "src/base/canary.h"

namespace freehold {

void SpaceMemory::invalidate() {
    void* const host = system_->host;
    const std::uint32_t here = 1U << freehold_host_processor(host);
    // Not a mere load, which could overtake the entries written before it: either this sees that a processor has loaded
    // the space, or that processor sees those entries.
    const std::uint32_t loaded = space_->loaded_on.fetch_add(0, std::memory_order_acq_rel);
    const bool all = changed_count_ > kSinglePages;
    if ((loaded & here) != 0 && !lets_in(Canary::skipped_invalidation)) {
        const arch::Tlb tlb(host);
        if (all) {
            tlb.invalidate_user();
            ++system_->counters.full_flushes;
        } else {
            for (std::uint32_t i = 0; i < changed_count_; ++i) tlb.invalidate_page(VirtAddr(changed_[i]));
            system_->counters.invalidations += changed_count_;
        }
    }
    if ((loaded & ~here) != 0 && !lets_in(Canary::skipped_shootdown)) {
        ++system_->counters.shootdowns;
        const bool one = changed_count_ == 1;
        freehold_host_shootdown(host, loaded & ~here, one ? changed_[0] : 0, one ? kPageBytes : 0);
    }
    changed_count_ = 0;
}

}  // namespace freehold
