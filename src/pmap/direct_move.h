// SPDX-License-Identifier: MIT
// DirectMove: entries go from one space's tables straight to another's. Only where that is all there is to do: every
// table on the way is there and its space's own, so none has to be made, split or copied.
//
//      from   | . . a b c | d e . . |          pieces: entries side by side in one table of either space
//                     \ \ \ | | |              a whole unit is a piece too: its table goes along
//      to       | . . . a b | c d e . . |
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "src/base/canary.h"
#include "src/base/computed_once.h"
#include "src/pmap/page_walk.h"

namespace freehold {

template <PagingFormat Format, TableMemory<Format> Memory>
class DirectMove {
    using Walk = PageWalk<Format, Memory>;

  public:
    using Entry = typename Format::Entry;

    /// What went, and what it leaves behind.
    struct Moved {
        std::uint32_t pages = 0;   ///< in pieces that are no whole units
        std::uint32_t tables = 0;  ///< of whole units
        std::uint32_t guards = 0;  ///< of whole units
        bool emptied = false;      ///< a table of the source may have become useless
    };

    DirectMove(Memory& memory, FrameNumber from, FrameNumber to)
        : memory_(&memory), from_(memory.entries(from)), to_(memory.entries(to)) {}

    /// Whether that is all there is to do. Pieces that are no whole units are to have no guards.
    [[nodiscard]] bool possible(PageRange range, VirtAddr to) const {
        if constexpr (Walk::kRootLevel > 1) {
            if (range.length_bytes() >= Walk::unit_bytes(2)) return false;
        }
        bool possible = true;
        each_piece(range, to, [&](const Piece& piece) {
            possible = possible && piece.source != nullptr && piece.target != nullptr && is_own(*piece.source) &&
                       (piece.whole() ? *piece.target == Format::kAbsent
                                      : is_own(*piece.target) && counts(*piece.source).guards == 0);
        });
        return possible;
    }

    /// @pre possible(range, to), and the target is free
    Moved move(PageRange range, VirtAddr to) {
        Moved moved;
        each_piece(range, to, [&](const Piece& piece) {
            if (piece.whole())
                move_unit(piece, moved);
            else
                move_entries(piece, moved);
        });
        return moved;
    }

  private:
    /// Entries side by side in both spaces.
    struct Piece {
        Entry* source;  ///< refers to the table they are in; nullptr if a table above is missing
        Entry* target;
        std::uint32_t source_index;
        std::uint32_t target_index;
        std::uint32_t count;

        [[nodiscard]] bool whole() const { return count == Walk::kUnitPages; }
    };

    template <typename Visit>
    [[gnu::always_inline]] void each_piece(PageRange range, VirtAddr to, Visit&& visit) const {
        auto left = static_cast<std::uint32_t>(range.count_pages());
        for (VirtAddr at = range.base(); left != 0;) {
            const std::uint32_t source_index = Walk::index(at, 0);
            const std::uint32_t target_index = Walk::index(to, 0);
            const std::uint32_t count = std::min(left, Walk::kUnitPages - std::max(source_index, target_index));
            visit(Piece{unit_of(from_, at), unit_of(to_, to), source_index, target_index, count});
            at = at + Word{count} * kPageBytes;
            to = to + Word{count} * kPageBytes;
            left -= count;
        }
    }

    /// The entry that refers to a page's table.
    [[nodiscard]] Entry* unit_of(Entry* root, VirtAddr address) const {
        return unit_in<Walk::kRootLevel>(root, address);
    }
    template <unsigned kLevel>
    [[nodiscard, gnu::always_inline]] Entry* unit_in(Entry* entries, VirtAddr address) const {
        Entry& entry = entries[Walk::index(address, kLevel)];
        if constexpr (kLevel > 1) {
            if (!Walk::has_table(entry, kLevel)) return nullptr;
            return unit_in<kLevel - 1>(memory_->entries(Format::frame(entry)), address);
        }
        return &entry;
    }

    [[nodiscard]] bool is_own(Entry unit) const {
        return Walk::has_table(unit, 1) && !memory_->sealed_table(Format::frame(unit));
    }
    [[nodiscard]] UnitCounts counts(Entry unit) const { return memory_->counts(Format::frame(unit)); }

    static void write(Entry& entry, Entry value) { std::atomic_ref(entry).store(value, std::memory_order_relaxed); }

    void move_unit(const Piece& piece, Moved& moved) {
        ++moved.tables;
        moved.guards += counts(*piece.source).guards;
        if constexpr (Walk::kRootLevel > 1) moved.emptied = true;
        write(*piece.target, *piece.source);
        write(*piece.source, Format::kAbsent);
        memory_->wrote_entries(2);
    }

    void move_entries(const Piece& piece, Moved& moved) {
        const FrameNumber source = Format::frame(*piece.source);
        const FrameNumber target = Format::frame(*piece.target);
        const std::uint32_t pages = move_run(memory_->entries(source) + piece.source_index,
                                             memory_->entries(target) + piece.target_index, piece.count);
        const UnitCounts before = memory_->counts(source);
        const UnitCounts beside = memory_->counts(target);
        FREEHOLD_ASSERT(before.pages >= pages);
        memory_->set_counts(source, {before.pages - pages, before.guards});
        memory_->set_counts(target, {beside.pages + pages, beside.guards});
        memory_->wrote_entries(2 * pages);
        moved.pages += pages;
        if (before.pages == pages) moved.emptied = true;
    }

    /// Eight entries a turn: the loop is what a move of many pages consists of. What is absent moves as well, onto what
    /// is absent. Mostly all are present, as one bit that they have in common says; else they are counted.
    [[gnu::noinline]] static std::uint32_t move_run(Entry* from, Entry* to, std::uint32_t count) {
        Entry common = ~Entry{0};
        const auto move_one = [&](std::uint32_t i) {
            const Entry entry = from[i];
            write(to[i], entry);
            if (!lets_in(Canary::double_owner)) write(from[i], Format::kAbsent);
            common = computed_once(common & entry);
        };
        std::uint32_t left = count;
        for (; left >= 8; left -= 8, from += 8, to += 8) {
            move_one(0);
            move_one(1);
            move_one(2);
            move_one(3);
            move_one(4);
            move_one(5);
            move_one(6);
            move_one(7);
        }
        for (std::uint32_t i = 0; i < left; ++i) move_one(i);
        if (Format::present(common)) return count;
        const Entry* const end = to + left;
        return static_cast<std::uint32_t>(
            std::count_if(end - count, end, [](Entry entry) { return entry != Format::kAbsent; }));
    }

    Memory* memory_;
    Entry* from_;
    Entry* to_;
};

}  // namespace freehold
