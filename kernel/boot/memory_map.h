// SPDX-License-Identifier: MIT
// From what the boot loader says of memory to the frames the system may use. Pure, so it is tested on the host.
//
//   boot loader:  usable ██████  usable ████████      in any order, overlapping, unaligned, or nonsense
//                 reserved  ▓▓▓▓▓
//   plan:               ███     █████│ beyond the reach: counted, not used
//
// A frame is usable if some usable range holds all of it and no reserved range holds a byte of it.
#pragma once

#include <cstdint>
#include <span>

#include <freehold/types.h>

namespace freehold::kernel {

inline constexpr std::uint32_t kMemoryRangesMax = 128;  ///< more than any firmware reports

/// A range of physical memory as reported.
struct MemoryRange {
    std::uint64_t base;
    std::uint64_t length_bytes;
    bool usable;
};

struct MemoryPlan {
    FrameRange usable[kMemoryRangesMax + 1];  ///< sorted, neither overlapping nor touching
    std::uint32_t count_ranges;
    std::uint32_t frames_usable;
    std::uint64_t frames_unreachable;  ///< usable by the map, but at or past the end of `reach`
};

/// Fills `plan` with the frames within `reach` that the map offers.
/// memory_map_invalid: more than kMemoryRangesMax ranges, or no usable frame.
Status plan_memory(std::span<const MemoryRange> map, FrameRange reach, MemoryPlan& plan);

/// The lowest run of `count_frames` usable frames that touches no taken range. out_of_memory: there is none.
Result<FrameNumber> find_free_run(std::span<const FrameRange> usable, std::span<const FrameRange> taken,
                                  std::uint32_t count_frames);

/// Whether one range of `usable` holds all of `wanted`.
bool holds(std::span<const FrameRange> usable, FrameRange wanted);

}  // namespace freehold::kernel
