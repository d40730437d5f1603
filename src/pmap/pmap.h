// SPDX-License-Identifier: MIT
// Pmap: the page tables of one space, the only record of which pages it has. Written once for every format.
//
//        root table         unit: what one entry above the pages covers
//       +----------+   table    +----------+   table    +--------+
//       |  entry --|----------> |  entry --|----------> |  page  |---> frame      A range is worked on unit by unit,
//       |  entry --|--> table   |  entry --|--> large   |  guard |                the greatest first: one that lies
//       |  absent  |            |  absent  |            | absent |                whole in the range costs one entry.
//       +----------+            +----------+            +--------+                Its ragged ends cost those of the
//          1 GiB                   2 MiB                  4 KiB  (Sv39)           next level, and at last of pages.
//
// A *sealed table* holds nothing that can be written: where the format has such rights, by the entry that refers to it
// or one above, else by its own entries. Several spaces may refer to it; all tables behind it are sealed tables too. It
// is never changed in place, but for one thing: a page never touched may become the zero frame, for all at once.
// Whoever wants other entries takes copies of their own first, from the root down: split (page_tables.h).
//
// Invariant of a Pmap in a space: a unit has a table or large page if and only if a region that is not free lies in it.
//
// Readers of entries hold the lock of those who write them; only processors walk the tables without: see write().
//
// Pmap changes tables and counts what it did. What a frame or a promise is worth to whom is for the caller to settle.
#pragma once

#include <algorithm>
#include <cstdint>

#include <freehold/types.h>

#include "src/base/assert.h"
#include "src/base/bits.h"
#include "src/base/canary.h"
#include "src/pmap/page_tables.h"

namespace freehold {

template <PagingFormat Format, TableMemory<Format> Memory>
class Pmap : public PageTables<Format, Memory> {
    using Walk = PageWalk<Format, Memory>;
    using Tables = PageTables<Format, Memory>;
    using Tables::add_counts;
    using Tables::add_table;
    using Tables::store;
    using Tables::take_counts;
    using Tables::write;
    using typename Walk::Run;
    using Walk::count_run;
    using Walk::entries_of;
    using Walk::for_each_run;
    using Walk::is_whole;
    using Walk::memory_;
    using Walk::no_large;
    using Walk::walk;

  public:
    using Tables::Tables;
    using typename Tables::SplitCost;
    using typename Walk::Entry;
    using typename Walk::Found;
    using Walk::count_entries;
    using Walk::find;
    using Walk::has_table;
    using Walk::holds_frame;
    using Walk::kRootLevel;
    using Walk::kUnitBytes;
    using Walk::kUnitPages;
    using Walk::root_entries;
    using Walk::unit_bytes;
    using Walk::unit_pages;

    // --- pages -----------------------------------------------------------------------------------------------------

    /// Puts a frame where none is. @pre the page's table is there and the space's own; the entry is absent
    void map_page(VirtAddr address, FrameNumber frame, Rights rights, bool cached = true) {
        const Found found = find(address);
        FREEHOLD_ASSERT(found.entry != nullptr && found.level == 0 && *found.entry == Format::kAbsent);
        write(*found.entry, Format::make_page(frame, rights, 0, cached));
        add_counts(found.table, 1, 0);
    }

    /// Puts frames into so many entries from one found on: take(visit) calls visit(index, frame) for each.
    /// @pre the table is the space's own; the entries are absent
    template <typename Take>
    void map_pages(const Found& found, std::uint32_t count, Rights rights, Take take) {
        take([rights, entries = found.entry](std::uint32_t i, FrameNumber frame) {
            store(entries[i], Format::make_page(frame, rights, 0, true));
        });
        memory_->wrote_entries(count);
        add_counts(found.table, count, 0);
    }

    /// Maps consecutive frames nobody counts, by the largest pages that address and frame allow. @pre range was free
    void map_device(PageRange range, FrameNumber frame, Rights rights, bool cached) {
        map_device_in<kRootLevel>(root_entries(), range, {range, frame, rights, cached});
    }

    /// Tables that map_device would take.
    [[nodiscard]] std::uint32_t missing_device_tables(PageRange range, FrameNumber frame) const {
        return missing_device_in<kRootLevel>(root_entries(), range, {range, frame, Rights::none, false});
    }

    /// The alignment a device's address should share with the frames', so that it is mapped by large pages.
    static constexpr Word device_alignment(Word length_bytes) {
        unsigned level = Walk::unit_level(length_bytes);
        while (level > 0 && !Format::has_large_pages(level)) --level;
        return level > 0 ? unit_bytes(level) : kUnitBytes;
    }

