// SPDX-License-Identifier: MIT
// A sweep over the frames from 0 up, from one range's border to the next: no sorting, no memory, and ranges may lie in
// any order. Quadratic, with at most a few dozen ranges.
#include "kernel/boot/memory_map.h"

#include <algorithm>
#include <limits>

namespace freehold::kernel {
namespace {

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

/// Frames [first, end) of a range: usable ranges shrink to whole frames, reserved ones grow.
struct Span {
    std::uint64_t first;
    std::uint64_t end;
};

constexpr Span frames_of(const MemoryRange& range) {
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - range.base;
    const std::uint64_t end = range.base + std::min(range.length_bytes, room);
    const auto down = [](std::uint64_t address) { return address >> kPageShift; };
    const auto up = [](std::uint64_t address) {
        return (address >> kPageShift) + ((address & (kPageBytes - 1)) != 0 ? 1 : 0);
    };
    if (range.length_bytes == 0) return {0, 0};
    return range.usable ? Span{up(range.base), down(end)} : Span{down(range.base), up(end)};
}

/// In 64 bits: ranges of 32-bit numbers may end beyond them.
constexpr std::uint64_t end_of(FrameRange range) { return std::uint64_t{range.first.value()} + range.count; }

/// Adds usable frames [first, end) to the plan, which ends at or below `first`.
void add(MemoryPlan& plan, FrameRange reach, std::uint64_t first, std::uint64_t end) {
    if (end > end_of(reach)) plan.frames_unreachable += end - std::max(first, end_of(reach));
    first = std::max<std::uint64_t>(first, reach.first.value());
    end = std::min(end, end_of(reach));
    if (first >= end) return;
    const auto count = static_cast<std::uint32_t>(end - first);
    plan.frames_usable += count;
    if (plan.count_ranges != 0) {
        FrameRange& last = plan.usable[plan.count_ranges - 1];
        if (end_of(last) == first) {
            last.count += count;
            return;
        }
    }
    plan.usable[plan.count_ranges++] = {FrameNumber(static_cast<std::uint32_t>(first)), count};
}

constexpr bool overlap(FrameRange a, FrameRange b) {
    return a.count != 0 && b.count != 0 && a.first.value() < end_of(b) && b.first.value() < end_of(a);
}

}  // namespace

Status plan_memory(std::span<const MemoryRange> map, FrameRange reach, MemoryPlan& plan) {
    plan.count_ranges = 0;
    plan.frames_usable = 0;
    plan.frames_unreachable = 0;
    if (map.size() > kMemoryRangesMax) return Status::memory_map_invalid;
    for (std::uint64_t position = 0; position != kNone;) {
        bool usable = false;
        bool reserved = false;
        std::uint64_t border = kNone;  // the next one above position
        for (const MemoryRange& range : map) {
            const Span span = frames_of(range);
            if (span.first >= span.end) continue;
            if (span.first <= position && position < span.end) (range.usable ? usable : reserved) = true;
            if (span.first > position) border = std::min(border, span.first);
            if (span.end > position) border = std::min(border, span.end);
        }
        if (usable && !reserved) add(plan, reach, position, border);
        position = border;
    }
    return plan.count_ranges == 0 ? Status::memory_map_invalid : Status::ok;
}

Result<FrameNumber> find_free_run(std::span<const FrameRange> usable, std::span<const FrameRange> taken,
                                  std::uint32_t count_frames) {
    for (const FrameRange& range : usable) {
        std::uint64_t first = range.first.value();
        while (first < end_of(range) && end_of(range) - first >= count_frames) {
            const FrameRange run{FrameNumber(static_cast<std::uint32_t>(first)), count_frames};
            const auto hit =
                std::find_if(taken.begin(), taken.end(), [=](FrameRange other) { return overlap(other, run); });
            if (hit == taken.end()) return run.first;
            first = end_of(*hit);
        }
    }
    return Status::out_of_memory;
}

bool holds(std::span<const FrameRange> usable, FrameRange wanted) {
    return std::any_of(usable.begin(), usable.end(), [=](FrameRange range) {
        return range.first <= wanted.first && end_of(wanted) <= end_of(range);
    });
}

}  // namespace freehold::kernel
