// SPDX-License-Identifier: MIT
// The short way of a move: what an area that is plain and all of one region needs, in one pass. Whatever is not so is
// left to transfer.cpp, before anything has changed.
//
// With several processors an area must leave one space, and every TLB, before it appears in another; with one it can't
// be used while this runs, so the entries go over as they are.
#include "src/pmap/direct_move.h"
#include "src/space/books.h"

namespace freehold {

namespace {

constexpr Status kTheLongWay = Status::would_block;

/// Whether a change concerns one region, and needs no frame.
bool is_for_it(const RegionTable& regions, const RegionTable::Plan& plan) {
    return plan.simple() && regions.allows(plan.growth()) && regions.frames_wanted(plan) == 0;
}

/// The table of the source that lost its last page goes too, if nothing else can come into its unit.
[[gnu::noinline]] void trim_locked(AddressSpace& from, SpaceMemory& memory, PageRange range) {
    SpacePmap pmap(memory, from.root);
    trim_tables_locked(from, pmap, range);
}

}  // namespace

Result<VirtAddr> move_at_once_locked(AddressSpace& from, PageRange range, AddressSpace& to) {
    System& system = *from.system;
    if (!system.one_processor) return kTheLongWay;
    const auto departure = from.regions.plan(range, Tag::free());
    if (!is_for_it(from.regions, departure)) return kTheLongWay;
    const Tag tag = departure.old_tag();
    if (tag.type() != RegionType::anon || tag.state() != RegionState::plain) return kTheLongWay;
    const auto placed = place_arrival_locked(to, range, Placement::lowest);
    if (!placed.ok()) return kTheLongWay;
    const PageRange target = placed.value();
    const auto arrival = to.regions.plan(target, tag);
    if (!is_for_it(to.regions, arrival)) return kTheLongWay;

    SpaceMemory memory(from);
    DirectMove<arch::Paging, SpaceMemory> entries(memory, from.root, to.root);
    const auto pages = static_cast<std::uint32_t>(range.count_pages());
    const std::uint32_t charged_at_most = pages + pages / SpacePmap::kUnitPages;
    if (charged_at_most > to.limit_frames - to.charged_frames || !entries.possible(range, target.base())) {
        return kTheLongWay;
    }

    const auto moved = entries.move(range, target.base());
    memory.changed_range(range);
    from.regions.commit(departure);
    to.regions.commit(arrival);
    trim_regions_locked(from, memory);
    trim_regions_locked(to, memory);
    const std::uint32_t charged = pages - moved.guards + moved.tables;
    discharge_locked(from, charged);
    to.charged_frames += charged;
    if (moved.emptied) trim_locked(from, memory, range);
    memory.finish();
    system.counters.tables_moved += moved.tables;
    ++system.counters.areas_moved;
    record(from, LedgerEntry::Operation::move, range, &to, target.base());
    return target.base();
}

}  // namespace freehold
