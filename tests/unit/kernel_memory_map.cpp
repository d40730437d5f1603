// SPDX-License-Identifier: MIT
// From a boot loader's word to frames: whatever the map says, nothing is used that it does not offer whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kernel/boot/memory_map.h"

namespace freehold::kernel {
namespace {

constexpr std::uint64_t kPage = kPageBytes;
constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();
constexpr FrameRange kReach{FrameNumber(16), 1000};

MemoryRange usable(std::uint64_t base, std::uint64_t length_bytes) { return {base, length_bytes, true}; }
MemoryRange reserved(std::uint64_t base, std::uint64_t length_bytes) { return {base, length_bytes, false}; }

FrameRange frames(std::uint32_t first, std::uint32_t count) { return {FrameNumber(first), count}; }

/// The ranges of a plan as "first+count first+count", after a look at its sums.
std::string text_of(const MemoryPlan& plan) {
    std::string text;
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < plan.count_ranges; ++i) {
        const FrameRange range = plan.usable[i];
        if (i != 0) text += ' ';
        text += std::to_string(range.first.value()) + '+' + std::to_string(range.count);
        sum += range.count;
    }
    EXPECT_EQ(sum, plan.frames_usable);
    return text;
}

/// The plan in words; a status where there is none.
std::string planned(const std::vector<MemoryRange>& map, FrameRange reach = kReach) {
    MemoryPlan plan;
    const Status status = plan_memory(map, reach, plan);
    return status == Status::ok ? text_of(plan) : status_name(status);
}

std::uint64_t unreachable(const std::vector<MemoryRange>& map) {
    MemoryPlan plan;
    (void)plan_memory(map, kReach, plan);
    return plan.frames_unreachable;
}

TEST(KernelMemoryMap, takes_what_is_usable_and_leaves_the_holes) {
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), usable(100 * kPage, 2 * kPage)}), "16+4 100+2");
    EXPECT_EQ(planned({usable(16 * kPage, 10 * kPage), reserved(20 * kPage, kPage)}), "16+4 21+5");
}

TEST(KernelMemoryMap, shrinks_usable_ranges_to_whole_frames_and_grows_reserved_ones) {
    EXPECT_EQ(planned({usable(16 * kPage + 1, 4 * kPage)}), "17+3");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage - 1)}), "16+3");
    EXPECT_EQ(planned({usable(16 * kPage, 9 * kPage), reserved(19 * kPage - 1, 2)}), "16+2 20+5");
    EXPECT_EQ(planned({usable(16 * kPage + 1, kPage)}), "memory_map_invalid") << "not one whole frame";
}

TEST(KernelMemoryMap, uses_no_frame_that_two_ranges_hold_half_each) {
    EXPECT_EQ(planned({usable(16 * kPage, kPage / 2), usable(16 * kPage + kPage / 2, kPage)}), "memory_map_invalid");
}

TEST(KernelMemoryMap, joins_ranges_that_touch_or_overlap_and_counts_no_frame_twice) {
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), usable(20 * kPage, 4 * kPage)}), "16+8");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), usable(18 * kPage, 4 * kPage)}), "16+6");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), usable(16 * kPage, 4 * kPage)}), "16+4");
    EXPECT_EQ(planned({usable(16 * kPage, 9 * kPage), usable(18 * kPage, kPage)}), "16+9");
}

TEST(KernelMemoryMap, believes_a_reserved_range_wherever_it_contradicts_a_usable_one) {
    EXPECT_EQ(planned({reserved(16 * kPage, 4 * kPage), usable(16 * kPage, 4 * kPage)}), "memory_map_invalid");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), reserved(0, 18 * kPage)}), "18+2");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), usable(16 * kPage, 4 * kPage), reserved(17 * kPage, 1)}),
              "16+1 18+2");
}

TEST(KernelMemoryMap, does_not_care_for_the_order_of_the_map) {
    std::vector<MemoryRange> map = {usable(40 * kPage, 4 * kPage), reserved(42 * kPage, kPage),
                                    usable(16 * kPage, 4 * kPage), usable(30 * kPage, 4 * kPage)};
    std::mt19937 random(1);
    for (int i = 0; i < 24; ++i) {
        EXPECT_EQ(planned(map), "16+4 30+4 40+2 43+1");
        std::shuffle(map.begin(), map.end(), random);
    }
}

