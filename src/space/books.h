// SPDX-License-Identifier: MIT
// The books of one operation: who is charged for what it takes, and gets back what it gives up. Beside them, what an
// operation must know of a range before it changes it.
#pragma once

#include "src/base/canary.h"
#include "src/space/space_memory.h"

namespace freehold {

/// Charges a space and promises frames, or neither.
/// @error over_limit, out_of_memory
inline Status charge_locked(AddressSpace& space, SpaceMemory& memory, std::uint64_t frames_charged,
                            std::uint64_t frames_promised) {
    if (frames_charged > space.limit_frames - space.charged_frames) return Status::over_limit;
    if (frames_promised > memory.pool().span()) return Status::out_of_memory;
    const Status status = memory.pool().reserve_locked(static_cast<std::uint32_t>(frames_promised));
    if (status == Status::ok || lets_in(Canary::missed_rollback)) {
        space.charged_frames += static_cast<std::uint32_t>(frames_charged);
    }
    return status;
}

inline void discharge_locked(AddressSpace& space, std::uint32_t frames) {
    FREEHOLD_ASSERT(frames <= space.charged_frames);
    space.charged_frames -= frames;
}

/// Gives back the frames that the space's region table can do without.
inline void trim_regions_locked(AddressSpace& space, SpaceMemory& memory) {
    for (FrameNumber frame; space.regions.take_surplus(frame);) {
        FREEHOLD_ASSERT(memory.drop_table(frame));
        discharge_locked(space, 1);
    }
}

/// Charges the space for frames, and adds them to its region table.
inline Status add_region_frames_locked(AddressSpace& space, SpaceMemory& memory, std::uint32_t frames) {
    const Status status = charge_locked(space, memory, frames, frames);
    if (status != Status::ok) return status;
    for (; frames > 0; --frames) {
        const FrameNumber frame = memory.pool().take_locked(FrameState::space);
        space.regions.add_frame(frame, memory.pool().pointer(frame));
    }
    return Status::ok;
}

/// Sees that the region table has room for so many regions more, at the bounds of a range, and for what is reserved:
/// frames it needs it gets or the call fails; one that would make the change cheaper it gets if there is one.
/// @error over_limit, out_of_memory
inline Status grow_regions_locked(AddressSpace& space, SpaceMemory& memory, PageRange range, std::int32_t growth) {
    const std::uint32_t slots = growth > 0 ? static_cast<std::uint32_t>(growth) : 0;
    const std::uint32_t wanted = space.regions.frames_wanted(range, slots);
    if (wanted == 0) return Status::ok;
    const Status status = add_region_frames_locked(space, memory, wanted);
    const std::uint32_t required = space.regions.frames_required(slots);
    return status == Status::ok || required == wanted ? status : add_region_frames_locked(space, memory, required);
}

/// grow_regions_locked() and charge_locked(), both or neither.
inline Status charge_change_locked(AddressSpace& space, SpaceMemory& memory, PageRange range, std::int32_t growth,
                                   std::uint64_t frames_charged, std::uint64_t frames_promised) {
    if (const Status status = grow_regions_locked(space, memory, range, growth); status != Status::ok) return status;
    const Status status = charge_locked(space, memory, frames_charged, frames_promised);
    if (status != Status::ok) {
        trim_regions_locked(space, memory);
        memory.finish();
    }
    return status;
}

inline void add_sealed_locked(SpaceMemory& memory, std::uint32_t frames) {
    memory.pool().accounts_locked().sealed += frames;
}
inline void take_sealed_locked(SpaceMemory& memory, std::uint32_t frames) {
    FREEHOLD_ASSERT(frames <= memory.pool().accounts().sealed);
    memory.pool().accounts_locked().sealed -= frames;
}

/// Settles tables that a split made the space's own: those copied took a promised frame, the others were sealed
/// tables nobody else used, or large pages.
inline void settle_split_locked(SpaceMemory& memory, const SpacePmap::SplitCost& planned,
                                const SpacePmap::SplitCost& done) {
    FREEHOLD_ASSERT(done.owned == planned.owned && done.frames <= planned.frames);
    memory.pool().unreserve_locked(planned.frames - done.frames);
    take_sealed_locked(memory, done.owned - done.frames);
}

/// The pages of a range that are charged to the space: those of plain (or kept) anonymous regions.
struct Survey {
    Word plain_pages = 0;  ///< touched or not, guards included; no more than can be charged
    Word other_pages = 0;  ///< sealed, device
    UnitCounts plain;      ///< of plain_pages: with a frame, and guards

