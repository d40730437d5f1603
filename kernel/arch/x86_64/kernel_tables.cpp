// SPDX-License-Identifier: MIT
// The kernel's half of each space: Intel SDM vol. 3A, 4.5. boot.S has made the tables, and for the window's first 4
// GiB; more of them come from map_window().
//
//   root ─▶ [256 ...] window ─▶ a table for each 512 GiB ─▶ a table for each GiB ─▶ large pages
//        └▶ [511] ─▶ image ─▶ pages      └▶ kernel stacks ─▶ pages
#include "kernel/arch/x86_64/kernel_tables.h"

#include <algorithm>
#include <cstring>

#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/checked/checked.h"
#include "kernel/traps.h"

extern "C" {
extern std::uint64_t kernel_root_table[512];
extern std::uint64_t kernel_image_tables[];
extern std::uint64_t kernel_stack_table[1024];
extern std::uint64_t kernel_window_tables[2048];
extern const std::byte kernel_image_start[];
extern const std::byte kernel_image_end[];
extern const std::byte kernel_constants_start[];
extern const std::byte kernel_variables_start[];
}

namespace freehold::kernel::machine {
namespace {

constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kWritable = 2;
constexpr std::uint64_t kUser = 4;
constexpr std::uint64_t kLarge = 0x80;
constexpr std::uint64_t kGlobal = 0x100;
constexpr std::uint64_t kNoExecute = std::uint64_t{1} << 63;
constexpr std::uint64_t kTable = kPresent | kWritable;
constexpr std::uint64_t kAddress = (std::uint64_t{1} << 52) - kPageBytes;

constexpr std::uint32_t kEntries = 512;
constexpr std::uint32_t kWindowFirstEntry = 256;  // of the root table
constexpr std::uint32_t kLargePageFrames = 512;
constexpr std::uint32_t kGibibyteFrames = 512 * kLargePageFrames;
constexpr std::uint32_t kBootGibibytes = kBootFrames / kGibibyteFrames;

Word address_of(const void* pointer) { return reinterpret_cast<Word>(pointer); }

std::uint64_t* in_window(std::uint64_t entry) {
    return reinterpret_cast<std::uint64_t*>(kWindowBase + (entry & kAddress));
}

std::uint64_t rights_of_image(Word address) {
    if (address < address_of(kernel_image_start) || address >= address_of(kernel_image_end)) return 0;
    if (address < address_of(kernel_constants_start)) return kPresent | kGlobal;
    if (address < address_of(kernel_variables_start)) return kPresent | kGlobal | kNoExecute;
    return kPresent | kGlobal | kNoExecute | kWritable;
}

/// Calls `part(gibibyte, first, end)` for each part of each range that lies in one GiB: large pages [first, end) there.
template <typename Part>
void for_each_part(std::span<const FrameRange> ranges, Part part) {
    for (const FrameRange range : ranges) {
        const std::uint64_t end = std::uint64_t{range.first.value()} + range.count;
        for (std::uint64_t at = range.first.value(); at < end;) {
            const auto gibibyte = static_cast<std::uint32_t>(at / kGibibyteFrames);
            const std::uint64_t stop = std::min(end, (std::uint64_t{gibibyte} + 1) * kGibibyteFrames);
            const std::uint64_t base = std::uint64_t{gibibyte} * kGibibyteFrames;
            part(gibibyte, static_cast<std::uint32_t>((at - base) / kLargePageFrames),
                 static_cast<std::uint32_t>((stop - base + kLargePageFrames - 1) / kLargePageFrames));
            at = stop;
        }
    }
}

/// Hands out the frames given for tables.
class Tables {
  public:
    explicit Tables(FrameNumber first) : next_(first) {}

    /// The table an entry refers to; a new one if there is none.
    std::uint64_t* below(std::uint64_t& entry) {
        if (entry == 0) {
            entry = (std::uint64_t{next_.value()} << kPageShift) | kTable;
            next_ = next_ + 1;
            std::memset(in_window(entry), 0, kPageBytes);
        }
        return in_window(entry);
    }