TEST(KernelMemoryMap, uses_nothing_out_of_reach_and_says_how_much_lies_beyond) {
    EXPECT_EQ(planned({usable(0, 20 * kPage)}), "16+4") << "below the reach";
    EXPECT_EQ(planned({usable(1010 * kPage, 10 * kPage)}), "1010+6");
    EXPECT_EQ(unreachable({usable(1010 * kPage, 10 * kPage)}), 4U);
    EXPECT_EQ(planned({usable(1016 * kPage, 10 * kPage)}), "memory_map_invalid");
    EXPECT_EQ(unreachable({usable(1016 * kPage, 10 * kPage)}), 10U);
    EXPECT_EQ(unreachable({usable(1 << 20, std::uint64_t{1} << 46)}), (std::uint64_t{1} << 34) + 256 - 1016);
    EXPECT_EQ(unreachable({usable(2000 * kPage, 10 * kPage), reserved(2005 * kPage, 1)}), 9U);
}

TEST(KernelMemoryMap, refuses_a_map_of_nothing) {
    EXPECT_EQ(planned({}), "memory_map_invalid");
    EXPECT_EQ(planned({usable(16 * kPage, 0), usable(0, 0), usable(kTop, 0)}), "memory_map_invalid");
    EXPECT_EQ(planned({reserved(16 * kPage, 100 * kPage)}), "memory_map_invalid");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage)}, {FrameNumber(0), 0}), "memory_map_invalid");
}

TEST(KernelMemoryMap, ignores_empty_ranges_beside_others) {
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), reserved(17 * kPage, 0), reserved(17 * kPage + 5, 0)}), "16+4");
}

TEST(KernelMemoryMap, lets_no_range_wrap_around_to_the_low_addresses) {
    EXPECT_EQ(planned({usable(kTop - 10 * kPage, 100 * kPage)}), "memory_map_invalid");
    EXPECT_EQ(planned({usable(500 * kPage, kTop)}), "500+516");
    EXPECT_EQ(planned({usable(16 * kPage, 1000 * kPage), reserved(500 * kPage, kTop)}), "16+484");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), reserved(kTop, kTop)}), "16+4");
    EXPECT_EQ(planned({usable(16 * kPage, 4 * kPage), reserved(0, kTop)}), "memory_map_invalid");
}

TEST(KernelMemoryMap, takes_as_many_ranges_as_it_says_and_refuses_more) {
    std::vector<MemoryRange> map;
    for (std::uint32_t i = 0; i < kMemoryRangesMax; ++i) map.push_back(usable((16 + 2 * i) * kPage, kPage));
    MemoryPlan plan;
    EXPECT_EQ(plan_memory(map, kReach, plan), Status::ok);
    EXPECT_EQ(plan.count_ranges, kMemoryRangesMax);
    map.push_back(usable(900 * kPage, kPage));
    EXPECT_EQ(plan_memory(map, kReach, plan), Status::memory_map_invalid);
    EXPECT_EQ(plan.count_ranges, 0U);
}

TEST(KernelMemoryMap, has_room_for_all_pieces_that_reserved_ranges_cut_a_usable_one_into) {
    std::vector<MemoryRange> map = {usable(16 * kPage, 1000 * kPage)};
    for (std::uint32_t i = 1; i < kMemoryRangesMax; ++i) map.push_back(reserved((16 + 2 * i) * kPage, 1));
    MemoryPlan plan;
    EXPECT_EQ(plan_memory(map, kReach, plan), Status::ok);
    EXPECT_EQ(plan.count_ranges, kMemoryRangesMax);
    EXPECT_EQ(plan.frames_usable, 1000U - (kMemoryRangesMax - 1));
}

/// What the planner promises, told in its own words: a frame is usable if some usable range holds all of it and no
/// reserved one a byte of it. @pre no range wraps
bool offered(const std::vector<MemoryRange>& map, std::uint32_t frame) {
    const std::uint64_t base = std::uint64_t{frame} * kPage;
    bool held = false;
    for (const MemoryRange& range : map) {
        const std::uint64_t end = range.base + range.length_bytes;
        if (range.usable && range.base <= base && base + kPage <= end) held = true;
        if (!range.usable && range.length_bytes != 0 && range.base < base + kPage && base < end) return false;
    }
    return held;
}

