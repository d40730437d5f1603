// SPDX-License-Identifier: MIT
// Pmap: the page tables of one space, the only record of which pages it has. Written once for every format.
//
//        root table                     unit: what one root entry covers
//       +----------+   table    +--------+
//       |  entry --|----------> |  page  |---> frame        A range is worked on unit by unit. A unit that lies
//       |  entry --|--> large   |  guard |                  whole in the range costs one entry; one that lies
//       |  absent  |            | absent |                  partly in it ("ragged") costs an entry a page.
//       +----------+            +--------+
//
// A *sealed table* is write-protected by the entry that refers to it, may be referred to by several spaces, and is
// never changed in place, but for one thing: a page never touched may become the zero frame, for all at once. Whoever
// wants other entries takes a copy of their own first: split().
//
// Invariant of a Pmap in a space: a unit has a table or large page if and only if a region that is not free lies in it.
//
// Readers of entries hold the lock of those who write them; only processors walk the tables without: see write().
//
// Pmap changes tables and counts what it did. What a frame or a promise is worth to whom is for the caller to settle.
#pragma once

#include <atomic>
#include <cstdint>

#include <freehold/types.h>

#include "src/base/assert.h"
#include "src/base/bits.h"
#include "src/pmap/page_walk.h"

namespace freehold {

template <PagingFormat Format, TableMemory<Format> Memory>
class Pmap : public PageWalk<Format, Memory> {
    using Walk = PageWalk<Format, Memory>;
    using typename Walk::Run;
    using Walk::count_run;
    using Walk::for_each_end;
    using Walk::for_each_run;
    using Walk::for_each_unit;
    using Walk::memory_;
    using Walk::no_large;
    using Walk::run_at;
    using Walk::unit_entry;
    using Walk::walk;

  public:
    using typename Walk::Entry;
    using typename Walk::Found;
    using Walk::find;
    using Walk::has_table;
    using Walk::holds_frame;
    using Walk::kUnitBytes;
    using Walk::kUnitPages;
    using Walk::Walk;

    // --- getting ready: all that needs frames ----------------------------------------------------------------------

    /// Tables that add_tables(range) would take.
    [[nodiscard]] std::uint32_t missing_tables(PageRange range) const {
        std::uint32_t missing = 0;
        for_each_unit(range, [&](VirtAddr unit) { missing += unit_entry(unit) == Format::kAbsent ? 1 : 0; });
        return missing;
    }
    void add_tables(PageRange range) {
        for_each_unit(range, [&](VirtAddr unit) { add_table(unit); });
    }

    /// The same for the ragged ends alone: whole units are to come from elsewhere.
    [[nodiscard]] std::uint32_t missing_end_tables(PageRange range) const {
        std::uint32_t missing = 0;
        for_each_end(range, [&](VirtAddr unit) { missing += unit_entry(unit) == Format::kAbsent ? 1 : 0; });
        return missing;
    }
    std::uint32_t add_end_tables(PageRange range) {
        const std::uint32_t missing = missing_end_tables(range);
        for_each_end(range, [&](VirtAddr unit) { add_table(unit); });
        return missing;
    }

    /// What splitting costs: frames to take, and how many tables come to be the space's own.
    struct SplitCost {
        std::uint32_t frames = 0;
        std::uint32_t owned = 0;
    };
    [[nodiscard]] SplitCost ends_split_cost(PageRange range) const {
        SplitCost cost;
        for_each_end(range, [&](VirtAddr unit) { add_cost(unit_entry(unit), cost); });
        return cost;
    }
    [[nodiscard]] SplitCost split_cost(PageRange range) const {
        SplitCost cost;
        for_each_unit(range, [&](VirtAddr unit) { add_cost(unit_entry(unit), cost); });
        return cost;
    }

