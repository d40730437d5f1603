// SPDX-License-Identifier: MIT
// The region table against a naive list of pages: every small case, many random ones, and a full table.
#include "src/space/region_table.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace freehold {
namespace {

constexpr Tag kFree = Tag::free();
constexpr Tag kWritable = Tag::make(RegionType::anon, kReadWrite);
constexpr Tag kReadable = Tag::make(RegionType::anon, Rights::read);
constexpr Tag kDevice = Tag::make(RegionType::phys, kReadWrite);
constexpr Tag kSealed = Tag::make(RegionType::anon, Rights::read, RegionState::sealed);

/// Addresses and ranges of 64 bits, to see that nothing in the table depends on the word's width.
struct WideAddr {
    constexpr WideAddr() = default;
    constexpr explicit WideAddr(std::uint64_t value) : value_(value) {}
    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    constexpr auto operator<=>(const WideAddr&) const = default;

  private:
    std::uint64_t value_ = 0;
};

class WideRange {
  public:
    constexpr WideRange(WideAddr base, WideAddr end) : base_(base), end_(end) {}
    [[nodiscard]] constexpr WideAddr base() const { return base_; }
    [[nodiscard]] constexpr WideAddr end() const { return end_; }

  private:
    WideAddr base_;
    WideAddr end_;
};

using WideTable = BasicRegionTable<WideAddr, WideRange, 500>;
static_assert(sizeof(WideTable) <= kPageBytes && sizeof(WideTable) > kPageBytes - 128);
static_assert(RegionTable::capacity() == 1000 && sizeof(RegionTable) > kPageBytes - 128);

/// A table beside a list that has the tag of every page.
template <typename Address, typename Range, std::uint32_t kCapacity>
struct Pair {
    using Table = BasicRegionTable<Address, Range, kCapacity>;
    using Word = typename Table::Word;

    explicit Pair(std::vector<Tag> tags) : pages(std::move(tags)) {
        table->init(Address(static_cast<Word>(pages.size()) * kPageBytes));
        for (std::size_t page = 0; page < pages.size(); ++page) {
            if (page == 0 || pages[page] != pages[page - 1]) table->assign(range(page, pages.size()), pages[page]);
        }
    }

    static Range range(std::size_t first, std::size_t last) {
        return Range(Address(static_cast<Word>(first) * kPageBytes), Address(static_cast<Word>(last) * kPageBytes));
    }

    static std::uint32_t runs(const std::vector<Tag>& tags) {
        std::uint32_t count = 1;
        for (std::size_t page = 1; page < tags.size(); ++page) count += tags[page] != tags[page - 1];
        return count;
    }

    /// Changes both; false where it does not fit, and then neither is changed.
    template <typename Change>
    [[nodiscard]] bool change(std::size_t first, std::size_t last, Change to) {
        std::vector<Tag> changed = pages;
        for (std::size_t page = first; page < last; ++page) changed[page] = to(changed[page]);
        const bool fits = table->fits_transform(range(first, last), to);
        EXPECT_EQ(fits, runs(changed) <= kCapacity);
        if (!fits) return false;
        table->transform(range(first, last), to);
        pages = std::move(changed);
        return true;
    }

    void expect_equal() const {
        ASSERT_EQ(table->check(Address(static_cast<Word>(pages.size()) * kPageBytes)), nullptr);
        ASSERT_EQ(table->count(), runs(pages));
        std::size_t page = 0;
        for (const auto& region : table->all()) {
            ASSERT_EQ(region.base.value(), static_cast<Word>(page) * kPageBytes);
            for (; page < pages.size() && page < region.end.value() / kPageBytes; ++page) {
                ASSERT_EQ(region.tag, pages[page]) << "page " << page;
            }
        }
        ASSERT_EQ(page, pages.size());
    }

