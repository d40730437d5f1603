// SPDX-License-Identifier: MIT
// x86-64 paging: four levels of 512 entries of 64 bits, pages of 4 KiB, large pages of 2 MiB and 1 GiB.
//
//   63  62     52 51            12 11 10  9   8  7    6 5 4   3   2 1 0
//   | XD| ignored | frame        |  AVL   | G PS/PAT D A PCD PWT U W P |   Intel SDM vol. 3A, 4.5, tables 4-15 to 4-20
//
// An entry with P = 0 is ours but for that bit: all zero is absent, bit 9 says "in transit" (the rest as it was while
// present), bit 10 alone says "guard". XD is reserved unless IA32_EFER.NXE is set: the kernel sets it before it loads
// any table. And it refuses a processor without pages of 1 GiB (CPUID.80000001H:EDX.Page1GB), if it maps such devices.
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::arch {

struct Paging {
    using Entry = std::uint64_t;

    static constexpr unsigned kLevels = 4;
    static constexpr unsigned kRootLevel = kLevels - 1;

    /// Bits of the address that choose an entry at a level; level 0 is the table of pages.
    static constexpr unsigned index_bits(unsigned) { return 9; }
    static constexpr unsigned shift(unsigned level) { return kPageShift + 9 * level; }
    static constexpr bool has_large_pages(unsigned level) { return level == 1 || level == 2; }

    /// Whether an entry that refers to a table can take rights from all that lies behind it: SDM 4.6.1.
    static constexpr bool table_has_rights(unsigned) { return true; }

    /// Whether a processor may keep in mind that an entry was not present: it does not, SDM 4.10.2.3.
    static constexpr bool kRemembersAbsent = false;

    /// Frame numbers have 32 bits, and the last one names none: a page less than 16 TiB. An entry has room for 4 PiB.
    static constexpr std::uint64_t kPhysicalEnd = std::uint64_t{0xFFFFFFFF} << kPageShift;

    static constexpr Entry kAbsent = 0;
    static constexpr Entry kGuard = Entry{1} << 10;

    static constexpr bool present(Entry entry) { return (entry & kPresent) != 0; }
    static constexpr bool in_transit(Entry entry) { return (entry & (kTransit | kPresent)) == kTransit; }
    static constexpr bool guard(Entry entry) { return entry == kGuard; }
    static constexpr bool large(Entry entry, unsigned level) { return level > 0 && (entry & kLarge) != 0; }

    static constexpr Entry make_page(FrameNumber frame, Rights rights, unsigned level, bool cached) {
        return (Entry{frame.value()} << kPageShift) | kPresent | rights_bits(rights) | (level > 0 ? kLarge : 0) |
               (cached ? 0 : kUncached);
    }
    static constexpr Entry make_table(FrameNumber frame, unsigned = 1) {
        return (Entry{frame.value()} << kPageShift) | kPresent | kWritable | kUser;
    }

    static constexpr FrameNumber frame(Entry entry) {
        return FrameNumber(static_cast<std::uint32_t>((entry & kFrame) >> kPageShift));
    }

    static constexpr bool cached(Entry entry) { return (entry & kUncached) == 0; }

    /// The rights this entry alone allows; a page's are those of all its levels together. Inlined, or who asks for one
    /// right would pay for all.
    [[gnu::always_inline]] static constexpr Rights rights(Entry entry) {
        if ((entry & kUser) == 0) return Rights::none;
        const Rights read = (entry & kNoExecute) != 0 ? Rights::read : Rights::read | Rights::execute;
        return (entry & kWritable) != 0 ? read | Rights::write : read;
    }
    static constexpr Entry with_rights(Entry entry, Rights rights) {
        return (entry & ~(kWritable | kUser | kNoExecute)) | rights_bits(rights);
    }

    /// What of `rights` this format can enforce: all.
    static constexpr Rights enforced(Rights rights) { return rights; }

    static constexpr Entry to_transit(Entry entry) { return present(entry) ? (entry & ~kPresent) | kTransit : entry; }
    static constexpr Entry from_transit(Entry entry) {
        return in_transit(entry) ? (entry & ~kTransit) | kPresent : entry;
    }

  private:
    static constexpr Entry kPresent = Entry{1} << 0;
    static constexpr Entry kWritable = Entry{1} << 1;
    static constexpr Entry kUser = Entry{1} << 2;
    static constexpr Entry kUncached = Entry{3} << 3;  ///< PWT and PCD
    static constexpr Entry kLarge = Entry{1} << 7;
    static constexpr Entry kTransit = Entry{1} << 9;
    static constexpr Entry kFrame = (Entry{1} << 52) - kPageBytes;
    static constexpr Entry kNoExecute = Entry{1} << 63;

    static constexpr Entry rights_bits(Rights rights) {
        return (has(rights, Rights::write) ? kWritable : 0) | (rights != Rights::none ? kUser : 0) |
               (has(rights, Rights::execute) ? 0 : kNoExecute);
    }
};

}  // namespace freehold::arch
