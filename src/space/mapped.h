// SPDX-License-Identifier: MIT
// The shortest way to a user's bytes: two entries are read, and nothing is said about why it may fail. Most copies are
// of one page that is there; all others take the long way, which knows the reason (copy.cpp).
#pragma once

#include <cstddef>

#include <paging.h>
#include "src/space/system.h"

namespace freehold {

/// The frame of the page at `address`, found from a table of that level on, if all its entries allow `access`.
/// @pre the space's lock and the pool's are held
template <unsigned kLevel = arch::Paging::kLevels - 1>
[[gnu::always_inline]] inline bool find_frame_locked(const FramePool& pool, FrameNumber table, VirtAddr address,
                                                     Rights access, FrameNumber& found) {
    using Format = arch::Paging;
    const auto* const entries = static_cast<const Format::Entry*>(pool.pointer(table));
    const Word index = address.value() >> Format::shift(kLevel) & ((Word{1} << Format::index_bits(kLevel)) - 1);
    const Format::Entry entry = entries[index];
    if (!Format::present(entry) || !has(Format::rights(entry), access)) return false;
    found = Format::frame(entry);
    if constexpr (kLevel > 0) {
        if (Format::large(entry, kLevel)) return false;  // a device's
        return find_frame_locked<kLevel - 1>(pool, found, address, access, found);
    }
    return true;
}

/// The bytes at `address`, if `length_bytes` from there on lie in one page, and the tables alone say that it is there,
/// the pool's, and allows `access`; else nullptr. The tables never allow more than the regions do (docs/invariants.md).
/// They stay where they are while the space's lock is held; those of a kept area as long as it is there.
/// @pre the space's lock is held
[[gnu::always_inline]] inline std::byte* mapped_bytes_locked(const AddressSpace& space, VirtAddr address,
                                                             Word length_bytes, Rights access) {
    const Word offset = address.value() % kPageBytes;
    if (length_bytes > kPageBytes - offset || address >= kUserEnd) return nullptr;
    FramePool& pool = space.system->pool;
    const auto guard = pool.lock();
    FrameNumber frame;
    if (!find_frame_locked(pool, space.root, address, access, frame) || !pool.contains(frame)) return nullptr;
    return static_cast<std::byte*>(pool.pointer(frame)) + offset;
}

}  // namespace freehold
