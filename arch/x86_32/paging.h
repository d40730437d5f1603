// SPDX-License-Identifier: MIT
// 32-bit x86 paging: two levels of 1024 entries of 32 bits, pages of 4 KiB, large pages of 4 MiB.
//
//   31              12 11 10  9   8  7    6 5 4   3   2 1 0
//   | frame           |  AVL   | G PS/PAT D A PCD PWT U W P |      Intel SDM vol. 3A, 4.3, tables 4-4 to 4-6
//
// An entry with P = 0 is ours but for that bit: all zero is absent, bit 9 says "in transit" (the rest as it was while
// present), bit 10 alone says "guard". There is no execute permission to take away; rights keep it for the books.
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::arch {

struct Paging {
    using Entry = std::uint32_t;

    static constexpr unsigned kLevels = 2;
    static constexpr unsigned kRootLevel = kLevels - 1;

    /// Bits of the address that choose an entry at a level; level 0 is the table of pages.
    static constexpr unsigned index_bits(unsigned) { return 10; }
    static constexpr unsigned shift(unsigned level) { return kPageShift + 10 * level; }
    static constexpr bool has_large_pages(unsigned level) { return level == 1; }

    /// Whether an entry that refers to a table can take rights from all that lies behind it: SDM 4.6.1.
    static constexpr bool table_has_rights(unsigned) { return true; }

    /// Whether a processor may keep in mind that an entry was not present: it does not, SDM 4.10.2.3.
    static constexpr bool kRemembersAbsent = false;

    /// Frames a large page at `level` can address; PSE without PSE-36 reaches 4 GiB.
    static constexpr std::uint64_t kPhysicalEnd = std::uint64_t{1} << 32;

    static constexpr Entry kAbsent = 0;
    static constexpr Entry kGuard = 1U << 10;

    static constexpr bool present(Entry entry) { return (entry & kPresent) != 0; }
    static constexpr bool in_transit(Entry entry) { return (entry & (kTransit | kPresent)) == kTransit; }
    static constexpr bool guard(Entry entry) { return entry == kGuard; }
    static constexpr bool large(Entry entry, unsigned level) { return level > 0 && (entry & kLarge) != 0; }

    static constexpr Entry make_page(FrameNumber frame, Rights rights, unsigned level, bool cached) {
        return (frame.value() << kPageShift) | kPresent | rights_bits(rights) | (level > 0 ? kLarge : 0) |
               (cached ? 0 : kUncached);
    }
    static constexpr Entry make_table(FrameNumber frame, unsigned = 1) {
        return (frame.value() << kPageShift) | kPresent | kWritable | kUser;
    }

    static constexpr FrameNumber frame(Entry entry) { return FrameNumber(entry >> kPageShift); }

    static constexpr bool cached(Entry entry) { return (entry & kUncached) == 0; }

    /// The rights this entry alone allows; a page's are those of all its levels together.
    static constexpr Rights rights(Entry entry) {
        if ((entry & kUser) == 0) return Rights::none;
        return (entry & kWritable) != 0 ? Rights::read | Rights::write | Rights::execute
                                        : Rights::read | Rights::execute;
    }
    static constexpr Entry with_rights(Entry entry, Rights rights) {
        return (entry & ~(kWritable | kUser)) | rights_bits(rights);
    }

    /// What of `rights` this format can enforce.
    static constexpr Rights enforced(Rights rights) {
        return rights == Rights::none ? Rights::none : rights | Rights::execute;
    }

    static constexpr Entry to_transit(Entry entry) { return present(entry) ? (entry & ~kPresent) | kTransit : entry; }
    static constexpr Entry from_transit(Entry entry) {
        return in_transit(entry) ? (entry & ~kTransit) | kPresent : entry;
    }

  private:
    static constexpr Entry kPresent = 1U << 0;
    static constexpr Entry kWritable = 1U << 1;
    static constexpr Entry kUser = 1U << 2;
    static constexpr Entry kUncached = 3U << 3;  ///< PWT and PCD
    static constexpr Entry kLarge = 1U << 7;
    static constexpr Entry kTransit = 1U << 9;

    static constexpr Entry rights_bits(Rights rights) {
        return (has(rights, Rights::write) ? kWritable : 0) | (rights != Rights::none ? kUser : 0);
    }
};

}  // namespace freehold::arch
