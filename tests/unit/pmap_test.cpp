// SPDX-License-Identifier: MIT
// The page-table walker with the 32-bit x86 format, against a literal reading of that format: after each operation a
// walk by bare shifts and masks, as the processor does it, must see what is expected.
#include "src/pmap/pmap.h"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/fake_tables.h"

// The format goes into a namespace of its own: the rest of this program has the software machine's under its name.
namespace x86 {
namespace freehold {
using namespace ::freehold;
}
#include "arch/x86_32/paging.h"
}  // namespace x86

namespace freehold {
namespace {

using Format = x86::freehold::arch::Paging;
static_assert(PagingFormat<Format>);

constexpr Word kUnit = 4U << 20;
constexpr FrameNumber kRoot = kFakeRoot;

using FakeMemory = FakeTables<std::uint32_t, 1024>;
using TestPmap = Pmap<Format, FakeMemory>;
static_assert(TestPmap::kUnitBytes == kUnit);

/// What the processor makes of an address in user mode: Intel SDM vol. 3A, 4.3 and 4.6.
struct Walked {
    std::uint32_t frame;
    bool writable;
    bool operator==(const Walked&) const = default;
};
std::optional<Walked> walk(FakeMemory& memory, std::uint32_t root, Word address) {
    const std::uint32_t directory_entry = memory.entries(FrameNumber(root))[address >> 22];
    if ((directory_entry & 0x001) == 0 || (directory_entry & 0x004) == 0) return std::nullopt;
    if ((directory_entry & 0x080) != 0) {
        EXPECT_EQ(directory_entry & 0x003FF000U, 0U) << "reserved bits of a 4 MiB page";
        const std::uint32_t first = directory_entry >> 22 << 10;
        return Walked{first + (address >> 12 & 0x3FF), (directory_entry & 0x002) != 0};
    }
    const std::uint32_t entry = memory.entries(FrameNumber(directory_entry >> 12))[address >> 12 & 0x3FF];
    if ((entry & 0x001) == 0 || (entry & 0x004) == 0) return std::nullopt;
    return Walked{entry >> 12, (entry & 0x002) != 0 && (directory_entry & 0x002) != 0};
}

class PmapTest : public testing::Test {
  protected:
    void TearDown() override { EXPECT_TRUE(memory_.intact()); }

    static PageRange range(Word base, Word end) { return PageRange(VirtAddr(base), VirtAddr(end)); }
    static std::optional<Walked> page(std::uint32_t frame, bool writable) { return Walked{frame, writable}; }

    std::optional<Walked> at(Word address) { return walk(memory_, kRoot.value(), address); }
    std::uint32_t entry_at(Word address) { return *pmap_.find(VirtAddr(address)).entry; }

    /// Maps pages of consecutive frames.
    void map(Word base, Word end, std::uint32_t frame, Rights rights = kReadWrite) {
        pmap_.add_tables(range(base, end));
        for (Word address = base; address < end; address += kPageBytes) {
            memory_.hold(FrameNumber(frame));
            pmap_.map_page(VirtAddr(address), FrameNumber(frame++), rights);
        }
    }

