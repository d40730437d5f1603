// SPDX-License-Identifier: MIT
// The region table against a naive list of pages: every small case, many random ones, and a full table; each for words
// of 32 and of 64 bits, with frames as they are, and with frames of a few words, which split and merge all the time.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/region_table_pair.h"

namespace freehold {
namespace {

template <typename Table>
class RegionTableTest : public testing::Test {};
TYPED_TEST_SUITE(RegionTableTest, Tables);

std::vector<Tag> digits_to_tags(unsigned number, std::size_t pages) {
    const Tag tags[] = {kFree, kWritable, kReadable};
    std::vector<Tag> result;
    for (std::size_t page = 0; page < pages; ++page, number /= 3) result.push_back(tags[number % 3]);
    return result;
}

/// Applies `change` to every range of every layout of eight pages with three tags, in a table of `limit` regions.
template <typename Table, typename Change>
void try_every_layout(std::uint32_t limit, std::size_t count_pages, Change change) {
    unsigned layouts = 1;
    for (std::size_t page = 0; page < count_pages; ++page) layouts *= 3;
    for (unsigned number = 0; number < layouts; ++number) {
        const std::vector<Tag> tags = digits_to_tags(number, count_pages);
        if (Pair<Table>::runs(tags) > limit) continue;
        for (std::size_t first = 0; first < count_pages; ++first) {
            for (std::size_t last = first + 1; last <= count_pages; ++last) {
                Pair<Table> pair(tags, limit);
                (void)pair.change(first, last, change);
                pair.expect_equal();
                if (testing::Test::HasFatalFailure()) {
                    FAIL() << "layout " << number << ", pages " << first << " to " << last;
                }
            }
        }
    }
}

Tag turn(Tag tag) { return tag == kFree ? kWritable : tag == kWritable ? kReadable : kFree; }
Tag take_write(Tag tag) { return tag == kWritable ? kReadable : tag; }

template <typename Table>
void try_every_change(std::uint32_t limit) {
    for (const Tag tag : {kFree, kWritable, kReadable}) {
        try_every_layout<Table>(limit, 6, [tag](Tag) { return tag; });
    }
    try_every_layout<Table>(limit, 6, turn);
    try_every_layout<Table>(limit, 6, take_write);
    try_every_layout<Table>(limit, 6, [](Tag tag) { return tag; });
}

TYPED_TEST(RegionTableTest, EveryChangeOfEverySmallLayoutEqualsAListOfPages) { try_every_change<TypeParam>(7); }

TYPED_TEST(RegionTableTest, EveryChangeOfEverySmallLayoutFitsATightTableExactlyWhenItsResultDoes) {
    for (std::uint32_t limit = 1; limit <= 4; ++limit) try_every_change<TypeParam>(limit);
}

struct RandomChanges {
    std::size_t count_pages;
    unsigned seed;
    int rounds;
    std::uint32_t limit = 3000;
    std::uint32_t frames_allowed = 100000;
    bool frames_only_if_required = false;
};

/// Random changes, lookups and searches.
template <typename Table>
void try_random_changes(const RandomChanges& options, int& refused) {
    using Word = typename Table::Word;
    std::mt19937 random(options.seed);
    const std::size_t count_pages = options.count_pages;
    Pair<Table> pair(std::vector<Tag>(count_pages, kFree), options.limit);
    pair.table->frames_allowed = options.frames_allowed;
    pair.table->frames_only_if_required = options.frames_only_if_required;
    const Tag tags[] = {kFree, kFree, kWritable, kReadable, kDevice, kSealed};
    for (int round = 0; round < options.rounds; ++round) {
        const std::size_t first = random() % count_pages;
        const auto kind = random() % 2000;
        const std::size_t longest = kind == 0 ? count_pages : kind < 20 ? 300 : 6;
        const std::size_t last = std::min(count_pages, first + 1 + random() % longest);
        if (random() % 8 == 0) {
            refused += !pair.change(first, last, take_write);
        } else {
            const Tag tag = tags[random() % 6];
            if (random() % 2 == 0) {
                refused += !pair.plan_and_commit(first, last, tag);
                continue;
            }
            refused += !pair.change(first, last, [tag](Tag) { return tag; });
        }
        const std::size_t page = random() % count_pages;
        const auto address = static_cast<Word>(page * kPageBytes + random() % kPageBytes);
        const auto region = pair.table->find(typename Table::Address(address));
        ASSERT_TRUE(region.base.value() <= address && address < region.end.value());
        ASSERT_EQ(region.tag, pair.pages[page]);
        if (round % 64 != 0) continue;
        ASSERT_NO_FATAL_FAILURE(pair.expect_equal()) << "seed " << options.seed << ", round " << round;
        for (const SearchFrom from : {SearchFrom::lowest, SearchFrom::highest}) {
            const std::size_t length = 1 + random() % 12;
            const auto found = pair.table->find_free(static_cast<Word>(length * kPageBytes), kPageBytes, 0, from);
            ASSERT_EQ(found.value_or(typename Table::Address(0)).value(),
                      naive_find(pair.pages, length, 1, 0, from == SearchFrom::lowest))
                << "seed " << options.seed << ", round " << round;
        }
    }
    ASSERT_NO_FATAL_FAILURE(pair.expect_equal());
    pair.table->assign(Pair<Table>::range(0, count_pages), kFree);
    EXPECT_EQ(pair.table->count_frames(), 1U) << "frames that are not needed stay";
}

TYPED_TEST(RegionTableTest, RandomChangesEqualAListOfPages) {
    int refused = 0;
    for (unsigned seed = 1; seed <= 8; ++seed) try_random_changes<TypeParam>({300, seed, 3000}, refused);
    EXPECT_EQ(refused, 0);
}

TYPED_TEST(RegionTableTest, RandomChangesOfATableThatGrowsOverManyFramesEqualAListOfPages) {
    int refused = 0;
    for (unsigned seed = 1; seed <= 2; ++seed) try_random_changes<TypeParam>({4000, seed, 12000}, refused);
    EXPECT_EQ(refused, 0);
}

TYPED_TEST(RegionTableTest, RandomChangesOfATableThatIsOftenFullEqualAListOfPages) {
    int refused = 0;
    for (unsigned seed = 1; seed <= 2; ++seed) try_random_changes<TypeParam>({4000, seed, 8000, 1000}, refused);
    EXPECT_GT(refused, 0) << "the table never became full";
}

TYPED_TEST(RegionTableTest, WithoutAFrameMoreThanItNeedsEveryChangeIsMadeAllTheSame) {
    int refused = 0;
    for (unsigned seed = 1; seed <= 2; ++seed) {
        try_random_changes<TypeParam>({4000, seed, 8000, 3000, 100000, true}, refused);
    }
    EXPECT_EQ(refused, 0);
}

TYPED_TEST(RegionTableTest, WithoutTheFramesItNeedsAChangeIsRefusedAndOthersWork) {
    int refused = 0;
    const std::uint32_t frames = sizeof(typename TypeParam::Word) == 4 ? 1 : 2;
    for (unsigned seed = 1; seed <= 2; ++seed) {
        try_random_changes<TypeParam>({4000, seed, 8000, 3000, frames}, refused);
        try_random_changes<TypeParam>({4000, seed, 8000, 3000, 20}, refused);
    }
    EXPECT_GT(refused, 0);
}

/// Fills a table in that order of pages, then empties it in that.
template <typename Table>
void fill_and_empty(const std::vector<std::size_t>& order, const std::vector<std::size_t>& back) {
    std::vector<Tag> tags(2 * order.size() + 1, kFree);
    Pair<Table> pair(tags);
    for (const std::size_t i : order) ASSERT_TRUE(pair.change(2 * i + 1, 2 * i + 2, [](Tag) { return kWritable; }));
    ASSERT_NO_FATAL_FAILURE(pair.expect_equal());
    for (const std::size_t i : back) ASSERT_TRUE(pair.change(2 * i + 1, 2 * i + 2, [](Tag) { return kFree; }));
    ASSERT_NO_FATAL_FAILURE(pair.expect_equal());
    EXPECT_EQ(pair.table->count_frames(), 1U);
}

TYPED_TEST(RegionTableTest, FilledAndEmptiedUpwardsAndDownwardsItKeepsNoFrame) {
    std::vector<std::size_t> up(1200);
    std::iota(up.begin(), up.end(), 0);
    const std::vector<std::size_t> down(up.rbegin(), up.rend());
    for (const auto& order : {up, down}) {
        for (const auto& back : {up, down}) ASSERT_NO_FATAL_FAILURE(fill_and_empty<TypeParam>(order, back));
    }
}

TYPED_TEST(RegionTableTest, WhatIsReservedCanBeUsedWithoutAFrame) {
    using Table = TypeParam;
    Pair<Table> pair(std::vector<Tag>(6001, kFree));
    for (std::size_t i = 0; i < 1000; ++i) {
        ASSERT_TRUE(pair.change(2 * i + 1, 2 * i + 2, [](Tag) { return kWritable; }));
    }
    auto& table = *pair.table;
    table.set_reserved(600);
    ASSERT_TRUE(table.give_frames(Pair<Table>::range(0, 1), 0));
    table.trim();
    EXPECT_EQ(table.frames_required(0), 0U);
    table.set_reserved(0);
    for (std::size_t i = 0; i < 300; ++i) {  // all in one place, the worst there is
        table.transform(Pair<Table>::range(3000 - 2 * i, 3001 - 2 * i), [](Tag) { return kReadable; });
        pair.pages[3000 - 2 * i] = kReadable;
    }
    ASSERT_NO_FATAL_FAILURE(pair.expect_equal());
}

/// As few frames as there can be: leaves, and a directory for them that is in the table, in one frame or in three.
template <typename Table>
std::uint32_t frames_needed(std::uint32_t regions) {
    using Shape = typename Table::FrameShape;
    const std::uint32_t leaves = std::max(1U, (regions + Table::Leaf::kSlots - 1) / Table::Leaf::kSlots);
    return leaves + (leaves <= Shape::kInlineLeaves ? 0 : leaves <= Shape::kSmallLeaves ? 1 : 3);
}

TYPED_TEST(RegionTableTest, ItAsksForExactlyTheFramesItNeedsAndKeepsNoMore) {
    using Table = TypeParam;
    Pair<Table> pair(std::vector<Tag>(6001, kFree));
    auto& table = *pair.table;
    table.frames_only_if_required = true;
    const auto check = [&](std::uint32_t more) {
        if (table.count() + table.reserved() + more > table.limit()) return;
        const std::uint32_t needed = frames_needed<Table>(table.count() + table.reserved() + more);
        ASSERT_EQ(table.count_frames() + table.frames_required(more), std::max(needed, table.count_frames()))
            << table.count() << " regions and " << more;
    };
    for (std::size_t i = 0; i < 1400; ++i) {
        ASSERT_TRUE(pair.change(2 * i + 1, 2 * i + 2, [](Tag) { return kWritable; }));
        ASSERT_EQ(table.count_frames(), frames_needed<Table>(table.count()));
        for (const std::uint32_t more : {0U, 1U, 2U, 9U, 10U, 11U, 500U, 1999U}) check(more);
    }
    for (const std::uint32_t slots : {1U, 12U, 600U}) {
        table.set_reserved(slots);
        for (const std::uint32_t more : {0U, 2U, 100U}) check(more);
    }
    table.set_reserved(0);
}

TYPED_TEST(RegionTableTest, AFrameThatIsSpareCountsWhereFramesAreNeeded) {
    using Table = TypeParam;
    Pair<Table> pair(std::vector<Tag>(64, kFree));
    auto& table = *pair.table;
    for (std::uint32_t spares = 0; spares < 8; ++spares) {
        for (std::uint32_t more = 0; more < 7 * Table::Leaf::kSlots; more += Table::Leaf::kSlots / 4) {
            const std::uint32_t needed = frames_needed<Table>(table.count() + more);
            ASSERT_EQ(table.frames_required(more), needed > 1 + spares ? needed - 1 - spares : 0)
                << spares << " spare ones, " << more << " regions more";
        }
        const FrameNumber spare(static_cast<std::uint32_t>(table.frames.size()));
        table.add_frame(spare, table.new_frame());
    }
    FrameNumber frame;
    for (std::uint32_t spares = 8; spares > 0; --spares) {
        ASSERT_EQ(table.count_frames(), 1 + spares);
        ASSERT_TRUE(table.take_surplus(frame));
        table.frames.at(frame.value()) = nullptr;
    }
    EXPECT_FALSE(table.take_surplus(frame));
}

TEST(RegionTable, A64BitTableReachesBeyond32Bits) {
    constexpr std::uint64_t kEnd = std::uint64_t{1} << 47;
    Wide table{Addr<std::uint64_t>(kEnd)};
    const Wide::Range far(Wide::Address(kEnd - 0x3000), Wide::Address(kEnd - 0x1000));
    table.assign(far, kWritable);
    EXPECT_EQ(table.find(Wide::Address(kEnd - 0x1001)).tag, kWritable);
    EXPECT_EQ(table.find(Wide::Address(kEnd - 0x1000)).tag, kFree);
    EXPECT_EQ(table.check(Wide::Address(kEnd)), nullptr);
    const auto found = table.find_free(std::uint64_t{1} << 40, std::uint64_t{1} << 39, 0, SearchFrom::highest);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found.value().value(), kEnd - (std::uint64_t{3} << 39));
}

TEST(RegionTable, AFrameHoldsAThousandRegionsOf32BitsAnd496Of64) {
    EXPECT_EQ(Narrow::Leaf::kSlots, 1000U);
    EXPECT_EQ(Wide::Leaf::kSlots, 496U);
}

/// A size class never tells two sizes apart the wrong way round.
TEST(RegionTable, SizeClassesAscend) {
    std::uint16_t before = 0;
    for (std::uint64_t pages = 1; pages < std::uint64_t{1} << 35; pages += 1 + pages / 700) {
        const std::uint16_t now = size_class(pages << kPageShift);
        ASSERT_GE(now, before);
        before = now;
    }
    EXPECT_LT(size_class(std::uint64_t{2047} << kPageShift), size_class(std::uint64_t{2048} << kPageShift));
}

TYPED_TEST(RegionTableTest, FindFreeEqualsALookAtEveryPage) {
    using Word = typename TypeParam::Word;
    std::mt19937 random(7);
    for (int layout = 0; layout < 100; ++layout) {
        std::vector<Tag> tags;
        while (tags.size() < 64) tags.insert(tags.end(), 1 + random() % 8, random() % 2 == 0 ? kFree : kWritable);
        const Pair<TypeParam> pair(tags);
        for (int search = 0; search < 100; ++search) {
            const std::size_t length = 1 + random() % 12;
            const std::size_t alignment = std::size_t{1} << random() % 7;
            const std::size_t phase = random() % alignment;
            for (const SearchFrom from : {SearchFrom::lowest, SearchFrom::highest}) {
                const auto found = pair.table->find_free(static_cast<Word>(length * kPageBytes),
                                                         static_cast<Word>(alignment * kPageBytes),
                                                         static_cast<Word>(phase * kPageBytes), from);
                ASSERT_EQ(found.value_or(typename TypeParam::Address(0)).value(),
                          naive_find(tags, length, alignment, phase, from == SearchFrom::lowest));
            }
        }
    }
}

}  // namespace
}  // namespace freehold
