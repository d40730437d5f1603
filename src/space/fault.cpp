// SPDX-License-Identifier: MIT
// Page faults: the first touch of a page, and TLB entries that are out of date.
#include <algorithm>

#include "src/space/books.h"
#include "src/space/touch.h"

namespace freehold {

Status touch_page_locked(SpaceMemory& memory, SpacePmap& pmap, VirtAddr page, Tag tag) {
    if (tag.state() != RegionState::sealed) {
        pmap.map_page(page, memory.take_zeroed(FrameState::anon), tag.rights());
        return Status::ok;
    }
    // Nobody will ever write here, so all such pages can be one frame of zeros. In a sealed table that is shared this
    // shows up for all who share it, which is what it already means.
    const FrameNumber zeros = memory.zero_frame();
    memory.hold(zeros);
    pmap.map_page(page, zeros, tag.rights());
    return Status::ok;
}

namespace {

/// Pages that one fault fills at most.
constexpr std::uint32_t kFilledMax = 16;

Word pages_between(VirtAddr base, VirtAddr end) { return (end - base) >> kPageShift; }

/// Fills a page of a region that is not sealed, and with it as many after it as have been touched right before it:
/// whoever writes page after page faults ever more seldom, and whoever touches one here and there gets that alone.
void fill_from_locked(SpaceMemory& memory, SpacePmap& pmap, const SpacePmap::Found& found, VirtAddr page,
                      const Region& region) {
    const auto below = static_cast<std::uint32_t>(std::min<Word>(pages_between(region.base, page), kFilledMax));
    const auto above = static_cast<std::uint32_t>(std::min<Word>(pages_between(page, region.end), kFilledMax));
    const std::uint32_t before = SpacePmap::held_below(found, page, below);
    const std::uint32_t count = SpacePmap::absent_from(found, page, std::clamp(before, 1U, above));
    pmap.map_pages(found, count, region.tag.rights(),
                   [&memory, count](auto visit) { memory.take_zeroed_run(count, FrameState::anon, visit); });
}

}  // namespace

Status check_access(Tag tag, Rights access) {
    if (tag.is_free()) return Status::not_mapped;
    if (tag.state() == RegionState::transit || tag.state() == RegionState::transit_sealed) return Status::in_transit;
    if (has(tag.rights(), access)) return Status::ok;
    return tag.state() == RegionState::sealed && has(access, Rights::write) ? Status::sealed : Status::access_denied;
}

Status resolve_fault(AddressSpace& space, VirtAddr address, Rights access) {
    if (address < kUserBase || address >= kUserEnd) return Status::outside_user_space;
    const SpaceGuard guard(space);
    const Region region = space.regions.find(address);
    const Tag tag = region.tag;
    const Status allowed = check_access(tag, access);
    if (allowed == Status::not_mapped || allowed == Status::in_transit) return allowed;

    SpaceMemory memory(space);
    SpacePmap pmap(memory, space.root);
    const SpacePmap::Found found = pmap.find(address);
    if (found.guard()) return Status::guard_page;
    if (allowed != Status::ok) return allowed;
    FREEHOLD_ASSERT(found.entry != nullptr);
    Status status = Status::ok;
    if (found.present()) {
        FREEHOLD_ASSERT(has(found.rights, access));
        // The processor remembers less than the tables allow, or that nothing was there: maybe at a level above.
        if constexpr (arch::Paging::kRemembersAbsent)
            memory.changed_unit(address);
        else
            memory.changed_page(address.page_base());
    } else if (tag.state() == RegionState::sealed) {
        status = touch_page_locked(memory, pmap, address.page_base(), tag);
    } else {
        fill_from_locked(memory, pmap, found, address.page_base(), region);
    }
    memory.finish();
    if (status == Status::ok) ++space.system->counters.faults_resolved;
    return status;
}

}  // namespace freehold
