// SPDX-License-Identifier: MIT
#include "tests/threads/town.h"

#include <algorithm>

namespace freehold::threads {

namespace {

constexpr std::uint32_t kRegionsShown = 1000;

bool owns(const Area& area, SpaceId space, VirtAddr page) { return area.space == space && area.range().contains(page); }

bool in_transit(RegionState state) { return state == RegionState::transit || state == RegionState::transit_sealed; }

}  // namespace

Town::Town(std::uint32_t count_frames)
    : hosted_(count_frames), idle_root_(allocate_kernel_frame(hosted_.system()).value()) {
    hosted_.host().waits = [](std::uintptr_t, std::uint32_t) { return true; };
    free_at_start_ = memory_info(system()).frames_free;
    for (std::uint32_t i = 0; i < kPlaces; ++i) {
        if (!is_guest(i)) places_.at(i).space = create_space(system(), {}).value();
    }
}

std::string Town::complaint() {
    const AuditReport report = audit(system());
    if (!report.clean) return report.text;
    if (hosted_.machine().stale_uses() != 0) return "used: " + hosted_.machine().stale_description();
    return hosted_.machine().first_stale();
}

std::string Town::check(const Area& area) {
    AddressSpace* const space = places_.at(area.place).space;
    for (Word page = 0; page < area.pages; ++page) {
        std::array<std::uint32_t, 2> words = {};
        const VirtAddr at = area.base + page * kPageBytes;
        const Status status = copy_in(*space, at, std::as_writable_bytes(std::span(words)));
        const std::uint32_t number = area.stamp == 0 ? 0 : area.first_page + static_cast<std::uint32_t>(page);
        if (status == Status::ok && words[0] == area.stamp && words[1] == number) continue;
        return "page " + std::to_string(at.value()) + " of place " + std::to_string(area.place) + " holds " +
               std::to_string(words[0]) + ", " + std::to_string(words[1]) + " and not " + std::to_string(area.stamp) +
               ", " + std::to_string(number) + " (" + status_name(status) + ")";
    }
    return {};
}

std::string Town::collect_region(std::uint32_t index, const RegionInfo& region, const std::vector<Area>& owned,
                                 const std::vector<std::uint32_t>& sent) {
    AddressSpace& space = *places_.at(index).space;
    const SpaceId id = space_id(space);
    for (Word base = region.base; base < region.base + region.length_bytes; base += kPageBytes) {
        const VirtAddr page(base);
        if (std::ranges::any_of(owned, [&](const Area& area) { return owns(area, id, page); })) continue;
        if (index < kFirstWild) {
            std::uint32_t stamp = 0;
            if (copy_in(space, page, std::as_writable_bytes(std::span(&stamp, 1))) != Status::ok) return "unreadable";
            if (stamp != 0 && !std::ranges::binary_search(sent, stamp)) {
                return "an area of stamp " + std::to_string(stamp) + " belongs to nobody, and nobody sent it";
            }
        }
        const Status status = release_area(space, PageRange(page, page + kPageBytes));
        if (status != Status::ok && status != Status::out_of_memory && status != Status::region_table_full) {
            return std::string("an area that came back is not released: ") + status_name(status);
        }
    }
    return {};
}

std::string Town::collect(const std::vector<Area>& owned, const std::vector<std::uint32_t>& sent) {
    std::vector<RegionInfo> regions(kRegionsShown);
    for (std::uint32_t i = 0; i < kPlaces; ++i) {
        AddressSpace* const space = places_.at(i).space;
        if (space == nullptr) continue;
        regions.resize(kRegionsShown);
        regions.resize(walk_regions(*space, VirtAddr(0), regions));
        for (const RegionInfo& region : regions) {
            const bool kept = region.state == RegionState::kept || in_transit(region.state);
            if (region.type != RegionType::anon || kept) continue;
            if (auto wrong = collect_region(i, region, owned, sent); !wrong.empty()) return wrong;
        }
    }
    return {};
}

std::string Town::close() {
    for (std::uint32_t processor = 0; processor < sim::Machine::kProcessors; ++processor) {
        host::play_processor(processor);
        unload();
    }
    host::play_processor(0);
    for (Place& place : places_) {
        if (place.space != nullptr) destroy_space(place.space);
    }
    if (auto wrong = complaint(); !wrong.empty()) return wrong;
    const MemoryInfo info = memory_info(system());
    if (info.frames_free != free_at_start_) return std::to_string(free_at_start_ - info.frames_free) + " frames lost";
    return info.ports != 0 ? "a port outlived its space" : std::string();
}

}  // namespace freehold::threads
