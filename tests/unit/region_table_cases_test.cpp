// SPDX-License-Identifier: MIT
// Single cases of the region table, told apart by name, and tags; each for words of 32 and of 64 bits.
#include <cstdlib>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/region_table_frames.h"

namespace freehold {
namespace {

/// User space ends at 0xF0000000 here, whatever the width of a word.
template <typename Table>
class RegionTableCases : public testing::Test {
  protected:
    using Word = typename Table::Word;
    using Address = typename Table::Address;
    using Region = typename Table::Region;
    using Range = typename Table::Range;

    static Range range(Word base, Word end) { return Range(Address(base), Address(end)); }
    [[nodiscard]] Region at(Word address) const { return table_->find(Address(address)); }
    void assign(Word base, Word end, Tag tag) {
        ASSERT_TRUE(table_->fits(range(base, end), tag));
        table_->assign(range(base, end), tag);
        ASSERT_EQ(table_->check(end_), nullptr);
    }

    /// Regions of one page with one free page between them, until the table holds `count` of them (an odd number).
    void fill(std::uint32_t count) {
        for (Word base = 0x1000; table_->count() < count; base += 0x2000) {
            table_->assign(range(base, base + 0x1000), kWritable);
        }
        ASSERT_EQ(table_->count(), count);
        ASSERT_EQ(table_->check(end_), nullptr);
    }
    static constexpr Word kBehind = 0x10000000;  ///< far behind all that fill() makes

    [[nodiscard]] Word lowest(Word length, Word alignment = kPageBytes, Word phase = 0) const {
        return table_->find_free(length, alignment, phase, SearchFrom::lowest).value_or(Address(0)).value();
    }
    [[nodiscard]] Word highest(Word length, Word alignment = kPageBytes, Word phase = 0) const {
        return table_->find_free(length, alignment, phase, SearchFrom::highest).value_or(Address(0)).value();
    }

