// SPDX-License-Identifier: MIT
// Each real paging format against the manuals (manuals.h) and against the software machine: entries bit by bit, and
// whole spaces page by page after random operations of a Pmap.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "arch/sim/machine.h"
#include "arch/sim/paging.h"
#include "src/pmap/direct_move.h"
#include "src/pmap/pmap.h"
#include "tests/unit/formats/manuals.h"

// Each format goes into a namespace of its own: this program has the software machine's under its name.
namespace x86_32 {
namespace freehold {
using namespace ::freehold;
}
#include "arch/x86_32/paging.h"
}  // namespace x86_32
namespace x86_64 {
namespace freehold {
using namespace ::freehold;
}
#include "arch/x86_64/paging.h"
}  // namespace x86_64
namespace pae {
namespace freehold {
using namespace ::freehold;
}
#include "arch/x86_32_pae/paging.h"
}  // namespace pae
namespace sv39 {
namespace freehold {
using namespace ::freehold;
}
#include "arch/riscv64/paging.h"
}  // namespace sv39

namespace freehold {
namespace {

using manuals::Kind;

constexpr std::array kAllRights = {Rights::none, Rights::read, kReadWrite, Rights::read | Rights::execute,
                                   kReadWrite | Rights::execute};

struct Narrow86 : x86_32::freehold::arch::Paging {
    static constexpr const manuals::Manual& kManual = manuals::kNarrow86;
    static constexpr std::uint64_t kEnd = 0xF0000000;
    static constexpr bool kHasUncached = true;
};
struct Wide86 : x86_64::freehold::arch::Paging {
    static constexpr const manuals::Manual& kManual = manuals::kWide86;
    static constexpr std::uint64_t kEnd = 0x7F80'0000'0000;
    static constexpr bool kHasUncached = true;
};
struct Pae : pae::freehold::arch::Paging {
    static constexpr const manuals::Manual& kManual = manuals::kPae;
    static constexpr std::uint64_t kEnd = 0xC0000000;
    static constexpr bool kHasUncached = true;
};
struct Sv39 : sv39::freehold::arch::Paging {
    static constexpr const manuals::Manual& kManual = manuals::kSv39;
    static constexpr std::uint64_t kEnd = 0x40'0000'0000;
    static constexpr bool kHasUncached = false;  // the platform decides
};

/// Tables in host memory; frames that are pages have no bytes.
template <typename Format>
class Tables {
  public:
    using Entry = typename Format::Entry;

    Entry* entries(FrameNumber frame) { return tables_.at(frame.value())->entries.data(); }
    FrameNumber take_table() {
        const FrameNumber frame(next_++);
        tables_[frame.value()] = std::make_unique<Table>();
        references_[frame.value()] = 1;
        return frame;
    }
    UnitCounts counts(FrameNumber frame) { return tables_.at(frame.value())->counts; }
    void set_counts(FrameNumber frame, UnitCounts counts) { tables_.at(frame.value())->counts = counts; }
    bool sealed_table(FrameNumber frame) { return tables_.at(frame.value())->sealed; }
    void set_sealed_table(FrameNumber frame, bool sealed) { tables_.at(frame.value())->sealed = sealed; }
    std::uint32_t references(FrameNumber frame) { return references_[frame.value()]; }
    void hold(FrameNumber frame) { ++references_[frame.value()]; }
    bool drop_table(FrameNumber frame) { return --references_.at(frame.value()) == 0; }
    void drop_page(FrameNumber frame) { --references_[frame.value()]; }
    void wrote_entries(std::uint32_t count) { entries_written += count; }
    void changed_page(VirtAddr) {}
    void changed_unit(VirtAddr) {}
    void pause() {}

    static void* frame_pointer(void* tables, std::uint32_t frame) {
        return static_cast<Tables*>(tables)->entries(FrameNumber(frame));
    }

    std::uint64_t entries_written = 0;

    /// Whether nobody wrote behind a table's last entry. What is there looks like an entry of a frame that nobody has.
    [[nodiscard]] bool intact() const {
        return std::ranges::all_of(tables_, [](const auto& table) { return table.second->behind == kBehind; });
    }

