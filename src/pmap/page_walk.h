// SPDX-License-Identifier: MIT
// PageWalk: finds entries in the page tables of one space, one page's or a range's unit by unit. Changes nothing.
//
// The level of a table is a template argument, so that a walk of two levels is two loops and no more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

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
    static constexpr unsigned kRootLevel = Format::kRootLevel;
    static_assert(kRootLevel >= 1, "a root table refers to tables");

    /// After so many pages side by side, an operation that takes single ones pauses.
    static constexpr std::uint32_t kPauseAfterPages = 64;

    /// A unit is what one entry above the level of pages covers.
    static constexpr Word unit_bytes(unsigned level) { return Word{1} << Format::shift(level); }
    static constexpr Word unit_pages(unsigned level) { return unit_bytes(level) >> kPageShift; }
    static constexpr std::uint32_t count_entries(unsigned level) { return 1U << Format::index_bits(level); }

    /// Those of the lowest level: of one table of pages.
    static constexpr std::uint32_t kUnitPages = count_entries(0);
    static constexpr Word kUnitBytes = Word{kUnitPages} << kPageShift;

    /// The highest level of which a unit may lie whole in a range of that length; 0 if none.
    static constexpr unsigned unit_level(Word length_bytes) {
        unsigned level = kRootLevel;
        while (level > 0 && length_bytes < unit_bytes(level)) --level;
        return level;
    }

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
        return find_in<kRootLevel>(root_, {}, address, Rights{7}, true);
    }

    /// Pages side by side in one table: up to `limit` that hold a frame right below a page, or nothing from it on.
    [[nodiscard]] static std::uint32_t held_below(const Found& found, VirtAddr page, std::uint32_t limit) {
        limit = std::min(limit, index(page, 0));
        std::uint32_t count = 0;
        while (count < limit && holds_frame(found.entry[-1 - static_cast<std::int32_t>(count)])) ++count;
        return count;
    }
    [[nodiscard]] static std::uint32_t absent_from(const Found& found, VirtAddr page, std::uint32_t limit) {
        limit = std::min(limit, kUnitPages - index(page, 0));
        std::uint32_t count = 0;
        while (count < limit && found.entry[count] == Format::kAbsent) ++count;
        return count;
    }

    /// The frame of a present page, large or not.
    [[nodiscard]] static FrameNumber frame_of(const Found& found, VirtAddr address) {
        const Word offset = (address.value() >> kPageShift) & (unit_pages(found.level) - 1);
        return Format::frame(*found.entry) + static_cast<std::uint32_t>(offset);
    }

    /// How many pages and guards the range holds.
    [[nodiscard]] UnitCounts count(PageRange range) const {
        Tally sum;
        auto on_unit = [&](auto level, Entry& unit, VirtAddr) {
            if (has_table(unit, level))
                add_up<level>(unit, sum);
            else if (unit != Format::kAbsent)
                sum.pages += static_cast<std::uint32_t>(unit_pages(level));
        };
        auto on_pages = [&](const Run& run) {
            const UnitCounts counts = count_run(run);
            sum.pages += counts.pages;
            sum.guards += counts.guards;
        };
        auto on_large = [&](auto, Entry&, PageRange part) {
            sum.pages += static_cast<std::uint32_t>(part.count_pages());
        };
        walk(range, on_unit, on_pages, on_large);
        return {sum.pages, sum.guards};
    }

    /// Tables of whole units of the range that are the space's own, and sealed ones.
    [[nodiscard]] Tally count_whole(PageRange range) const {
        Tally sum;
        auto on_unit = [&](auto level, Entry& unit, VirtAddr) {
            if (has_table(unit, level)) add_up<level>(unit, sum);
        };
        auto on_large = [](auto, Entry&, PageRange) {};
        walk(
            range, on_unit, [](const Run&) {}, on_large);
        return sum;
    }

    [[nodiscard]] Entry* root_entries() const { return root_; }
    [[nodiscard]] static bool has_table(Entry unit, unsigned level) {
        return holds_frame(unit) && !Format::large(unit, level);
    }
    [[nodiscard]] static bool holds_frame(Entry page) { return Format::present(page) || Format::in_transit(page); }
    /// Which entry of a table of that level decides on an address.
    [[nodiscard]] static std::uint32_t index(VirtAddr address, unsigned level) {
        return static_cast<std::uint32_t>(address.value() >> Format::shift(level)) & (count_entries(level) - 1);
    }
    [[nodiscard]] static VirtAddr unit_base(VirtAddr address, unsigned level) {
        return VirtAddr(align_down(address.value(), unit_bytes(level)));
    }

  protected:
    /// Entries of one table of pages, side by side.
    struct Run {
        Entry* entries;
        std::uint32_t count;
        FrameNumber table;
        VirtAddr base;
    };

    template <unsigned kLevel>
    using Level = std::integral_constant<unsigned, kLevel>;

    static bool is_whole(PageRange part, unsigned level) { return part.length_bytes() == unit_bytes(level); }

    static constexpr auto no_large = [](auto, Entry&, PageRange) {
        FREEHOLD_ASSERT(false && "a large page was not split");
    };

    [[nodiscard]] Entry* entries_of(Entry unit) const { return memory_->entries(Format::frame(unit)); }

    /// Calls visit(entry, part) for each entry of a table that the range touches, with what of the range it covers.
    template <unsigned kLevel, typename Visit>
    [[gnu::always_inline]] static void each_entry(Entry* entries, PageRange range, Visit&& visit) {
        for (VirtAddr at = range.base(); at < range.end();) {
            const VirtAddr unit_end = unit_base(at, kLevel) + unit_bytes(kLevel);
            const VirtAddr stop = std::min(unit_end, range.end());
            visit(entries[index(at, kLevel)], PageRange(at, stop));
            at = stop;
        }
    }

    /// The same for the one or two entries whose units lie only partly in the range: its ragged ends.
    template <unsigned kLevel, typename Visit>
    [[gnu::always_inline]] static void each_end(Entry* entries, PageRange range, Visit&& visit) {
        const VirtAddr first = unit_base(range.base(), kLevel);
        const VirtAddr last = unit_base(range.end() - kPageBytes, kLevel);
        const VirtAddr first_end = first + unit_bytes(kLevel);
        const PageRange part(range.base(), std::min(range.end(), first_end));
        if (!is_whole(part, kLevel)) visit(entries[index(first, kLevel)], part);
        if (last != first && range.end() != last + unit_bytes(kLevel)) {
            visit(entries[index(last, kLevel)], PageRange(last, range.end()));
        }
    }

    /// Calls on_unit(level, entry, base) for whole units, the highest first; on_pages(run) for the pages that are left,
    /// where a table is; on_large(level, entry, part) for ragged large pages. A level is a constant as a type.
    template <typename OnUnit, typename OnPages, typename OnLarge>
    void walk(PageRange range, OnUnit&& on_unit, OnPages&& on_pages, OnLarge&& on_large) const {
        walk_in<kRootLevel>(root_, {}, range, on_unit, on_pages, on_large);
    }

    /// The same for operations that change single entries even in whole units. @pre those have a table
    template <typename OnPages>
    void for_each_run(PageRange range, OnPages&& on_pages) const {
        auto on_unit = [&](auto level, Entry& unit, VirtAddr at) { each_run_of<level>(unit, at, on_pages); };
        walk(range, on_unit, on_pages, no_large);
    }

    /// The entry of a level that covers an address. @pre there are tables down to it
    template <unsigned kLevel>
    [[nodiscard]] Entry& entry_at(VirtAddr address) const {
        if constexpr (kLevel == kRootLevel) {
            return root_[index(address, kLevel)];
        } else {
            const Entry above = entry_at<kLevel + 1>(address);
            FREEHOLD_ASSERT(has_table(above, kLevel + 1));
            return entries_of(above)[index(address, kLevel)];
        }
    }

    /// Adds what lies behind an entry that refers to a table.
    template <unsigned kLevel>
    void add_up(Entry unit, Tally& sum) const {
        const FrameNumber table = Format::frame(unit);
        ++(memory_->sealed_table(table) ? sum.sealed_tables : sum.tables);
        if constexpr (kLevel == 1) {
            const UnitCounts counts = memory_->counts(table);
            sum.pages += counts.pages;
            sum.guards += counts.guards;
        } else {
            Entry* const entries = memory_->entries(table);
            for (std::uint32_t i = 0; i < count_entries(kLevel - 1); ++i) {
                if (has_table(entries[i], kLevel - 1))
                    add_up<kLevel - 1>(entries[i], sum);
                else if (entries[i] != Format::kAbsent)  // a large page
                    sum.pages += static_cast<std::uint32_t>(unit_pages(kLevel - 1));
            }
        }
    }

    /// Calls visit(entry) for each entry of a whole table of that level that refers to a table.
    template <unsigned kLevel, typename Visit>
    static void each_table(Entry* entries, Visit&& visit) {
        for (std::uint32_t i = 0; i < count_entries(kLevel); ++i) {
            if (has_table(entries[i], kLevel)) visit(entries[i]);
        }
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
    template <unsigned kLevel>
    [[nodiscard, gnu::always_inline]] Found find_in(Entry* entries, FrameNumber table, VirtAddr address, Rights outer,
                                                    bool reachable) const {
        Entry& entry = entries[index(address, kLevel)];
        if constexpr (kLevel > 0) {
            if (has_table(entry, kLevel)) {
                const FrameNumber next = Format::frame(entry);
                return find_in<kLevel - 1>(memory_->entries(next), next, address, outer & Format::rights(entry),
                                           reachable && Format::present(entry));
            }
            if (entry == Format::kAbsent) return {};
            return {&entry, kLevel, {}, outer & Format::rights(entry), false};
        } else {
            const Rights rights = reachable && Format::present(entry) ? outer & Format::rights(entry) : Rights::none;
            return {&entry, 0, table, rights, memory_->sealed_table(table)};
        }
    }

    template <unsigned kLevel, typename OnUnit, typename OnPages, typename OnLarge>
    void walk_in(Entry* entries, FrameNumber table, PageRange range, OnUnit& on_unit, OnPages& on_pages,
                 OnLarge& on_large) const {
        if constexpr (kLevel == 0) {
            const auto count = static_cast<std::uint32_t>(range.count_pages());
            on_pages(Run{entries + index(range.base(), 0), count, table, range.base()});
            if (count >= kPauseAfterPages) memory_->pause();
        } else {
            each_entry<kLevel>(entries, range, [&](Entry& entry, PageRange part) {
                if (is_whole(part, kLevel)) {
                    on_unit(Level<kLevel>(), entry, part.base());
                } else if (has_table(entry, kLevel)) {
                    const FrameNumber next = Format::frame(entry);
                    walk_in<kLevel - 1>(memory_->entries(next), next, part, on_unit, on_pages, on_large);
                } else if (entry != Format::kAbsent) {
                    on_large(Level<kLevel>(), entry, part);
                }
            });
        }
    }

    template <unsigned kLevel, typename OnPages>
    void each_run_of(Entry unit, VirtAddr base, OnPages& on_pages) const {
        FREEHOLD_ASSERT(has_table(unit, kLevel));
        Entry* const entries = entries_of(unit);
        if constexpr (kLevel == 1) {
            on_pages(Run{entries, kUnitPages, Format::frame(unit), base});
            memory_->pause();
        } else {
            for (std::uint32_t i = 0; i < count_entries(kLevel - 1); ++i) {
                each_run_of<kLevel - 1>(entries[i], base + i * unit_bytes(kLevel - 1), on_pages);
            }
        }
    }

    Entry* root_;
};

}  // namespace freehold
