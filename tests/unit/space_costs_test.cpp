// SPDX-License-Identifier: MIT
// What operations on spaces cost, where tests of what they do would not notice: entries written, invalidations at the
// bounds where one page more makes them a flush, shootdowns, frames and chunks of region tables, pauses.
#include <gtest/gtest.h>

#include "src/space/system.h"
#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

constexpr Word kPage = kPageBytes;
constexpr Word kUnit = 1024 * kPage;
constexpr Word kBase = 0x40000000;

class SpaceCosts : public testing::Test {
  protected:
    Word make(AddressSpace& space, Word base, Word length_bytes, bool populate = true) {
        const auto made = allocate_area(space, {.length_bytes = length_bytes,
                                                .placement = Placement::at,
                                                .address = VirtAddr(base),
                                                .populate = populate});
        EXPECT_EQ(made.status(), Status::ok);
        return base;
    }
    Word move(AddressSpace& from, Word base, Word length_bytes, AddressSpace& to) {
        const auto moved = move_area(from, pages(base, length_bytes), to);
        EXPECT_EQ(moved.status(), Status::ok);
        return moved.value_or(VirtAddr()).value();
    }
    /// How much a counter grows while `act` runs.
    template <typename Act>
    std::uint64_t grows(std::uint64_t Counters::*counter, Act act) {
        const std::uint64_t before = counters(test_.system()).*counter;
        act();
        return counters(test_.system()).*counter - before;
    }

    TestSystem test_{8192};
    AddressSpace& a_ = test_.make_space();
    AddressSpace& b_ = test_.make_space();
};

TEST_F(SpaceCosts, UpTo32ChangedPagesAreInvalidatedOneByOneAndMoreByOneFlush) {
    make(a_, kBase, 40 * kPage);
    load_space(a_);
    for (const std::uint32_t count : {1U, 31U, 32U, 33U, 40U}) {
        ASSERT_EQ(protect_area(a_, pages(kBase, 40 * kPage), kReadWrite), Status::ok);
        const auto act = [&] { ASSERT_EQ(protect_area(a_, pages(kBase, count * kPage), Rights::read), Status::ok); };
        const Counters before = counters(test_.system());
        act();
        const Counters after = counters(test_.system());
        EXPECT_EQ(after.invalidations - before.invalidations, count <= 32 ? count : 0) << count;
        EXPECT_EQ(after.full_flushes - before.full_flushes, count <= 32 ? 0U : 1U) << count;
        EXPECT_EQ(after.shootdowns, before.shootdowns) << "no other processor has it loaded";
    }
    EXPECT_EQ(test_.host().shootdowns(), 0U);
}

TEST_F(SpaceCosts, NoTlbForgetsWhatNoProcessorHasLoaded) {
    make(a_, kBase, 40 * kPage);
    load_space(b_);
    const Counters before = counters(test_.system());
    ASSERT_EQ(protect_area(a_, pages(kBase, 40 * kPage), Rights::read), Status::ok);
    ASSERT_EQ(release_area(a_, pages(kBase, 2 * kPage)), Status::ok);
    const Counters after = counters(test_.system());
    EXPECT_EQ(after.invalidations, before.invalidations);
    EXPECT_EQ(after.full_flushes, before.full_flushes);
    EXPECT_EQ(after.shootdowns, before.shootdowns);
}

TEST_F(SpaceCosts, AShootdownNamesThePageIfItIsOneAndTheProcessorsThatHaveTheSpace) {
    struct Asked {
        std::uint32_t mask;
        std::uintptr_t base;
        std::uintptr_t length_bytes;
    } asked{};
    test_.host().on_shootdown = [&](std::uint32_t mask, std::uintptr_t base, std::uintptr_t length_bytes) {
        asked = {mask, base, length_bytes};
    };
    make(a_, kBase, 4 * kPage);
    for (const std::uint32_t processor : {0U, 2U, 1U}) {
        host::play_processor(processor);
        ASSERT_EQ(test_.touch(a_, kBase, Rights::write), Status::ok);
    }
    EXPECT_EQ(grows(&Counters::shootdowns, [&] { (void)protect_area(a_, pages(kBase, kPage), Rights::read); }), 1U);
    EXPECT_EQ(asked.mask, 0b101U);
    EXPECT_EQ(asked.base, kBase);
    EXPECT_EQ(asked.length_bytes, kPage);
    EXPECT_EQ(grows(&Counters::shootdowns, [&] { (void)protect_area(a_, pages(kBase, 3 * kPage), Rights::none); }), 1U);
    EXPECT_EQ(asked.length_bytes, 0U) << "all there is";
    host::play_processor(0);
}

