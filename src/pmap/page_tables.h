// SPDX-License-Identifier: MIT
// PageTables: makes tables, takes them away, and makes them a space's own; the pages they show stay the same.
//
// All that needs frames is here, each with a function that says beforehand how many. The same walk serves a whole range
// (kEnds = false) and its ragged ends alone (kEnds = true), whose whole units come from elsewhere or go as they are.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/pmap/page_walk.h"

namespace freehold {

template <PagingFormat Format, TableMemory<Format> Memory>
class PageTables : public PageWalk<Format, Memory> {
    using Walk = PageWalk<Format, Memory>;

  public:
    using typename Walk::Entry;
    using Walk::count_entries;
    using Walk::has_table;
    using Walk::holds_frame;
    using Walk::kRootLevel;
    using Walk::kUnitPages;
    using Walk::root_entries;
    using Walk::unit_base;
    using Walk::unit_bytes;
    using Walk::unit_pages;
    using Walk::Walk;

    /// Tables that add_tables(range) would take.
    [[nodiscard]] std::uint32_t missing_tables(PageRange range) const { return missing_in<false>(range); }
    void add_tables(PageRange range) { add_in<false, kRootLevel>(root_entries(), range); }

    /// The same for the ragged ends alone: whole units are to come from elsewhere.
    [[nodiscard]] std::uint32_t missing_end_tables(PageRange range) const { return missing_in<true>(range); }
    std::uint32_t add_end_tables(PageRange range) { return add_in<true, kRootLevel>(root_entries(), range); }

    /// What splitting costs: frames to take, and how many tables come to be the space's own.
    struct SplitCost {
        std::uint32_t frames = 0;
        std::uint32_t owned = 0;
    };
    [[nodiscard]] SplitCost ends_split_cost(PageRange range) const { return cost_of<true>(range); }
    [[nodiscard]] SplitCost split_cost(PageRange range) const { return cost_of<false>(range); }

    /// Makes the ragged ends' entries the space's own to change. What they say stays the same.
    SplitCost split_ends(PageRange range) { return split_range<true>(range); }
    SplitCost split_all(PageRange range) { return split_range<false>(range); }

    /// Frees each table at the ragged ends of the range for whose unit is_free(unit) holds; returns how many. Those of
    /// whole units have gone already. @pre such a table is empty
    template <typename IsFree>
    std::uint32_t trim(PageRange range, IsFree is_free) {
        return trim_in<kRootLevel>(root_entries(), range, is_free);
    }

  protected:
    using Walk::each_end;
    using Walk::each_entry;
    using Walk::entries_of;
    using Walk::is_whole;
    using Walk::memory_;

    /// Processors walk the tables while they change: they see an entry whole, and behind it what it leads to.
    void write(Entry& entry, Entry value) {
        store(entry, value);
        memory_->wrote_entries(1);
    }
    /// The same for one of many entries, which are counted together.
    static void store(Entry& entry, Entry value) { std::atomic_ref(entry).store(value, std::memory_order_release); }

    bool add_table(Entry& unit, unsigned level) {
        if (unit != Format::kAbsent) return false;
        write(unit, Format::make_table(memory_->take_table(), level));
        return true;
    }

    void add_counts(FrameNumber table, std::uint32_t pages, std::uint32_t guards) {
        const UnitCounts counts = memory_->counts(table);
        memory_->set_counts(table, {counts.pages + pages, counts.guards + guards});
    }
    void take_counts(FrameNumber table, UnitCounts gone) {
        const UnitCounts counts = memory_->counts(table);
        FREEHOLD_ASSERT(counts.pages >= gone.pages && counts.guards >= gone.guards);
        memory_->set_counts(table, {counts.pages - gone.pages, counts.guards - gone.guards});
    }

  private:
    template <bool kEnds, unsigned kLevel, typename Visit>
    [[gnu::always_inline]] static void each(Entry* entries, PageRange range, Visit&& visit) {
        if constexpr (kEnds)
            Walk::template each_end<kLevel>(entries, range, visit);
        else
            Walk::template each_entry<kLevel>(entries, range, visit);
    }