    /// Makes the ragged ends' entries the space's own to change. What they say stays the same.
    SplitCost split_ends(PageRange range) {
        SplitCost done;
        for_each_end(range, [&](VirtAddr unit) { split(unit, done); });
        return done;
    }
    SplitCost split_all(PageRange range) {
        SplitCost done;
        for_each_unit(range, [&](VirtAddr unit) { split(unit, done); });
        return done;
    }

    // --- pages -----------------------------------------------------------------------------------------------------

    /// Puts a frame where none is. @pre the unit has a table of the space's own; the entry is absent
    void map_page(VirtAddr address, FrameNumber frame, Rights rights, bool cached = true) {
        const Found found = find(address);
        FREEHOLD_ASSERT(found.entry != nullptr && found.level == 0 && *found.entry == Format::kAbsent);
        write(*found.entry, Format::make_page(frame, rights, 0, cached));
        add_counts(found.table, 1, 0);
    }

    /// Maps consecutive frames nobody counts, large pages where address and frame allow. @pre range was free
    void map_device(PageRange range, FrameNumber frame, Rights rights, bool cached) {
        for_each_unit(range, [&](VirtAddr unit) {
            if (can_be_large(range, unit, frame)) {
                write(unit_entry(unit), Format::make_page(device_frame(range, unit, frame), rights, 1, cached));
            } else {
                map_device_unit(range, unit, frame, rights, cached);
            }
        });
    }

    /// Tables that map_device would take.
    [[nodiscard]] std::uint32_t missing_device_tables(PageRange range, FrameNumber frame) const {
        std::uint32_t missing = 0;
        for_each_unit(range, [&](VirtAddr unit) {
            const bool table = !can_be_large(range, unit, frame) && unit_entry(unit) == Format::kAbsent;
            missing += table ? 1 : 0;
        });
        return missing;
    }

    /// Drops every page and guard, and the tables of whole units. @pre ends are split
    Tally unmap(PageRange range) {
        Tally tally;
        auto on_unit = [&](Entry& unit, VirtAddr at) {
            if (unit == Format::kAbsent) return;
            memory_->changed_unit(at);
            const bool table = has_table(unit);
            const FrameNumber frame = Format::frame(unit);
            write(unit, Format::kAbsent);
            if (table) drop_whole(frame, tally);
        };
        auto on_pages = [&](const Run& run) {
            const UnitCounts gone = clear_pages(run, true);
            tally.pages += gone.pages;
            tally.guards += gone.guards;
            take_counts(run.table, gone);
        };
        walk(range, on_unit, on_pages, no_large);
        return tally;
    }

    /// Gives all pages of the range these rights. @pre everything is split: split_all
    void protect(PageRange range, Rights rights) {
        for_each_run(range, [&](const Run& run) { change_rights(run, rights); });
    }

    /// Pages become guards. The tally has those that were not, and of them those that had a frame. @pre ends are split
    Tally guard(PageRange range) {
        Tally tally;
        for_each_run(range, [&](const Run& run) {
            const UnitCounts gone = clear_pages(run, false);
            for (std::uint32_t i = 0; i < run.count; ++i) write(run.entries[i], Format::kGuard);
            tally.pages += gone.pages;
            tally.guards += run.count - gone.guards;
            UnitCounts counts = memory_->counts(run.table);
            memory_->set_counts(run.table, {counts.pages - gone.pages, counts.guards + run.count - gone.guards});
        });
        return tally;
    }

    // --- seal, move, share -----------------------------------------------------------------------------------------