  private:
    static constexpr Entry kBehind = Format::make_page(FrameNumber(0xBAD), kReadWrite, 0, true);
    struct Table {
        std::array<Entry, 4096 / sizeof(Entry)> entries{};
        Entry behind = kBehind;
        UnitCounts counts;
        bool sealed = false;
    };
    std::map<std::uint32_t, std::unique_ptr<Table>> tables_;
    std::map<std::uint32_t, std::uint32_t> references_;
    std::uint32_t next_ = 0x5000;
};

template <typename T>
class FormatTest : public testing::Test {
  protected:
    using Entry = typename T::Entry;
    static_assert(PagingFormat<T>);

    FrameNumber any_frame() {
        const std::uint64_t end = T::kPhysicalEnd >> kPageShift;
        return FrameNumber(static_cast<std::uint32_t>(random_() % end));
    }
    FrameNumber aligned_frame(unsigned level) {
        const std::uint64_t mask = (std::uint64_t{1} << (T::shift(level) - kPageShift)) - 1;
        return FrameNumber(static_cast<std::uint32_t>(any_frame().value() & ~mask));
    }
    static manuals::Entry literal(Entry entry, unsigned level) { return T::kManual.decode(entry, level); }

    std::mt19937_64 random_{7};
};

using Formats = testing::Types<Narrow86, Wide86, Pae, Sv39>;
TYPED_TEST_SUITE(FormatTest, Formats);

TYPED_TEST(FormatTest, TheAddressIsCutWhereTheManualCutsIt) {
    ASSERT_EQ(TypeParam::kLevels, TypeParam::kManual.levels);
    ASSERT_EQ(sizeof(typename TypeParam::Entry), TypeParam::kManual.entry_bytes);
    for (unsigned level = 0; level < TypeParam::kLevels; ++level) {
        EXPECT_EQ(TypeParam::shift(level), TypeParam::kManual.low.at(level));
        EXPECT_EQ(TypeParam::shift(level) + TypeParam::index_bits(level), TypeParam::kManual.high.at(level) + 1);
    }
}

TYPED_TEST(FormatTest, APageIsWhatTheManualReads) {
    for (int i = 0; i < 20000; ++i) {
        const auto level = static_cast<unsigned>(i) % TypeParam::kLevels;
        if (level > 0 && !TypeParam::has_large_pages(level)) continue;
        const FrameNumber frame = this->aligned_frame(level);
        const Rights rights = kAllRights.at(this->random_() % kAllRights.size());
        const bool cached = this->random_() % 2 == 0;
        const auto entry = TypeParam::make_page(frame, rights, level, cached);
        const manuals::Entry read = this->literal(entry, level);
        const Rights allowed = TypeParam::enforced(rights);
        ASSERT_EQ(read.kind, Kind::page) << std::hex << entry;
        ASSERT_EQ(read.address, std::uint64_t{frame.value()} << 12);
        ASSERT_EQ(read.user, rights != Rights::none);
        ASSERT_EQ(read.user && read.read, has(allowed, Rights::read));
        ASSERT_EQ(read.user && read.write, has(allowed, Rights::write));
        ASSERT_EQ(read.user && read.execute, has(allowed, Rights::execute));
        ASSERT_EQ(read.cached, cached || !TypeParam::kHasUncached);
        ASSERT_EQ(TypeParam::cached(entry), cached);
        ASSERT_EQ(TypeParam::frame(entry), frame);
        ASSERT_EQ(TypeParam::rights(entry), allowed);
        ASSERT_EQ(TypeParam::large(entry, level), level > 0);
        const Rights other = kAllRights.at(this->random_() % kAllRights.size());
        ASSERT_EQ(TypeParam::with_rights(entry, other), TypeParam::make_page(frame, other, level, cached));
    }
}

TYPED_TEST(FormatTest, ATableIsWhatTheManualReadsAndAllowsEverything) {
    for (int i = 0; i < 5000; ++i) {
        const auto level = 1 + static_cast<unsigned>(i) % TypeParam::kRootLevel;
        const FrameNumber frame = this->any_frame();
        auto entry = TypeParam::make_table(frame, level);
        const manuals::Entry read = this->literal(entry, level);
        ASSERT_EQ(read.kind, Kind::table);
        ASSERT_EQ(read.address, std::uint64_t{frame.value()} << 12);
        ASSERT_TRUE(read.user && read.read && read.write && read.execute);
        ASSERT_EQ(TypeParam::rights(entry), kReadWrite | Rights::execute);
        ASSERT_EQ(TypeParam::frame(entry), frame);
        ASSERT_FALSE(TypeParam::large(entry, level));
        entry = TypeParam::with_rights(entry, Rights::read | Rights::execute);
        const manuals::Entry sealed = this->literal(entry, level);
        ASSERT_EQ(sealed.kind, Kind::table);
        ASSERT_EQ(sealed.write, !TypeParam::table_has_rights(level));
        ASSERT_TRUE(sealed.user && sealed.execute);
        ASSERT_EQ(has(TypeParam::rights(entry), Rights::write), sealed.write);
    }
}

TYPED_TEST(FormatTest, WhatIsOursAloneNeverLooksPresent) {
    for (unsigned level = 0; level < TypeParam::kLevels; ++level) {
        EXPECT_EQ(this->literal(TypeParam::kAbsent, level).kind, Kind::not_present);
        EXPECT_EQ(this->literal(TypeParam::kGuard, level).kind, Kind::not_present);
    }
    EXPECT_TRUE(TypeParam::guard(TypeParam::kGuard));
    EXPECT_FALSE(TypeParam::guard(TypeParam::kAbsent) || TypeParam::in_transit(TypeParam::kGuard));
    EXPECT_EQ(TypeParam::to_transit(TypeParam::kGuard), TypeParam::kGuard);
    EXPECT_EQ(TypeParam::from_transit(TypeParam::kGuard), TypeParam::kGuard);
    EXPECT_EQ(TypeParam::to_transit(TypeParam::kAbsent), TypeParam::kAbsent);
    for (int i = 0; i < 20000; ++i) {
        const auto level = static_cast<unsigned>(i) % TypeParam::kLevels;
        const bool table = level > 0 && (this->random_() % 2 == 0 || !TypeParam::has_large_pages(level));
        const Rights rights = kAllRights.at(this->random_() % kAllRights.size());
        const auto entry = table ? TypeParam::make_table(this->any_frame(), level)
                                 : TypeParam::make_page(this->aligned_frame(level), rights, level, i % 3 != 0);
        const auto away = TypeParam::to_transit(entry);
        ASSERT_EQ(this->literal(away, level).kind, Kind::not_present) << std::hex << away;
        ASSERT_TRUE(TypeParam::in_transit(away));
        ASSERT_FALSE(TypeParam::present(away) || TypeParam::guard(away));
        ASSERT_EQ(TypeParam::frame(away), TypeParam::frame(entry));
        ASSERT_EQ(TypeParam::rights(away), TypeParam::rights(entry));
        ASSERT_EQ(TypeParam::large(away, level), TypeParam::large(entry, level));
        ASSERT_EQ(TypeParam::from_transit(away), entry);
    }
}

TYPED_TEST(FormatTest, AnyEntryAtAllIsPresentForBothOrForNone) {
    for (int i = 0; i < 100000; ++i) {
        const auto entry = static_cast<typename TypeParam::Entry>(this->random_());
        const auto level = static_cast<unsigned>(i) % TypeParam::kLevels;
        const Kind kind = this->literal(entry, level).kind;
        if (kind == Kind::table || kind == Kind::page) {
            ASSERT_TRUE(TypeParam::present(entry));
            ASSERT_EQ(TypeParam::large(entry, level), level > 0 && kind == Kind::page) << std::hex << entry;
        }
        ASSERT_TRUE(TypeParam::present(entry) || kind == Kind::not_present) << std::hex << entry;
        ASSERT_FALSE(TypeParam::present(TypeParam::to_transit(entry)));
    }
}

/// Two spaces of a format, the same two of the software machine's, and what each page should be.
template <typename T>
class Twins {
    template <typename Format>
    struct Side {
        Tables<Format> memory;
        std::array<FrameNumber, 2> roots = {memory.take_table(), memory.take_table()};
        Pmap<Format, Tables<Format>> pmap(std::uint32_t space) { return {memory, roots.at(space)}; }
    };

