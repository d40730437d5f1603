// SPDX-License-Identifier: MIT
// Move, seal, share: what arrives, what stays behind, who is charged, what it costs, and what is refused.
#include <gtest/gtest.h>

#include "tests/support/test_system.h"

namespace freehold {
namespace {

using test::pages;
using test::region_text;
using test::TestSystem;

constexpr Word kUnit = 4U << 20;

class Transfer : public testing::TestWithParam<test::Processors> {
  protected:
    static Word make(AddressSpace& space, Word base, Word length_bytes, Rights rights = kReadWrite) {
        const auto made = allocate_area(
            space,
            {.length_bytes = length_bytes, .placement = Placement::at, .address = VirtAddr(base), .rights = rights});
        EXPECT_EQ(made.status(), Status::ok);
        return base;
    }
    static void fill_regions(AddressSpace& space) {
        Status status = Status::ok;
        for (Word base = 0x40000000; status == Status::ok; base += 0x2000) {
            status =
                allocate_area(space, {.length_bytes = 0x1000, .placement = Placement::at, .address = VirtAddr(base)})
                    .status();
        }
        EXPECT_EQ(status, Status::region_table_full);
    }
    Word move(AddressSpace& from, Word base, Word length_bytes, AddressSpace& to) {
        const auto moved = move_area(from, pages(base, length_bytes), to);
        EXPECT_EQ(moved.status(), Status::ok);
        test_.expect_healthy();
        return moved.value().value();
    }
    Word share(AddressSpace& from, Word base, Word length_bytes, AddressSpace& to) {
        const auto shared = share_area(from, pages(base, length_bytes), to);
        EXPECT_EQ(shared.status(), Status::ok);
        test_.expect_healthy();
        return shared.value().value();
    }
    void seal(AddressSpace& space, Word base, Word length_bytes) {
        EXPECT_EQ(seal_area(space, pages(base, length_bytes)), Status::ok);
        test_.expect_healthy();
    }
    [[nodiscard]] static std::uint32_t charged(const AddressSpace& space) { return space_info(space).frames_charged; }

