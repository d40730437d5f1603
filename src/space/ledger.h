// SPDX-License-Identifier: MIT
// Ledger: the last operations that changed who owns what, in a ring.
#pragma once

#include <algorithm>
#include <span>

#include <freehold/host.h>
#include <freehold/system.h>

#include "src/base/lock.h"

namespace freehold {

class Ledger {
  public:
    void init(void* host) { host_ = host; }

    void record(LedgerEntry entry) {
        const LockGuard guard(host_, lock_);
        entry.sequence = ++sequence_;
        entry.timestamp = freehold_host_timestamp(host_);
        entries_[sequence_ & kMask] = entry;
    }

    /// Entries above `after` that are still kept, oldest first.
    std::uint32_t read(std::uint64_t after, std::span<LedgerEntry> out) {
        const LockGuard guard(host_, lock_);
        const std::uint64_t oldest = sequence_ - std::min<std::uint64_t>(sequence_, kLedgerEntries);
        std::uint64_t next = std::max(after, oldest) + 1;
        std::uint32_t written = 0;
        while (next <= sequence_ && written < out.size()) out[written++] = entries_[next++ & kMask];
        return written;
    }

  private:
    static constexpr std::uint64_t kMask = kLedgerEntries - 1;
    void* host_ = nullptr;
    HostLock lock_;
    std::uint64_t sequence_ = 0;
    LedgerEntry entries_[kLedgerEntries] = {};
};

}  // namespace freehold