    FakeMemory memory_;
    TestPmap pmap_{memory_, kRoot};
};

TEST_F(PmapTest, AMappedPageIsWhereTheProcessorLooks) {
    map(0x12345000, 0x12346000, 0xABCDE);
    EXPECT_EQ(at(0x12345000), page(0xABCDE, true));
    EXPECT_EQ(at(0x12345FFF), page(0xABCDE, true));
    EXPECT_EQ(at(0x12344FFF), std::nullopt);
    EXPECT_EQ(at(0x12346000), std::nullopt);
    EXPECT_EQ(at(0x12745000), std::nullopt) << "the same page of the next table";
    EXPECT_EQ(memory_.entries(kRoot)[0x48] & 0x7, 0x7U) << "the table's entry allows all";
}

TEST_F(PmapTest, RightsAreTheBitsOfThisFormat) {
    map(0x1000, 0x2000, 10, Rights::read);
    map(0x2000, 0x3000, 11, kReadWrite);
    map(0x3000, 0x4000, 12, Rights::none);
    map(0x4000, 0x5000, 13, Rights::read | Rights::execute);
    EXPECT_EQ(at(0x1000), page(10, false));
    EXPECT_EQ(at(0x2000), page(11, true));
    EXPECT_EQ(at(0x3000), std::nullopt) << "no right at all: a page of the supervisor's";
    EXPECT_EQ(at(0x4000), page(13, false));
    EXPECT_EQ(entry_at(0x3000) & 0x7U, 0x1U);
    for (const Rights rights : {Rights::none, Rights::read, kReadWrite, kReadWrite | Rights::execute}) {
        EXPECT_EQ(Format::rights(Format::make_page(FrameNumber(1), rights, 0, true)), Format::enforced(rights));
    }
}

TEST_F(PmapTest, UncachedPagesSaySo) {
    pmap_.map_device(range(0x5000, 0x6000), FrameNumber(0xFEC00), kReadWrite, false);
    EXPECT_EQ(entry_at(0x5000), 0xFEC0001FU) << "frame, PCD, PWT, user, writable, present";
    pmap_.map_device(range(0x7000, 0x8000), FrameNumber(0xFEC00), Rights::read, true);
    EXPECT_EQ(entry_at(0x7000), 0xFEC00005U);
}

TEST_F(PmapTest, DevicesAreMappedByLargePagesWhereBothSidesAreAligned) {
    const PageRange both = range(kUnit - 0x1000, 3 * kUnit + 0x2000);
    EXPECT_EQ(pmap_.missing_device_tables(both, FrameNumber(0x403FF)), 2U);
    pmap_.map_device(both, FrameNumber(0x403FF), kReadWrite, false);
    EXPECT_EQ(memory_.count_tables(), 2U);
    EXPECT_EQ(memory_.entries(kRoot)[1], 0x4040009FU);
    for (Word address = both.base().value(); address < both.end().value(); address += kPageBytes) {
        ASSERT_EQ(at(address), page(0x403FF + (address - both.base().value()) / kPageBytes, true));
    }
    EXPECT_EQ(pmap_.count(both).pages, both.count_pages());
}

TEST_F(PmapTest, APartOfALargePageIsCountedPageByPage) {
    pmap_.map_device(range(kUnit, 3 * kUnit), FrameNumber(0x40000), kReadWrite, true);
    EXPECT_EQ(memory_.count_tables(), 0U);
    EXPECT_EQ(pmap_.count(range(kUnit + 0x3000, kUnit + 0x8000)).pages, 5U);
    EXPECT_EQ(pmap_.count(range(2 * kUnit - 0x1000, 2 * kUnit + 0x2000)).pages, 3U);
    EXPECT_EQ(pmap_.count(range(0, 4 * kUnit)).pages, 2048U);
    EXPECT_EQ(pmap_.count_whole(range(kUnit, 3 * kUnit)).tables, 0U) << "no tables are there";
    EXPECT_EQ(pmap_.count_whole(range(kUnit + 0x1000, 3 * kUnit)).pages, 0U);
}

TEST_F(PmapTest, WhatIsCountedIsWhatIsThereAndNothingBehindIt) {
    map(2 * kUnit - 0x2000, 2 * kUnit, 10);
    pmap_.guard(range(kUnit, kUnit + 0x3000));
    const Tally whole = pmap_.count_whole(range(0x5000, 3 * kUnit));
    EXPECT_EQ(whole.pages, 2U);
    EXPECT_EQ(whole.guards, 3U);
    EXPECT_EQ(whole.tables, 1U);
    EXPECT_EQ(whole.sealed_tables, 0U);
    EXPECT_EQ(whole.units, 0U);
    for (const PageRange part : {range(kUnit, 2 * kUnit), range(0, 3 * kUnit), range(kUnit, 2 * kUnit - 0x1000)}) {
        EXPECT_EQ(pmap_.count(part).pages, part.end() == VirtAddr(2 * kUnit - 0x1000) ? 1U : 2U);
        EXPECT_EQ(pmap_.count(part).guards, 3U);
    }
}

TEST_F(PmapTest, DevicesAreMappedBySmallPagesWhereAlignmentsDiffer) {
    pmap_.map_device(range(kUnit, 2 * kUnit), FrameNumber(0x40001), kReadWrite, true);
    EXPECT_EQ(memory_.count_tables(), 1U);
    EXPECT_EQ(at(kUnit), page(0x40001, true));
    EXPECT_EQ(at(2 * kUnit - 1), page(0x40400, true));
}

TEST_F(PmapTest, ALargePageThatIsSplitTranslatesAsBefore) {
    pmap_.map_device(range(kUnit, 2 * kUnit), FrameNumber(0x40000), kReadWrite, false);
    const PageRange part = range(kUnit + 0x3000, kUnit + 0x5000);
    const auto cost = pmap_.ends_split_cost(part);
    EXPECT_EQ(cost.frames, 1U);
    EXPECT_EQ(cost.owned, 1U);
    pmap_.split_ends(part);
    EXPECT_TRUE(memory_.changed_units.contains(kUnit));
    for (Word page_index = 0; page_index < 1024; ++page_index) {
        ASSERT_EQ(at(kUnit + page_index * kPageBytes), page(0x40000 + page_index, true));
    }
    EXPECT_FALSE(Format::cached(entry_at(kUnit)));
    pmap_.unmap(part);
    EXPECT_EQ(at(kUnit + 0x2000), page(0x40002, true));
    EXPECT_EQ(at(kUnit + 0x3000), std::nullopt);
    EXPECT_EQ(at(kUnit + 0x5000), page(0x40005, true));
    EXPECT_EQ(pmap_.count(range(kUnit, 2 * kUnit)).pages, 1022U);
}

TEST_F(PmapTest, ProtectChangesWhatIsThereAndSaysWhich) {
    map(0x1000, 0x4000, 10);
    memory_.forget();
    pmap_.protect(range(0x2000, 0x6000), Rights::read);
    EXPECT_EQ(at(0x1000), page(10, true));
    EXPECT_EQ(at(0x2000), page(11, false));
    EXPECT_EQ(at(0x3000), page(12, false));
    EXPECT_EQ(memory_.changed, (std::set<Word>{0x2000, 0x3000}));
    memory_.forget();
    pmap_.protect(range(0x1000, 0x6000), Rights::read);
    EXPECT_EQ(memory_.changed, (std::set<Word>{0x1000})) << "what stays the same need not be invalidated";
}

TEST_F(PmapTest, UnmapDropsEveryFrameOnce) {
    map(0x3FE000, 0x402000, 10);
    memory_.forget();
    const Tally tally = pmap_.unmap(range(0x3FF000, 0x401000));
    EXPECT_EQ(tally.pages, 2U);
    EXPECT_EQ(at(0x3FE000), page(10, true));
    EXPECT_EQ(at(0x3FF000), std::nullopt);
    EXPECT_EQ(at(0x400000), std::nullopt);
    EXPECT_EQ(at(0x401000), page(13, true));
    EXPECT_EQ(memory_.references(FrameNumber(11)), 0U);
    EXPECT_EQ(memory_.references(FrameNumber(12)), 0U);
    EXPECT_EQ(memory_.references(FrameNumber(13)), 1U);
    EXPECT_EQ(memory_.changed, (std::set<Word>{0x3FF000, 0x400000}));
    EXPECT_EQ(memory_.entries_written, 2U);
}

TEST_F(PmapTest, MemoryIsCachedUnlessItIsSaidOtherwise) {
    map(0x1000, 0x2000, 10);
    const auto found = pmap_.find(VirtAddr(0x2000));
    pmap_.map_pages(found, 3, kReadWrite, [](auto visit) {
        for (std::uint32_t i = 0; i < 3; ++i) visit(i, FrameNumber(20 + i));
    });
    EXPECT_EQ(entry_at(0x1000), 0x0000A007U);
    EXPECT_EQ(entry_at(0x2000), 0x00014007U);
    EXPECT_EQ(entry_at(0x4000), 0x00016007U);
    EXPECT_EQ(pmap_.count(range(0, kUnit)).pages, 4U);
}

TEST_F(PmapTest, AWholeUnitGoesByOneEntry) {
    map(kUnit, kUnit + 0x3000, 10);
    memory_.forget();
    const Tally tally = pmap_.unmap(range(kUnit, 2 * kUnit));
    EXPECT_EQ(tally.pages, 3U);
    EXPECT_EQ(tally.tables, 1U);
    EXPECT_EQ(memory_.entries_written, 1U);
    EXPECT_EQ(memory_.entries(kRoot)[1], 0U);
    EXPECT_EQ(memory_.changed_units, (std::set<Word>{kUnit}));
    for (std::uint32_t frame = 10; frame < 13; ++frame) EXPECT_EQ(memory_.references(FrameNumber(frame)), 0U);
}

TEST_F(PmapTest, AGuardIsNotPresentAndNotAbsent) {
    map(0x1000, 0x3000, 10);
    const Tally tally = pmap_.guard(range(0x2000, 0x4000));
    EXPECT_EQ(tally.pages, 1U);
    EXPECT_EQ(tally.guards, 2U);
    EXPECT_EQ(at(0x2000), std::nullopt);
    EXPECT_TRUE(pmap_.find(VirtAddr(0x2000)).guard());
    EXPECT_TRUE(pmap_.find(VirtAddr(0x3000)).guard());
    EXPECT_FALSE(pmap_.find(VirtAddr(0x4000)).guard());
    EXPECT_EQ(memory_.references(FrameNumber(11)), 0U);
    EXPECT_EQ(pmap_.guard(range(0x2000, 0x4000)).guards, 0U) << "guards already";
    EXPECT_EQ(pmap_.count(range(0x1000, 0x5000)).pages, 1U);
    EXPECT_EQ(pmap_.count(range(0x1000, 0x5000)).guards, 2U);
}

TEST_F(PmapTest, WhatDepartsIsOutOfReachAndComesBackAsItWas) {
    map(kUnit - 0x2000, 2 * kUnit + 0x2000, 1000);
    pmap_.protect(range(kUnit - 0x1000, kUnit), Rights::read);
    const PageRange part = range(kUnit - 0x1000, 2 * kUnit + 0x1000);
    const std::uint32_t kept = entry_at(kUnit - 0x1000);
    memory_.forget();
    pmap_.depart(part);
    EXPECT_EQ(memory_.entries_written, 3U) << "one whole table, a page at each end";
    EXPECT_EQ(at(kUnit - 0x2000), page(1000, true));
    EXPECT_EQ(at(2 * kUnit + 0x1000), page(1000 + 1024 + 3, true));
    for (Word address = part.base().value(); address < part.end().value(); address += kPageBytes) {
        ASSERT_EQ(at(address), std::nullopt);
    }
    EXPECT_EQ(memory_.changed, (std::set<Word>{kUnit - 0x1000, 2 * kUnit}));
    EXPECT_EQ(memory_.changed_units, (std::set<Word>{kUnit}));
    EXPECT_EQ(pmap_.count(part).pages, part.count_pages());
    pmap_.come_back(part);
    EXPECT_EQ(entry_at(kUnit - 0x1000), kept);
    EXPECT_EQ(at(kUnit - 0x1000), page(1001, false));
    EXPECT_EQ(at(kUnit), page(1002, true));
    EXPECT_EQ(at(2 * kUnit), page(2026, true));
}

TEST_F(PmapTest, WhatArrivesIsWhereTheOtherSpaceLooks) {
    const FrameNumber other_root = memory_.take_table();
    TestPmap other(memory_, other_root);
    map(kUnit - 0x1000, 2 * kUnit + 0x1000, 1000);
    pmap_.guard(range(kUnit - 0x1000, kUnit));
    const PageRange part = range(kUnit - 0x1000, 2 * kUnit + 0x1000);
    const VirtAddr to(5 * kUnit - 0x1000);
    EXPECT_EQ(other.missing_end_tables(PageRange(to, to + part.length_bytes())), 2U);
    other.add_end_tables(PageRange(to, to + part.length_bytes()));
    pmap_.depart(part);
    memory_.forget();
    const Tally tally = other.arrive(pmap_, part, to);
    EXPECT_EQ(memory_.entries_written, 6U) << "three here, three there";
    EXPECT_EQ(tally.pages, 1025U);
    EXPECT_EQ(tally.guards, 1U);
    EXPECT_EQ(tally.units, 1U);
    EXPECT_TRUE(other.find(to).guard());
    for (Word i = 1; i < part.count_pages(); ++i) {
        ASSERT_EQ(walk(memory_, other_root.value(), to.value() + i * kPageBytes), page(1000 + i, true));
        ASSERT_EQ(at(part.base().value() + i * kPageBytes), std::nullopt);
    }
    EXPECT_EQ(pmap_.count(part).pages, 0U);
    EXPECT_EQ(pmap_.trim(part, [](PageRange) { return true; }), 2U);
}

TEST_F(PmapTest, NothingSealedCanBeWrittenWhateverItsEntrySays) {
    map(kUnit - 0x1000, 2 * kUnit, 1000);
    memory_.forget();
    const Tally tally = pmap_.seal(range(kUnit - 0x1000, 2 * kUnit), Rights::read);
    EXPECT_EQ(memory_.entries_written, 2U);
    EXPECT_EQ(tally.tables, 1U);
    EXPECT_EQ(tally.pages, 1025U);
    EXPECT_EQ(at(kUnit - 0x1000), page(1000, false));
    EXPECT_EQ(at(kUnit), page(1001, false));
    EXPECT_EQ(at(2 * kUnit - 1), page(2024, false));
    EXPECT_TRUE(memory_.changed.contains(kUnit - 0x1000));
    EXPECT_TRUE(memory_.changed_units.contains(kUnit));
}

TEST_F(PmapTest, ASharedTableIsCopiedForWhoeverChangesAPartOfIt) {
    const FrameNumber other_root = memory_.take_table();
    TestPmap other(memory_, other_root);
    map(kUnit, 2 * kUnit, 1000);
    pmap_.seal(range(kUnit, 2 * kUnit), Rights::read);
    const Tally tally = other.share(pmap_, range(kUnit, 2 * kUnit), VirtAddr(7 * kUnit));
    EXPECT_EQ(tally.units, 1U);
    EXPECT_EQ(walk(memory_, other_root.value(), 7 * kUnit + 0x5000), page(1005, false));

    const PageRange part = range(7 * kUnit + 0x5000, 7 * kUnit + 0x6000);
    EXPECT_EQ(other.ends_split_cost(part).frames, 1U);
    other.split_ends(part);
    EXPECT_EQ(memory_.references(FrameNumber(1000)), 2U) << "both tables refer to it now";
    other.unmap(part);
    EXPECT_EQ(at(kUnit + 0x5000), page(1005, false)) << "the first space is not concerned";
    EXPECT_EQ(walk(memory_, other_root.value(), 7 * kUnit + 0x5000), std::nullopt);
    EXPECT_EQ(walk(memory_, other_root.value(), 7 * kUnit + 0x6000), page(1006, false)) << "and not writable";
    EXPECT_EQ(memory_.references(FrameNumber(1005)), 1U);

    const PageRange mine = range(kUnit, kUnit + 0x1000);
    EXPECT_EQ(pmap_.ends_split_cost(mine).frames, 0U) << "nobody else uses the table any more";
    EXPECT_EQ(pmap_.ends_split_cost(mine).owned, 1U);
    pmap_.split_ends(mine);
    EXPECT_EQ(at(kUnit), page(1000, false)) << "the protection moved down into the pages";
    EXPECT_EQ(at(kUnit + 0x3FF000), page(2023, false));
}

TEST_F(PmapTest, RandomOperationsEqualAMapOfPages) {
    constexpr Word kPages = 3 * 1024;
    std::mt19937 random(11);
    std::map<Word, Walked> expected;
    std::set<Word> guards;
    std::uint32_t next_frame = 0x10000;
    pmap_.add_tables(range(0, kPages * kPageBytes));
    for (int step = 0; step < 4000; ++step) {
        const auto first = static_cast<Word>(random() % kPages);
        const auto last = std::min<Word>(kPages, first + 1 + static_cast<Word>(random() % (step % 50 == 0 ? 2000 : 8)));
        const PageRange part = range(first * kPageBytes, last * kPageBytes);
        const auto kind = random() % 4;
        const bool writable = random() % 2 == 0;
        pmap_.add_tables(part);
        if (kind == 1) pmap_.unmap(part);
        if (kind == 2) pmap_.guard(part);
        if (kind == 3) pmap_.protect(part, writable ? kReadWrite : Rights::read);
        pmap_.add_tables(part);
        for (Word number = first; number < last; ++number) {
            if (kind == 0 && !expected.contains(number) && !guards.contains(number)) {
                pmap_.map_page(VirtAddr(number * kPageBytes), FrameNumber(next_frame), kReadWrite);
                expected[number] = {next_frame++, true};
            }
            if (kind == 1 || kind == 2) expected.erase(number);
            if (kind == 1) guards.erase(number);
            if (kind == 2) guards.insert(number);
            if (kind == 3 && expected.contains(number)) expected[number].writable = writable;
        }
        if (step % 100 != 0) continue;
        for (Word number = 0; number < kPages; ++number) {
            const auto found = expected.find(number);
            const auto wanted = found == expected.end() ? std::nullopt : std::optional(found->second);
            ASSERT_EQ(at(number * kPageBytes), wanted) << "page " << number << ", step " << step;
        }
        const UnitCounts counts = pmap_.count(range(0, kPages * kPageBytes));
        ASSERT_EQ(counts.pages, expected.size());
        ASSERT_EQ(counts.guards, guards.size());
    }
}

using PmapDeathTest = PmapTest;

TEST_F(PmapDeathTest, MappingOverAPageIsABug) {
    map(0x1000, 0x2000, 10);
    EXPECT_DEATH(pmap_.map_page(VirtAddr(0x1000), FrameNumber(11), kReadWrite), "assertion failed");
    EXPECT_DEATH(pmap_.map_page(VirtAddr(0x800000), FrameNumber(11), kReadWrite), "assertion failed") << "no table";
}

}  // namespace
}  // namespace freehold