  private:
    FrameNumber next_;
};

void fill(std::uint64_t* table, std::uint32_t gibibyte, std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t i = first; i < end; ++i) {
        const std::uint64_t frame = std::uint64_t{gibibyte} * kGibibyteFrames + std::uint64_t{i} * kLargePageFrames;
        table[i] = frame << kPageShift | kPresent | kWritable | kLarge | kGlobal | kNoExecute;
    }
}

/// What a table of a level allows, whatever the way to it allows: all entries there but those for large pages and
/// pages allow everything to the kernel.
template <unsigned kLevel>
Word find_unprotected_below(const std::uint64_t* table, std::uint32_t first, Word base) {
    pause_here();
    for (std::uint32_t i = first; i < kEntries; ++i) {
        const std::uint64_t entry = table[i];
        if ((entry & kPresent) == 0) continue;
        const Word address = base + (Word{i} << (kPageShift + 9 * kLevel));
        const bool is_page = kLevel == 0 || (entry & kLarge) != 0;
        const bool all_rights = is_page && (entry & kWritable) != 0 && (entry & kNoExecute) == 0;
        if (all_rights || (entry & kUser) != 0) return address;
        if constexpr (kLevel > 0) {
            const Word below = is_page ? 0 : find_unprotected_below<kLevel - 1>(in_window(entry), 0, address);
            if (below != 0) return below;
        }
    }
    return 0;
}

void set_stack_page(Word address, std::uint64_t entry) {
    kernel_stack_table[(address - kStackWindowBase) >> kPageShift] = entry;
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

}  // namespace

void protect_image() {
    kernel_root_table[0] = 0;  // the identity map of the first instructions
    for (std::uint32_t i = 0; i < kImageTables * kEntries; ++i) {
        const Word offset = Word{i} << kPageShift;
        const std::uint64_t rights = rights_of_image(kImageBase + offset);
        kernel_image_tables[i] = rights != 0 ? offset | rights : 0;
    }
    flush_tlb();
}

FrameRange kernel_image() {
    const auto frame_of = [](Word address) { return static_cast<std::uint32_t>((address - kImageBase) >> kPageShift); };
    const std::uint32_t first = frame_of(address_of(kernel_image_start));
    return {FrameNumber(first), frame_of(address_of(kernel_image_end)) - first};
}

std::uint32_t window_table_frames(std::span<const FrameRange> usable) {
    std::uint32_t count = 0;
    std::uint32_t last = kBootGibibytes - 1;
    for_each_part(usable, [&](std::uint32_t gibibyte, std::uint32_t, std::uint32_t) {
        if (gibibyte <= last) return;
        count += gibibyte / kEntries != last / kEntries ? 2 : 1;
        last = gibibyte;
    });
    return count;
}

void map_window(std::span<const FrameRange> usable, FrameNumber tables) {
    // First what boot.S mapped, for the new tables lie there; and only what is RAM stays.
    std::memset(kernel_window_tables, 0, sizeof(kernel_window_tables));
    for_each_part(usable, [](std::uint32_t gibibyte, std::uint32_t first, std::uint32_t end) {
        if (gibibyte < kBootGibibytes) fill(kernel_window_tables + gibibyte * kEntries, gibibyte, first, end);
    });
    flush_tlb();
    Tables more(tables);
    for_each_part(usable, [&](std::uint32_t gibibyte, std::uint32_t first, std::uint32_t end) {
        if (gibibyte < kBootGibibytes) return;
        std::uint64_t* const upper = more.below(kernel_root_table[kWindowFirstEntry + gibibyte / kEntries]);
        fill(more.below(upper[gibibyte % kEntries]), gibibyte, first, end);
    });
}

const void* kernel_root() { return kernel_root_table; }
FrameNumber kernel_root_frame() {
    return FrameNumber(static_cast<std::uint32_t>((address_of(kernel_root_table) - kImageBase) >> kPageShift));
}

Word find_unprotected_page() {
    constexpr unsigned kRootLevel = 3;
    constexpr Word kSignExtension = 0xFFFF000000000000;
    return find_unprotected_below<kRootLevel>(kernel_root_table, kWindowFirstEntry, kSignExtension);
}

void map_kernel_stack(std::uint32_t slot, FrameNumber low, FrameNumber high) {
    constexpr std::uint64_t kFlags = kPresent | kWritable | kGlobal | kNoExecute;
    const Word base = kStackWindowBase + (Word{slot} + 1) * kStackSlotBytes - kStackFrames * kPageBytes;
    set_stack_page(base, Word{low.value()} << kPageShift | kFlags);
    set_stack_page(base + kPageBytes, Word{high.value()} << kPageShift | kFlags);
    checked::forget_stack(base);
}

void unmap_kernel_stack(std::uint32_t slot) {
    const Word base = kStackWindowBase + (Word{slot} + 1) * kStackSlotBytes - kStackFrames * kPageBytes;
    set_stack_page(base, 0);
    set_stack_page(base + kPageBytes, 0);
}

bool kernel_stack_page_mapped(Word address) {
    return (kernel_stack_table[(address - kStackWindowBase) >> kPageShift] & kPresent) != 0;
}

}  // namespace freehold::kernel::machine