TEST_F(SpaceCosts, AMoveOfAFewPagesWritesEachEntryTwiceAndInvalidatesUpToFourOneByOne) {
    make(b_, kBase, kPage);  // a table is there
    for (const std::uint32_t count : {1U, 3U, 4U, 5U, 9U}) {
        make(a_, kBase + kPage, kUnit - kPage);
        (void)allocate_area(b_, {.length_bytes = kPage}).value();  // and where it goes to, too
        load_space(a_);
        const Counters before = counters(test_.system());
        move(a_, kBase + 2 * kPage, count * kPage, b_);
        const Counters after = counters(test_.system());
        EXPECT_EQ(after.entries_written - before.entries_written, 2U * count) << count;
        EXPECT_EQ(after.invalidations - before.invalidations, count <= 4 ? count : 0) << count;
        EXPECT_EQ(after.full_flushes - before.full_flushes, count <= 4 ? 0U : 1U) << count;
        EXPECT_EQ(after.areas_moved - before.areas_moved, 1U);
        EXPECT_EQ(after.tables_moved, before.tables_moved);
        test_.expect_healthy();
        ASSERT_EQ(release_area(a_, pages(kBase + kPage, kPage)), Status::ok);
        ASSERT_EQ(release_area(a_, pages(kBase + (2 + count) * kPage, kUnit - (2 + count) * kPage)), Status::ok);
    }
}

TEST_F(SpaceCosts, ATableThatGoesAlongCostsTwoEntriesAndNothingElseOfItsPages) {
    make(a_, kBase, 2 * kUnit);
    for (const Word at : {Word{0}, kUnit}) {
        const Counters before = counters(test_.system());
        move(a_, kBase + at, kUnit, b_);
        const Counters after = counters(test_.system());
        EXPECT_EQ(after.entries_written - before.entries_written, 2U);
        EXPECT_EQ(after.tables_moved - before.tables_moved, 1U);
        EXPECT_EQ(after.frames_allocated, before.frames_allocated);
    }
}

TEST_F(SpaceCosts, NoOperationLeavesASpareFrameInATableThatShrinks) {
    constexpr std::uint32_t kSlots = RegionTable::Leaf::kSlots;
    constexpr std::uint32_t kAreas = kSlots * 3 / 4;
    constexpr std::uint32_t kStride = 7;  // from one to the next: here and there in the table
    static_assert(kAreas % kStride != 0);
    const auto empty = [&](AddressSpace& space, auto take) {
        for (std::uint32_t i = 0; i < kAreas; ++i) make(space, kBase + i * 2 * kPage, kPage, false);
        ASSERT_EQ(space.regions.count_frames(), 2U);
        for (std::uint32_t i = 0; i < kAreas; ++i) {
            take(kBase + i * kStride % kAreas * 2 * kPage);
            FrameNumber frame;
            ASSERT_FALSE(space.regions.take_surplus(frame)) << i;
        }
        EXPECT_EQ(space.regions.count_frames(), 1U);
    };
    empty(a_, [&](Word base) { move(a_, base, kPage, b_); });
    empty(a_, [&](Word base) { ASSERT_EQ(release_area(a_, pages(base, kPage)), Status::ok); });
    test_.expect_healthy();
}

TEST_F(SpaceCosts, AFaultWritesOneEntryForEachPageItFills) {
    make(a_, kBase, 16 * kPage, false);
    const std::uint64_t fills[] = {1, 1, 2, 0, 4};
    for (Word page = 0; page < 5; ++page) {
        EXPECT_EQ(grows(&Counters::entries_written,
                        [&] { ASSERT_EQ(test_.touch(a_, kBase + page * kPage, Rights::write), Status::ok); }),
                  fills[page])
            << page;
    }
}

TEST_F(SpaceCosts, ProtectingWritesOnlyWhatChanges) {
    make(a_, kBase, 16 * kPage);
    const auto protect = [&](Word count, Rights rights) {
        return grows(&Counters::entries_written, [&] { (void)protect_area(a_, pages(kBase, count * kPage), rights); });
    };
    EXPECT_EQ(protect(7, Rights::read), 7U);
    EXPECT_EQ(protect(16, Rights::read), 9U);
    EXPECT_EQ(protect(16, Rights::read), 0U);
}

TEST_F(SpaceCosts, WhatMovesOrIsSharedAsAWholeIsCounted) {
    make(a_, kBase, 2 * kUnit, false);
    ASSERT_EQ(seal_area(a_, pages(kBase, 2 * kUnit)), Status::ok);
    const Counters before = counters(test_.system());
    ASSERT_TRUE(share_area(a_, pages(kBase, 2 * kUnit), b_).ok());
    const Counters after = counters(test_.system());
    EXPECT_EQ(after.tables_shared - before.tables_shared, 2U);
    EXPECT_EQ(after.areas_shared - before.areas_shared, 1U);
    EXPECT_EQ(after.areas_moved, before.areas_moved);
    ASSERT_EQ(move_area(a_, pages(kBase, 2 * kUnit), b_).status(), Status::ok);
    EXPECT_EQ(counters(test_.system()).tables_moved - after.tables_moved, 2U);
    EXPECT_EQ(counters(test_.system()).areas_moved - after.areas_moved, 1U);
}

}  // namespace
}  // namespace freehold::test
