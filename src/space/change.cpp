// SPDX-License-Identifier: MIT
// Areas change in place, and go: release, protect, guard, seal.
#include "src/space/books.h"

namespace freehold {

namespace {

bool travels(Tag tag) { return tag.state() == RegionState::transit || tag.state() == RegionState::transit_sealed; }

/// The first reason, in address order, why a range can't be changed by its owner; `refuse` adds one of its own.
template <typename Refuse>
Status check_range_locked(const AddressSpace& space, PageRange range, Refuse refuse) {
    for (const Region& region : space.regions.overlapping(range)) {
        if (region.tag.is_free()) return Status::not_mapped;
        if (travels(region.tag)) return Status::in_transit;
        if (region.tag.state() == RegionState::kept) return Status::kernel_kept;
        if (const Status status = refuse(region.tag); status != Status::ok) return status;
    }
    return Status::ok;
}

Tag sealed_tag(Tag tag) {
    const Rights readable = tag.rights() & (Rights::read | Rights::execute);
    return Tag::make(tag.type(), readable, RegionState::sealed);
}

/// Gives back what a range cost, after its pages are unmapped.
void discharge_range_locked(AddressSpace& space, SpaceMemory& memory, Survey survey, const Tally& tally) {
    complete(survey, tally);
    discharge_locked(space, survey.charged() + tally.tables);
    memory.pool().unreserve_locked(survey.untouched());
    take_sealed_locked(memory, memory.dead_pages() - survey.plain.pages + tally.sealed_tables);
}

}  // namespace

Status release_locked(AddressSpace& space, PageRange range) {
    const auto change = space.regions.plan(range, Tag::free());
    if (!space.regions.allows(change.growth())) return Status::region_table_full;
    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const auto cost = pmap.ends_split_cost(range);
    const Status status = charge_change_locked(space, memory, range, change.growth(), cost.owned, cost.frames);
    if (status != Status::ok) return status;

    settle_split_locked(memory, cost, pmap.split_ends(range));
    const Survey survey = survey_locked(space, pmap, range);
    discharge_range_locked(space, memory, survey, pmap.unmap(range));
    space.regions.commit(change);
    trim_regions_locked(space, memory);
    trim_tables_locked(space, pmap, range);
    memory.finish();
    record(space, LedgerEntry::Operation::release, range);
    return Status::ok;
}

Status release_area(AddressSpace& space, PageRange range) {
    const SpaceGuard guard(space);
    const Status status = check_range_locked(space, range, [](Tag) { return Status::ok; });
    return status == Status::ok ? release_locked(space, range) : status;
}

Status protect_area(AddressSpace& space, PageRange range, Rights rights) {
    if (!valid(rights)) return Status::bad_rights;
    const SpaceGuard guard(space);
    const Status allowed = check_range_locked(space, range, [rights](Tag tag) {
        const bool raises = tag.state() == RegionState::sealed && has(rights, Rights::write);
        return raises ? Status::sealed : Status::ok;
    });
    if (allowed != Status::ok) return allowed;
    auto change = [rights](Tag tag) { return tag.with(rights); };
    const std::int32_t growth = space.regions.growth(range, change);
    if (!space.regions.allows(growth)) return Status::region_table_full;

    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const auto cost = pmap.split_cost(range);
    const Status status = charge_change_locked(space, memory, range, growth, cost.owned, cost.frames);
    if (status != Status::ok) return status;

    settle_split_locked(memory, cost, pmap.split_all(range));
    pmap.protect(range, rights);
    space.regions.transform(range, change);
    trim_regions_locked(space, memory);
    memory.finish();
    record(space, LedgerEntry::Operation::protect, range);
    return Status::ok;
}

Status guard_area(AddressSpace& space, PageRange range) {
    const SpaceGuard guard(space);
    const Status allowed = check_range_locked(space, range, [](Tag tag) {
        if (tag.type() != RegionType::anon) return Status::not_anonymous;
        return tag.state() == RegionState::sealed ? Status::sealed : Status::ok;
    });
    if (allowed != Status::ok) return allowed;

    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const Tally tally = pmap.guard(range);
    discharge_locked(space, tally.guards);
    memory.pool().unreserve_locked(tally.guards - tally.pages);
    memory.finish();
    record(space, LedgerEntry::Operation::guard, range);
    return Status::ok;
}

Status seal_area(AddressSpace& space, PageRange range) {
    const SpaceGuard guard(space);
    const Status allowed = check_range_locked(
        space, range, [](Tag tag) { return tag.type() == RegionType::anon ? Status::ok : Status::not_anonymous; });
    if (allowed != Status::ok) return allowed;
    const std::int32_t growth = space.regions.growth(range, sealed_tag);
    if (!space.regions.allows(growth)) return Status::region_table_full;

    SpaceMemory memory(space);
    const Status status = grow_regions_locked(space, memory, range, growth);
    if (status != Status::ok) return status;
    SpacePmap pmap(memory, space.root);
    for (const Region& region : space.regions.overlapping(range)) {
        if (region.tag.state() == RegionState::sealed) continue;
        const PageRange part = region.within(range);
        const Tally tally = pmap.seal(part, sealed_tag(region.tag).rights());
        const std::uint32_t charged = static_cast<std::uint32_t>(part.count_pages()) - tally.guards;
        discharge_locked(space, charged + tally.tables);
        add_sealed_locked(memory, tally.pages + tally.tables);
        memory.pool().unreserve_locked(charged - tally.pages);
    }
    space.regions.transform(range, sealed_tag);
    trim_regions_locked(space, memory);
    memory.finish();
    record(space, LedgerEntry::Operation::seal, range);
    return Status::ok;
}

}  // namespace freehold