  public:
    void each(auto act) {
        act(real);
        act(simulated);
    }

    /// What the processor and the software machine make of an address; empty if they agree.
    std::string differ(std::uint32_t space, std::uint64_t address) {
        auto read = [this](std::uint64_t table, std::uint64_t index) -> std::uint64_t {
            return real.memory.entries(FrameNumber(static_cast<std::uint32_t>(table >> 12)))[index];
        };
        bool reserved = false;
        const std::uint64_t root = std::uint64_t{real.roots.at(space).value()} << 12;
        const auto page = manuals::translate(T::kManual, root, address, read, reserved);
        auto there = machine.walk(simulated.roots.at(space), VirtAddr(address));
        if (there && there->rights == Rights::none) there.reset();
        const std::string where = "space " + std::to_string(space) + ", page " + std::to_string(address >> 12);
        if (reserved) return where + " has a reserved bit set";
        if (page.has_value() != there.has_value()) return where + (page ? " is" : " is not") + " mapped";
        if (!page) return {};
        const Rights allowed = T::enforced(there->rights);
        const bool same = page->address == std::uint64_t{there->frame.value()} << 12 && page->read &&
                          page->write == has(allowed, Rights::write) && page->execute == has(allowed, Rights::execute);
        return same ? std::string() : where + " differs";
    }

