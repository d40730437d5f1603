// SPDX-License-Identifier: MIT
// The frame pool: memory maps with holes, promises, references, and what it refuses.
#include "src/frame/frame_pool.h"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "host/host.h"

namespace freehold {
namespace {

static_assert(sizeof(PageFrame) == 8);

/// Ten frames from 100, a hole, five from 120.
class FramePoolTest : public testing::Test {
  protected:
    static constexpr std::uint32_t kFirst = 100;
    static constexpr std::uint32_t kSpan = 25;
    static constexpr std::uint32_t kFrames = 15;

    FramePoolTest() { pool_.init(&host_, frames_, FrameNumber(kFirst)); }

    void boot() {
        for (const FrameRange range : host_.memory()) ASSERT_EQ(pool_.add_free(range), Status::ok);
        pool_.finish();
    }
    FrameNumber take(FrameState state = FrameState::anon) {
        EXPECT_EQ(pool_.reserve_locked(1), Status::ok);
        return pool_.take_locked(state);
    }
    void drop(FrameNumber frame) {
        FrameList dead;
        EXPECT_TRUE(pool_.drop_reference_locked(frame, dead));
        pool_.free_locked(dead);
    }
    [[nodiscard]] std::set<std::uint32_t> free_list() const {
        std::set<std::uint32_t> frames;
        for (std::uint32_t next = pool_.free_list_head(); next != FrameList::kEnd;) {
            EXPECT_TRUE(frames.insert(next).second) << "the free list goes round";
            next = pool_.at(FrameNumber(next)).link();
        }
        return frames;
    }