    /// Frames charged for them, and of these promised only.
    [[nodiscard]] std::uint32_t charged() const { return static_cast<std::uint32_t>(plain_pages) - plain.guards; }
    [[nodiscard]] std::uint32_t untouched() const { return charged() - plain.pages; }
};

inline bool is_plain(Tag tag) {
    return tag.type() == RegionType::anon && (tag.state() == RegionState::plain || tag.state() == RegionState::kept ||
                                              tag.state() == RegionState::transit);
}

/// Counts what is plain in a range. Where all is, or nothing, `plain` is left to the operation's own tally.
inline Survey survey_locked(const AddressSpace& space, const SpacePmap& pmap, PageRange range) {
    Survey survey;
    for (const Region& region : space.regions.overlapping(range)) {
        const Word pages = region.within(range).count_pages();
        (is_plain(region.tag) ? survey.plain_pages : survey.other_pages) += pages;
    }
    if (survey.plain_pages == 0 || survey.other_pages == 0) return survey;
    for (const Region& region : space.regions.overlapping(range)) {
        if (!is_plain(region.tag)) continue;
        const UnitCounts counts = pmap.count(region.within(range));
        survey.plain.pages += counts.pages;
        survey.plain.guards += counts.guards;
    }
    return survey;
}

/// Completes a survey of a uniform range by the tally of the operation.
inline void complete(Survey& survey, const Tally& tally) {
    if (survey.plain_pages != 0 && survey.other_pages == 0) survey.plain = {tally.pages, tally.guards};
}

/// Whether a unit has become free altogether, so that its table can go.
inline bool is_free_locked(const AddressSpace& space, PageRange unit) {
    const Region region = space.regions.find(unit.base());
    return region.tag.is_free() && region.end >= unit.end();
}

/// Gives up the tables at the ragged ends of a range whose units have become free altogether.
inline void trim_tables_locked(AddressSpace& space, SpacePmap& pmap, PageRange range) {
    discharge_locked(space, pmap.trim(range, [&](PageRange unit) { return is_free_locked(space, unit); }));
}

/// The range that is wanted, if it is free.
inline Result<PageRange> free_range_locked(const AddressSpace& space, VirtAddr base, Word length_bytes) {
    const auto range = PageRange::checked(base.value(), length_bytes);
    if (!range.ok()) return range.status();
    const Region region = space.regions.find(base);
    if (!region.tag.is_free() || region.end < range.value().end()) return Status::not_free;
    return range;
}

/// Where an area goes that may hold whole tables: congruent to where it was, so that they can go along. A shorter one
/// goes anywhere, and so into tables that are there already. `at` is for Placement::at.
inline Result<PageRange> place_arrival_locked(const AddressSpace& to, PageRange range, Placement placement,
                                              VirtAddr at = {}) {
    const Word alignment = SpacePmap::unit_bytes(SpacePmap::unit_level(range.length_bytes()));
    if (placement == Placement::at) {
        if ((at.value() - range.base().value()) % alignment != 0) return Status::misaligned;
        return free_range_locked(to, at, range.length_bytes());
    }
    const SearchFrom from = placement == Placement::highest ? SearchFrom::highest : SearchFrom::lowest;
    const auto base = to.regions.find_free(range.length_bytes(), alignment, range.base().value() % alignment, from);
    if (!base.ok()) return base.status();
    return PageRange(base.value(), base.value() + range.length_bytes());
}

inline void record(AddressSpace& space, LedgerEntry::Operation operation, PageRange range,
                   const AddressSpace* to = nullptr, VirtAddr arrived_at = {}) {
    space.system->ledger.record({.sequence = 0,
                                 .timestamp = 0,
                                 .operation = operation,
                                 .from = space_id(space),
                                 .to = to != nullptr ? space_id(*to) : SpaceId::none,
                                 .base = range.base().value(),
                                 .length_bytes = range.length_bytes(),
                                 .arrived_at = arrived_at.value()});
}

static_assert(kUserEnd.value() % SpacePmap::unit_bytes(SpacePmap::kRootLevel) == 0, "user space is whole root entries");

}  // namespace freehold
