// SPDX-License-Identifier: MIT
// The software machine's page tables: two levels, entries of 32 bits, last-level tables of 2^kSimLeafBits entries. Its
// bits lie elsewhere than any processor's, so that code which knows a processor's bits fails here.
//
//   31        12 11      8  7 6 5 4 3 2 1 0
//   | frame      |  zero  | U L T G X W R V |    V valid, R W X rights, G guard, T in transit, L large page, U uncached
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::arch {

struct Paging {
    using Entry = std::uint32_t;

    static constexpr unsigned kLevels = 2;
    static constexpr unsigned kRootLevel = kLevels - 1;
    static constexpr unsigned index_bits(unsigned level) { return level == 0 ? kSimLeafBits : kRootBits; }
    static constexpr unsigned shift(unsigned level) { return kPageShift + kSimLeafBits * level; }
    static constexpr bool has_large_pages(unsigned level) { return level == 1; }
    static constexpr std::uint64_t kPhysicalEnd = std::uint64_t{1} << 32;

    static constexpr Entry kAbsent = 0;
    static constexpr Entry kGuard = 1U << 4;

    static constexpr bool present(Entry entry) { return (entry & kValid) != 0; }
    static constexpr bool in_transit(Entry entry) { return (entry & (kTransit | kValid)) == kTransit; }
    static constexpr bool guard(Entry entry) { return entry == kGuard; }
    static constexpr bool large(Entry entry, unsigned level) { return level > 0 && (entry & kLarge) != 0; }

    static constexpr Entry make_page(FrameNumber frame, Rights rights, unsigned level, bool cached) {
        return (frame.value() << kPageShift) | kValid | rights_bits(rights) | (level > 0 ? kLarge : 0) |
               (cached ? 0 : kUncached);
    }
    static constexpr Entry make_table(FrameNumber frame) { return (frame.value() << kPageShift) | kValid | kAllRights; }

    static constexpr FrameNumber frame(Entry entry) { return FrameNumber(entry >> kPageShift); }
    static constexpr bool cached(Entry entry) { return (entry & kUncached) == 0; }
    static constexpr Rights rights(Entry entry) { return static_cast<Rights>((entry & kAllRights) >> 1); }
    static constexpr Entry with_rights(Entry entry, Rights rights) {
        return (entry & ~kAllRights) | rights_bits(rights);
    }
    static constexpr Rights enforced(Rights rights) { return rights; }

    static constexpr Entry to_transit(Entry entry) { return present(entry) ? (entry & ~kValid) | kTransit : entry; }
    static constexpr Entry from_transit(Entry entry) {
        return in_transit(entry) ? (entry & ~kTransit) | kValid : entry;
    }

  private:
    static constexpr unsigned kRootBits = 32 - kPageShift - kSimLeafBits < 10 ? 32 - kPageShift - kSimLeafBits : 10;
    static constexpr Entry kValid = 1U << 0;
    static constexpr Entry kAllRights = 7U << 1;
    static constexpr Entry kTransit = 1U << 5;
    static constexpr Entry kLarge = 1U << 6;
    static constexpr Entry kUncached = 1U << 7;

    static constexpr Entry rights_bits(Rights rights) { return static_cast<Entry>(rights) << 1; }
};

static_assert(kUserEnd - 1 < std::uint64_t{1} << (Paging::shift(1) + Paging::index_bits(1)),
              "the root table spans user space");

}  // namespace freehold::arch
