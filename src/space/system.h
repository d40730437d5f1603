// SPDX-License-Identifier: MIT
// System: everything there is, in the caller's memory. See include/freehold/system.h for its layout.
#pragma once

#include <cstdint>
#include <span>

#include <freehold/system.h>

#include "src/frame/frame_pool.h"
#include "src/space/address_space.h"
#include "src/space/ledger.h"

namespace freehold {

struct PortTable;  // src/ipc/port.h: above this layer

struct System {
    void* host = nullptr;
    bool one_processor = false;         ///< that ever loads a space
    const void* kernel_root = nullptr;  ///< whose kernel half each new root table gets
    FramePool pool;
    Ledger ledger;
    Counters counters = {};           ///< under the pool's lock
    FrameNumber zero_frame;           ///< what sealed pages never touched read
    AddressSpace* transit = nullptr;  ///< holds shared areas while they are in flight
    mutable HostLock spaces_lock;     ///< of the table of spaces: for `used`, `alive` and `generation`
    AddressSpace spaces[kSpacesMax];
    AddressSpace* loaded[32] = {};  ///< by processor; each entry belongs to its processor
    PortTable* ports = nullptr;
    std::span<std::uint32_t> audit_scratch;  ///< a word for each frame
    std::uint32_t metadata_bytes = 0;
};

}  // namespace freehold
