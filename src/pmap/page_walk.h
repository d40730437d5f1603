// SPDX-License-Identifier: MIT
// PageWalk: finds entries in the page tables of one space, one page's or a range's unit by unit. Changes nothing.
#pragma once

#include <cstdint>

#include <freehold/types.h>

#include "src/base/assert.h"
#include "src/base/bits.h"
#include "src/pmap/paging_format.h"
#include "src/pmap/table_memory.h"

namespace freehold {

template <PagingFormat Format, TableMemory<Format> Memory>
class PageWalk {
  public:
    using Entry = typename Format::Entry;
    static_assert(Format::kLevels == 2, "the root table's entries are units");

    static constexpr std::uint32_t kUnitPages = 1U << Format::index_bits(0);
    static constexpr Word kUnitBytes = Word{kUnitPages} << kPageShift;

    PageWalk(Memory& memory, FrameNumber root) : memory_(&memory), root_(memory.entries(root)) {}

    /// The entry that decides on a page. `entry` is nullptr where no table is.
    struct Found {
        Entry* entry = nullptr;
        unsigned level = 0;
        FrameNumber table;             ///< that holds `entry`, if level is 0
        Rights rights = Rights::none;  ///< of all levels together, if the page is present
        bool sealed_table = false;

        [[nodiscard]] bool present() const { return entry != nullptr && Format::present(*entry); }
        [[nodiscard]] bool guard() const { return entry != nullptr && Format::guard(*entry); }
    };
    [[nodiscard]] Found find(VirtAddr address) const {
        Entry& unit = unit_entry(address);
        if (!has_table(unit)) {
            if (unit == Format::kAbsent) return {};
            return {&unit, 1, {}, Format::rights(unit), false};
        }
        const FrameNumber table = Format::frame(unit);
        Entry& page = memory_->entries(table)[page_index(address)];
        const bool reachable = Format::present(unit) && Format::present(page);
        const Rights rights = reachable ? Format::rights(unit) & Format::rights(page) : Rights::none;
        return {&page, 0, table, rights, memory_->sealed_table(table)};
    }

    /// The frame of a present page, large or not.
    [[nodiscard]] static FrameNumber frame_of(const Found& found, VirtAddr address) {
        const std::uint32_t offset = found.level == 0 ? 0 : page_index(address);
        return Format::frame(*found.entry) + offset;
    }

    /// How many pages and guards the range holds.
    [[nodiscard]] UnitCounts count(PageRange range) const {
        UnitCounts sum;
        auto on_unit = [&](Entry& unit, VirtAddr) {
            if (has_table(unit)) {
                const UnitCounts counts = memory_->counts(Format::frame(unit));
                sum.pages += counts.pages;
                sum.guards += counts.guards;
            } else if (unit != Format::kAbsent) {
                sum.pages += kUnitPages;
            }
        };
        auto on_pages = [&](const Run& run) {
            const UnitCounts counts = count_run(run);
            sum.pages += counts.pages;
            sum.guards += counts.guards;
        };
        auto on_large = [&](Entry&, PageRange part) { sum.pages += part.count_pages(); };
        walk(range, on_unit, on_pages, on_large);
        return sum;
    }

    [[nodiscard]] Entry unit_entry_of(VirtAddr address) const { return unit_entry(address); }
    [[nodiscard]] static bool has_table(Entry unit) {
        return (Format::present(unit) || Format::in_transit(unit)) && !Format::large(unit, 1);
    }
    [[nodiscard]] static bool holds_frame(Entry page) { return Format::present(page) || Format::in_transit(page); }
    [[nodiscard]] static VirtAddr unit_base(VirtAddr address) {
        return VirtAddr(align_down(address.value(), kUnitBytes));
    }

  protected:
    /// Entries of one table, side by side.
    struct Run {
        Entry* entries;
        std::uint32_t count;
        FrameNumber table;
        VirtAddr base;
    };

    static std::uint32_t page_index(VirtAddr address) {
        return static_cast<std::uint32_t>(address.value() >> kPageShift) % kUnitPages;
    }
    static void no_large(Entry&, PageRange) { FREEHOLD_ASSERT(false && "a large page was not split"); }

    [[nodiscard]] Entry& unit_entry(VirtAddr address) const {
        return root_[(address.value() >> Format::shift(1)) & ((1U << Format::index_bits(1)) - 1)];
    }
    [[nodiscard]] Run run_at(VirtAddr base, std::uint32_t count) const {
        const Entry unit = unit_entry(base);
        FREEHOLD_ASSERT(has_table(unit));
        const FrameNumber table = Format::frame(unit);
        return {memory_->entries(table) + page_index(base), count, table, base};
    }

    /// Calls on_unit(entry, base) for whole units, on_pages(run) for ragged ones with a table, on_large(entry, part)
    /// for ragged large pages.
    template <typename OnUnit, typename OnPages, typename OnLarge>
    void walk(PageRange range, OnUnit&& on_unit, OnPages&& on_pages, OnLarge&& on_large) const {
        for (VirtAddr at = range.base(); at < range.end();) {
            const VirtAddr unit_end = unit_base(at) + kUnitBytes;
            const VirtAddr stop = unit_end < range.end() ? unit_end : range.end();
            Entry& unit = unit_entry(at);
            if (at == unit_base(at) && stop == unit_end) {
                on_unit(unit, at);
            } else if (has_table(unit)) {
                on_pages(run_at(at, PageRange(at, stop).count_pages()));
            } else if (unit != Format::kAbsent) {
                on_large(unit, PageRange(at, stop));
            }
            at = stop;
        }
    }

    /// The same for operations that change single entries even in whole units.
    template <typename OnPages>
    void for_each_run(PageRange range, OnPages&& on_pages) const {
        auto on_unit = [&](Entry& unit, VirtAddr at) {
            if (has_table(unit))
                on_pages(run_at(at, kUnitPages));
            else
                FREEHOLD_ASSERT(unit == Format::kAbsent);
        };
        walk(range, on_unit, on_pages, no_large);
    }

    template <typename Visit>
    static void for_each_unit(PageRange range, Visit&& visit) {
        for (VirtAddr unit = unit_base(range.base()); unit < range.end(); unit = unit + kUnitBytes) visit(unit);
    }

    /// The one or two units that lie partly in the range.
    template <typename Visit>
    static void for_each_end(PageRange range, Visit&& visit) {
        const VirtAddr first = unit_base(range.base());
        const VirtAddr last = unit_base(range.end() - kPageBytes);
        const bool first_ragged = range.base() != first || range.end() < first + kUnitBytes;
        if (first_ragged) visit(first);
        if (last != first && range.end() != last + kUnitBytes) visit(last);
    }

    [[nodiscard]] static UnitCounts count_run(const Run& run) {
        UnitCounts counts;
        for (std::uint32_t i = 0; i < run.count; ++i) {
            counts.pages += holds_frame(run.entries[i]) ? 1 : 0;
            counts.guards += Format::guard(run.entries[i]) ? 1 : 0;
        }
        return counts;
    }

    Memory* memory_;

  private:
    Entry* root_;
};

}  // namespace freehold
