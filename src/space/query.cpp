// SPDX-License-Identifier: MIT
// Looking at a space without changing it.
#include "src/space/books.h"

namespace freehold {

namespace {

RegionInfo describe_locked(const SpacePmap& pmap, const Region& region) {
    UnitCounts counts;
    if (!region.tag.is_free()) counts = pmap.count(PageRange(region.base, region.end));
    return {.base = region.base.value(),
            .length_bytes = region.end - region.base,
            .type = region.tag.type(),
            .state = region.tag.state(),
            .rights = region.tag.rights(),
            .reserved = 0,
            .pages_present = counts.pages,
            .pages_guard = counts.guards};
}

}  // namespace

Result<RegionInfo> query_region(AddressSpace& space, VirtAddr address) {
    RegionInfo info;
    if (walk_regions(space, address, std::span(&info, 1)) == 0) return Status::outside_user_space;
    return info;
}

std::uint32_t walk_regions(AddressSpace& space, VirtAddr from, std::span<RegionInfo> out) {
    if (from >= kUserEnd || out.empty()) return 0;
    const SpaceGuard guard(space);
    SpaceMemory memory(space);
    const SpacePmap pmap(memory, space.root);
    std::uint32_t written = 0;
    for (const Region& region : space.regions.overlapping(PageRange(from.page_base(), kUserEnd))) {
        out[written++] = describe_locked(pmap, region);
        if (written == out.size()) break;
    }
    memory.finish();
    return written;
}

Result<PageInfo> query_page(AddressSpace& space, VirtAddr address) {
    if (address >= kUserEnd) return Status::outside_user_space;
    const SpaceGuard guard(space);
    SpaceMemory memory(space);
    const SpacePmap pmap(memory, space.root);
    const SpacePmap::Found found = pmap.find(address);
    PageInfo info = {};
    info.guard = found.guard();
    if (found.present()) {
        info.present = true;
        info.large = found.level > 0;
        info.table_shared = found.level == 0 && memory.references(found.table) > 1;
        info.rights = found.rights;
        info.physical = std::uint64_t{SpacePmap::frame_of(found, address).value()} << kPageShift;
    }
    memory.finish();
    return info;
}

SpaceInfo space_info(const AddressSpace& space) {
    const LockGuard guard(space.system->host, space.lock);
    return {.id = space_id(space),
            .owner_token = space.owner_token,
            .regions = space.regions.count(),
            .frames_charged = space.charged_frames,
            .limit_frames = space.limit_frames,
            .areas_in_flight = space.areas_in_flight,
            .root = space.root};
}

}  // namespace freehold