    const Address end_{0xF0000000};
    std::unique_ptr<Table> table_ = std::make_unique<Table>(end_, 1000);
};
TYPED_TEST_SUITE(RegionTableCases, Tables);

TYPED_TEST(RegionTableCases, ANewTableIsOneFreeRegionFromZeroToTheEnd) {
    EXPECT_EQ(this->table_->count(), 1U);
    for (const typename TestFixture::Word address : {typename TestFixture::Word{0}, typename TestFixture::Word{0xFFF},
                                                     typename TestFixture::Word{0x80000000}, this->end_.value() - 1}) {
        EXPECT_EQ(this->at(address).base, typename TestFixture::Address(0));
        EXPECT_EQ(this->at(address).end, this->end_);
        EXPECT_TRUE(this->at(address).tag.is_free());
    }
    EXPECT_EQ(this->table_->check(this->end_), nullptr);
    EXPECT_EQ(this->table_->end(), this->end_);
}

TYPED_TEST(RegionTableCases, ARegionCarvedOutOfTheMiddleMakesThree) {
    this->assign(0x5000, 0x8000, kWritable);
    EXPECT_EQ(this->table_->count(), 3U);
    EXPECT_EQ(this->at(0x4FFF).end, typename TestFixture::Address(0x5000));
    EXPECT_EQ(this->at(0x5000).tag, kWritable);
    EXPECT_EQ(this->at(0x7FFF).end, typename TestFixture::Address(0x8000));
    EXPECT_TRUE(this->at(0x8000).tag.is_free());
}

TYPED_TEST(RegionTableCases, TheFirstAndTheLastPageCanBeRegions) {
    this->assign(0, 0x1000, kReadable);
    this->assign(0xEFFFF000, 0xF0000000, kWritable);
    EXPECT_EQ(this->table_->count(), 3U);
    EXPECT_EQ(this->at(0xFFF).tag, kReadable);
    EXPECT_EQ(this->at(0xEFFFFFFF).tag, kWritable);
    EXPECT_EQ(this->at(0xEFFFFFFF).end, this->end_);
    this->assign(0xEFFFF000, 0xF0000000, kFree);
    this->assign(0, 0x1000, kFree);
    EXPECT_EQ(this->table_->count(), 1U);
}

TYPED_TEST(RegionTableCases, EverythingCanBecomeOneRegion) {
    this->assign(0x5000, 0x8000, kWritable);
    this->assign(0, 0xF0000000, kReadable);
    EXPECT_EQ(this->table_->count(), 1U);
    EXPECT_EQ(this->at(0).end, this->end_);
}

TYPED_TEST(RegionTableCases, ARangeReleasedBetweenTwoFreeRegionsMergesAllThree) {
    this->assign(0x5000, 0x8000, kWritable);
    this->assign(0x5000, 0x8000, kFree);
    EXPECT_EQ(this->table_->count(), 1U);
}

TYPED_TEST(RegionTableCases, NeighboursOfTheSameTagAreOneRegion) {
    this->assign(0x5000, 0x6000, kWritable);
    this->assign(0x7000, 0x8000, kWritable);
    EXPECT_EQ(this->table_->count(), 5U);
    this->assign(0x6000, 0x7000, kWritable);
    EXPECT_EQ(this->table_->count(), 3U);
    EXPECT_EQ(this->at(0x6000).base, typename TestFixture::Address(0x5000));
    EXPECT_EQ(this->at(0x6000).end, typename TestFixture::Address(0x8000));
}

TYPED_TEST(RegionTableCases, NeighboursThatDifferInStateOnlyStayTwo) {
    this->assign(0x5000, 0x6000, kReadable);
    this->assign(0x6000, 0x7000, kSealed);
    EXPECT_EQ(this->table_->count(), 4U);
    EXPECT_EQ(this->at(0x5000).end, typename TestFixture::Address(0x6000));
}

TYPED_TEST(RegionTableCases, ATransformChangesEachRegionInTheRangeByItself) {
    this->assign(0x5000, 0x7000, kWritable);
    this->assign(0x7000, 0x9000, kDevice);
    const auto change = [](Tag tag) { return tag.with(Rights::read); };
    ASSERT_TRUE(this->table_->fits_transform(this->range(0x6000, 0x8000), change));
    this->table_->transform(this->range(0x6000, 0x8000), change);
    EXPECT_EQ(this->table_->count(), 6U);
    EXPECT_EQ(this->at(0x5000).tag, kWritable);
    EXPECT_EQ(this->at(0x6000).tag, kReadable);
    EXPECT_EQ(this->at(0x7000).tag, kDevice.with(Rights::read));
    EXPECT_EQ(this->at(0x8000).tag, kDevice);
    EXPECT_EQ(this->table_->check(this->end_), nullptr);
}

TYPED_TEST(RegionTableCases, OverlappingVisitsEveryRegionTheRangeTouchesWhole) {
    this->assign(0x5000, 0x7000, kWritable);
    this->assign(0x7000, 0x9000, kReadable);
    std::vector<typename TestFixture::Word> bases;
    for (const auto& region : this->table_->overlapping(this->range(0x6000, 0x8000)))
        bases.push_back(region.base.value());
    EXPECT_EQ(bases, (std::vector<typename TestFixture::Word>{0x5000, 0x7000}));
    bases.clear();
    for (const auto& region : this->table_->overlapping(this->range(0x5000, 0x7000)))
        bases.push_back(region.base.value());
    EXPECT_EQ(bases, (std::vector<typename TestFixture::Word>{0x5000}));
    bases.clear();
    for (const auto& region : this->table_->all()) bases.push_back(region.base.value());
    EXPECT_EQ(bases, (std::vector<typename TestFixture::Word>{0, 0x5000, 0x7000, 0x9000}));
}

TYPED_TEST(RegionTableCases, ARegionIsCutToARange) {
    this->assign(0x5000, 0x9000, kWritable);
    EXPECT_EQ(this->at(0x5000).within(this->range(0x1000, 0x6000)), this->range(0x5000, 0x6000));
    EXPECT_EQ(this->at(0x5000).within(this->range(0x6000, 0xA000)), this->range(0x6000, 0x9000));
    EXPECT_EQ(this->at(0x5000).within(this->range(0x6000, 0x7000)), this->range(0x6000, 0x7000));
}

TYPED_TEST(RegionTableCases, NextBehindTheLastRegionIsEmpty) {
    const auto last = this->at(0xEFFFF000);
    EXPECT_EQ(this->table_->next(last).base, this->end_);
    EXPECT_EQ(this->table_->next(last).end, this->end_);
    EXPECT_EQ(this->table_->next(this->table_->next(last)).base, this->end_);
}

// --- a full table
// -----------------------------------------------------------------------------------------------------

TYPED_TEST(RegionTableCases, ACarveThatNeedsTwoSlotsFailsWithOneFree) {
    this->fill(999);
    EXPECT_FALSE(this->table_->fits(this->range(this->kBehind, this->kBehind + 0x1000), kReadable));
    EXPECT_TRUE(this->table_->fits(this->range(this->end_.value() - 0x1000, this->end_.value()), kReadable))
        << "needs one only";
    EXPECT_TRUE(this->table_->fits(this->range(0x2000, 0x3000), kReadable)) << "needs none";
}

TYPED_TEST(RegionTableCases, AllThousandRegionsCanBeUsed) {
    this->fill(999);
    this->assign(this->end_.value() - 0x1000, this->end_.value(), kReadable);
    EXPECT_EQ(this->table_->count(), this->table_->limit());
    EXPECT_EQ(this->at(this->end_.value() - 1).tag, kReadable);
    EXPECT_EQ(this->at(this->end_.value() - 1).end, this->end_);
    EXPECT_FALSE(this->table_->fits(this->range(this->kBehind, this->kBehind + 0x1000), kReadable));
    EXPECT_FALSE(this->table_->fits(this->range(this->end_.value() - 0x2000, this->end_.value() - 0x1000), kWritable));
}

TYPED_TEST(RegionTableCases, ChangesThatMergeWorkInAFullTable) {
    this->fill(999);
    this->assign(this->end_.value() - 0x1000, this->end_.value(), kReadable);
    this->assign(this->end_.value() - 0x2000, this->end_.value() - 0x1000, kReadable);  // only moves a boundary
    EXPECT_EQ(this->table_->count(), 1000U);
    this->assign(0x2000, 0x3000, kWritable);  // joins two regions
    EXPECT_EQ(this->table_->count(), 998U);
    this->assign(0x1000, 0x2000, kFree);
    EXPECT_EQ(this->table_->count(), 998U) << "one boundary moves, none goes";
    this->assign(0, this->end_.value(), kFree);
    EXPECT_EQ(this->table_->count(), 1U);
}

TYPED_TEST(RegionTableCases, EveryRegionOfAFullTableIsFound) {
    this->fill(999);
    this->assign(this->end_.value() - 0x1000, this->end_.value(), kReadable);
    for (typename TestFixture::Word page = 0; page < 998; ++page) {
        for (const typename TestFixture::Word offset : {0U, 0xFFFU}) {
            const auto region = this->at(page * 0x1000 + offset);
            ASSERT_EQ(region.base, typename TestFixture::Address(page * 0x1000));
            ASSERT_EQ(region.tag, page % 2 == 0 ? kFree : kWritable);
        }
    }
}

TYPED_TEST(RegionTableCases, ReservedSlotsAreLeftAlone) {
    this->fill(997);
    this->table_->set_reserved(2);
    EXPECT_FALSE(this->table_->fits(this->range(this->kBehind, this->kBehind + 0x1000), kReadable));
    this->table_->set_reserved(1);
    EXPECT_TRUE(this->table_->fits(this->range(this->kBehind, this->kBehind + 0x1000), kReadable));
}

// --- find_free
// --------------------------------------------------------------------------------------------------------

TYPED_TEST(RegionTableCases, PageZeroIsNeverGiven) {
    EXPECT_EQ(this->lowest(0x1000), 0x1000U);
    EXPECT_EQ(this->lowest(0xEFFFF000), 0x1000U);
    EXPECT_EQ(this->highest(0xEFFFF000), 0x1000U);
    EXPECT_EQ(this->table_->find_free(0xF0000000, 0x1000, 0, SearchFrom::lowest).status(), Status::no_address_range);
    EXPECT_EQ(this->table_->find_free(0xF0000000, 0x1000, 0, SearchFrom::highest).status(), Status::no_address_range);
    EXPECT_EQ(this->table_->find_free(0xFFFFF000, 0x1000, 0, SearchFrom::highest).status(), Status::no_address_range);
    this->assign(0x1000, 0xF0000000, kWritable);
    EXPECT_EQ(this->lowest(0x1000), 0U);
    EXPECT_EQ(this->highest(0x1000), 0U);
}

TYPED_TEST(RegionTableCases, TheHighestRangeEndsWhereUserSpaceEnds) { EXPECT_EQ(this->highest(0x3000), 0xEFFFD000U); }

TYPED_TEST(RegionTableCases, AGapOfExactlyTheLengthIsTaken) {
    this->assign(0x1000, 0xF0000000, kWritable);
    this->assign(0x10000, 0x13000, kFree);
    this->assign(0x20000, 0x24000, kFree);
    EXPECT_EQ(this->lowest(0x3000), 0x10000U);
    EXPECT_EQ(this->lowest(0x4000), 0x20000U);
    EXPECT_EQ(this->highest(0x3000), 0x21000U);
    EXPECT_EQ(this->lowest(0x5000), 0U);
}

TYPED_TEST(RegionTableCases, AGapThatIsOnePageTooShortIsNotTakenHoweverLongItIs) {
    this->assign(0x1000, 0xF0000000, kWritable);
    // Sizes up to 2047 pages are told apart exactly, greater ones only roughly.
    for (const typename TestFixture::Word pages : {2U, 2046U, 2047U, 2048U, 2049U, 4096U, 4097U, 0x10001U}) {
        const typename TestFixture::Word length = pages * kPageBytes;
        this->assign(0x10000000, 0x10000000 + length, kFree);
        for (int again = 0; again < 3; ++again) {  // the table learns what is there
            EXPECT_EQ(this->lowest(length + kPageBytes), 0U);
            EXPECT_EQ(this->highest(length + kPageBytes), 0U);
            EXPECT_EQ(this->lowest(length), 0x10000000U);
            EXPECT_EQ(this->highest(length), 0x10000000U);
            EXPECT_EQ(this->lowest(length - kPageBytes), 0x10000000U);
            EXPECT_EQ(this->highest(length - kPageBytes), 0x10001000U);
        }
        this->assign(0x10000000, 0x10000000 + length, kWritable);
        this->assign(0, length, kFree);
        for (int again = 0; again < 3; ++again) {
            EXPECT_EQ(this->lowest(length), 0U) << "but for page 0";
            EXPECT_EQ(this->highest(length), 0U);
            EXPECT_EQ(this->lowest(length + kPageBytes), 0U);
            EXPECT_EQ(this->highest(length + kPageBytes), 0U);
            EXPECT_EQ(this->lowest(length - kPageBytes), 0x1000U);
        }
        this->assign(0, 0x1000, kWritable);
        this->assign(0x1000, 0x1000 + length, kFree);
        for (const typename TestFixture::Word more : {1U, 2U, 3U, 1U, 2U, 3U}) {
            EXPECT_EQ(this->lowest(length + more * kPageBytes), 0U) << "longer than all that is below its end";
            EXPECT_EQ(this->highest(length + more * kPageBytes), 0U);
        }
        EXPECT_EQ(this->lowest(length), 0x1000U);
        this->assign(0, 0x1000 + length, kWritable);
    }
}

TYPED_TEST(RegionTableCases, ALeafThatIsNearlyEmptyAgainIsOneChunk) {
    using Leaf = typename TypeParam::Leaf;
    constexpr std::uint32_t kFew = Leaf::kChunkWords / 2;
    const auto& leaf = *reinterpret_cast<const Leaf*>(this->table_->frames[0].get());
    for (const bool planned : {true, false}) {
        std::uint32_t most = 0;
        this->fill(Leaf::kSlots / 2 * 2 - 1);
        for (typename TestFixture::Word base = 0x1000; this->table_->count() > 1; base += 0x2000) {
            most = std::max<std::uint32_t>(most, leaf.chunks);
            if (planned) {
                this->table_->commit(this->table_->plan(this->range(base, base + 0x1000), kFree));
                this->table_->trim();
            } else {
                this->assign(base - 0x1000, base + 0x1000, kFree);
            }
            ASSERT_EQ(this->table_->check(this->end_), nullptr);
            if (this->table_->count() <= kFew) {
                ASSERT_EQ(leaf.chunks, 1) << this->table_->count() << " regions";
            }
        }
        EXPECT_GT(most, 1U);
    }
}

TYPED_TEST(RegionTableCases, TwoFramesBecomeOneAsSoonAsThreeQuartersOfOneHoldAll) {
    constexpr std::uint32_t kSlots = TypeParam::Leaf::kSlots;
    constexpr std::uint32_t kQuarters = kSlots - kSlots / 4;
    this->table_ = std::make_unique<TypeParam>(this->end_, 3000);
    for (const bool one_more : {false, true}) {
        if (one_more) this->assign(this->end_.value() - 0x1000, this->end_.value(), kReadable);
        const std::uint32_t odd = one_more ? 2 : 1;
        typename TestFixture::Word base = 0x10000000;
        for (; this->table_->count_frames() < 2; base -= 0x2000) this->assign(base, base + 0x1000, kWritable);
        for (base += 0x2000; this->table_->count() > odd; base += 0x2000) {
            this->assign(base, base + 0x1000, kFree);
            ASSERT_EQ(this->table_->count_frames(), this->table_->count() > kQuarters ? 2U : 1U)
                << this->table_->count() << " regions";
        }
    }
}

TYPED_TEST(RegionTableCases, AlignmentAndPhaseAreKept) {
    EXPECT_EQ(this->lowest(0x1000, 0x400000), 0x400000U);
    EXPECT_EQ(this->highest(0x1000, 0x400000), 0xEFC00000U);
    EXPECT_EQ(this->lowest(0x1000, 0x400000, 0x3FF000), 0x3FF000U);
    EXPECT_EQ(this->highest(0x1000, 0x400000, 0x3FF000), 0xEFFFF000U);
    EXPECT_EQ(this->lowest(0x2000, 0x400000, 0x3FF000), 0x3FF000U);
    EXPECT_EQ(this->highest(0x2000, 0x400000, 0x3FF000), 0xEFBFF000U);
    EXPECT_EQ(this->lowest(0x1000, 0x400000, 0x1000), 0x1000U);
    EXPECT_EQ(this->lowest(0x80000000, 0x80000000), 0U) << "0x80000000 to 0xF0000000 is shorter";
    EXPECT_EQ(this->lowest(0x70000000, 0x80000000), 0x80000000U);
    EXPECT_EQ(this->highest(0x70000000, 0x80000000), 0x80000000U);
    EXPECT_EQ(this->lowest(0x1000, 0x80000000, 0x7FFFF000), 0x7FFFF000U);
    EXPECT_EQ(this->highest(0x1000, 0x80000000, 0x7FFFF000), 0x7FFFF000U) << "0xFFFFF000 is beyond the end";
}

TYPED_TEST(RegionTableCases, AnAlignmentThatSkipsEveryGapFindsNothing) {
    this->assign(0x1000, 0xF0000000, kWritable);
    this->assign(0x401000, 0x7FF000, kFree);
    this->assign(0xEFFFF000, 0xF0000000, kFree);
    EXPECT_EQ(this->lowest(0x1000, 0x400000), 0U);
    EXPECT_EQ(this->highest(0x1000, 0x400000), 0U);
    EXPECT_EQ(this->lowest(0x1000, 0x400000, 0x3FF000), 0xEFFFF000U);
    EXPECT_EQ(this->lowest(0x1000, 0x80000000, 0x7FFFF000), 0U) << "what would fit wraps around";
}

TYPED_TEST(RegionTableCases, TheOnlyGapIsFoundInATableOfAThousandRegions) {
    for (typename TestFixture::Word base = 0; base < 998 * 0x1000; base += 0x1000) {
        this->assign(base, base + 0x1000, base % 0x2000 == 0 ? kWritable : kReadable);
    }
    this->assign(998 * 0x1000, 0xEFFFE000, kReadable);
    this->assign(0xEFFFF000, 0xF0000000, kWritable);
    EXPECT_EQ(this->table_->count(), 1000U + 0U);
    EXPECT_EQ(this->lowest(0x1000), 0xEFFFE000U);
    EXPECT_EQ(this->highest(0x1000), 0xEFFFE000U);
    EXPECT_EQ(this->lowest(0x2000), 0U);
}

// --- check and tags --------------------------------------------------------------------------------------------------

TYPED_TEST(RegionTableCases, CheckNamesEachKindOfCorruption) {
    this->assign(0x5000, 0x6000, kWritable);
    auto& leaf = *reinterpret_cast<typename TypeParam::Leaf*>(this->table_->frames[0].get());
    const auto corrupted = [&](auto& place, auto value) {
        const auto kept = place;
        place = static_cast<std::remove_cvref_t<decltype(place)>>(value);
        const char* const said = this->table_->check(this->end_);
        place = kept;
        return std::string(said != nullptr ? said : "clean");
    };
    EXPECT_EQ(corrupted(leaf.counts[0], 0), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(leaf.counts[0], 200), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(leaf.chunks, 0), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(leaf.chunks, 9), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(leaf.count, 2), "a region table's count is out of bounds");
    EXPECT_EQ(corrupted(leaf.keys[0], 0x1000), "a region table has a wrong key");
    EXPECT_EQ(corrupted(leaf.words[0], 0x1000), "a region table does not start at 0");
    EXPECT_EQ(corrupted(leaf.words[3], 0xE0000000), "a region table has a word where none belongs");
    EXPECT_EQ(corrupted(leaf.words[1], 0x7000 | kWritable.bits()), "a region table is not sorted");
    EXPECT_EQ(corrupted(leaf.words[1], 0x5000 | 0x800), "a region has a tag that none may have");
    EXPECT_EQ(corrupted(leaf.words[1], 0x5000), "two neighbouring regions have the same tag");
    EXPECT_EQ(corrupted(leaf.others[0], 1), "a region table's bound of free regions is too low");
    EXPECT_EQ(corrupted(leaf.gaps[0], 0xFFFF), "a region table's bound of free regions is too low");
    EXPECT_EQ(corrupted(leaf.words[1], 0x5000 | kReadable.bits()), "clean");
    EXPECT_STREQ(this->table_->check(typename TypeParam::Address(0xE0000000)),
                 "a region table does not end where user space ends");
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

template <typename Table>
using RegionTableDeathTest = RegionTableCases<Table>;
TYPED_TEST_SUITE(RegionTableDeathTest, Tables);

TYPED_TEST(RegionTableDeathTest, AnAddressBeyondTheEndIsABug) {
    EXPECT_DEATH((void)this->at(0xF0000000), "address < end");
}

TYPED_TEST(RegionTableDeathTest, AChangeBeyondTheLimitIsABug) {
    this->fill(999);
    EXPECT_DEATH(this->table_->transform(this->range(0x10000000, 0x10001000), [](Tag) { return kReadable; }), "limit_");
}

}  // namespace
}  // namespace freehold