    /// No entry of the range allows writing any more; tables of whole units become sealed tables.
    Tally seal(PageRange range, Rights rights) {
        Tally tally;
        auto on_unit = [&](Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit));
            const UnitCounts counts = memory_->counts(Format::frame(unit));
            tally.pages += counts.pages;
            tally.guards += counts.guards;
            ++tally.tables;
            seal_unit(unit);
            if (counts.pages != 0) memory_->changed_unit(at);
        };
        auto on_pages = [&](const Run& run) {
            change_rights(run, rights);
            const UnitCounts counts = count_run(run);
            tally.pages += counts.pages;
            tally.guards += counts.guards;
        };
        walk(range, on_unit, on_pages, no_large);
        return tally;
    }

    /// Nobody reaches these pages until come_back() or arrive(). @pre ends are split
    void depart(PageRange range) {
        rewrite(
            range, [](Entry entry) { return Format::to_transit(entry); }, true);
    }
    void come_back(PageRange range) {
        rewrite(
            range, [](Entry entry) { return Format::from_transit(entry); }, false);
    }

    /// Entries that departed from `source` appear here, at `to`. @pre `to` is free, has tables at its ragged ends, and
    /// is congruent to the range's base, or the range is shorter than a unit
    Tally arrive(Pmap& source, PageRange range, VirtAddr to) {
        Tally tally;
        auto on_unit = [&](Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit));
            const FrameNumber table = Format::frame(unit);
            const UnitCounts counts = memory_->counts(table);
            tally.pages += counts.pages;
            tally.guards += counts.guards;
            ++(memory_->sealed_table(table) ? tally.sealed_tables : tally.tables);
            ++tally.units;
            Entry& target = unit_entry(to + (at - range.base()));
            FREEHOLD_ASSERT(target == Format::kAbsent);
            write(target, Format::from_transit(unit));
            write(unit, Format::kAbsent);
        };
        auto on_pages = [&](const Run& run) {
            auto on_target = [&](Entry* entries, const Run& target) {
                UnitCounts moved;
                for (std::uint32_t i = 0; i < target.count; ++i) {
                    const Entry entry = entries[i];
                    if (entry == Format::kAbsent) continue;
                    ++(Format::guard(entry) ? moved.guards : moved.pages);
                    write(target.entries[i], Format::from_transit(entry));
                    write(entries[i], Format::kAbsent);
                }
                tally.pages += moved.pages;
                tally.guards += moved.guards;
                take_counts(run.table, moved);
                add_counts(target.table, moved.pages, moved.guards);
            };
            for_each_target(run, to + (run.base - range.base()), on_target);
        };
        source.walk(range, on_unit, on_pages, no_large);
        return tally;
    }

    /// Sealed entries of `source` appear here too, at `to`. Tables of whole units that were the source's own become
    /// sealed tables on the way; the tally's `tables` counts them. @pre as arrive; every reference fits
    Tally share(Pmap& source, PageRange range, VirtAddr to) {
        Tally tally;
        auto on_unit = [&](Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit));
            const FrameNumber table = Format::frame(unit);
            if (!memory_->sealed_table(table)) {
                seal_unit(unit);
                ++tally.tables;
            }
            memory_->hold(table);
            ++tally.units;
            Entry& target = unit_entry(to + (at - range.base()));
            FREEHOLD_ASSERT(target == Format::kAbsent);
            write(target, unit);
        };
        auto on_pages = [&](const Run& run) {
            auto on_target = [&](const Entry* entries, const Run& target) { share_pages(entries, target); };
            for_each_target(run, to + (run.base - range.base()), on_target);
        };
        source.walk(range, on_unit, on_pages, no_large);
        return tally;
    }

    // --- tables ----------------------------------------------------------------------------------------------------

    /// Frees the table of each unit of the range for which `is_free(unit)` holds; returns how many.
    /// @pre such a table is empty
    template <typename IsFree>
    std::uint32_t trim(PageRange range, IsFree is_free) {
        std::uint32_t trimmed = 0;
        for_each_unit(range, [&](VirtAddr at) {
            Entry& unit = unit_entry(at);
            if (!has_table(unit) || !is_free(PageRange(at, at + kUnitBytes))) return;
            const FrameNumber table = Format::frame(unit);
            const UnitCounts counts = memory_->counts(table);
            FREEHOLD_ASSERT(counts.pages == 0 && counts.guards == 0 && !memory_->sealed_table(table));
            write(unit, Format::kAbsent);
            memory_->changed_unit(at);
            FREEHOLD_ASSERT(memory_->drop_table(table));
            ++trimmed;
        });
        return trimmed;
    }

  private:
    static Rights readable(Rights rights) { return rights & (Rights::read | Rights::execute); }
    /// Processors walk the tables while they change: they see an entry whole, and behind it what it leads to.
    void write(Entry& entry, Entry value) {
        std::atomic_ref(entry).store(value, std::memory_order_release);
        memory_->wrote_entry();
    }

    void add_table(VirtAddr at) {
        Entry& unit = unit_entry(at);
        if (unit == Format::kAbsent) write(unit, Format::make_table(memory_->take_table()));
    }

    void add_cost(Entry unit, SplitCost& cost) const {
        if (Format::large(unit, 1)) {
            ++cost.frames;
            ++cost.owned;
        } else if (has_table(unit) && memory_->sealed_table(Format::frame(unit))) {
            cost.frames += memory_->references(Format::frame(unit)) > 1 ? 1 : 0;
            ++cost.owned;
        }
    }

    /// Makes a unit's entries the space's own, and adds up what that took: at most what add_cost() said, for a table
    /// that two units share is a copy's worth for the first of them alone.
    void split(VirtAddr at, SplitCost& done) {
        Entry& unit = unit_entry(at);
        add_cost(unit, done);
        if (Format::large(unit, 1)) {
            split_large(unit);
        } else if (has_table(unit) && memory_->sealed_table(Format::frame(unit))) {
            own(unit);
        } else {
            return;
        }
        memory_->changed_unit(at);
    }

    void split_large(Entry& unit) {
        const FrameNumber table = memory_->take_table();
        const FrameNumber first = Format::frame(unit);
        Entry* const entries = memory_->entries(table);
        for (std::uint32_t i = 0; i < kUnitPages; ++i) {
            write(entries[i], Format::make_page(first + i, Format::rights(unit), 0, Format::cached(unit)));
        }
        memory_->set_counts(table, {kUnitPages, 0});
        write(unit, Format::make_table(table));
    }

    /// A sealed table's write protection goes down into the pages' entries; shared ones are copied for it.
    void own(Entry& unit) {
        const FrameNumber sealed = Format::frame(unit);
        const Rights outer = Format::rights(unit);
        const bool shared = memory_->references(sealed) > 1;
        const FrameNumber table = shared ? memory_->take_table() : sealed;
        const Entry* const from = memory_->entries(sealed);
        Entry* const to = memory_->entries(table);
        for (std::uint32_t i = 0; i < kUnitPages; ++i) {
            const Entry entry = from[i];
            const bool page = holds_frame(entry);
            if (page && shared) memory_->hold(Format::frame(entry));
            if (page || shared) write(to[i], page ? Format::with_rights(entry, Format::rights(entry) & outer) : entry);
        }
        if (shared) {
            memory_->set_counts(table, memory_->counts(sealed));
            FREEHOLD_ASSERT(!memory_->drop_table(sealed));
        } else {
            memory_->set_sealed_table(table, false);
        }
        write(unit, Format::make_table(table));
    }

    void seal_unit(Entry& unit) {
        memory_->set_sealed_table(Format::frame(unit), true);
        write(unit, Format::with_rights(unit, readable(Format::rights(unit))));
    }

    /// Pairs the entries of a ragged unit with those of their new place, which may lie in two units.
    template <typename OnTarget>
    void for_each_target(const Run& run, VirtAddr to, OnTarget&& on_target) const {
        auto on_unit = [](Entry&, VirtAddr) { FREEHOLD_ASSERT(false && "a ragged unit went to a whole one"); };
        auto on_pages = [&](const Run& target) { on_target(run.entries + ((target.base - to) >> kPageShift), target); };
        walk(PageRange(to, to + run.count * kPageBytes), on_unit, on_pages, no_large);
    }

    void share_pages(const Entry* entries, const Run& target) {
        UnitCounts shared;
        for (std::uint32_t i = 0; i < target.count; ++i) {
            const Entry entry = entries[i];
            if (entry == Format::kAbsent) continue;
            if (Format::guard(entry)) {
                ++shared.guards;
                write(target.entries[i], entry);
            } else {
                ++shared.pages;
                memory_->hold(Format::frame(entry));
                write(target.entries[i], Format::with_rights(entry, readable(Format::rights(entry))));
            }
        }
        add_counts(target.table, shared.pages, shared.guards);
    }

    void drop_whole(FrameNumber table, Tally& tally) {
        const bool sealed = memory_->sealed_table(table);
        const UnitCounts counts = memory_->counts(table);
        if (!memory_->drop_table(table)) return;
        ++(sealed ? tally.sealed_tables : tally.tables);
        tally.pages += counts.pages;
        tally.guards += counts.guards;
        const Entry* const entries = memory_->entries(table);
        std::uint32_t left = counts.pages;
        for (std::uint32_t i = 0; left != 0; ++i) {
            if (!holds_frame(entries[i])) continue;
            memory_->drop_page(Format::frame(entries[i]));
            --left;
        }
    }

    /// Drops the frames of a run, and says what it held; clears the entries too if told.
    UnitCounts clear_pages(const Run& run, bool clear) {
        UnitCounts gone;
        for (std::uint32_t i = 0; i < run.count; ++i) {
            const Entry entry = run.entries[i];
            if (entry == Format::kAbsent) continue;
            if (Format::guard(entry)) {
                ++gone.guards;
            } else {
                ++gone.pages;
                memory_->drop_page(Format::frame(entry));
                memory_->changed_page(run.base + i * kPageBytes);
            }
            if (clear) write(run.entries[i], Format::kAbsent);
        }
        return gone;
    }

    void change_rights(const Run& run, Rights rights) {
        for (std::uint32_t i = 0; i < run.count; ++i) {
            const Entry entry = run.entries[i];
            if (!Format::present(entry)) continue;
            const Entry changed = Format::with_rights(entry, rights);
            if (changed == entry) continue;
            write(run.entries[i], changed);
            memory_->changed_page(run.base + i * kPageBytes);
        }
    }

    template <typename Change>
    void rewrite(PageRange range, Change change, bool invalidate) {
        auto on_unit = [&](Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit));
            write(unit, change(unit));
            if (invalidate) memory_->changed_unit(at);
        };
        auto on_pages = [&](const Run& run) {
            for (std::uint32_t i = 0; i < run.count; ++i) {
                if (!holds_frame(run.entries[i])) continue;
                write(run.entries[i], change(run.entries[i]));
                if (invalidate) memory_->changed_page(run.base + i * kPageBytes);
            }
        };
        walk(range, on_unit, on_pages, no_large);
    }

    static FrameNumber device_frame(PageRange range, VirtAddr at, FrameNumber first) {
        return first + static_cast<std::uint32_t>((at - range.base()) >> kPageShift);
    }
    [[nodiscard]] static bool can_be_large(PageRange range, VirtAddr unit, FrameNumber first) {
        return Format::has_large_pages(1) && unit >= range.base() && unit + kUnitBytes <= range.end() &&
               device_frame(range, unit, first).value() % kUnitPages == 0;
    }
    void map_device_unit(PageRange range, VirtAddr unit, FrameNumber first, Rights rights, bool cached) {
        add_table(unit);
        const VirtAddr from = unit < range.base() ? range.base() : unit;
        const VirtAddr stop = unit + kUnitBytes < range.end() ? unit + kUnitBytes : range.end();
        for (VirtAddr at = from; at < stop; at = at + kPageBytes) {
            map_page(at, device_frame(range, at, first), rights, cached);
        }
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
};

}  // namespace freehold
