// SPDX-License-Identifier: MIT
// A lock of the host's, held for a scope.
//
// Order, outermost first: the table of ports, ports by index, spaces by index, the table of spaces, the pool, the
// ledger; docs/invariants.md says what each guards. A function named foo_locked() expects the lock of its object to be
// held.
#pragma once

#include <freehold/host.h>

namespace freehold {

class LockGuard {
  public:
    LockGuard(void* host, HostLock& lock) : host_(host), lock_(&lock) { freehold_host_lock(host_, lock_); }
    ~LockGuard() { freehold_host_unlock(host_, lock_); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

  private:
    void* host_;
    HostLock* lock_;
};

}  // namespace freehold