    host::Host host_{std::vector<FrameRange>{{FrameNumber(kFirst), 10}, {FrameNumber(120), 5}}};
    std::vector<PageFrame> frames_{kSpan};
    FramePool pool_;
};

TEST_F(FramePoolTest, KnowsItsFramesAndNotTheHolesBetweenThem) {
    boot();
    EXPECT_EQ(pool_.count_total(), kFrames);
    EXPECT_EQ(pool_.count_free(), kFrames);
    for (const std::uint32_t inside : {100U, 109U, 120U, 124U}) EXPECT_TRUE(pool_.contains(FrameNumber(inside)));
    for (const std::uint32_t outside : {0U, 99U, 110U, 119U, 125U, 0xFFFFFFFFU}) {
        EXPECT_FALSE(pool_.contains(FrameNumber(outside)));
    }
    EXPECT_EQ(free_list().size(), kFrames);
}

TEST_F(FramePoolTest, HandsOutEveryFrameOnceAndThenIsOut) {
    boot();
    std::set<std::uint32_t> taken;
    for (std::uint32_t i = 0; i < kFrames; ++i) {
        const FrameNumber frame = take();
        EXPECT_TRUE(pool_.contains(frame));
        EXPECT_EQ(pool_.at(frame).state(), FrameState::anon);
        EXPECT_EQ(pool_.at(frame).references(), 1U);
        EXPECT_TRUE(taken.insert(frame.value()).second) << "given twice";
    }
    EXPECT_EQ(pool_.reserve_locked(1), Status::out_of_memory);
    EXPECT_EQ(pool_.count_free(), 0U);
}

TEST_F(FramePoolTest, RecoversFromHavingBeenOut) {
    boot();
    std::vector<FrameNumber> taken;
    for (std::uint32_t i = 0; i < kFrames; ++i) taken.push_back(take());
    drop(taken[7]);
    EXPECT_EQ(pool_.count_free(), 1U);
    EXPECT_EQ(take(), taken[7]);
    for (const FrameNumber frame : taken) drop(frame);
    EXPECT_EQ(pool_.count_free(), kFrames);
    EXPECT_EQ(free_list().size(), kFrames);
}

TEST_F(FramePoolTest, PromisesAreKeptAgainstAllOthers) {
    boot();
    EXPECT_EQ(pool_.reserve_locked(kFrames + 1), Status::out_of_memory);
    EXPECT_EQ(pool_.reserve_locked(0xFFFFFFFF), Status::out_of_memory);
    EXPECT_EQ(pool_.count_promised(), 0U) << "a promise that failed promises nothing";
    EXPECT_EQ(pool_.reserve_locked(kFrames - 1), Status::ok);
    EXPECT_EQ(pool_.reserve_locked(2), Status::out_of_memory);
    EXPECT_EQ(pool_.reserve_locked(1), Status::ok);
    EXPECT_EQ(pool_.reserve_locked(0), Status::ok);
    EXPECT_EQ(pool_.count_free(), kFrames) << "promised frames are still free";
    pool_.unreserve_locked(kFrames);
    EXPECT_EQ(pool_.count_promised(), 0U);
}

TEST_F(FramePoolTest, FramesTakenAtBootAreTheKernels) {
    for (const FrameRange range : host_.memory()) ASSERT_EQ(pool_.add_free(range), Status::ok);
    pool_.take_for_kernel({FrameNumber(98), 4});            // begins before the first frame
    pool_.take_for_kernel({FrameNumber(101), 2});           // overlaps the one before
    pool_.take_for_kernel({FrameNumber(108), 13});          // spans the hole
    pool_.take_for_kernel({FrameNumber(124), 0xFFFFFFFF});  // goes on beyond all numbers
    pool_.finish();
    EXPECT_EQ(pool_.accounts().kernel, 7U);
    EXPECT_EQ(pool_.count_free(), kFrames - 7);
    EXPECT_EQ(free_list(), (std::set<std::uint32_t>{103, 104, 105, 106, 107, 121, 122, 123}));
    EXPECT_EQ(pool_.at(FrameNumber(100)).state(), FrameState::kernel);
    EXPECT_EQ(pool_.at(FrameNumber(115)).state(), FrameState::absent);
}

TEST_F(FramePoolTest, AMemoryMapThatOverlapsOrLeavesTheTableIsInvalid) {
    EXPECT_EQ(pool_.add_free({FrameNumber(100), 10}), Status::ok);
    EXPECT_EQ(pool_.add_free({FrameNumber(109), 1}), Status::memory_map_invalid);
    EXPECT_EQ(pool_.add_free({FrameNumber(99), 1}), Status::memory_map_invalid);
    EXPECT_EQ(pool_.add_free({FrameNumber(120), 6}), Status::memory_map_invalid);
    EXPECT_EQ(pool_.add_free({FrameNumber(120), 0xFFFFFFFF}), Status::memory_map_invalid);
    EXPECT_EQ(pool_.add_free({FrameNumber(0xFFFFFFFF), 2}), Status::memory_map_invalid);
}

TEST_F(FramePoolTest, AFrameIsFreeWhenItsLastReferenceGoes) {
    boot();
    const FrameNumber frame = take();
    EXPECT_EQ(pool_.add_reference_locked(frame), Status::ok);
    EXPECT_EQ(pool_.at(frame).references(), 2U);
    FrameList dead;
    EXPECT_FALSE(pool_.drop_reference_locked(frame, dead));
    EXPECT_EQ(dead.count, 0U);
    EXPECT_TRUE(pool_.drop_reference_locked(frame, dead));
    EXPECT_EQ(dead.count, 1U);
    EXPECT_FALSE(free_list().contains(frame.value())) << "not before it is sure that no TLB reaches it";
    pool_.free_locked(dead);
    EXPECT_EQ(dead.count, 0U);
    EXPECT_TRUE(free_list().contains(frame.value()));
}

TEST_F(FramePoolTest, ADevicesPagesAreNoFramesOfItsWhereverTheyLie) {
    boot();
    FrameList dead;
    for (const std::uint32_t device : {0U, kFirst - 1, 110U, 119U, kFirst + kSpan, kFirst + kSpan + 1, 0xFFFFFFFFU}) {
        EXPECT_FALSE(pool_.drop_page_locked(FrameNumber(device), dead)) << device;
    }
    EXPECT_EQ(dead.count, 0U);
    EXPECT_TRUE(pool_.contains_any_locked({FrameNumber(109), 1}));
    EXPECT_TRUE(pool_.contains_any_locked({FrameNumber(110), 11})) << "its last is 120";
    EXPECT_FALSE(pool_.contains_any_locked({FrameNumber(110), 10}));
    EXPECT_FALSE(pool_.contains_any_locked({FrameNumber(0), kFirst}));
    EXPECT_TRUE(pool_.contains_any_locked({FrameNumber(0), kFirst + 1}));
    EXPECT_FALSE(pool_.contains_any_locked({FrameNumber(kFirst + kSpan), 0xFFFFFFFF}));
    EXPECT_TRUE(pool_.contains_any_locked({FrameNumber(kFirst + kSpan - 1), 0xFFFFFFFF}));
    EXPECT_FALSE(pool_.contains_any_locked({FrameNumber(100), 0}));
}

TEST_F(FramePoolTest, CountsWhatItTakesAndGetsBack) {
    boot();
    EXPECT_EQ(pool_.count_taken(), 0U);
    EXPECT_EQ(pool_.count_returned(), 0U);
    EXPECT_EQ(pool_.accounts().kernel, 0U);
    EXPECT_EQ(pool_.accounts().sealed, 0U);
    const FrameNumber frame = take();
    EXPECT_EQ(pool_.count_taken(), 1U);
    drop(frame);
    EXPECT_EQ(pool_.count_returned(), 1U);
}

TEST_F(FramePoolTest, ManyFramesDieTogether) {
    boot();
    FrameList dead;
    std::set<std::uint32_t> taken;
    for (int i = 0; i < 6; ++i) taken.insert(take().value());
    for (const std::uint32_t frame : taken) EXPECT_TRUE(pool_.drop_reference_locked(FrameNumber(frame), dead));
    EXPECT_EQ(dead.count, 6U);
    pool_.free_locked(dead);
    EXPECT_EQ(free_list().size(), kFrames);
    pool_.free_locked(dead);  // an empty list is nothing to do
    EXPECT_EQ(pool_.count_free(), kFrames);
}

TEST_F(FramePoolTest, AFrameWithAsManyReferencesAsCanBeCountedKeepsThemForEver) {
    boot();
    const FrameNumber frame = take();
    EXPECT_EQ(PageFrame::kReferencesMax, 0x0FFF'FFFFU) << "28 bits";
    pool_.at(frame).set(FrameState::anon, PageFrame::kReferencesMax - 1);
    EXPECT_EQ(pool_.add_reference_locked(frame), Status::ok);
    EXPECT_EQ(pool_.add_reference_locked(frame), Status::reference_limit);
    EXPECT_EQ(pool_.at(frame).references(), PageFrame::kReferencesMax);
    EXPECT_EQ(pool_.at(frame).state(), FrameState::anon);
    FrameList dead;
    EXPECT_FALSE(pool_.drop_reference_locked(frame, dead));
    EXPECT_EQ(pool_.at(frame).references(), PageFrame::kReferencesMax) << "nobody knows how many there are";
}

TEST_F(FramePoolTest, FramesZeroedAheadGoToThoseWhoWantZerosAndLastOfAllToTheOthers) {
    boot();
    EXPECT_TRUE(pool_.zero_ahead_locked(1));
    EXPECT_FALSE(pool_.zero_ahead_locked(1));
    EXPECT_EQ(pool_.count_free(), kFrames);
    EXPECT_EQ(pool_.count_zeroed(), 1U);
    const std::uint32_t zeroed = pool_.zeroed_list_head();
    EXPECT_NE(take().value(), zeroed);
    EXPECT_EQ(pool_.reserve_locked(2), Status::ok);
    const FramePool::Zeroed first = pool_.take_zeroed_locked(FrameState::anon);
    EXPECT_EQ(first.frame.value(), zeroed);
    EXPECT_FALSE(first.now);
    EXPECT_TRUE(pool_.take_zeroed_locked(FrameState::anon).now);
    while (pool_.zero_ahead_locked(kFrames)) continue;
    EXPECT_EQ(pool_.count_zeroed(), pool_.count_free());
    for (std::uint32_t left = pool_.count_free(); left > 0; --left) (void)take();
    EXPECT_EQ(pool_.count_zeroed(), 0U);
    EXPECT_FALSE(pool_.zero_ahead_locked(kFrames));
}

TEST_F(FramePoolTest, ZeroClearsTheWholeFrameAndNoOther) {
    boot();
    pool_.zero(FrameNumber(101));
    const auto all = [&](std::uint32_t frame, std::byte value) {
        const std::byte* const bytes = host_.frame(frame);
        return std::all_of(bytes, bytes + kPageBytes, [value](std::byte byte) { return byte == value; });
    };
    EXPECT_TRUE(all(101, std::byte{0}));
    EXPECT_TRUE(all(100, std::byte{0xA5}));
    EXPECT_TRUE(all(102, std::byte{0xA5}));
}

TEST_F(FramePoolTest, RandomTakesAndDropsLoseNoFrame) {
    boot();
    std::mt19937 random(3);
    std::vector<FrameNumber> references;
    for (int step = 0; step < 20000; ++step) {
        const auto choice = random() % 3;
        if (choice == 0 && pool_.reserve_locked(1) == Status::ok) {
            references.push_back(pool_.take_locked(FrameState::anon));
        } else if (choice == 1 && !references.empty()) {
            const FrameNumber frame = references[random() % references.size()];
            ASSERT_EQ(pool_.add_reference_locked(frame), Status::ok);
            references.push_back(frame);
        } else if (!references.empty()) {
            std::swap(references[random() % references.size()], references.back());
            FrameList dead;
            (void)pool_.drop_reference_locked(references.back(), dead);
            pool_.free_locked(dead);
            references.pop_back();
        }
        const auto in_use = std::set<FrameNumber>(references.begin(), references.end()).size();
        ASSERT_EQ(pool_.count_free() + in_use, kFrames);
    }
    EXPECT_EQ(pool_.count_taken() - pool_.count_returned(), kFrames - pool_.count_free());
}

TEST(TableCounts, KeepBothNumbersUpToAWholeTable) {
    PageFrame frame;
    frame.set(FrameState::table, 1);
    frame.set_counts({1024, 0});
    EXPECT_EQ(frame.counts().pages, 1024);
    EXPECT_EQ(frame.counts().guards, 0);
    frame.set_counts({3, 1021});
    EXPECT_EQ(frame.counts().pages, 3);
    EXPECT_EQ(frame.counts().guards, 1021);
    EXPECT_EQ(frame.references(), 1U);
}

using FramePoolDeathTest = FramePoolTest;

TEST_F(FramePoolDeathTest, ADoubleFreeIsCaught) {
    boot();
    const FrameNumber frame = take();
    drop(frame);
    FrameList dead;
    EXPECT_DEATH((void)pool_.drop_reference_locked(frame, dead), "assertion failed");
}

TEST_F(FramePoolDeathTest, ADoubleFreeWithinOneOperationIsCaught) {
    boot();
    const FrameNumber frame = take();
    FrameList dead;
    EXPECT_TRUE(pool_.drop_reference_locked(frame, dead));
    EXPECT_DEATH((void)pool_.drop_reference_locked(frame, dead), "assertion failed");
}

TEST_F(FramePoolDeathTest, AFreeFrameTakesNoReference) {
    boot();
    EXPECT_DEATH((void)pool_.add_reference_locked(FrameNumber(100)), "assertion failed");
    EXPECT_DEATH((void)pool_.add_reference_locked(FrameNumber(115)), "assertion failed") << "a hole";
    EXPECT_DEATH((void)pool_.add_reference_locked(FrameNumber(99)), "assertion failed") << "beyond the table";
}

TEST_F(FramePoolDeathTest, TakingWhatWasNotPromisedIsCaught) {
    boot();
    EXPECT_DEATH((void)pool_.take_locked(FrameState::anon), "assertion failed");
    EXPECT_DEATH(pool_.unreserve_locked(1), "assertion failed");
}

}  // namespace
}  // namespace freehold
