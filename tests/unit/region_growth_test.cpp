// SPDX-License-Identifier: MIT
// Region tables that fill their frame, in a whole space: who is charged for what they take, and what happens where
// there is nothing to take.
#include <functional>

#include <gtest/gtest.h>

#include "src/space/address_space.h"
#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

constexpr Word kPage = kPageBytes;
constexpr Word kBase = 0x40000000;
constexpr Word kArea = 0x80000000;
constexpr std::uint32_t kSlots = RegionTable::Leaf::kSlots;

class RegionGrowth : public testing::Test {
  protected:
    static std::uint32_t charged(AddressSpace& space) { return space_info(space).frames_charged; }
    static std::uint32_t regions(AddressSpace& space) { return space_info(space).regions; }

    static Status allocate_at(AddressSpace& space, Word base, Word length_bytes = kPage) {
        return allocate_area(space,
                             {.length_bytes = length_bytes, .placement = Placement::at, .address = VirtAddr(base)})
            .status();
    }

    /// Single pages with a free one between them, until the space has `count` regions, an odd number.
    static void fill(AddressSpace& space, std::uint32_t count) {
        for (Word base = kBase; regions(space) < count; base += 2 * kPage) {
            ASSERT_EQ(allocate_at(space, base), Status::ok);
        }
        ASSERT_EQ(regions(space), count);
    }

    /// With each number of frames left from none on, `call` either works, or says that there are none and changes
    /// nothing; at first it must say so.
    void fails_first_then_works(const std::function<Status()>& call, int line = __builtin_LINE()) {
        for (std::uint32_t left = 0;; ++left) {
            test_.exhaust(left);
            const std::string before = test_.state();
            const Status status = call();
            if (status == Status::ok) {
                EXPECT_GT(left, 0U) << "line " << line;
                test_.free_all();
                test_.expect_healthy();
                return;
            }
            ASSERT_EQ(status, Status::out_of_memory) << "line " << line;
            ASSERT_EQ(test_.state(), before) << "line " << line;
            test_.expect_healthy();
            test_.free_all();
        }
    }

    TestSystem test_;
    AddressSpace& a_ = test_.make_space();
    AddressSpace& b_ = test_.make_space();
};

TEST_F(RegionGrowth, ATableThatFillsItsFrameTakesMoreAndGivesThemBack) {
    fill(a_, 3 * kSlots / 2 | 1U);
    test_.expect_healthy();
    EXPECT_GE(a_.regions.count_frames(), 2U);
    EXPECT_LE(a_.regions.count_frames(), 4U);
    for (Word base = kBase; regions(a_) > 1; base += 2 * kPage)
        ASSERT_EQ(release_area(a_, pages(base, kPage)), Status::ok);
    test_.expect_healthy();
    EXPECT_EQ(charged(a_), 2U);
}

TEST_F(RegionGrowth, EveryOperationThatNeedsAFrameForTheTableFailsWithoutOneAndChangesNothing) {
    const PageRange inside = pages(kArea + kPage, kPage);
    const std::function<Status(AddressSpace&)> calls[] = {
        [](AddressSpace& space) { return allocate_at(space, 0xA0000000); },
        [inside](AddressSpace& space) { return release_area(space, inside); },
        [inside](AddressSpace& space) { return protect_area(space, inside, Rights::read); },
        [inside](AddressSpace& space) { return seal_area(space, inside); },
        [inside, this](AddressSpace& space) { return move_area(space, inside, b_).status(); },
    };
    for (const auto& call : calls) {
        AddressSpace& full = test_.make_space();
        fill(full, kSlots - 3);
        ASSERT_EQ(allocate_at(full, kArea, 16 * kPage), Status::ok);
        ASSERT_EQ(full.regions.count_frames(), 1U);
        fails_first_then_works([&] { return call(full); });
        EXPECT_EQ(full.regions.count_frames(), 2U);
        test_.destroy(full);
    }
}

TEST_F(RegionGrowth, AreasThatTravelTakeRoomInBothTablesOrStay) {
    fill(a_, kSlots - 5);
    ASSERT_EQ(allocate_at(a_, kArea, 16 * kPage), Status::ok);
    ASSERT_EQ(allocate_at(a_, kArea + 0x100000, kPage), Status::ok);
    fill(b_, kSlots - 1);
    fails_first_then_works([&] { return move_area(a_, pages(kArea + 4 * kPage, kPage), b_).status(); });
    ASSERT_EQ(seal_area(a_, pages(kArea + 8 * kPage, kPage)), Status::ok);
    test_.expect_healthy();
    AddressSpace& c = test_.make_space();
    fill(c, kSlots - 1);
    // From the low end on the free pages between areas are of one page: a shared one lands there and joins nothing.
    fails_first_then_works(
        [&] { return share_area(a_, pages(kArea + 8 * kPage, kPage), c, {.placement = Placement::highest}).status(); });
}

TEST_F(RegionGrowth, AnAreaThatFillsAGapAtOnceLeavesNoFrameItsReceiversTableCanSpare) {
    // Gaps of two pages and a few of one, so that areas of two pages do not use up one part of the table.
    for (Word base = kPage; regions(b_) < kSlots + 2; base += (regions(b_) / 2 % 4 == 0 ? 2 : 3) * kPage) {
        ASSERT_EQ(allocate_at(b_, base), Status::ok);
    }
    ASSERT_EQ(b_.regions.count_frames(), 2U);
    for (std::uint32_t i = 0; i < kSlots / 3; ++i) {
        ASSERT_EQ(allocate_at(a_, kArea, 2 * kPage), Status::ok);
        ASSERT_EQ(move_area(a_, pages(kArea, 2 * kPage), b_).status(), Status::ok);
        FrameNumber frame;
        ASSERT_FALSE(b_.regions.take_surplus(frame)) << i << " areas have arrived";
    }
    EXPECT_EQ(b_.regions.count_frames(), 1U);
}

TEST_F(RegionGrowth, AFullTableWithoutAFrameLeftCanStillBeEmptied) {
    fill(a_, kSlots - 1);
    test_.exhaust();
    for (Word base = kBase; regions(a_) > 1; base += 2 * kPage) {
        ASSERT_EQ(release_area(a_, pages(base, kPage)), Status::ok);
    }
    test_.free_all();
    test_.expect_healthy();
}

TEST_F(RegionGrowth, ASpacesLimitOfFramesCountsThoseOfItsTable) {
    AddressSpace& limited = test_.make_space({.limit_frames = 2 + 2 + kSlots / 2});
    fill(limited, kSlots - 1);
    ASSERT_EQ(a_.regions.count_frames(), 1U);
    test_.expect_refused(Status::over_limit, [&] { return allocate_at(limited, 0x40800000); });
}

TEST_F(RegionGrowth, ALimitOfRegionsIsKept) {
    AddressSpace& limited = test_.make_space({.limit_regions = 11});
    fill(limited, 11);
    test_.expect_refused(Status::region_table_full, [&] { return allocate_at(limited, 0x80000000); });
    EXPECT_EQ(release_area(limited, pages(kBase, kPage)), Status::ok);
    EXPECT_EQ(allocate_at(limited, 0x40300000), Status::ok);
}

}  // namespace
}  // namespace freehold::test