    std::unique_ptr<Table> table = std::make_unique<Table>();
    std::vector<Tag> pages;
};

template <std::uint32_t kCapacity>
using NarrowPair = Pair<VirtAddr, PageRange, kCapacity>;
using WidePair = Pair<WideAddr, WideRange, 500>;

std::vector<Tag> digits_to_tags(unsigned number, std::size_t pages) {
    const Tag tags[] = {kFree, kWritable, kReadable};
    std::vector<Tag> result;
    for (std::size_t page = 0; page < pages; ++page, number /= 3) result.push_back(tags[number % 3]);
    return result;
}

/// Applies `change` to every range of every layout of six pages with three tags, in a table of kCapacity regions.
template <std::uint32_t kCapacity, typename Change>
void try_every_layout(Change change) {
    constexpr std::size_t kPages = 6;
    for (unsigned number = 0; number < 729; ++number) {
        const std::vector<Tag> tags = digits_to_tags(number, kPages);
        if (NarrowPair<kCapacity>::runs(tags) > kCapacity) continue;
        for (std::size_t first = 0; first < kPages; ++first) {
            for (std::size_t last = first + 1; last <= kPages; ++last) {
                NarrowPair<kCapacity> pair(tags);
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

template <std::uint32_t kCapacity>
void try_every_change() {
    for (const Tag tag : {kFree, kWritable, kReadable}) {
        try_every_layout<kCapacity>([tag](Tag) { return tag; });
    }
    try_every_layout<kCapacity>(turn);
    try_every_layout<kCapacity>(take_write);
    try_every_layout<kCapacity>([](Tag tag) { return tag; });
}

TEST(RegionTable, EveryChangeOfEverySmallLayoutEqualsAListOfPages) { try_every_change<7>(); }

TEST(RegionTable, EveryChangeOfEverySmallLayoutFitsATightTableExactlyWhenItsResultDoes) {
    try_every_change<1>();
    try_every_change<2>();
    try_every_change<3>();
    try_every_change<4>();
}

/// Random changes and searches on a table of `count_pages` pages.
template <typename AnyPair>
void try_random_changes(std::size_t count_pages, unsigned seed, int rounds) {
    std::mt19937 random(seed);
    AnyPair pair(std::vector<Tag>(count_pages, kFree));
    const Tag tags[] = {kFree, kFree, kWritable, kReadable, kDevice, kSealed};
    int refused = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::size_t first = random() % count_pages;
        const std::size_t longest = random() % 4000 == 0 ? count_pages : 6;
        const std::size_t last = std::min(count_pages, first + 1 + random() % longest);
        if (random() % 8 == 0) {
            refused += !pair.change(first, last, take_write);
        } else {
            const Tag tag = tags[random() % 6];
            refused += !pair.change(first, last, [tag](Tag) { return tag; });
        }
        const std::size_t page = random() % count_pages;
        const auto address = static_cast<typename AnyPair::Word>(page * kPageBytes + random() % kPageBytes);
        const auto region = pair.table->find(decltype(pair.table->end())(address));
        ASSERT_TRUE(region.base.value() <= address && address < region.end.value());
        ASSERT_EQ(region.tag, pair.pages[page]);
        if (round % 64 != 0) continue;
        ASSERT_NO_FATAL_FAILURE(pair.expect_equal()) << "seed " << seed << ", round " << round;
    }
    ASSERT_NO_FATAL_FAILURE(pair.expect_equal());
    EXPECT_TRUE(count_pages < pair.table->capacity() || refused > 0) << "the table never became full";
}

TEST(RegionTable, RandomChangesEqualAListOfPages) {
    for (unsigned seed = 1; seed <= 20; ++seed) try_random_changes<NarrowPair<1000>>(300, seed, 4000);
}

TEST(RegionTable, RandomChangesOfATableThatIsOftenFullEqualAListOfPages) {
    for (unsigned seed = 1; seed <= 3; ++seed) try_random_changes<NarrowPair<1000>>(4000, seed, 12000);
}

TEST(RegionTable, AWordOf64BitsWorksLikeOneOf32) {
    for (unsigned seed = 1; seed <= 3; ++seed) try_random_changes<WidePair>(2500, seed, 10000);
}

TEST(RegionTable, A64BitTableReachesBeyond32Bits) {
    auto table = std::make_unique<WideTable>();
    const std::uint64_t end = std::uint64_t{1} << 47;
    table->init(WideAddr(end));
    const WideRange far(WideAddr(end - 0x3000), WideAddr(end - 0x1000));
    table->assign(far, kWritable);
    EXPECT_EQ(table->find(WideAddr(end - 0x1001)).tag, kWritable);
    EXPECT_EQ(table->find(WideAddr(end - 0x1000)).tag, kFree);
    EXPECT_EQ(table->check(WideAddr(end)), nullptr);
    const auto found = table->find_free(std::uint64_t{1} << 40, std::uint64_t{1} << 39, 0, SearchFrom::highest);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found.value().value(), end - (std::uint64_t{3} << 39));
}

// --- single cases, told apart by name
// ---------------------------------------------------------------------------------

class RegionTableOf32Bits : public testing::Test {
  protected:
    RegionTableOf32Bits() { table_->init(kUserEnd); }

    static PageRange range(Word base, Word end) { return PageRange(VirtAddr(base), VirtAddr(end)); }
    [[nodiscard]] Region at(Word address) const { return table_->find(VirtAddr(address)); }
    void assign(Word base, Word end, Tag tag) {
        ASSERT_TRUE(table_->fits(range(base, end), tag));
        table_->assign(range(base, end), tag);
        ASSERT_EQ(table_->check(kUserEnd), nullptr);
    }

    std::unique_ptr<RegionTable> table_ = std::make_unique<RegionTable>();
};

TEST_F(RegionTableOf32Bits, ANewTableIsOneFreeRegionFromZeroToTheEnd) {
    EXPECT_EQ(table_->count(), 1U);
    for (const Word address : {Word{0}, Word{0xFFF}, Word{0x80000000}, kUserEnd.value() - 1}) {
        EXPECT_EQ(at(address).base, VirtAddr(0));
        EXPECT_EQ(at(address).end, kUserEnd);
        EXPECT_TRUE(at(address).tag.is_free());
    }
    EXPECT_EQ(table_->check(kUserEnd), nullptr);
    EXPECT_EQ(table_->end(), kUserEnd);
}

TEST_F(RegionTableOf32Bits, ARegionCarvedOutOfTheMiddleMakesThree) {
    assign(0x5000, 0x8000, kWritable);
    EXPECT_EQ(table_->count(), 3U);
    EXPECT_EQ(at(0x4FFF).end, VirtAddr(0x5000));
    EXPECT_EQ(at(0x5000).tag, kWritable);
    EXPECT_EQ(at(0x7FFF).end, VirtAddr(0x8000));
    EXPECT_TRUE(at(0x8000).tag.is_free());
}

TEST_F(RegionTableOf32Bits, TheFirstAndTheLastPageCanBeRegions) {
    assign(0, 0x1000, kReadable);
    assign(0xEFFFF000, 0xF0000000, kWritable);
    EXPECT_EQ(table_->count(), 3U);
    EXPECT_EQ(at(0xFFF).tag, kReadable);
    EXPECT_EQ(at(0xEFFFFFFF).tag, kWritable);
    EXPECT_EQ(at(0xEFFFFFFF).end, kUserEnd);
    assign(0xEFFFF000, 0xF0000000, kFree);
    assign(0, 0x1000, kFree);
    EXPECT_EQ(table_->count(), 1U);
}

TEST_F(RegionTableOf32Bits, EverythingCanBecomeOneRegion) {
    assign(0x5000, 0x8000, kWritable);
    assign(0, 0xF0000000, kReadable);
    EXPECT_EQ(table_->count(), 1U);
    EXPECT_EQ(at(0).end, kUserEnd);
}

TEST_F(RegionTableOf32Bits, ARangeReleasedBetweenTwoFreeRegionsMergesAllThree) {
    assign(0x5000, 0x8000, kWritable);
    assign(0x5000, 0x8000, kFree);
    EXPECT_EQ(table_->count(), 1U);
}

TEST_F(RegionTableOf32Bits, NeighboursOfTheSameTagAreOneRegion) {
    assign(0x5000, 0x6000, kWritable);
    assign(0x7000, 0x8000, kWritable);
    EXPECT_EQ(table_->count(), 5U);
    assign(0x6000, 0x7000, kWritable);
    EXPECT_EQ(table_->count(), 3U);
    EXPECT_EQ(at(0x6000).base, VirtAddr(0x5000));
    EXPECT_EQ(at(0x6000).end, VirtAddr(0x8000));
}

TEST_F(RegionTableOf32Bits, NeighboursThatDifferInStateOnlyStayTwo) {
    assign(0x5000, 0x6000, kReadable);
    assign(0x6000, 0x7000, kSealed);
    EXPECT_EQ(table_->count(), 4U);
    EXPECT_EQ(at(0x5000).end, VirtAddr(0x6000));
}

TEST_F(RegionTableOf32Bits, ATransformChangesEachRegionInTheRangeByItself) {
    assign(0x5000, 0x7000, kWritable);
    assign(0x7000, 0x9000, kDevice);
    const auto change = [](Tag tag) { return tag.with(Rights::read); };
    ASSERT_TRUE(table_->fits_transform(range(0x6000, 0x8000), change));
    table_->transform(range(0x6000, 0x8000), change);
    EXPECT_EQ(table_->count(), 6U);
    EXPECT_EQ(at(0x5000).tag, kWritable);
    EXPECT_EQ(at(0x6000).tag, kReadable);
    EXPECT_EQ(at(0x7000).tag, kDevice.with(Rights::read));
    EXPECT_EQ(at(0x8000).tag, kDevice);
    EXPECT_EQ(table_->check(kUserEnd), nullptr);
}

TEST_F(RegionTableOf32Bits, OverlappingVisitsEveryRegionTheRangeTouchesWhole) {
    assign(0x5000, 0x7000, kWritable);
    assign(0x7000, 0x9000, kReadable);
    std::vector<Word> bases;
    for (const Region& region : table_->overlapping(range(0x6000, 0x8000))) bases.push_back(region.base.value());
    EXPECT_EQ(bases, (std::vector<Word>{0x5000, 0x7000}));
    bases.clear();
    for (const Region& region : table_->overlapping(range(0x5000, 0x7000))) bases.push_back(region.base.value());
    EXPECT_EQ(bases, (std::vector<Word>{0x5000}));
    bases.clear();
    for (const Region& region : table_->all()) bases.push_back(region.base.value());
    EXPECT_EQ(bases, (std::vector<Word>{0, 0x5000, 0x7000, 0x9000}));
}

TEST_F(RegionTableOf32Bits, ARegionIsCutToARange) {
    assign(0x5000, 0x9000, kWritable);
    EXPECT_EQ(at(0x5000).within(range(0x1000, 0x6000)), range(0x5000, 0x6000));
    EXPECT_EQ(at(0x5000).within(range(0x6000, 0xA000)), range(0x6000, 0x9000));
    EXPECT_EQ(at(0x5000).within(range(0x6000, 0x7000)), range(0x6000, 0x7000));
}

TEST_F(RegionTableOf32Bits, NextBehindTheLastRegionIsEmpty) {
    const Region last = table_->find(kUserEnd - kPageBytes);
    EXPECT_EQ(table_->next(last).base, kUserEnd);
    EXPECT_EQ(table_->next(last).end, kUserEnd);
    EXPECT_EQ(table_->next(table_->next(last)).base, kUserEnd);
}

// --- a full table
// -------------------------------------------------------------------------------------------------------

class FullRegionTable : public RegionTableOf32Bits {
  protected:
    /// Regions of one page with one free page between them, until the table holds `count` of them (an odd number).
    void fill(std::uint32_t count) {
        for (Word base = 0x1000; table_->count() < count; base += 0x2000) {
            table_->assign(range(base, base + 0x1000), kWritable);
        }
        ASSERT_EQ(table_->count(), count);
        ASSERT_EQ(table_->check(kUserEnd), nullptr);
    }

    static constexpr Word kBehind = 0x10000000;  ///< far behind all that fill() makes
};

TEST_F(FullRegionTable, ACarveThatNeedsTwoSlotsFailsWithOneFree) {
    fill(999);
    EXPECT_FALSE(table_->fits(range(kBehind, kBehind + 0x1000), kReadable));
    EXPECT_TRUE(table_->fits(range(kUserEnd.value() - 0x1000, kUserEnd.value()), kReadable)) << "needs one only";
    EXPECT_TRUE(table_->fits(range(0x2000, 0x3000), kReadable)) << "needs none";
}

TEST_F(FullRegionTable, AllThousandRegionsCanBeUsed) {
    fill(999);
    assign(kUserEnd.value() - 0x1000, kUserEnd.value(), kReadable);
    EXPECT_EQ(table_->count(), table_->capacity());
    EXPECT_EQ(at(kUserEnd.value() - 1).tag, kReadable);
    EXPECT_EQ(at(kUserEnd.value() - 1).end, kUserEnd);
    EXPECT_FALSE(table_->fits(range(kBehind, kBehind + 0x1000), kReadable));
    EXPECT_FALSE(table_->fits(range(kUserEnd.value() - 0x2000, kUserEnd.value() - 0x1000), kWritable));
}

TEST_F(FullRegionTable, ChangesThatMergeWorkInAFullTable) {
    fill(999);
    assign(kUserEnd.value() - 0x1000, kUserEnd.value(), kReadable);
    assign(kUserEnd.value() - 0x2000, kUserEnd.value() - 0x1000, kReadable);  // only moves a boundary
    EXPECT_EQ(table_->count(), 1000U);
    assign(0x2000, 0x3000, kWritable);  // joins two regions
    EXPECT_EQ(table_->count(), 998U);
    assign(0x1000, 0x2000, kFree);
    EXPECT_EQ(table_->count(), 998U) << "one boundary moves, none goes";
    assign(0, kUserEnd.value(), kFree);
    EXPECT_EQ(table_->count(), 1U);
}

TEST_F(FullRegionTable, EveryRegionOfAFullTableIsFound) {
    fill(999);
    assign(kUserEnd.value() - 0x1000, kUserEnd.value(), kReadable);
    for (Word page = 0; page < 998; ++page) {
        for (const Word offset : {0U, 0xFFFU}) {
            const Region region = at(page * 0x1000 + offset);
            ASSERT_EQ(region.base, VirtAddr(page * 0x1000));
            ASSERT_EQ(region.tag, page % 2 == 0 ? kFree : kWritable);
        }
    }
}

TEST_F(FullRegionTable, ReservedSlotsAreLeftAlone) {
    fill(997);
    table_->set_reserved(2);
    EXPECT_FALSE(table_->fits(range(kBehind, kBehind + 0x1000), kReadable));
    table_->set_reserved(1);
    EXPECT_TRUE(table_->fits(range(kBehind, kBehind + 0x1000), kReadable));
}

// --- find_free
// ------------------------------------------------------------------------------------------------------------

class FindFree : public RegionTableOf32Bits {
  protected:
    [[nodiscard]] Word lowest(Word length, Word alignment = kPageBytes, Word phase = 0) const {
        return table_->find_free(length, alignment, phase, SearchFrom::lowest).value_or(VirtAddr(0)).value();
    }
    [[nodiscard]] Word highest(Word length, Word alignment = kPageBytes, Word phase = 0) const {
        return table_->find_free(length, alignment, phase, SearchFrom::highest).value_or(VirtAddr(0)).value();
    }
};

TEST_F(FindFree, PageZeroIsNeverGiven) {
    EXPECT_EQ(lowest(0x1000), 0x1000U);
    EXPECT_EQ(lowest(0xEFFFF000), 0x1000U);
    EXPECT_EQ(highest(0xEFFFF000), 0x1000U);
    EXPECT_EQ(table_->find_free(0xF0000000, 0x1000, 0, SearchFrom::lowest).status(), Status::no_address_range);
    EXPECT_EQ(table_->find_free(0xF0000000, 0x1000, 0, SearchFrom::highest).status(), Status::no_address_range);
    EXPECT_EQ(table_->find_free(0xFFFFF000, 0x1000, 0, SearchFrom::highest).status(), Status::no_address_range);
    assign(0x1000, 0xF0000000, kWritable);
    EXPECT_EQ(lowest(0x1000), 0U);
    EXPECT_EQ(highest(0x1000), 0U);
}

TEST_F(FindFree, TheHighestRangeEndsWhereUserSpaceEnds) { EXPECT_EQ(highest(0x3000), 0xEFFFD000U); }

TEST_F(FindFree, AGapOfExactlyTheLengthIsTaken) {
    assign(0x1000, 0xF0000000, kWritable);
    assign(0x10000, 0x13000, kFree);
    assign(0x20000, 0x24000, kFree);
    EXPECT_EQ(lowest(0x3000), 0x10000U);
    EXPECT_EQ(lowest(0x4000), 0x20000U);
    EXPECT_EQ(highest(0x3000), 0x21000U);
    EXPECT_EQ(lowest(0x5000), 0U);
}

TEST_F(FindFree, AlignmentAndPhaseAreKept) {
    EXPECT_EQ(lowest(0x1000, 0x400000), 0x400000U);
    EXPECT_EQ(highest(0x1000, 0x400000), 0xEFC00000U);
    EXPECT_EQ(lowest(0x1000, 0x400000, 0x3FF000), 0x3FF000U);
    EXPECT_EQ(highest(0x1000, 0x400000, 0x3FF000), 0xEFFFF000U);
    EXPECT_EQ(lowest(0x2000, 0x400000, 0x3FF000), 0x3FF000U);
    EXPECT_EQ(highest(0x2000, 0x400000, 0x3FF000), 0xEFBFF000U);
    EXPECT_EQ(lowest(0x1000, 0x400000, 0x1000), 0x1000U);
    EXPECT_EQ(lowest(0x80000000, 0x80000000), 0U) << "0x80000000 to 0xF0000000 is shorter";
    EXPECT_EQ(lowest(0x70000000, 0x80000000), 0x80000000U);
    EXPECT_EQ(highest(0x70000000, 0x80000000), 0x80000000U);
    EXPECT_EQ(lowest(0x1000, 0x80000000, 0x7FFFF000), 0x7FFFF000U);
    EXPECT_EQ(highest(0x1000, 0x80000000, 0x7FFFF000), 0x7FFFF000U) << "0xFFFFF000 is beyond the end";
}

TEST_F(FindFree, AnAlignmentThatSkipsEveryGapFindsNothing) {
    assign(0x1000, 0xF0000000, kWritable);
    assign(0x401000, 0x7FF000, kFree);
    assign(0xEFFFF000, 0xF0000000, kFree);
    EXPECT_EQ(lowest(0x1000, 0x400000), 0U);
    EXPECT_EQ(highest(0x1000, 0x400000), 0U);
    EXPECT_EQ(lowest(0x1000, 0x400000, 0x3FF000), 0xEFFFF000U);
    EXPECT_EQ(lowest(0x1000, 0x80000000, 0x7FFFF000), 0U) << "what would fit wraps around";
}

TEST_F(FindFree, TheOnlyGapIsFoundInATableOfAThousandRegions) {
    for (Word base = 0; base < 998 * 0x1000; base += 0x1000) {
        assign(base, base + 0x1000, base % 0x2000 == 0 ? kWritable : kReadable);
    }
    assign(998 * 0x1000, 0xEFFFE000, kReadable);
    assign(0xEFFFF000, 0xF0000000, kWritable);
    EXPECT_EQ(table_->count(), 1000U + 0U);
    EXPECT_EQ(lowest(0x1000), 0xEFFFE000U);
    EXPECT_EQ(highest(0x1000), 0xEFFFE000U);
    EXPECT_EQ(lowest(0x2000), 0U);
}

/// The lowest and highest base by looking at every page.
Word naive_find(const std::vector<Tag>& pages, std::size_t length, std::size_t alignment, std::size_t phase, bool up) {
    std::size_t found = 0;
    for (std::size_t base = 1; base + length <= pages.size(); ++base) {
        if (base % alignment != phase) continue;
        bool free = true;
        for (std::size_t page = base; page < base + length && free; ++page) free = pages[page].is_free();
        if (!free) continue;
        found = base;
        if (up) break;
    }
    return static_cast<Word>(found) * kPageBytes;
}

TEST(RegionTable, FindFreeEqualsALookAtEveryPage) {
    std::mt19937 random(7);
    for (int layout = 0; layout < 200; ++layout) {
        std::vector<Tag> tags;
        while (tags.size() < 64) tags.insert(tags.end(), 1 + random() % 8, random() % 2 == 0 ? kFree : kWritable);
        const NarrowPair<100> pair(tags);
        for (int search = 0; search < 100; ++search) {
            const std::size_t length = 1 + random() % 12;
            const std::size_t alignment = std::size_t{1} << random() % 7;
            const std::size_t phase = random() % alignment;
            for (const SearchFrom from : {SearchFrom::lowest, SearchFrom::highest}) {
                const Result<VirtAddr> found = pair.table->find_free(static_cast<Word>(length) * kPageBytes,
                                                                     static_cast<Word>(alignment) * kPageBytes,
                                                                     static_cast<Word>(phase) * kPageBytes, from);
                ASSERT_EQ(found.value_or(VirtAddr(0)).value(),
                          naive_find(tags, length, alignment, phase, from == SearchFrom::lowest));
            }
        }
    }
}

// --- check and tags
// -----------------------------------------------------------------------------------------------------

TEST_F(RegionTableOf32Bits, CheckNamesEachKindOfCorruption) {
    assign(0x5000, 0x6000, kWritable);
    auto* const words = reinterpret_cast<Word*>(table_.get());
    const Word header =
        static_cast<Word>((sizeof(RegionTable) - (table_->capacity() + 1) * sizeof(Word)) / sizeof(Word));
    const auto corrupted = [&](Word index, Word value) {
        const Word kept = words[index];
        words[index] = value;
        const char* const said = table_->check(kUserEnd);
        words[index] = kept;
        return std::string(said != nullptr ? said : "clean");
    };
    EXPECT_EQ(corrupted(0, 0), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(0, 1001), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(header, 0x1000), "a region table does not start at 0");
    EXPECT_EQ(corrupted(header + 3, 0xE0000000), "a region table does not end where user space ends");
    EXPECT_EQ(corrupted(header + 1, 0x7000 | kWritable.bits()), "a region table is not sorted");
    EXPECT_EQ(corrupted(header + 1, 0x5000 | 0x800), "a region has a tag that none may have");
    EXPECT_EQ(corrupted(header + 1, 0x5000), "two neighbouring regions have the same tag");
    EXPECT_EQ(corrupted(header + 1, 0x5000 | kReadable.bits()), "clean");
}

TEST(Tag, MadeOfItsPartsItGivesThemBack) {
    const Tag tag = Tag::make(RegionType::anon, Rights::read | Rights::execute, RegionState::kept);
    EXPECT_EQ(tag.type(), RegionType::anon);
    EXPECT_EQ(tag.rights(), Rights::read | Rights::execute);
    EXPECT_EQ(tag.state(), RegionState::kept);
    EXPECT_EQ(tag.with(RegionState::sealed).state(), RegionState::sealed);
    EXPECT_EQ(tag.with(RegionState::sealed).rights(), tag.rights());
    EXPECT_EQ(tag.with(Rights::none).rights(), Rights::none);
    EXPECT_LT(tag.bits(), 4096U);
}

TEST(Tag, OnlySensibleOnesAreLegal) {
    EXPECT_TRUE(kFree.legal());
    EXPECT_TRUE(kWritable.legal());
    EXPECT_TRUE(kSealed.legal());
    EXPECT_TRUE(kDevice.legal());
    EXPECT_TRUE(Tag::make(RegionType::anon, Rights::none).legal());
    EXPECT_TRUE(kWritable.with(RegionState::transit).legal());
    EXPECT_FALSE(Tag::make(RegionType::free, Rights::read).legal());
    EXPECT_FALSE(Tag::make(RegionType::anon, Rights::write).legal());
    EXPECT_FALSE(Tag::make(static_cast<RegionType>(3), Rights::read).legal());
    EXPECT_FALSE(kWritable.with(RegionState::sealed).legal());
    EXPECT_FALSE(kWritable.with(RegionState::transit_sealed).legal());
    EXPECT_FALSE(kDevice.with(RegionState::transit).legal());
    EXPECT_FALSE(kDevice.with(Rights::read).with(RegionState::sealed).legal());
    EXPECT_FALSE(kWritable.with(static_cast<RegionState>(5)).legal());
    EXPECT_FALSE(Tag(0x100U | kWritable.bits()).legal());
}

using RegionTableDeathTest = RegionTableOf32Bits;

TEST_F(RegionTableDeathTest, AnAddressBeyondTheEndIsABug) { EXPECT_DEATH((void)at(0xF0000000), "address < end"); }

TEST_F(RegionTableDeathTest, AChangeThatDoesNotFitIsABug) {
    for (Word base = 0x1000; table_->count() < 999; base += 0x2000) {
        table_->assign(range(base, base + 0x1000), kWritable);
    }
    EXPECT_DEATH(table_->assign(range(0x10000000, 0x10001000), kReadable), "kCapacity");
}

}  // namespace
}  // namespace freehold
