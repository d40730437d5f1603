// SPDX-License-Identifier: MIT
// Areas travel: they depart from one space, are in transit, and arrive in another or come back. A move does it at
// once, a message takes its time; sharing leaves the sealed pages where they are too.
//
//            plan_departure      depart                    plan_arrival        arrive
//   mapped ------------------> (same) --> in transit ----------------> (same) --> mapped, elsewhere
//                                              |
//                                              +----- come_back -----> mapped, where it was
#include <algorithm>

#include "src/space/books.h"

namespace freehold {

namespace {

Tag departed_tag(Tag tag) {
    return tag.with(tag.state() == RegionState::sealed ? RegionState::transit_sealed : RegionState::transit);
}

Tag arrived_tag(Tag tag) {
    if (tag.state() == RegionState::transit_sealed) return tag.with(RegionState::sealed);
    return tag.state() == RegionState::transit ? tag.with(RegionState::plain) : tag;
}

/// Regions more that there are once the ranges have departed: exact for one range, else at most so many.
std::int32_t departure_growth_locked(const AddressSpace& from, std::span<const PageRange> ranges) {
    if (ranges.size() == 1) return from.regions.growth(ranges[0], departed_tag);
    return static_cast<std::int32_t>(2 * ranges.size());
}

/// Holds the target of an arrival that is planned but not yet made, so that two plans never choose the same.
constexpr Tag kPlanned = Tag::make(RegionType::anon, Rights::none, RegionState::transit);

/// Slots that the regions of a range may need anywhere else: one for each, and two for what they cut apart.
std::int32_t slots_of_locked(const AddressSpace& space, PageRange range) {
    std::int32_t slots = 2;
    for ([[maybe_unused]] const Region& region : space.regions.overlapping(range)) ++slots;
    return slots;
}

/// Regions more that `to` has once a range of `from` has arrived: exactly for one region, else the slots above.
std::int32_t arrival_growth_locked(const AddressSpace& from, PageRange range, const AddressSpace& to,
                                   PageRange target) {
    const Region first = from.regions.find(range.base());
    if (first.end >= range.end()) return to.regions.growth(target, arrived_tag(first.tag));
    return slots_of_locked(from, range);
}

/// Carves the target of a plan that others follow, and keeps the slots that its final regions may need.
/// @pre the region table has room for both
void hold_target_locked(AddressSpace& to, PageRange target, std::int32_t slots, Plan& plan) {
    plan.held_slots = static_cast<std::uint32_t>(slots);
    to.regions.assign(target, kPlanned);
    to.regions.set_reserved(to.regions.reserved() + plan.held_slots);
}

/// Gives `target` the tags that `range` has in `from`, arrived.
void copy_regions_locked(const AddressSpace& from, PageRange range, AddressSpace& to, VirtAddr target) {
    for (VirtAddr at = range.base(); at < range.end();) {
        const Region region = from.regions.find(at);
        const PageRange part = region.within(range);
        const VirtAddr base = target + (part.base() - range.base());
        to.regions.assign(PageRange(base, base + part.length_bytes()), arrived_tag(region.tag));
        at = part.end();
        if (at < range.end()) freehold_host_pause(from.system->host);
    }
}

/// Frames that a range brings along as charge: plain pages but for guards, and its own tables of whole units.
std::uint32_t charge_of_locked(const AddressSpace& from, const SpacePmap& pmap, PageRange range) {
    Survey survey = survey_locked(from, pmap, range);
    if (survey.plain_pages != 0 && survey.other_pages == 0) survey.plain = pmap.count(range);
    return survey.charged() + pmap.count_whole(range).tables;
}

}  // namespace

void reserve_slots_locked(AddressSpace& space, std::size_t areas) {
    space.regions.set_reserved(space.regions.reserved() + static_cast<std::uint32_t>(areas) * kSlotsOfArea);
}

void unreserve_slots_locked(AddressSpace& space, std::size_t areas) {
    space.regions.set_reserved(space.regions.reserved() - static_cast<std::uint32_t>(areas) * kSlotsOfArea);
}

void return_slots_locked(AddressSpace& space, std::size_t areas) {
    unreserve_slots_locked(space, areas);
    SpaceMemory memory(space);
    trim_regions_locked(space, memory);
    memory.finish();
}

Status check_departure_locked(AddressSpace& from, PageRange range, bool to_share) {
    for (const Region& region : from.regions.overlapping(range)) {
        const Tag tag = region.tag;
        if (tag.is_free()) return Status::not_mapped;
        if (tag.type() == RegionType::phys) return Status::not_anonymous;
        if (tag.state() == RegionState::kept) return Status::kernel_kept;
        if (tag.state() == RegionState::transit || tag.state() == RegionState::transit_sealed) {
            return Status::in_transit;
        }
        if (to_share && tag.state() != RegionState::sealed) return Status::not_sealed;
    }
    return Status::ok;
}

Result<Plan> plan_departure_locked(AddressSpace& from, std::span<const PageRange> ranges) {
    reserve_slots_locked(from, ranges.size());
    const std::int32_t growth = departure_growth_locked(from, ranges);
    if (!from.regions.allows(growth)) {
        unreserve_slots_locked(from, ranges.size());
        return Status::region_table_full;
    }
    SpaceMemory memory(from);
    const SpacePmap pmap(memory, from.root);
    SpacePmap::SplitCost cost;
    for (const PageRange range : ranges) {
        const auto one = pmap.ends_split_cost(range);
        cost = {cost.frames + one.frames, cost.owned + one.owned};
    }
    const Status status = charge_change_locked(from, memory, ranges[0], growth, cost.owned, cost.frames);
    if (status == Status::ok) {
        return Plan{.promised_frames = cost.frames, .charged_frames = cost.owned, .target = {}, .held_slots = 0};
    }
    unreserve_slots_locked(from, ranges.size());
    trim_regions_locked(from, memory);
    memory.finish();
    return status;
}

void cancel_departure_locked(AddressSpace& from, std::span<const PageRange> ranges, const Plan& plan) {
    SpaceMemory memory(from);
    memory.pool().unreserve_locked(plan.promised_frames);
    discharge_locked(from, plan.charged_frames);
    unreserve_slots_locked(from, ranges.size());
    trim_regions_locked(from, memory);
    memory.finish();
}

void depart_locked(AddressSpace& from, std::span<const PageRange> ranges, const Plan& plan) {
    SpaceMemory memory(from);
    SpacePmap pmap(memory, from.root);
    SpacePmap::SplitCost done;
    for (const PageRange range : ranges) {
        const auto one = pmap.split_ends(range);
        done = {done.frames + one.frames, done.owned + one.owned};
        pmap.depart(range);
        from.regions.transform(range, departed_tag);
        record(from, LedgerEntry::Operation::depart, range);
    }
    // Two ranges in one unit were planned as if each had to split it.
    memory.pool().unreserve_locked(plan.promised_frames - done.frames);
    discharge_locked(from, plan.charged_frames - done.owned);
    take_sealed_locked(memory, done.owned - done.frames);
    trim_regions_locked(from, memory);
    memory.finish();
    from.areas_in_flight += static_cast<std::uint32_t>(ranges.size());
}

Result<Plan> plan_arrival_locked(AddressSpace& from, PageRange range, AddressSpace& to, const ArrivalOptions& options) {
    const auto placed = place_arrival_locked(to, range, options.placement, options.address);
    if (!placed.ok()) return placed.status();
    const PageRange target = placed.value();
    const std::int32_t slots = options.more_follow ? slots_of_locked(from, range) : 0;
    const std::int32_t growth = options.more_follow ? slots + to.regions.growth(target, kPlanned)
                                                    : arrival_growth_locked(from, range, to, target);
    if (!to.regions.allows(growth)) return Status::region_table_full;
    SpaceMemory memory(from);
    const SpacePmap source(memory, from.root);
    const std::uint32_t tables = SpacePmap(memory, to.root).missing_end_tables(target);
    const std::uint32_t moved = options.share ? 0 : charge_of_locked(from, source, range);
    const Status status = charge_change_locked(to, memory, target, growth, std::uint64_t{tables} + moved, tables);
    if (status != Status::ok) return status;
    Plan plan{.promised_frames = tables, .charged_frames = tables + moved, .target = target.base(), .held_slots = 0};
    if (options.more_follow) hold_target_locked(to, target, slots, plan);
    return plan;
}

void cancel_arrival_locked(PageRange range, AddressSpace& to, const Plan& plan) {
    if (plan.held_slots != 0) {
        to.regions.set_reserved(to.regions.reserved() - plan.held_slots);
        to.regions.assign(PageRange(plan.target, plan.target + range.length_bytes()), Tag::free());
    }
    SpaceMemory memory(to);
    memory.pool().unreserve_locked(plan.promised_frames);
    discharge_locked(to, plan.charged_frames);
    trim_regions_locked(to, memory);
    memory.finish();
}

/// Two plans may have counted one table each: settles what was promised for more tables than were added.
static void give_back_tables_locked(SpaceMemory& memory, AddressSpace& to, const Plan& plan, std::uint32_t added) {
    memory.pool().unreserve_locked(plan.promised_frames - added);
    discharge_locked(to, plan.promised_frames - added);
}

void arrive_locked(AddressSpace& from, PageRange range, AddressSpace& to, const Plan& plan) {
    SpaceMemory memory(from);
    SpacePmap source(memory, from.root);
    SpacePmap pmap(memory, to.root);
    const PageRange target(plan.target, plan.target + range.length_bytes());
    Survey survey = survey_locked(from, source, range);

    const std::uint32_t tables = pmap.add_end_tables(target);
    const Tally tally = pmap.arrive(source, range, plan.target);
    to.regions.set_reserved(to.regions.reserved() - plan.held_slots);
    copy_regions_locked(from, range, to, plan.target);
    unreserve_slots_locked(from, 1);
    from.regions.assign(range, Tag::free());
    trim_regions_locked(to, memory);
    trim_regions_locked(from, memory);

    complete(survey, tally);
    const std::uint32_t moved = survey.charged() + tally.tables;
    FREEHOLD_ASSERT(moved + plan.promised_frames == plan.charged_frames);
    give_back_tables_locked(memory, to, plan, tables);
    discharge_locked(from, moved);
    trim_tables_locked(from, source, range);
    memory.finish();
    Counters& counters = from.system->counters;
    counters.tables_moved += tally.units;
    ++counters.areas_moved;
}

void come_back_locked(AddressSpace& from, PageRange range) {
    SpaceMemory memory(from);
    SpacePmap pmap(memory, from.root);
    pmap.come_back(range);
    unreserve_slots_locked(from, 1);
    from.regions.transform(range, arrived_tag);
    trim_regions_locked(from, memory);
    memory.finish();
    record(from, LedgerEntry::Operation::come_back, range);
}

Result<VirtAddr> move_area(AddressSpace& from, PageRange range, AddressSpace& to, const TransferOptions& options) {
    if (&from == &to) return Status::receiver_is_sender;
    const SpacesGuard guard(from, to);
    if (options.placement == Placement::lowest) {
        if (const auto moved = move_at_once_locked(from, range, to); moved.ok()) return moved;
    }
    if (const Status status = check_departure_locked(from, range, false); status != Status::ok) return status;
    const std::span<const PageRange> ranges(&range, 1);
    const auto departure = plan_departure_locked(from, ranges);
    if (!departure.ok()) return departure.status();
    const auto arrival =
        plan_arrival_locked(from, range, to, {.placement = options.placement, .address = options.address});
    if (!arrival.ok()) {
        cancel_departure_locked(from, ranges, departure.value());
        return arrival.status();
    }
    depart_locked(from, ranges, departure.value());
    arrive_locked(from, range, to, arrival.value());
    --from.areas_in_flight;
    record(from, LedgerEntry::Operation::move, range, &to, arrival.value().target);
    return arrival.value().target;
}

void share_locked(AddressSpace& from, PageRange range, AddressSpace& to, const Plan& plan) {
    SpaceMemory memory(from);
    SpacePmap source(memory, from.root);
    SpacePmap pmap(memory, to.root);
    const std::uint32_t tables = pmap.add_end_tables(PageRange(plan.target, plan.target + range.length_bytes()));
    const Tally tally = pmap.share(source, range, plan.target);
    discharge_locked(from, tally.tables);
    add_sealed_locked(memory, tally.tables);
    give_back_tables_locked(memory, to, plan, tables);
    to.regions.set_reserved(to.regions.reserved() - plan.held_slots);
    copy_regions_locked(from, range, to, plan.target);
    trim_regions_locked(to, memory);
    memory.finish();
    Counters& counters = from.system->counters;
    counters.tables_shared += tally.units;
    ++counters.areas_shared;
    record(from, LedgerEntry::Operation::share, range, &to, plan.target);
}

Result<VirtAddr> share_area(AddressSpace& from, PageRange range, AddressSpace& to, const TransferOptions& options) {
    const SpacesGuard guard(from, to);
    if (const Status status = check_departure_locked(from, range, true); status != Status::ok) return status;
    const auto plan = plan_arrival_locked(from, range, to,
                                          {.placement = options.placement, .share = true, .address = options.address});
    if (!plan.ok()) return plan.status();
    share_locked(from, range, to, plan.value());
    return plan.value().target;
}

}  // namespace freehold