    ~Twins() { EXPECT_TRUE(real.memory.intact() && simulated.memory.intact()); }

    Side<T> real;
    Side<arch::Paging> simulated;
    sim::Machine machine{&simulated.memory, Tables<arch::Paging>::frame_pointer};
};

/// Where tables of every level end, so that ranges around it have whole units and ragged ends of all levels.
template <typename T>
constexpr std::uint64_t kMiddle = std::uint64_t{2} << T::shift(T::kRootLevel);

TYPED_TEST(FormatTest, RandomOperationsTranslateAsOnTheSoftwareMachine) {
    Twins<TypeParam> twins;
    constexpr std::uint64_t kPages = 3000;
    const std::uint64_t window = kMiddle<TypeParam> - 1500 * kPageBytes;
    std::uint32_t next_frame = 0x80000;
    const PageRange all(VirtAddr(window), VirtAddr(window + kPages * kPageBytes));
    twins.each([&](auto& side) { side.pmap(0).add_tables(all); });
    for (int step = 0; step < 1500; ++step) {
        const std::uint64_t first = this->random_() % kPages;
        const std::uint64_t most = step % 10 == 0 ? 2000 : 40;
        const std::uint64_t last = std::min(kPages, first + 1 + this->random_() % most);
        const PageRange part(VirtAddr(window + first * kPageBytes), VirtAddr(window + last * kPageBytes));
        const auto kind = this->random_() % 6;
        const Rights rights = kAllRights.at(this->random_() % kAllRights.size());
        twins.each([&](auto& side) {
            auto pmap = side.pmap(0);
            pmap.split_all(part);
            if (kind == 1) pmap.unmap(part);
            if (kind == 2) pmap.guard(part);
            if (kind == 3) pmap.protect(part, rights);
            if (kind == 4) pmap.depart(part);
            if (kind == 4) pmap.come_back(part);
            if (kind == 5) pmap.protect(part, rights);
            if (kind == 5) pmap.seal(part, rights & (Rights::read | Rights::execute));
            pmap.add_tables(part);
        });
        for (std::uint64_t page = first; kind == 0 && page < last; ++page, ++next_frame) {
            twins.each([&](auto& side) {
                auto pmap = side.pmap(0);
                const VirtAddr at(window + page * kPageBytes);
                if (pmap.find(at).present() || pmap.find(at).guard()) return;
                pmap.map_page(at, FrameNumber(next_frame), rights);
            });
        }
        for (std::uint64_t page = step % 25 == 0 ? 0 : first; page < (step % 25 == 0 ? kPages : last); ++page) {
            ASSERT_EQ(twins.differ(0, window + page * kPageBytes), "") << "step " << step << ", kind " << kind;
        }
    }
}

/// Pages of space 0 at some offsets of an area, and all its tables.
void map_some(auto& side, PageRange area, const std::vector<std::uint64_t>& offsets) {
    auto pmap = side.pmap(0);
    pmap.add_tables(area);
    std::uint32_t frame = 0x1000;
    for (const std::uint64_t offset : offsets) {
        const VirtAddr at(area.base() + offset);
        if (pmap.find(at).present()) continue;
        side.memory.hold(FrameNumber(frame));
        pmap.map_page(at, FrameNumber(frame++), kReadWrite);
    }
}

TYPED_TEST(FormatTest, AnAreaMovesAndIsSharedByOneEntryPerWholeTableOfEachLevel) {
    using Pmap = Pmap<TypeParam, Tables<TypeParam>>;
    Twins<TypeParam> twins;
    // One unit of the highest level below the root, and one page more at each end; pages here and there.
    const unsigned level = TypeParam::kRootLevel > 1 ? TypeParam::kRootLevel - 1 : 1;
    const std::uint64_t unit = std::uint64_t{1} << TypeParam::shift(level);
    const PageRange area(VirtAddr(unit - kPageBytes), VirtAddr(2 * unit + kPageBytes));
    const VirtAddr to(area.base() + 4 * Pmap::unit_bytes(Pmap::unit_level(area.length_bytes())) % TypeParam::kEnd);
    std::vector<std::uint64_t> offsets = {0, kPageBytes, unit, unit + kPageBytes};
    for (int i = 0; i < 20; ++i) offsets.push_back(this->random_() % (unit >> 12) << 12);
    twins.each([&](auto& side) {
        auto pmap = side.pmap(0);
        map_some(side, area, offsets);
        auto other = side.pmap(1);
        const PageRange target(to, to + area.length_bytes());
        EXPECT_EQ(pmap.ends_split_cost(area).frames, 0U);
        const std::uint32_t missing = other.missing_end_tables(target);
        EXPECT_EQ(other.add_end_tables(target), missing);
        side.memory.entries_written = 0;
        pmap.depart(area);
        const std::uint64_t departed = side.memory.entries_written;
        const Tally tally = other.arrive(pmap, area, to);
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(side.memory)>, Tables<TypeParam>>) {
            EXPECT_EQ(departed, 3U) << "a page at each end, and one whole unit";
            EXPECT_EQ(side.memory.entries_written, 3 * departed) << "two writes for each on arrival";
            EXPECT_EQ(tally.units, 1U);
        }
    });
    for (const std::uint64_t offset : offsets) {
        ASSERT_EQ(twins.differ(0, area.base().value() + offset), "");
        ASSERT_EQ(twins.differ(1, to.value() + offset), "");
        ASSERT_TRUE(twins.machine.walk(twins.simulated.roots[1], to + offset).has_value());
    }
    // Sealed there and shared back: nobody can write it, through neither space.
    twins.each([&](auto& side) {
        auto pmap = side.pmap(0);
        auto other = side.pmap(1);
        EXPECT_GT(pmap.trim(area, [](PageRange) { return true; }), 0U);
        other.seal(PageRange(to, to + area.length_bytes()), Rights::read);
        pmap.add_end_tables(area);
        EXPECT_GT(pmap.share(other, PageRange(to, to + area.length_bytes()), area.base()).units, 0U);
        // A page in the middle leaves: tables on the way are copied for it, and nothing else changes.
        const PageRange hole(VirtAddr(unit), VirtAddr(unit + kPageBytes));
        const auto cost = pmap.ends_split_cost(hole);
        EXPECT_EQ(pmap.split_ends(hole).frames, cost.frames);
        EXPECT_GT(cost.frames, 0U);
        pmap.unmap(hole);
    });
    for (const std::uint64_t offset : offsets) {
        ASSERT_EQ(twins.differ(0, area.base().value() + offset), "");
        ASSERT_EQ(twins.differ(1, to.value() + offset), "");
        const auto there = twins.machine.walk(twins.simulated.roots[1], to + offset);
        ASSERT_TRUE(there && !has(there->rights, Rights::write));
    }
}

TYPED_TEST(FormatTest, ADeviceIsMappedByTheLargestPagesThereAre) {
    Twins<TypeParam> twins;
    using Pmap = Pmap<TypeParam, Tables<TypeParam>>;
    const unsigned level = TypeParam::has_large_pages(2) ? 2 : 1;
    const std::uint64_t unit = std::uint64_t{1} << TypeParam::shift(level);
    const auto frame = static_cast<std::uint32_t>((unit - kPageBytes) >> 12);
    const PageRange range(VirtAddr(unit - kPageBytes), VirtAddr(2 * unit + kPageBytes));
    EXPECT_EQ(Pmap::device_alignment(range.length_bytes()), unit);
    EXPECT_EQ(Pmap::device_alignment(static_cast<Word>(Pmap::unit_bytes(TypeParam::kRootLevel))), unit);
    EXPECT_EQ(Pmap::device_alignment(kPageBytes), Pmap::kUnitBytes);
    twins.each([&](auto& side) {
        auto pmap = side.pmap(0);
        const std::uint32_t tables = pmap.missing_device_tables(range, FrameNumber(frame));
        pmap.map_device(range, FrameNumber(frame), Rights::read, false);
        EXPECT_EQ(pmap.missing_tables(range), 0U);
        EXPECT_GT(tables, 0U);
        EXPECT_EQ(pmap.count(range).pages, range.count_pages());
    });
    auto check = [&] {
        for (std::uint64_t at = range.base().value(); at < range.end().value(); at += 17 * kPageBytes) {
            ASSERT_EQ(twins.differ(0, at), "");
        }
        ASSERT_EQ(twins.differ(0, unit), "");
    };
    check();
    EXPECT_EQ(twins.real.pmap(0).find(VirtAddr(unit)).level, level);
    // A page is taken out of the middle of a large one: it falls apart level by level.
    const PageRange hole(VirtAddr(unit + 77 * kPageBytes), VirtAddr(unit + 78 * kPageBytes));
    twins.each([&](auto& side) {
        auto pmap = side.pmap(0);
        const auto cost = pmap.ends_split_cost(hole);
        const auto done = pmap.split_ends(hole);
        EXPECT_EQ(cost.frames, done.frames);
        EXPECT_EQ(cost.owned, done.owned);
        pmap.unmap(hole);
        EXPECT_EQ(pmap.count(range).pages, range.count_pages() - 1) << "large pages in a table are counted too";
    });
    check();
    EXPECT_EQ(twins.differ(0, hole.base().value()), "");
    EXPECT_FALSE(twins.real.pmap(0).find(hole.base()).present());
    EXPECT_EQ(twins.differ(0, hole.end().value()), "");
}

TYPED_TEST(FormatTest, WhatWasSealedPieceByPieceIsCountedOnceWhenItIsSharedWhole) {
    if (TypeParam::kRootLevel < 2) return;  // no tables of tables below the root
    using Pmap = Pmap<TypeParam, Tables<TypeParam>>;
    Twins<TypeParam> twins;
    const Word unit = Pmap::unit_bytes(2);
    const PageRange area(VirtAddr(unit), VirtAddr(2 * unit));
    const PageRange piece(area.base(), area.base() + Pmap::unit_bytes(1));
    twins.each([&](auto& side) {
        map_some(side, area, {0, kPageBytes, piece.length_bytes() - kPageBytes, unit - kPageBytes});
        auto pmap = side.pmap(0);
        auto other = side.pmap(1);
        const Tally before = pmap.count_whole(area);
        EXPECT_EQ(before.pages, 4U);
        EXPECT_EQ(before.sealed_tables, 0U);
        const Tally sealed = pmap.seal(piece, Rights::read);
        EXPECT_EQ(sealed.tables, 1U);
        EXPECT_EQ(sealed.pages, 3U);
        for (VirtAddr at = piece.end(); at < area.end(); at = at + piece.length_bytes()) {
            if (at.value() % unit == 4 * piece.length_bytes()) continue;  // one is left as it is
            EXPECT_EQ(pmap.seal(PageRange(at, at + piece.length_bytes()), Rights::read).tables, 1U);
        }
        const Tally now = pmap.count_whole(area);
        EXPECT_EQ(now.tables + now.sealed_tables, before.tables);
        other.add_end_tables(PageRange(area.base() + unit, area.end() + unit));
        const Tally shared = other.share(pmap, area, area.base() + unit);
        EXPECT_EQ(shared.units, 1U);
        EXPECT_EQ(shared.tables, now.tables) << "those that were not sealed before";
        EXPECT_EQ(pmap.count_whole(area).sealed_tables, before.tables);
        EXPECT_EQ(other.count(PageRange(area.base() + unit, area.end() + unit)).pages, 4U);
    });
    EXPECT_EQ(twins.differ(1, 2 * unit), "");
    EXPECT_EQ(twins.differ(1, 3 * unit - kPageBytes), "");
}

TYPED_TEST(FormatTest, AsManyTablesAreAddedAsAreMissingWhereverARangeBeginsAndEnds) {
    using Pmap = Pmap<TypeParam, Tables<TypeParam>>;
    const auto unit = static_cast<Word>(Pmap::kUnitBytes);
    const auto large = static_cast<Word>(Pmap::unit_bytes(TypeParam::kRootLevel));
    const Word inner[] = {0, kPageBytes, unit - kPageBytes, unit, unit + kPageBytes, 3 * unit};
    for (const Word first : inner) {
        for (const Word last : inner) {
            for (const Word length : {kPageBytes + last, large + last, 2 * large - kPageBytes}) {
                const PageRange range(VirtAddr(large + first), VirtAddr(large + first + length));
                Tables<TypeParam> memory;
                Pmap ends(memory, memory.take_table());
                const std::uint32_t missing = ends.missing_end_tables(range);
                ASSERT_EQ(ends.add_end_tables(range), missing) << first << ' ' << length;
                ASSERT_EQ(ends.missing_end_tables(range), 0U);
                if (length > 4 * unit) continue;
                Pmap whole(memory, memory.take_table());
                const std::uint32_t all = whole.missing_tables(range);
                const std::uint32_t before = memory.take_table().value();
                whole.add_tables(range);
                ASSERT_EQ(memory.take_table().value() - before - 1, all) << first << ' ' << length;
            }
        }
    }
}

TYPED_TEST(FormatTest, SealingATableWritesItsEntryOrTheEntriesThatCouldBeWritten) {
    using Pmap = Pmap<TypeParam, Tables<TypeParam>>;
    Tables<TypeParam> memory;
    Pmap pmap(memory, memory.take_table());
    const Word unit = static_cast<Word>(Pmap::kUnitBytes);
    const PageRange area(VirtAddr(unit), VirtAddr(2 * unit));
    pmap.add_tables(area);
    const Word last = unit / kPageBytes - 1;
    for (const Word page : {Word{0}, Word{1}, last}) {
        pmap.map_page(area.base() + page * kPageBytes, FrameNumber(20), page == 1 ? Rights::read : kReadWrite);
    }
    pmap.guard(PageRange(area.base() + 2 * kPageBytes, area.base() + 4 * kPageBytes));
    memory.entries_written = 0;
    const Tally tally = pmap.seal(area, Rights::read);
    EXPECT_EQ(memory.entries_written, TypeParam::table_has_rights(1) ? 1U : 2U);
    EXPECT_EQ(tally.pages, 3U);
    EXPECT_EQ(tally.guards, 2U);
    for (const Word page : {Word{0}, Word{1}, last}) {
        EXPECT_FALSE(has(pmap.find(area.base() + page * kPageBytes).rights, Rights::write)) << page;
    }
    EXPECT_TRUE(memory.intact());
}

TYPED_TEST(FormatTest, WhatLiesInTablesOfItsOwnMovesDirectlyFromEntryToEntry) {
    using Memory = Tables<TypeParam>;
    using Pmap = Pmap<TypeParam, Memory>;
    Twins<TypeParam> twins;
    auto& side = twins.real;
    auto pmap = side.pmap(0);
    auto other = side.pmap(1);
    using Direct = DirectMove<TypeParam, Memory>;
    Direct entries(side.memory, side.roots[0], side.roots[1]);
    const Word unit = static_cast<Word>(Pmap::kUnitBytes);
    const PageRange area(VirtAddr(4 * unit - 3 * kPageBytes), VirtAddr(6 * unit));
    map_some(side, area, {0, 2 * kPageBytes, 3 * kPageBytes, 5 * kPageBytes, unit + 9 * kPageBytes});
    const auto part = [](VirtAddr base, Word pages) { return PageRange(base, base + pages * kPageBytes); };
    const VirtAddr to(8 * unit - kPageBytes);
    EXPECT_FALSE(entries.possible(part(area.base(), 6), to)) << "no tables are there";
    other.add_tables(part(to, 6));
    ASSERT_TRUE(entries.possible(part(area.base(), 6), to));
    side.memory.entries_written = 0;
    const auto moved = entries.move(part(area.base(), 6), to);
    EXPECT_EQ(moved.pages, 4U);
    EXPECT_EQ(moved.tables, 0U);
    EXPECT_EQ(side.memory.entries_written, 8U);
    for (const Word page : {0U, 2U, 3U, 5U}) EXPECT_TRUE(other.find(to + page * kPageBytes).present()) << page;
    for (const Word page : {1U, 4U}) EXPECT_FALSE(other.find(to + page * kPageBytes).present()) << page;
    EXPECT_EQ(pmap.count(area).pages, 1U);
    EXPECT_EQ(other.count(part(to, 6)).pages, 4U);
    EXPECT_TRUE(moved.emptied);
    // A whole table goes by its entry, if nothing is in its place.
    const PageRange whole = part(VirtAddr(5 * unit), unit / kPageBytes);
    EXPECT_FALSE(entries.possible(whole, VirtAddr(8 * unit)));
    ASSERT_TRUE(entries.possible(whole, VirtAddr(9 * unit)));
    side.memory.entries_written = 0;
    EXPECT_EQ(entries.move(whole, VirtAddr(9 * unit)).tables, 1U);
    EXPECT_EQ(side.memory.entries_written, 2U);
    EXPECT_TRUE(other.find(VirtAddr(9 * unit + 6 * kPageBytes)).present());
    // Not where a table is shared or has guards, nor for whole tables of tables.
    EXPECT_TRUE(Direct(side.memory, side.roots[1], side.roots[0]).possible(part(to, 1), area.base()));
    other.guard(part(to, 1));
    EXPECT_FALSE(Direct(side.memory, side.roots[1], side.roots[0]).possible(part(to, 1), area.base()));
    side.memory.set_sealed_table(other.find(to).table, true);
    EXPECT_FALSE(entries.possible(part(area.base(), 1), to));
    if constexpr (TypeParam::kRootLevel > 1) {
        const Word large = Pmap::unit_bytes(2);
        const PageRange all(VirtAddr(2 * large), VirtAddr(3 * large));
        pmap.add_tables(all);
        other.add_tables(PageRange(VirtAddr(5 * large), VirtAddr(5 * large + kPageBytes)));
        other.trim(PageRange(VirtAddr(5 * large), VirtAddr(5 * large + kPageBytes)),
                   [&](PageRange freed) { return freed.length_bytes() == unit; });
        EXPECT_FALSE(entries.possible(all, VirtAddr(5 * large))) << "one entry is enough for it";
        EXPECT_TRUE(
            entries.possible(part(VirtAddr(2 * large), large / kPageBytes - unit / kPageBytes), VirtAddr(5 * large)));
    }
}

}  // namespace
}  // namespace freehold