TEST(KernelMemoryMap, agrees_with_a_look_at_each_frame_for_random_maps) {
    std::mt19937 random(20);
    const FrameRange reach = frames(3, 50);
    for (int round = 0; round < 3000; ++round) {
        std::vector<MemoryRange> map(random() % 12);
        for (MemoryRange& range : map) {
            const std::uint32_t unit = random() % 2 != 0 ? kPageBytes : 512;
            range = {std::uint64_t{random() % 64} * unit, std::uint64_t{random() % 40} * unit, random() % 3 != 0};
        }
        std::set<std::uint32_t> wanted;
        for (std::uint32_t frame = 3; frame < 53; ++frame) {
            if (offered(map, frame)) wanted.insert(frame);
        }
        MemoryPlan plan;
        const Status status = plan_memory(map, reach, plan);
        ASSERT_EQ(status == Status::ok, !wanted.empty()) << "round " << round;
        std::set<std::uint32_t> got;
        std::uint32_t end_before = 0;
        for (std::uint32_t i = 0; i < plan.count_ranges; ++i) {
            const FrameRange range = plan.usable[i];
            ASSERT_TRUE(i == 0 || range.first.value() > end_before) << "sorted, neither overlapping nor touching";
            end_before = range.first.value() + range.count;
            for (std::uint32_t at = 0; at < range.count; ++at) got.insert(range.first.value() + at);
        }
        ASSERT_EQ(got, wanted) << "round " << round;
    }
}

TEST(KernelMemoryMap, survives_maps_of_random_numbers) {
    std::mt19937_64 random(21);
    for (int round = 0; round < 2000; ++round) {
        std::vector<MemoryRange> map(random() % (kMemoryRangesMax + 2));
        for (MemoryRange& range : map) range = {random(), random() >> random() % 64, random() % 2 != 0};
        MemoryPlan plan;
        if (plan_memory(map, kReach, plan) != Status::ok) continue;
        ASSERT_LE(plan.count_ranges, kMemoryRangesMax);
        ASSERT_GE(plan.usable[0].first, kReach.first);
        const FrameRange last = plan.usable[plan.count_ranges - 1];
        ASSERT_LE(last.first.value() + last.count, kReach.first.value() + kReach.count);
    }
}

TEST(KernelMemoryMap, finds_the_lowest_run_that_touches_nothing_taken) {
    const std::vector<FrameRange> plan = {frames(16, 4), frames(30, 10), frames(100, 50)};
    const std::vector<FrameRange> taken = {frames(34, 2), frames(17, 1), frames(0, 0), frames(105, 0)};
    EXPECT_EQ(find_free_run(plan, taken, 1).value(), FrameNumber(16));
    EXPECT_EQ(find_free_run(plan, taken, 2).value(), FrameNumber(18));
    EXPECT_EQ(find_free_run(plan, taken, 4).value(), FrameNumber(30));
    EXPECT_EQ(find_free_run(plan, taken, 5).value(), FrameNumber(100)) << "34 and 35 are taken";
    EXPECT_EQ(find_free_run(plan, taken, 50).value(), FrameNumber(100));
    EXPECT_EQ(find_free_run(plan, taken, 51).status(), Status::out_of_memory);
    EXPECT_EQ(find_free_run({}, taken, 1).status(), Status::out_of_memory);
}

TEST(KernelMemoryMap, finds_a_run_beside_taken_ranges_that_reach_the_last_frame_number) {
    const std::vector<FrameRange> plan = {frames(16, 8)};
    EXPECT_EQ(find_free_run(plan, std::vector{frames(20, 0xFFFFFFFF)}, 4).value(), FrameNumber(16));
    EXPECT_EQ(find_free_run(plan, std::vector{frames(18, 0xFFFFFFFF)}, 4).status(), Status::out_of_memory);
    EXPECT_EQ(find_free_run(plan, std::vector{frames(0xFFFFFFFF, 0xFFFFFFFF)}, 8).value(), FrameNumber(16));
}

TEST(KernelMemoryMap, finds_runs_up_to_the_last_frame_number) {
    const std::vector<FrameRange> plan = {frames(0xFFFFFFF0, 16)};
    EXPECT_EQ(find_free_run(plan, std::vector{frames(0xFFFFFFF4, 4)}, 8).value(), FrameNumber(0xFFFFFFF8));
    EXPECT_EQ(find_free_run(plan, std::vector{frames(0xFFFFFFF4, 4)}, 9).status(), Status::out_of_memory);
}

TEST(KernelMemoryMap, holds_a_range_only_if_one_usable_range_holds_all_of_it) {
    const std::vector<FrameRange> plan = {frames(16, 4), frames(30, 10)};
    EXPECT_TRUE(holds(plan, frames(16, 4)));
    EXPECT_TRUE(holds(plan, frames(39, 1)));
    EXPECT_FALSE(holds(plan, frames(15, 2)));
    EXPECT_FALSE(holds(plan, frames(39, 2)));
    EXPECT_FALSE(holds(plan, frames(16, 15)));
    EXPECT_FALSE(holds({}, frames(16, 1)));
    EXPECT_FALSE(holds(plan, frames(17, 0xFFFFFFFF))) << "its end wraps to 16";
}

}  // namespace
}  // namespace freehold::kernel