    /// Drops every page and guard, and the tables of whole units. @pre ends are split
    Tally unmap(PageRange range) {
        Tally tally;
        auto on_unit = [&](auto level, Entry& unit, VirtAddr at) {
            if (unit == Format::kAbsent) return;
            memory_->changed_unit(at);
            const Entry gone = unit;
            write(unit, Format::kAbsent);
            if (has_table(gone, level)) drop_whole<level>(Format::frame(gone), tally);
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
        auto on_unit = [&](auto level, Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit, level));
            Tally whole;
            this->template add_up<level>(unit, whole);
            tally.pages += whole.pages;
            tally.guards += whole.guards;
            tally.tables += seal_unit<level>(unit);
            if (whole.pages != 0) memory_->changed_unit(at);
        };
        auto on_pages = [&](const Run& run) {
            if (!lets_in(Canary::writable_seal)) change_rights(run, rights);
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
    /// is congruent to the range's base modulo the greatest unit that is not longer than the range
    Tally arrive(Pmap& source, PageRange range, VirtAddr to) {
        Tally tally;
        auto on_unit = [&](auto level, Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit, level));
            this->template add_up<level>(unit, tally);
            ++tally.units;
            Entry& target = this->template entry_at<level>(to + (at - range.base()));
            FREEHOLD_ASSERT(target == Format::kAbsent);
            write(target, Format::from_transit(unit));
            write(unit, Format::kAbsent);
        };
        auto on_pages = [&](const Run& run) {
            auto on_target = [&](Entry* entries, const Run& target) {
                const UnitCounts moved = move_entries(entries, target);
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
        auto on_unit = [&](auto level, Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit, level));
            const FrameNumber table = Format::frame(unit);
            if (!memory_->sealed_table(table)) tally.tables += seal_unit<level>(unit);
            memory_->hold(table);
            ++tally.units;
            Entry& target = this->template entry_at<level>(to + (at - range.base()));
            FREEHOLD_ASSERT(target == Format::kAbsent);
            write(target, read_only(unit));
        };
        auto on_pages = [&](const Run& run) {
            auto on_target = [&](const Entry* entries, const Run& target) { share_pages(entries, target); };
            for_each_target(run, to + (run.base - range.base()), on_target);
        };
        source.walk(range, on_unit, on_pages, no_large);
        return tally;
    }

  private:
    static Rights readable(Rights rights) { return rights & (Rights::read | Rights::execute); }
    static Entry read_only(Entry entry) { return Format::with_rights(entry, readable(Format::rights(entry))); }

    /// Makes the tables behind an entry sealed tables, which nobody can write through that entry; says how many were
    /// not before.
    template <unsigned kLevel>
    std::uint32_t seal_unit(Entry& unit) {
        write_protect<kLevel>(unit);
        return mark_sealed<kLevel>(unit);
    }
    template <unsigned kLevel>
    std::uint32_t mark_sealed(Entry unit) {
        const FrameNumber table = Format::frame(unit);
        if (memory_->sealed_table(table)) return 0;  // and all behind it
        memory_->set_sealed_table(table, true);
        std::uint32_t count = 1;
        if constexpr (kLevel > 1) {
            Walk::template each_table<kLevel - 1>(memory_->entries(table),
                                                  [&](Entry& entry) { count += mark_sealed<kLevel - 1>(entry); });
        }
        return count;
    }
    /// Takes the right to write from all that lies behind an entry, as high up as the format can.
    template <unsigned kLevel>
    void write_protect(Entry& unit) {
        if constexpr (Format::table_has_rights(kLevel)) {
            write(unit, read_only(unit));
        } else if constexpr (kLevel > 1) {
            Walk::template each_table<kLevel - 1>(entries_of(unit),
                                                  [&](Entry& entry) { write_protect<kLevel - 1>(entry); });
        } else {
            Entry* const entries = entries_of(unit);
            for (std::uint32_t i = 0; i < kUnitPages; ++i) {
                if (holds_frame(entries[i]) && has(Format::rights(entries[i]), Rights::write)) {
                    write(entries[i], read_only(entries[i]));
                }
            }
            memory_->pause();
        }
    }

    /// A function of its own: inside another its loop would have too few registers.
    [[gnu::noinline]] UnitCounts move_entries(Entry* entries, const Run& target) {
        UnitCounts moved;
        for (std::uint32_t i = 0; i < target.count; ++i) {
            const Entry entry = entries[i];
            if (entry == Format::kAbsent) continue;
            ++(Format::guard(entry) ? moved.guards : moved.pages);
            write(target.entries[i], Format::from_transit(entry));
            if (!lets_in(Canary::double_owner)) write(entries[i], Format::kAbsent);
        }
        return moved;
    }

