// SPDX-License-Identifier: MIT
// Areas come: anonymous, of a device, or adopted from what the machine was booted with.
#include "src/space/books.h"

namespace freehold {

namespace {

SearchFrom search_from(Placement placement) {
    return placement == Placement::highest ? SearchFrom::highest : SearchFrom::lowest;
}

/// Where an area goes, or why it can't.
Result<PageRange> place_locked(const AddressSpace& space, const AllocateOptions& options) {
    if (options.placement == Placement::at) {
        if (options.address.value() % options.alignment_bytes != 0) return Status::misaligned;
        return free_range_locked(space, options.address, options.length_bytes);
    }
    const auto base =
        space.regions.find_free(options.length_bytes, options.alignment_bytes, 0, search_from(options.placement));
    if (!base.ok()) return base.status();
    return PageRange(base.value(), base.value() + options.length_bytes);
}

Status check_options(const AllocateOptions& options) {
    if (options.length_bytes == 0) return Status::zero_length;
    if (options.length_bytes % kPageBytes != 0) return Status::misaligned;
    if (!is_power_of_two(options.alignment_bytes) || options.alignment_bytes < kPageBytes) return Status::bad_alignment;
    if (!valid(options.rights)) return Status::bad_rights;
    if (options.placement > Placement::at) return Status::bad_option;
    const std::uint64_t guards = std::uint64_t{options.guard_pages_below} + options.guard_pages_above;
    if (guards > options.length_bytes / kPageBytes) return Status::bad_option;
    return Status::ok;
}

void populate_locked(SpaceMemory& memory, SpacePmap& pmap, PageRange range, Rights rights) {
    for (VirtAddr at = range.base(); at < range.end(); at = at + kPageBytes) {
        pmap.map_page(at, memory.take_zeroed(FrameState::anon), rights);
        memory.pause();
    }
}

/// Whether any of the frames is the pool's.
bool is_memory(FrameRange frames, FramePool& pool) {
    const auto guard = pool.lock();
    return pool.contains_any_locked(frames);
}

/// Marks the guards at both ends of a new area, and gives what lies between them its frames if that is wanted.
void fill_area_locked(SpaceMemory& memory, SpacePmap& pmap, PageRange range, const AllocateOptions& options) {
    const VirtAddr inner_base = range.base() + Word{options.guard_pages_below} * kPageBytes;
    const VirtAddr inner_end = range.end() - Word{options.guard_pages_above} * kPageBytes;
    if (range.base() < inner_base) pmap.guard(PageRange(range.base(), inner_base));
    if (inner_end < range.end()) pmap.guard(PageRange(inner_end, range.end()));
    if (options.populate && inner_base < inner_end) {
        populate_locked(memory, pmap, PageRange(inner_base, inner_end), options.rights);
    }
}

}  // namespace

Result<VirtAddr> allocate_locked(AddressSpace& space, const AllocateOptions& options, RegionState state) {
    if (const Status status = check_options(options); status != Status::ok) return status;
    const auto placed = place_locked(space, options);
    if (!placed.ok()) return placed.status();
    const PageRange range = placed.value();
    const Tag tag = Tag::make(RegionType::anon, options.rights, state);
    const auto change = space.regions.plan(range, tag);
    if (!space.regions.allows(change.growth())) return Status::region_table_full;

    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const std::uint64_t frames = std::uint64_t{range.count_pages()} - options.guard_pages_below -
                                 options.guard_pages_above + pmap.missing_tables(range);
    const Status status = charge_change_locked(space, memory, range, change.growth(), frames, frames);
    if (status != Status::ok) return status;

    space.regions.commit(change);
    trim_regions_locked(space, memory);
    pmap.add_tables(range);
    fill_area_locked(memory, pmap, range, options);
    memory.finish();
    record(space, LedgerEntry::Operation::allocate, range);
    return range.base();
}

Result<VirtAddr> allocate_area(AddressSpace& space, const AllocateOptions& options) {
    const SpaceGuard guard(space);
    return allocate_locked(space, options, RegionState::plain);
}

Result<VirtAddr> map_physical(AddressSpace& space, const PhysicalOptions& options) {
    if (options.length_bytes == 0) return Status::zero_length;
    if (options.length_bytes % kPageBytes != 0 || options.address % kPageBytes != 0) return Status::misaligned;
    if (options.address + options.length_bytes < options.address) return Status::overflow;
    if (!valid(options.rights)) return Status::bad_rights;
    if (options.address + options.length_bytes > arch::Paging::kPhysicalEnd) return Status::no_such_device;
    const FrameNumber first(static_cast<std::uint32_t>(options.address >> kPageShift));
    if (is_memory({first, static_cast<std::uint32_t>(options.length_bytes / kPageBytes)}, space.system->pool)) {
        return Status::no_such_device;
    }

    const SpaceGuard guard(space);
    const Word unit = SpacePmap::device_alignment(options.length_bytes);
    const Word phase = static_cast<Word>(options.address % unit);
    const auto base = space.regions.find_free(options.length_bytes, unit, phase, SearchFrom::lowest);
    if (!base.ok()) return base.status();
    const PageRange range(base.value(), base.value() + options.length_bytes);
    const Tag tag = Tag::make(RegionType::phys, options.rights);
    const auto change = space.regions.plan(range, tag);
    if (!space.regions.allows(change.growth())) return Status::region_table_full;

    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const std::uint32_t tables = pmap.missing_device_tables(range, first);
    const Status status = charge_change_locked(space, memory, range, change.growth(), tables, tables);
    if (status != Status::ok) return status;

    space.regions.commit(change);
    trim_regions_locked(space, memory);
    pmap.map_device(range, first, options.rights, options.cached);
    memory.finish();
    record(space, LedgerEntry::Operation::map_physical, range);
    return range.base();
}

Result<VirtAddr> adopt_frames(AddressSpace& space, FrameRange frames) {
    if (frames.count == 0) return Status::zero_length;
    if (std::uint64_t{frames.count} > arch::kUserEnd / kPageBytes) return Status::no_address_range;
    const Word length_bytes = static_cast<Word>(frames.count) * kPageBytes;

    const SpaceGuard guard(space);
    const Word phase = frames.first.value() % SpacePmap::kUnitPages * kPageBytes;
    const auto base = space.regions.find_free(length_bytes, SpacePmap::kUnitBytes, phase, SearchFrom::lowest);
    if (!base.ok()) return base.status();
    const PageRange range(base.value(), base.value() + length_bytes);
    const Tag tag = Tag::make(RegionType::anon, Rights::read, RegionState::sealed);
    const auto change = space.regions.plan(range, tag);
    if (!space.regions.allows(change.growth())) return Status::region_table_full;

    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const std::uint32_t tables = pmap.missing_tables(range);
    const Status status = charge_change_locked(space, memory, range, change.growth(), tables, tables);
    if (status != Status::ok) return status;

    space.regions.commit(change);
    trim_regions_locked(space, memory);
    pmap.add_tables(range);
    for (std::uint32_t i = 0; i < frames.count; ++i) {
        PageFrame& frame = memory.pool().at(frames.first + i);
        FREEHOLD_ASSERT(frame.state() == FrameState::kernel && frame.references() == 1);
        frame.set(FrameState::anon, 1);
        pmap.map_page(range.base() + i * kPageBytes, frames.first + i, Rights::read);
    }
    memory.pool().accounts_locked().kernel -= frames.count;
    add_sealed_locked(memory, frames.count);
    memory.finish();
    record(space, LedgerEntry::Operation::adopt, range);
    return range.base();
}

}  // namespace freehold