    /// Units of a level and of those below that a range touches, or cuts.
    template <bool kEnds>
    static std::uint32_t units_of(PageRange range, unsigned level) {
        std::uint32_t count = 0;
        for (; level > 0; --level) {
            const VirtAddr first = unit_base(range.base(), level);
            const VirtAddr last = unit_base(range.end() - kPageBytes, level);
            if constexpr (kEnds) {
                const bool first_cut = range.base() != first || range.end() < first + unit_bytes(level);
                count += first_cut ? 1 : 0;
                count += last != first && range.end() != last + unit_bytes(level) ? 1 : 0;
            } else {
                count += static_cast<std::uint32_t>((last - first) >> Format::shift(level)) + 1;
            }
        }
        return count;
    }

    template <bool kEnds>
    [[nodiscard]] std::uint32_t missing_in(PageRange range) const {
        return missing_in<kEnds, kRootLevel>(root_entries(), range);
    }
    template <bool kEnds, unsigned kLevel>
    [[nodiscard]] std::uint32_t missing_in(Entry* entries, PageRange range) const {
        std::uint32_t missing = 0;
        each<kEnds, kLevel>(entries, range, [&](Entry& entry, PageRange part) {
            if (entry == Format::kAbsent) {
                missing += 1 + units_of<kEnds>(part, kLevel - 1);
            } else if constexpr (kLevel > 1) {
                if (has_table(entry, kLevel)) missing += missing_in<kEnds, kLevel - 1>(entries_of(entry), part);
            }
        });
        return missing;
    }

    template <bool kEnds, unsigned kLevel>
    std::uint32_t add_in(Entry* entries, PageRange range) {
        std::uint32_t added = 0;
        each<kEnds, kLevel>(entries, range, [&](Entry& entry, PageRange part) {
            added += add_table(entry, kLevel) ? 1 : 0;
            if constexpr (kLevel > 1) {
                if (has_table(entry, kLevel)) added += add_in<kEnds, kLevel - 1>(entries_of(entry), part);
            }
        });
        return added;
    }

    template <bool kEnds>
    [[nodiscard]] SplitCost cost_of(PageRange range) const {
        SplitCost cost;
        cost_in<kEnds, kRootLevel>(root_entries(), range, false, cost);
        return cost;
    }
    /// Whoever copies a table refers to what it refers to once more: so what lies behind is copied too.
    template <bool kEnds, unsigned kLevel>
    void cost_in(Entry* entries, PageRange range, bool copied, SplitCost& cost) const {
        each<kEnds, kLevel>(entries, range, [&](Entry& entry, PageRange part) {
            if (Format::large(entry, kLevel)) {
                const std::uint32_t tables = 1 + units_of<kEnds>(part, kLevel - 1);
                cost.frames += tables;
                cost.owned += tables;
            } else if (has_table(entry, kLevel)) {
                const FrameNumber table = Format::frame(entry);
                const bool sealed = memory_->sealed_table(table);
                const bool copy = sealed && (copied || memory_->references(table) > 1);
                cost.frames += copy ? 1 : 0;
                cost.owned += sealed ? 1 : 0;
                if constexpr (kLevel > 1) cost_in<kEnds, kLevel - 1>(memory_->entries(table), part, copy, cost);
            }
        });
    }

    template <bool kEnds>
    SplitCost split_range(PageRange range) {
        SplitCost done;
        split_in<kEnds, kRootLevel>(root_entries(), range, done);
        return done;
    }
    template <bool kEnds, unsigned kLevel>
    void split_in(Entry* entries, PageRange range, SplitCost& done) {
        each<kEnds, kLevel>(entries, range, [&](Entry& entry, PageRange part) {
            split<kLevel>(entry, part.base(), done);
            if constexpr (kLevel > 1) {
                if (has_table(entry, kLevel)) split_in<kEnds, kLevel - 1>(entries_of(entry), part, done);
            }
        });
    }

