// SPDX-License-Identifier: MIT
// The software machine's page tables: levels, and entries of a table, as the build says; entries as wide as a word. Its
// bits lie elsewhere than any processor's, so that code which knows a processor's bits fails here.
//
//   31 or 63   12 11    9  8 7 6 5 4 3 2 1 0
//   | frame      | zero | P U L T G X W R V |    V valid, R W X rights, G guard, T in transit, L large, U uncached, P
//   page
//
// Where tables have no rights, R, W and X of an entry that refers to one must be zero, and allow all.
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::arch {

struct Paging {
    using Entry = Word;

    static constexpr unsigned kLevels = kSimLevels;
    static constexpr unsigned kRootLevel = kLevels - 1;
    static constexpr unsigned index_bits(unsigned level) { return level == kRootLevel ? kRootBits : kSimLeafBits; }
    static constexpr unsigned shift(unsigned level) { return kPageShift + kSimLeafBits * level; }
    static constexpr bool has_large_pages(unsigned level) { return level == 1 || level == 2; }
    static constexpr bool table_has_rights(unsigned) { return kSimTableRights; }
    static constexpr bool kRemembersAbsent = false;
    static constexpr std::uint64_t kPhysicalEnd =
        sizeof(Entry) == 4 ? std::uint64_t{1} << 32 : std::uint64_t{0xFFFFFFFF} << kPageShift;

    static constexpr Entry kAbsent = 0;
    static constexpr Entry kGuard = Entry{1} << 4;

    static constexpr bool present(Entry entry) { return (entry & kValid) != 0; }
    static constexpr bool in_transit(Entry entry) { return (entry & (kTransit | kValid)) == kTransit; }
    static constexpr bool guard(Entry entry) { return entry == kGuard; }
    static constexpr bool large(Entry entry, unsigned level) { return level > 0 && (entry & kLarge) != 0; }

    static constexpr Entry make_page(FrameNumber frame, Rights rights, unsigned level, bool cached) {
        return (Entry{frame.value()} << kPageShift) | kValid | rights_bits(rights) | (level > 0 ? kLarge : 0) | kPage |
               (cached ? 0 : kUncached);
    }
    static constexpr Entry make_table(FrameNumber frame, unsigned = 1) {
        return (Entry{frame.value()} << kPageShift) | kValid | (kSimTableRights ? kAllRights : 0);
    }

    static constexpr FrameNumber frame(Entry entry) {
        return FrameNumber(static_cast<std::uint32_t>(entry >> kPageShift));
    }
    static constexpr bool cached(Entry entry) { return (entry & kUncached) == 0; }
    static constexpr Rights rights(Entry entry) {
        return static_cast<Rights>(((has_rights(entry) ? entry : kAllRights) & kAllRights) >> 1);
    }
    static constexpr Entry with_rights(Entry entry, Rights rights) {
        return has_rights(entry) ? (entry & ~kAllRights) | rights_bits(rights) : entry;
    }
    static constexpr Rights enforced(Rights rights) { return rights; }

    static constexpr Entry to_transit(Entry entry) { return present(entry) ? (entry & ~kValid) | kTransit : entry; }
    static constexpr Entry from_transit(Entry entry) {
        return in_transit(entry) ? (entry & ~kTransit) | kValid : entry;
    }

  private:
    static constexpr unsigned kRootBits = kSimLevels == 2 ? 10 : kSimLeafBits;
    static constexpr Entry kValid = Entry{1} << 0;
    static constexpr Entry kAllRights = Entry{7} << 1;
    static constexpr Entry kTransit = Entry{1} << 5;
    static constexpr Entry kLarge = Entry{1} << 6;
    static constexpr Entry kUncached = Entry{1} << 7;
    static constexpr Entry kPage = Entry{1} << 8;

    static constexpr bool has_rights(Entry entry) { return kSimTableRights || (entry & kPage) != 0; }
    static constexpr Entry rights_bits(Rights rights) { return static_cast<Entry>(rights) << 1; }
};

static_assert((kUserEnd - 1) >> Paging::shift(Paging::kRootLevel) < 1U << Paging::index_bits(Paging::kRootLevel),
              "the root table spans user space");

}  // namespace freehold::arch