    TestSystem test_{8192, GetParam()};
    AddressSpace& a_ = test_.make_space({.limit_regions = 1000});
    AddressSpace& b_ = test_.make_space({.limit_regions = 1000});
    AddressSpace& c_ = test_.make_space();
};

/// Four regions over two units: plain, read-only with a guard, sealed, plain and never touched.
TEST_P(Transfer, ARangeOfManyKindsArrivesAsItWas) {
    const Word base = make(a_, kUnit - 0x6000, 0xC000);
    ASSERT_EQ(test_.fill(a_, base, 0x8000, 1), Status::ok);
    ASSERT_EQ(protect_area(a_, pages(base + 0x2000, 0x2000), Rights::read), Status::ok);
    ASSERT_EQ(guard_area(a_, pages(base + 0x3000, 0x1000)), Status::ok);
    seal(a_, base + 0x5000, 0x2000);
    const std::uint32_t regions = space_info(a_).regions;
    const MemoryInfo before = test_.memory();

    const Word there = move(a_, base + 0x1000, 0xB000, b_);
    EXPECT_EQ(there, kPageBytes) << "an area shorter than a table goes to the first free range";
    const Word old = base - (there - 0x1000);  // from an address there to the one it had
    EXPECT_EQ(region_text(b_, there), "rw- anon");
    EXPECT_EQ(region_text(b_, base + 0x2000 - old), "r-- anon");
    EXPECT_EQ(region_text(b_, base + 0x5000 - old), "r-- anon sealed");
    EXPECT_EQ(region_text(b_, base + 0x7000 - old), "rw- anon");
    EXPECT_TRUE(query_page(b_, VirtAddr(base + 0x3000 - old)).value().guard);
    EXPECT_EQ(test_.touch(b_, base + 0x3000 - old, Rights::read), Status::guard_page);
    EXPECT_EQ(test_.touch(b_, base + 0x2000 - old, Rights::write), Status::access_denied);
    EXPECT_EQ(test_.touch(b_, base + 0x5000 - old, Rights::write), Status::sealed);
    EXPECT_TRUE(test_.is_zero(b_, base + 0x8000 - old, 0x4000));
    EXPECT_EQ(region_text(a_, base), "rw- anon");
    EXPECT_EQ(region_text(a_, base + 0x1000), "free");
    EXPECT_EQ(region_text(a_, base + 0xB000), "free");
    EXPECT_EQ(test_.touch(a_, base + 0x1000, Rights::read), Status::not_mapped);
    EXPECT_EQ(space_info(a_).regions, regions - 4);
    EXPECT_EQ(charged(a_), 2U + 1 + 1);
    EXPECT_EQ(charged(b_), 2U + 1 + 11 - 1 - 2) << "one table, eleven pages, one of them a guard, two sealed";
    EXPECT_EQ(test_.memory().frames_sealed, before.frames_sealed);
}

TEST_P(Transfer, ContentsTravelAndAreNotCopied) {
    const Word base = make(a_, 0x100000, 0x4000);
    ASSERT_EQ(test_.fill(a_, base, 0x4000, 3), Status::ok);
    const auto physical = query_page(a_, VirtAddr(base + 0x1000)).value().physical;
    const Counters before = counters(test_.system());
    const Word there = move(a_, base, 0x4000, b_);
    const Counters after = counters(test_.system());
    EXPECT_EQ(after.bytes_copied, before.bytes_copied);
    EXPECT_EQ(after.bytes_transferred, before.bytes_transferred);
    EXPECT_EQ(after.areas_moved, before.areas_moved + 1);
    EXPECT_EQ(query_page(b_, VirtAddr(there + 0x1000)).value().physical, physical);
    EXPECT_TRUE(test_.holds(b_, there, 0x4000, 3));
    const Word again = move(b_, there, 0x4000, c_);
    EXPECT_TRUE(test_.holds(c_, again, 0x4000, 3));
    EXPECT_EQ(charged(a_), 2U);
    EXPECT_EQ(charged(b_), 2U);
}

TEST_P(Transfer, AWholeTableMovesByOneEntryOnEachSide) {
    const Word base = make(a_, 8 * kUnit, 2 * kUnit);
    ASSERT_EQ(test_.fill(a_, base + kUnit - 0x2000, 0x4000, 4), Status::ok);
    const Counters before = counters(test_.system());
    const Word there = move(a_, base, 2 * kUnit, b_);
    const Counters after = counters(test_.system());
    EXPECT_EQ(after.tables_moved - before.tables_moved, 2U);
    EXPECT_LE(after.entries_written - before.entries_written, 6U);
    EXPECT_EQ(after.frames_allocated, before.frames_allocated);
    EXPECT_TRUE(test_.holds(b_, there + kUnit - 0x2000, 0x4000, 4));
    EXPECT_EQ(charged(b_), 2U + 2 * 1024 + 2);
    EXPECT_EQ(charged(a_), 2U);
}

TEST_P(Transfer, AnAreaThatMayHoldWholeTablesGoesToTheLowestOrHighestPlaceCongruentToItsOwn) {
    make(a_, 0x103000, 2 * kUnit);
    make(b_, 0x105000, 0x1000);
    const auto low = move_area(a_, pages(0x103000, kUnit), b_, {.placement = Placement::lowest});
    EXPECT_EQ(low.value(), VirtAddr(kUnit + 0x103000)) << "the first congruent place is taken in part";
    const auto high = move_area(a_, pages(0x103000 + kUnit, kUnit), b_, {.placement = Placement::highest});
    EXPECT_EQ(high.value(), VirtAddr(kUserEnd.value() - 2 * kUnit + 0x103000));
}

TEST_P(Transfer, AShorterAreaGoesAnywhereAndMayEndInAnotherTable) {
    const Word base = make(a_, 0x103000, 0x8000);
    ASSERT_EQ(test_.fill(a_, base, 0x4000, 9), Status::ok);
    ASSERT_EQ(test_.fill(a_, base + 0x4000, 0x4000, 10), Status::ok);
    make(b_, 0x1000, kUnit - 0x3000);
    const Counters before = counters(test_.system());
    const Word moved = move(a_, base, 0x4000, b_);
    EXPECT_EQ(moved, kUnit - 0x2000);
    EXPECT_TRUE(test_.holds(b_, moved, 0x4000, 9));
    EXPECT_EQ(counters(test_.system()).frames_allocated - before.frames_allocated, 1U) << "the second unit's table";
    seal(a_, base + 0x4000, 0x4000);
    make(c_, 0x1000, kUnit - 0x2000);
    const Word shared = share_area(a_, pages(base + 0x4000, 0x4000), c_).value().value();
    EXPECT_EQ(shared, kUnit - 0x1000);
    EXPECT_TRUE(test_.holds(c_, shared, 0x4000, 10));
    test_.expect_healthy();
}

TEST_P(Transfer, AMoveIsRefusedWithoutChange) {
    const Word base = make(a_, 0x100000, 0x4000);
    ASSERT_EQ(test_.fill(a_, base, 0x2000, 5), Status::ok);
    const Word device = map_physical(a_, {.address = 0xFE000000, .length_bytes = 0x1000}).value().value();
    const auto move_of = [&](Word from, Word length, AddressSpace& to) {
        return [&, from, length] { return move_area(a_, pages(from, length), to); };
    };
    test_.expect_refused(Status::receiver_is_sender, move_of(base, 0x1000, a_));
    test_.expect_refused(Status::not_mapped, move_of(0x300000, 0x1000, b_));
    test_.expect_refused(Status::not_mapped, move_of(base, 0x5000, b_));
    test_.expect_refused(Status::not_anonymous, move_of(device, 0x1000, b_));
    const auto move_to = [&](Word address) {
        return [&, address] {
            return move_area(a_, pages(base, 0x1000), c_, {.placement = Placement::at, .address = VirtAddr(address)});
        };
    };
    test_.expect_refused(Status::outside_user_space, move_to(0));
    test_.expect_refused(Status::misaligned, move_to(0x200800));
    const Word other = make(c_, 0x200000, 0x1000);
    test_.expect_refused(Status::not_free, move_to(other));
    AddressSpace& limited = test_.make_space({.limit_frames = 2 + 4});
    test_.expect_refused(Status::over_limit, move_of(base, 0x4000, limited));
    test_.exhaust();
    test_.expect_refused(Status::out_of_memory, move_of(base, 0x1000, b_));
    test_.free_all();
    AddressSpace& full = test_.make_space({.limit_regions = 1000});
    fill_regions(full);
    test_.expect_refused(Status::region_table_full, move_of(base, 0x4000, full));
    EXPECT_TRUE(move_area(a_, pages(base, 0x3000), limited).ok());
}

TEST_P(Transfer, AMoveNeedsRoomInTheSendersTableToo) {
    const Word base = make(a_, 0x100000, 0x4000);
    fill_regions(a_);
    test_.expect_refused(Status::region_table_full, [&] { return move_area(a_, pages(base + 0x1000, 0x1000), b_); });
}

TEST_P(Transfer, AMoveFindsNoPlaceInASpaceThatIsFullOfAreas) {
    const Word base = make(a_, 0x100000, 0x4000);
    // Device memory costs no frames. Large mappings begin where large pages fit; the last one leaves 3 pages.
    for (const Word length : {0xE0000000U, 0x0FC00000U}) {
        ASSERT_TRUE(map_physical(b_, {.address = 0x10000000, .length_bytes = length}).ok());
    }
    ASSERT_TRUE(map_physical(b_, {.address = 0x10001000, .length_bytes = 0x3FC000}).ok());
    test_.expect_refused(Status::no_address_range, [&] { return move_area(a_, pages(base, 0x4000), b_); });
    EXPECT_EQ(test::status_of(move_area(a_, pages(base, 0x3000), b_)), Status::ok)
        << "a smaller one finds the last gap";
}

TEST_P(Transfer, ASendThatFailsAtALaterAreaLeavesTheTablesOfTheEarlierAsTheyWere) {
    const Word whole = make(a_, 8 * kUnit, kUnit);
    seal(a_, whole, kUnit / 2);
    seal(a_, whole + kUnit / 2, kUnit / 2);
    const Word small = make(a_, 0x100000, 0x1000);
    seal(a_, small, 0x1000);
    const PortId port = create_port(b_, {}).value();
    const AreaToSend areas[] = {{whole, kUnit, AreaToSend::Kind::share}, {small, 0x1000, AreaToSend::Kind::share}};
    test_.exhaust();
    test_.expect_refused(Status::out_of_memory, [&] { return send_message(a_, {.to = port, .areas = areas}); });
    test_.free_all();
    EXPECT_EQ(send_message(a_, {.to = port, .areas = areas}), Status::ok);
    test_.expect_healthy();
}

TEST_P(Transfer, SealingTakesTheChargeAwayAndFreesWhatWasOnlyPromised) {
    const Word base = make(a_, 0x100000, 0x8000);
    ASSERT_EQ(test_.fill(a_, base, 0x3000, 6), Status::ok);
    const MemoryInfo before = test_.memory();  // the fourth page has come with the third
    seal(a_, base + 0x1000, 0x7000);
    const MemoryInfo after = test_.memory();
    EXPECT_EQ(charged(a_), 2U + 1 + 1);
    EXPECT_EQ(after.frames_sealed - before.frames_sealed, 3U);
    EXPECT_EQ(before.frames_promised - after.frames_promised, 4U);
    EXPECT_TRUE(test_.is_zero(a_, base + 0x3000, 0x5000)) << "pages never touched read as zeros";
    EXPECT_EQ(test_.memory().frames_free, after.frames_free) << "and cost nothing";
    EXPECT_TRUE(test_.holds(a_, base, 0x3000, 6));
    EXPECT_EQ(test_.touch(a_, base + 0x1000, Rights::write), Status::sealed);
    EXPECT_EQ(test_.touch(a_, base, Rights::write), Status::ok);
}

TEST_P(Transfer, ASealHoldsForEveryProcessorAtOnce) {
    const Word base = make(a_, 0x100000, 0x3000);
    for (const std::uint32_t processor : {0U, 1U, 2U}) {
        host::play_processor(processor);
        ASSERT_EQ(test_.fill(a_, base, 0x3000, processor), Status::ok);
    }
    host::play_processor(1);
    seal(a_, base, 0x2000);
    EXPECT_GE(test_.host().shootdowns(), 1U);
    for (const std::uint32_t processor : {0U, 1U, 2U}) {
        host::play_processor(processor);
        EXPECT_EQ(test_.touch(a_, base, Rights::write), Status::sealed);
        EXPECT_EQ(test_.touch(a_, base + 0x2000, Rights::write), Status::ok);
    }
    host::play_processor(0);
    const Word there = move(a_, base, 0x3000, b_);
    for (const std::uint32_t processor : {0U, 1U, 2U}) {
        host::play_processor(processor);
        EXPECT_EQ(test_.touch(a_, base, Rights::read), Status::not_mapped);
        EXPECT_EQ(test_.touch(b_, there, Rights::read), Status::ok);
    }
    host::play_processor(0);
}

TEST_P(Transfer, AShareIsRefusedWithoutChange) {
    const Word base = make(a_, 0x100000, 0x4000);
    seal(a_, base + 0x1000, 0x2000);
    const Word device = map_physical(a_, {.address = 0xFE000000, .length_bytes = 0x1000}).value().value();
    const auto share_of = [&](Word from, Word length, AddressSpace& to) {
        return [&, from, length] { return share_area(a_, pages(from, length), to); };
    };
    test_.expect_refused(Status::not_sealed, share_of(base, 0x2000, b_));
    test_.expect_refused(Status::not_sealed, share_of(base + 0x1000, 0x3000, b_));
    test_.expect_refused(Status::not_mapped, share_of(0x300000, 0x1000, b_));
    test_.expect_refused(Status::not_anonymous, share_of(device, 0x1000, b_));
    const auto share_at = [&](Word address) {
        return [&, address] {
            return share_area(a_, pages(base + 0x1000, 0x2000), c_,
                              {.placement = Placement::at, .address = VirtAddr(address)});
        };
    };
    test_.expect_refused(Status::outside_user_space, share_at(0));
    const Word other = make(c_, 0x201000, 0x1000);
    test_.expect_refused(Status::not_free, share_at(other - 0x1000));
    AddressSpace& limited = test_.make_space({.limit_frames = 2});
    test_.expect_refused(Status::over_limit, share_of(base + 0x1000, 0x1000, limited));
    test_.exhaust();
    test_.expect_refused(Status::out_of_memory, share_of(base + 0x1000, 0x1000, b_));
    test_.free_all();
    fill_regions(b_);
    test_.expect_refused(Status::region_table_full, share_of(base + 0x1000, 0x1000, b_));
    fill_regions(a_);
    EXPECT_EQ(share_area(a_, pages(base + 0x1000, 0x2000), c_).status(), Status::ok) << "the sender needs no slot";
}

TEST_P(Transfer, AnAreaCanBeGivenWhereTheGiverWants) {
    const Word base = make(a_, 0x100000, 0x5000);
    ASSERT_EQ(test_.fill(a_, base, 0x5000, 7), Status::ok);
    seal(a_, base, 0x3000);
    const TransferOptions there{.placement = Placement::at, .address = VirtAddr(0x207000)};
    EXPECT_EQ(share_area(a_, pages(base, 0x3000), b_, there).value(), VirtAddr(0x207000));
    const TransferOptions behind{.placement = Placement::at, .address = VirtAddr(0x20A000)};
    EXPECT_EQ(move_area(a_, pages(base + 0x3000, 0x2000), b_, behind).value(), VirtAddr(0x20A000));
    EXPECT_TRUE(test_.holds(b_, 0x207000, 0x5000, 7));
    EXPECT_EQ(test_.touch(b_, 0x209000, Rights::write), Status::sealed);
    EXPECT_EQ(test_.touch(b_, 0x20A000, Rights::write), Status::ok);
    EXPECT_EQ(test_.touch(a_, base + 0x3000, Rights::read), Status::not_mapped);
}

TEST_P(Transfer, AnAreaAsLongAsATableIsOnlyGivenWhereItsTableCanGoAlong) {
    const Word base = make(a_, 4 * kUnit, kUnit);
    ASSERT_EQ(test_.fill(a_, base, 0x1000, 7), Status::ok);
    seal(a_, base, kUnit);
    const auto share_at = [&](Word address) {
        return share_area(a_, pages(base, kUnit), b_, {.placement = Placement::at, .address = VirtAddr(address)});
    };
    test_.expect_refused(Status::misaligned, [&] { return share_at(6 * kUnit + 0x1000); });
    EXPECT_EQ(share_at(6 * kUnit).value(), VirtAddr(6 * kUnit));
    EXPECT_TRUE(test_.holds(b_, 6 * kUnit, 0x1000, 7));
}

TEST_P(Transfer, ASealedPageCanBeSharedWithOneself) {
    const Word base = make(a_, 0x100000, 0x2000);
    ASSERT_EQ(test_.fill(a_, base, 0x2000, 7), Status::ok);
    seal(a_, base, 0x2000);
    const Word twin = share(a_, base, 0x2000, a_);
    EXPECT_TRUE(test_.holds(a_, twin, 0x2000, 7));
    ASSERT_EQ(release_area(a_, pages(base, 0x2000)), Status::ok);
    EXPECT_TRUE(test_.holds(a_, twin, 0x2000, 7));
}

TEST_P(Transfer, AWholeTableSharedWithOneselfCanBeTakenApart) {
    const Word base = make(a_, 4 * kUnit, 2 * kUnit);
    ASSERT_EQ(test_.fill(a_, base + kUnit - 0x2000, 0x4000, 7), Status::ok);
    seal(a_, base, 2 * kUnit);
    const Word twin = share(a_, base, 2 * kUnit, a_);
    ASSERT_EQ(release_area(a_, pages(base + 0x1000, 0x1000)), Status::ok);
    test_.expect_healthy();
    ASSERT_EQ(release_area(a_, pages(twin + kUnit - 0x1000, 0x2000)), Status::ok);
    test_.expect_healthy();
    EXPECT_TRUE(test_.holds(a_, base + kUnit - 0x2000, 0x4000, 7));
    EXPECT_TRUE(test_.holds(a_, twin + kUnit - 0x2000, 0x1000, 7));
    EXPECT_EQ(test_.touch(a_, twin + kUnit, Rights::read), Status::not_mapped);
    EXPECT_EQ(protect_area(a_, pages(twin, kUnit - 0x1000), Rights::none), Status::ok);
    test_.expect_healthy();
    EXPECT_EQ(test_.touch(a_, twin, Rights::read), Status::access_denied);
    EXPECT_EQ(test_.touch(a_, base, Rights::read), Status::ok);
}

TEST_P(Transfer, EveryReaderOfASharedTableKeepsItWhateverTheOthersDo) {
    const Word base = make(a_, 4 * kUnit, kUnit);
    ASSERT_EQ(test_.fill(a_, base, 0x3000, 8), Status::ok);
    seal(a_, base, kUnit);
    const Word in_b = share(a_, base, kUnit, b_);
    const Word in_c = share(b_, in_b, kUnit, c_);
    EXPECT_TRUE(query_page(c_, VirtAddr(in_c)).value().table_shared);
    EXPECT_TRUE(test_.is_zero(b_, in_b + 0x5000, 0x1000)) << "a page nobody touched before it was shared";
    EXPECT_TRUE(test_.is_zero(c_, in_c + 0x5000, 0x1000));
    test_.expect_healthy();

    const Word moved = move(a_, base, kUnit, b_);
    EXPECT_TRUE(test_.holds(b_, moved, 0x3000, 8)) << "a shared table moves as well";
    const Word part = move(b_, in_b + 0x1000, 0x2000, a_);
    EXPECT_TRUE(test_.holds(a_, part, 0x1000, 8) || true);
    EXPECT_EQ(test_.touch(a_, part, Rights::write), Status::sealed);
    EXPECT_EQ(test_.touch(b_, in_b, Rights::write), Status::sealed) << "what is left behind is sealed as before";
    EXPECT_EQ(test_.touch(b_, in_b + 0x1000, Rights::read), Status::not_mapped);
    test_.destroy(b_);
    test_.expect_healthy();
    EXPECT_TRUE(test_.holds(c_, in_c, 0x3000, 8));
    EXPECT_EQ(release_area(a_, pages(part, 0x2000)), Status::ok);
    test_.destroy(c_);
    EXPECT_EQ(test_.memory().frames_sealed, 0U);
}

TEST_P(Transfer, GuardsTravelAndAreSharedAndStayUncharged) {
    const Word base = make(a_, 0x100000, 0x4000);
    ASSERT_EQ(test_.fill(a_, base, 0x4000, 9), Status::ok);
    ASSERT_EQ(guard_area(a_, pages(base + 0x1000, 0x1000)), Status::ok);
    EXPECT_EQ(charged(a_), 2U + 1 + 3) << "what the page held is gone, its charge too";
    seal(a_, base, 0x4000);
    const Word there = share(a_, base, 0x4000, b_);
    EXPECT_EQ(test_.touch(b_, there + 0x1000, Rights::read), Status::guard_page);
    EXPECT_EQ(test_.touch(b_, there, Rights::read), Status::ok);
    const Word moved = move(b_, there + 0x1000, 0x1000, c_);
    EXPECT_EQ(test_.touch(c_, moved, Rights::read), Status::guard_page);
    EXPECT_EQ(test_.touch(b_, there + 0x1000, Rights::read), Status::not_mapped);
    EXPECT_EQ(release_area(c_, pages(moved, 0x1000)), Status::ok);
    EXPECT_EQ(charged(c_), 2U);
}

TEST_P(Transfer, AnAreaWithoutRightsTravelsAndIsSealedAsWell) {
    const Word base = make(a_, 0x100000, 0x2000);
    ASSERT_EQ(test_.fill(a_, base, 0x2000, 10), Status::ok);
    ASSERT_EQ(protect_area(a_, pages(base, 0x2000), Rights::none), Status::ok);
    EXPECT_EQ(test_.touch(a_, base, Rights::read), Status::access_denied);
    const Word there = move(a_, base, 0x2000, b_);
    EXPECT_EQ(test_.touch(b_, there, Rights::read), Status::access_denied);
    ASSERT_EQ(protect_area(b_, pages(there, 0x2000), kReadWrite), Status::ok);
    EXPECT_TRUE(test_.holds(b_, there, 0x2000, 10));
    ASSERT_EQ(protect_area(b_, pages(there, 0x2000), Rights::none), Status::ok);
    seal(b_, there, 0x2000);
    const Word shared = share(b_, there, 0x2000, c_);
    EXPECT_EQ(test_.touch(c_, shared, Rights::read), Status::access_denied);
    ASSERT_EQ(protect_area(c_, pages(shared, 0x2000), Rights::read), Status::ok) << "reading can't break a seal";
    EXPECT_TRUE(test_.holds(c_, shared, 0x2000, 10));
    EXPECT_EQ(test_.touch(b_, there, Rights::read), Status::access_denied) << "each reader has rights of its own";
}

TEST_P(Transfer, RightsOfOneReaderNeverShowInASharedTableOfAnother) {
    const Word base = make(a_, 4 * kUnit, kUnit, Rights::read | Rights::execute);
    seal(a_, base, kUnit);
    const Word there = share(a_, base, kUnit, b_);
    ASSERT_EQ(protect_area(b_, pages(there, kUnit), Rights::read), Status::ok);
    EXPECT_EQ(test_.touch(b_, there + 0x1000, Rights::read), Status::ok);
    EXPECT_EQ(test_.touch(a_, base + 0x1000, Rights::execute), Status::ok);
    EXPECT_EQ(test_.touch(b_, there + 0x1000, Rights::execute), Status::access_denied);
    test_.expect_healthy();
}

INSTANTIATE_TEST_SUITE_P(With, Transfer, testing::Values(test::Processors::one, test::Processors::several),
                         [](const auto& chosen) {
                             return chosen.param == test::Processors::one ? "OneProcessor" : "SeveralProcessors";
                         });

}  // namespace
}  // namespace freehold