    /// Makes the entries behind one the space's own, and adds up what that took: at most what cost_in() said, for a
    /// table that two units share is a copy's worth for the first of them alone.
    template <unsigned kLevel>
    void split(Entry& unit, VirtAddr at, SplitCost& done) {
        if (Format::large(unit, kLevel)) {
            ++done.frames;
            ++done.owned;
            split_large<kLevel>(unit);
        } else if (has_table(unit, kLevel) && memory_->sealed_table(Format::frame(unit))) {
            done.frames += memory_->references(Format::frame(unit)) > 1 ? 1 : 0;
            ++done.owned;
            own<kLevel>(unit);
        } else {
            return;
        }
        memory_->changed_unit(unit_base(at, kLevel));
        memory_->pause();
    }

    template <unsigned kLevel>
    void split_large(Entry& unit) {
        const FrameNumber table = memory_->take_table();
        const FrameNumber first = Format::frame(unit);
        Entry* const entries = memory_->entries(table);
        constexpr auto kStep = static_cast<std::uint32_t>(unit_pages(kLevel - 1));
        for (std::uint32_t i = 0; i < count_entries(kLevel - 1); ++i) {
            write(entries[i],
                  Format::make_page(first + i * kStep, Format::rights(unit), kLevel - 1, Format::cached(unit)));
        }
        if constexpr (kLevel == 1) memory_->set_counts(table, {kUnitPages, 0});
        write(unit, Format::make_table(table, kLevel));
    }

    /// A sealed table's write protection goes down into its entries; shared ones are copied for it.
    template <unsigned kLevel>
    void own(Entry& unit) {
        static_assert(kLevel == 1 || !Format::table_has_rights(kLevel) || Format::table_has_rights(kLevel - 1),
                      "rights taken away above can be taken away below");
        const FrameNumber sealed = Format::frame(unit);
        const Rights outer = Format::rights(unit);
        const bool shared = memory_->references(sealed) > 1;
        const FrameNumber table = shared ? memory_->take_table() : sealed;
        const Entry* const from = memory_->entries(sealed);
        Entry* const to = memory_->entries(table);
        for (std::uint32_t i = 0; i < count_entries(kLevel - 1); ++i) {
            const Entry entry = from[i];
            const bool held = holds_frame(entry);
            if (held && shared) memory_->hold(Format::frame(entry));
            if (held || shared) write(to[i], held ? Format::with_rights(entry, Format::rights(entry) & outer) : entry);
        }
        if (shared) {
            if constexpr (kLevel == 1) memory_->set_counts(table, memory_->counts(sealed));
            FREEHOLD_ASSERT(!memory_->drop_table(sealed));
        } else {
            memory_->set_sealed_table(table, false);
        }
        write(unit, Format::make_table(table, kLevel));
    }

    template <unsigned kLevel, typename IsFree>
    std::uint32_t trim_in(Entry* entries, PageRange range, IsFree& is_free) {
        std::uint32_t trimmed = 0;
        each_end_of<kLevel>(entries, range, [&](Entry& entry, PageRange part) {
            if (!has_table(entry, kLevel)) return;
            if constexpr (kLevel > 1) trimmed += trim_in<kLevel - 1>(entries_of(entry), part, is_free);
            const VirtAddr base = unit_base(part.base(), kLevel);
            if (!is_free(PageRange(base, base + unit_bytes(kLevel)))) return;
            const FrameNumber table = Format::frame(entry);
            const UnitCounts counts = memory_->counts(table);
            FREEHOLD_ASSERT(counts.pages == 0 && counts.guards == 0 && !memory_->sealed_table(table));
            write(entry, Format::kAbsent);
            memory_->changed_unit(base);
            FREEHOLD_ASSERT(memory_->drop_table(table));
            ++trimmed;
        });
        return trimmed;
    }
    template <unsigned kLevel, typename Visit>
    [[gnu::always_inline]] static void each_end_of(Entry* entries, PageRange range, Visit&& visit) {
        Walk::template each_end<kLevel>(entries, range, visit);
    }
};

}  // namespace freehold