    /// Pairs the entries of a ragged unit with those of their new place, which may lie in two units.
    template <typename OnTarget>
    void for_each_target(const Run& run, VirtAddr to, OnTarget&& on_target) const {
        auto on_unit = [](auto, Entry&, VirtAddr) { FREEHOLD_ASSERT(false && "a ragged unit went to a whole one"); };
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
                write(target.entries[i], read_only(entry));
            }
        }
        add_counts(target.table, shared.pages, shared.guards);
    }

    template <unsigned kLevel>
    void drop_whole(FrameNumber table, Tally& tally) {
        const bool sealed = memory_->sealed_table(table);
        [[maybe_unused]] const UnitCounts counts = memory_->counts(table);
        if (!memory_->drop_table(table)) return;
        ++(sealed ? tally.sealed_tables : tally.tables);
        Entry* const entries = memory_->entries(table);
        if constexpr (kLevel > 1) {
            Walk::template each_table<kLevel - 1>(
                entries, [&](Entry& entry) { drop_whole<kLevel - 1>(Format::frame(entry), tally); });
        } else {
            tally.pages += counts.pages;
            tally.guards += counts.guards;
            std::uint32_t left = counts.pages;
            for (std::uint32_t i = 0; left != 0; ++i) {
                if (!holds_frame(entries[i])) continue;
                memory_->drop_page(Format::frame(entries[i]));
                --left;
            }
            memory_->pause();
        }
    }

    /// Drops the frames of a run, and says what it held; clears the entries too if told.
    UnitCounts clear_pages(const Run& run, bool clear) {
        UnitCounts gone;
        std::uint32_t cleared = 0;
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
            if (!clear) continue;
            store(run.entries[i], Format::kAbsent);
            ++cleared;
        }
        memory_->wrote_entries(cleared);
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
        auto on_unit = [&](auto level, Entry& unit, VirtAddr at) {
            FREEHOLD_ASSERT(has_table(unit, level));
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

    /// A device's pages on their way into tables.
    struct Device {
        PageRange range;
        FrameNumber first;
        Rights rights;
        bool cached;

        [[nodiscard]] FrameNumber frame(VirtAddr at) const {
            return first + static_cast<std::uint32_t>((at - range.base()) >> kPageShift);
        }
        [[nodiscard]] bool can_be_large(PageRange part, unsigned level) const {
            return Format::has_large_pages(level) && is_whole(part, level) &&
                   frame(part.base()).value() % unit_pages(level) == 0;
        }
    };

    template <unsigned kLevel>
    void map_device_in(Entry* entries, PageRange range, const Device& device) {
        Walk::template each_entry<kLevel>(entries, range, [&](Entry& entry, PageRange part) {
            if (device.can_be_large(part, kLevel)) {
                write(entry, Format::make_page(device.frame(part.base()), device.rights, kLevel, device.cached));
                return;
            }
            add_table(entry, kLevel);
            if constexpr (kLevel > 1) {
                map_device_in<kLevel - 1>(entries_of(entry), part, device);
            } else {
                for (VirtAddr at = part.base(); at < part.end(); at = at + kPageBytes) {
                    map_page(at, device.frame(at), device.rights, device.cached);
                }
                memory_->pause();
            }
        });
    }

    template <unsigned kLevel>
    [[nodiscard]] std::uint32_t missing_device_in(Entry* entries, PageRange range, const Device& device) const {
        std::uint32_t missing = 0;
        // Where no table is, every entry of the one to come is absent: any absent entry can stand for them.
        Entry absent = Format::kAbsent;
        auto visit = [&](Entry& entry, PageRange part) {
            if (device.can_be_large(part, kLevel)) return;
            missing += entry == Format::kAbsent ? 1 : 0;
            if constexpr (kLevel > 1) {
                Entry* const below = has_table(entry, kLevel) ? entries_of(entry) : nullptr;
                missing += missing_device_in<kLevel - 1>(below, part, device);
            }
        };
        for (VirtAddr at = range.base(); at < range.end();) {
            const VirtAddr unit_end = Walk::unit_base(at, kLevel) + unit_bytes(kLevel);
            const VirtAddr stop = std::min(unit_end, range.end());
            visit(entries == nullptr ? absent : entries[Walk::index(at, kLevel)], PageRange(at, stop));
            at = stop;
        }
        return missing;
    }
};

}  // namespace freehold
