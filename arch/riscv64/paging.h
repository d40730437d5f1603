// SPDX-License-Identifier: MIT
// RISC-V Sv39 paging: three levels of 512 entries of 64 bits, pages of 4 KiB, large pages of 2 MiB and 1 GiB.
//
//   63  62 61 60      54 53                10  9 8  7 6 5 4 3 2 1 0
//   N | PBMT | reserved | frame               | RSW | D A G U X W R V |     RISC-V privileged specification, 4.3.1, 4.4
//
// R = W = X = 0 in an entry with V = 1 means a table, whose D, A and U are reserved and zero. So a table's entry can't
// take rights away, and a page without any right is one of the supervisor's: U = 0. W needs R. Processors may leave A
// and D to software, by a page fault; we set both at once, for we look at neither.
//
// An entry with V = 0 is ours but for that bit: all zero is absent, bit 9 says "in transit" (the rest as it was while
// present), bit 8 alone says "guard". With V = 1 bit 8 notes memory that is not to be cached, which this format can't
// express: the platform's physical memory attributes decide.
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::arch {

struct Paging {
    using Entry = std::uint64_t;

    static constexpr unsigned kLevels = 3;
    static constexpr unsigned kRootLevel = kLevels - 1;

    /// Bits of the address that choose an entry at a level; level 0 is the table of pages.
    static constexpr unsigned index_bits(unsigned) { return 9; }
    static constexpr unsigned shift(unsigned level) { return kPageShift + 9 * level; }
    static constexpr bool has_large_pages(unsigned level) { return level == 1 || level == 2; }

    /// Whether an entry that refers to a table can take rights from all that lies behind it.
    static constexpr bool table_has_rights(unsigned) { return false; }

    /// Whether a processor may keep in mind that an entry was not valid: yes, until it is told otherwise (4.2.1).
    static constexpr bool kRemembersAbsent = true;

    /// Frame numbers have 32 bits, and the last one names none: a page less than 16 TiB. An entry has room for 64 PiB.
    static constexpr std::uint64_t kPhysicalEnd = std::uint64_t{0xFFFFFFFF} << kPageShift;

    static constexpr Entry kAbsent = 0;
    static constexpr Entry kGuard = Entry{1} << 8;

    static constexpr bool present(Entry entry) { return (entry & kValid) != 0; }
    static constexpr bool in_transit(Entry entry) { return (entry & (kTransit | kValid)) == kTransit; }
    static constexpr bool guard(Entry entry) { return entry == kGuard; }
    static constexpr bool large(Entry entry, unsigned level) { return level > 0 && leaf(entry); }

    static constexpr Entry make_page(FrameNumber frame, Rights rights, unsigned, bool cached) {
        return (Entry{frame.value()} << kFrameShift) | kValid | kAccessed | kDirty | rights_bits(rights) |
               (cached ? 0 : kUncached);
    }
    static constexpr Entry make_table(FrameNumber frame, unsigned = 1) {
        return (Entry{frame.value()} << kFrameShift) | kValid;
    }

    static constexpr FrameNumber frame(Entry entry) {
        return FrameNumber(static_cast<std::uint32_t>((entry & kFrame) >> kFrameShift));
    }

    static constexpr bool cached(Entry entry) { return (entry & kUncached) == 0; }

    /// The rights this entry alone allows; a page's are those of all its levels together.
    static constexpr Rights rights(Entry entry) {
        if (!leaf(entry)) return Rights::read | Rights::write | Rights::execute;
        if ((entry & kUser) == 0) return Rights::none;
        return static_cast<Rights>((entry & kReadWriteExecute) >> kRightsShift);
    }
    /// @pre not a table's entry, or `rights` are all
    static constexpr Entry with_rights(Entry entry, Rights rights) {
        return leaf(entry) ? (entry & ~(kReadWriteExecute | kUser)) | rights_bits(rights) : entry;
    }

    /// What of `rights` this format can enforce: all.
    static constexpr Rights enforced(Rights rights) { return rights; }

    static constexpr Entry to_transit(Entry entry) { return present(entry) ? (entry & ~kValid) | kTransit : entry; }
    static constexpr Entry from_transit(Entry entry) {
        return in_transit(entry) ? (entry & ~kTransit) | kValid : entry;
    }

  private:
    static constexpr Entry kValid = Entry{1} << 0;
    static constexpr unsigned kRightsShift = 1;
    static constexpr Entry kRead = Entry{1} << 1;
    static constexpr Entry kReadWriteExecute = Entry{7} << kRightsShift;
    static constexpr Entry kUser = Entry{1} << 4;
    static constexpr Entry kAccessed = Entry{1} << 6;
    static constexpr Entry kDirty = Entry{1} << 7;
    static constexpr Entry kUncached = Entry{1} << 8;
    static constexpr Entry kTransit = Entry{1} << 9;
    static constexpr unsigned kFrameShift = 10;
    static constexpr Entry kFrame = ((Entry{1} << 44) - 1) << kFrameShift;

    static constexpr bool leaf(Entry entry) { return (entry & kReadWriteExecute) != 0; }

    /// The numbers of Rights are R, W and X of an entry, in this order.
    static_assert(Rights::read == Rights{1} && Rights::write == Rights{2} && Rights::execute == Rights{4});
    static constexpr Entry rights_bits(Rights rights) {
        return rights == Rights::none ? kRead : (static_cast<Entry>(rights) << kRightsShift) | kUser;
    }
};

}  // namespace freehold::arch
