// SPDX-License-Identifier: MIT
// Address spaces: areas come, change, travel and go; after each test everything agrees and nothing is left.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "host/hosted_system.h"

namespace freehold {
namespace {

constexpr Word kUnit = 4U << 20;

PageRange pages(VirtAddr base, Word length_bytes) {
    const auto range = PageRange::checked(base.value(), length_bytes);
    EXPECT_TRUE(range.ok());
    return range.value();
}

class SpaceTest : public testing::Test {
  protected:
    SpaceTest() : a(create_space(hosted.system(), {}).value()), b(create_space(hosted.system(), {}).value()) {
        at_start = memory_info(hosted.system());
    }

    void TearDown() override {
        expect_clean();
        unload_space(hosted.system(), FrameNumber(256));
        if (a != nullptr) destroy_space(a);
        if (b != nullptr) destroy_space(b);
        expect_clean();
        EXPECT_EQ(memory_info(hosted.system()).frames_charged, 2U) << "the transit space's two frames";
        EXPECT_EQ(memory_info(hosted.system()).frames_sealed, 0U);
    }

    void expect_clean() {
        const AuditReport report = audit(hosted.system());
        EXPECT_TRUE(report.clean) << report.text;
        EXPECT_EQ(hosted.machine().first_stale(), "");
        EXPECT_EQ(hosted.machine().stale_uses(), 0U) << hosted.machine().stale_description();
    }

    VirtAddr allocate(AddressSpace& space, Word length_bytes, Word alignment_bytes = kPageBytes) {
        AllocateOptions options;
        options.length_bytes = length_bytes;
        options.alignment_bytes = alignment_bytes;
        const auto base = allocate_area(space, options);
        EXPECT_TRUE(base.ok()) << status_name(base.status());
        return base.value();
    }

    void write(AddressSpace& space, VirtAddr address, char value) {
        const auto byte = hosted.touch(space, address, Rights::write);
        ASSERT_TRUE(byte.ok()) << status_name(byte.status());
        *byte.value() = static_cast<std::byte>(value);
    }
    char read(AddressSpace& space, VirtAddr address) {
        const auto byte = hosted.touch(space, address, Rights::read);
        EXPECT_TRUE(byte.ok()) << status_name(byte.status());
        return byte.ok() ? static_cast<char>(*byte.value()) : '?';
    }
    Status fault(AddressSpace& space, VirtAddr address, Rights access) {
        return hosted.touch(space, address, access).status();
    }

    host::HostedSystem hosted{8192};
    AddressSpace* a;
    AddressSpace* b;
    MemoryInfo at_start;
};

TEST_F(SpaceTest, ANewSpaceIsOneFreeRegion) {
    std::array<RegionInfo, 2> regions;
    ASSERT_EQ(walk_regions(*a, VirtAddr(0), regions), 1U);
    EXPECT_EQ(regions[0].base, 0U);
    EXPECT_EQ(regions[0].length_bytes, kUserEnd.value());
    EXPECT_EQ(regions[0].type, RegionType::free);
}

TEST_F(SpaceTest, FreshPagesReadAsZeros) {
    const VirtAddr base = allocate(*a, 4 * kPageBytes);
    EXPECT_EQ(read(*a, base), 0);
    EXPECT_EQ(read(*a, base + 4 * kPageBytes - 1), 0);
}

TEST_F(SpaceTest, AFaultFillsAsManyPagesAsWereTouchedRightBeforeIt) {
    constexpr std::uint32_t kPages = 64;
    const VirtAddr base = allocate(*a, kPages * kPageBytes);
    const std::uint64_t before = counters(hosted.system()).faults_resolved;
    for (std::uint32_t i = 0; i < kPages; ++i) write(*a, base + i * kPageBytes, 'x');
    // Of 1, 1, 2, 4, 8, and then of 16 pages each, the last of them as many as are left.
    EXPECT_EQ(counters(hosted.system()).faults_resolved - before, 8U);
    EXPECT_EQ(memory_info(hosted.system()).frames_promised, 0U);
}

TEST_F(SpaceTest, AFaultThatFollowsNoOtherFillsItsPageAlone) {
    const VirtAddr base = allocate(*a, 64 * kPageBytes);
    for (std::uint32_t i = 0; i < 64; i += 2) write(*a, base + i * kPageBytes, 'x');
    EXPECT_EQ(memory_info(hosted.system()).frames_promised, 32U);
}

TEST_F(SpaceTest, AFaultFillsNothingBeyondItsRegionNorGuards) {
    AllocateOptions options{.length_bytes = 8 * kPageBytes, .guard_pages_above = 3};
    const VirtAddr base = allocate_area(*a, options).value();
    ASSERT_EQ(protect_area(*a, pages(base + 4 * kPageBytes, kPageBytes), Rights::read), Status::ok);
    for (std::uint32_t i = 0; i < 4; ++i) write(*a, base + i * kPageBytes, 'x');
    EXPECT_FALSE(query_page(*a, base + 4 * kPageBytes).value().present);
    EXPECT_EQ(read(*a, base + 4 * kPageBytes), 0);
    EXPECT_EQ(fault(*a, base + 5 * kPageBytes, Rights::write), Status::guard_page);
}

TEST_F(SpaceTest, WhatIsZeroedAheadIsUsedFirstAndReadsAsZeros) {
    const VirtAddr old = allocate(*a, 4 * kPageBytes);
    for (std::uint32_t i = 0; i < 4; ++i) write(*a, old + i * kPageBytes, 'x');
    ASSERT_EQ(release_area(*a, pages(old, 4 * kPageBytes)), Status::ok);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(zero_frame_ahead(hosted.system(), 4));
    EXPECT_FALSE(zero_frame_ahead(hosted.system(), 4)) << "so many are wanted and no more";
    const std::uint64_t zeroed = counters(hosted.system()).frames_zeroed;
    const VirtAddr base = allocate(*a, 3 * kPageBytes);  // and a table
    for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(read(*a, base + i * kPageBytes), 0);
    EXPECT_EQ(counters(hosted.system()).frames_zeroed, zeroed);
}

TEST_F(SpaceTest, PageZeroIsNeverMapped) {
    AllocateOptions options{.length_bytes = kPageBytes, .placement = Placement::at, .address = VirtAddr(0)};
    EXPECT_EQ(allocate_area(*a, options).status(), Status::outside_user_space);
    EXPECT_EQ(fault(*a, VirtAddr(8), Rights::read), Status::outside_user_space);
}

TEST_F(SpaceTest, AChargeIsTakenWhenAnAreaIsMadeAndGivenBackWhenItGoes) {
    const VirtAddr base = allocate(*a, 10 * kPageBytes);
    EXPECT_EQ(space_info(*a).frames_charged, 2U + 10 + 1);
    EXPECT_EQ(memory_info(hosted.system()).frames_promised, 10U);
    write(*a, base, 'x');
    EXPECT_EQ(space_info(*a).frames_charged, 2U + 10 + 1);
    EXPECT_EQ(release_area(*a, pages(base, 10 * kPageBytes)), Status::ok);
    EXPECT_EQ(space_info(*a).frames_charged, 2U);
}

TEST_F(SpaceTest, MoreThanThereIsIsRefusedAndChangesNothing) {
    AllocateOptions options{.length_bytes = 8192 * kPageBytes};
    EXPECT_EQ(allocate_area(*a, options).status(), Status::out_of_memory);
    EXPECT_EQ(space_info(*a).frames_charged, 2U);
}

TEST_F(SpaceTest, AGuardFaultsAndCostsNoRegionAndNoCharge) {
    AllocateOptions options{.length_bytes = 4 * kPageBytes, .guard_pages_below = 1};
    const VirtAddr base = allocate_area(*a, options).value();
    EXPECT_EQ(fault(*a, base, Rights::write), Status::guard_page);
    EXPECT_EQ(fault(*a, base + kPageBytes, Rights::write), Status::ok);
    EXPECT_EQ(space_info(*a).frames_charged, 2U + 3 + 1);
    EXPECT_EQ(space_info(*a).regions, 3U);
}

TEST_F(SpaceTest, APartOfAnAreaCanBeReleased) {
    const VirtAddr base = allocate(*a, 8 * kPageBytes);
    write(*a, base, 'l');
    write(*a, base + 3 * kPageBytes, 'm');
    write(*a, base + 7 * kPageBytes, 'r');
    EXPECT_EQ(release_area(*a, pages(base + 2 * kPageBytes, 4 * kPageBytes)), Status::ok);
    EXPECT_EQ(read(*a, base), 'l');
    EXPECT_EQ(fault(*a, base + 3 * kPageBytes, Rights::read), Status::not_mapped);
    EXPECT_EQ(read(*a, base + 7 * kPageBytes), 'r');
    EXPECT_EQ(release_area(*a, pages(base, 8 * kPageBytes)), Status::not_mapped);
}

TEST_F(SpaceTest, RightsTakenAwayAreGoneForTheTlbToo) {
    const VirtAddr base = allocate(*a, kPageBytes);
    write(*a, base, 'x');
    EXPECT_EQ(protect_area(*a, pages(base, kPageBytes), Rights::read), Status::ok);
    EXPECT_EQ(fault(*a, base, Rights::write), Status::access_denied);
    EXPECT_EQ(read(*a, base), 'x');
}

TEST_F(SpaceTest, ASealedPageIsNeverWritableAgain) {
    const VirtAddr base = allocate(*a, 2 * kPageBytes);
    write(*a, base, 's');
    EXPECT_EQ(seal_area(*a, pages(base, 2 * kPageBytes)), Status::ok);
    EXPECT_EQ(fault(*a, base, Rights::write), Status::sealed);
    EXPECT_EQ(protect_area(*a, pages(base, kPageBytes), kReadWrite), Status::sealed);
    EXPECT_EQ(read(*a, base), 's');
    EXPECT_EQ(read(*a, base + kPageBytes), 0) << "a page never touched reads as zeros";
    EXPECT_EQ(memory_info(hosted.system()).frames_sealed, 1U) << "and costs nothing";
}

TEST_F(SpaceTest, AMovedPageFaultsAtTheSenderAndKeepsItsContents) {
    const VirtAddr base = allocate(*a, 3 * kPageBytes);
    write(*a, base + kPageBytes, 'm');
    const auto there = move_area(*a, pages(base, 3 * kPageBytes), *b);
    ASSERT_TRUE(there.ok());
    EXPECT_EQ(fault(*a, base + kPageBytes, Rights::read), Status::not_mapped);
    EXPECT_EQ(read(*b, there.value() + kPageBytes), 'm');
    EXPECT_EQ(space_info(*a).frames_charged, 2U);
    EXPECT_EQ(space_info(*b).frames_charged, 2U + 3 + 1);
    EXPECT_EQ(space_info(*a).areas_in_flight, 0U);
}

TEST_F(SpaceTest, AWholeTableMovesByOneEntry) {
    const VirtAddr base = allocate(*a, 2 * kUnit, kUnit);
    write(*a, base, 'f');
    write(*a, base + 2 * kUnit - 1, 'l');
    const Counters before = counters(hosted.system());
    const auto there = move_area(*a, pages(base, 2 * kUnit), *b);
    ASSERT_TRUE(there.ok());
    const Counters after = counters(hosted.system());
    EXPECT_EQ(after.tables_moved - before.tables_moved, 2U);
    EXPECT_EQ(after.entries_written - before.entries_written, 2U * 3) << "depart, clear, set";
    EXPECT_EQ(after.frames_allocated, before.frames_allocated);
    EXPECT_EQ(read(*b, there.value()), 'f');
    EXPECT_EQ(read(*b, there.value() + 2 * kUnit - 1), 'l');
}

TEST_F(SpaceTest, SealedTablesAreSharedWholeAndOutliveTheirMaker) {
    const VirtAddr base = allocate(*a, kUnit, kUnit);
    write(*a, base + 5 * kPageBytes, 's');
    ASSERT_EQ(seal_area(*a, pages(base, kUnit)), Status::ok);
    const auto there = share_area(*a, pages(base, kUnit), *b);
    ASSERT_TRUE(there.ok());
    EXPECT_EQ(counters(hosted.system()).tables_shared, 1U);
    EXPECT_EQ(read(*b, there.value() + 5 * kPageBytes), 's');
    EXPECT_EQ(fault(*b, there.value(), Rights::write), Status::sealed);
    unload_space(hosted.system(), FrameNumber(256));
    destroy_space(a);
    a = nullptr;
    EXPECT_EQ(read(*b, there.value() + 5 * kPageBytes), 's');
}

TEST_F(SpaceTest, APartOfASharedTableCanBeReleasedWithoutTheOthersLosingIt) {
    const VirtAddr base = allocate(*a, kUnit, kUnit);
    write(*a, base, 'p');
    ASSERT_EQ(seal_area(*a, pages(base, kUnit)), Status::ok);
    const VirtAddr there = share_area(*a, pages(base, kUnit), *b).value();
    ASSERT_EQ(release_area(*a, pages(base, kPageBytes)), Status::ok);
    EXPECT_EQ(fault(*a, base, Rights::read), Status::not_mapped);
    EXPECT_EQ(read(*b, there), 'p');
    EXPECT_EQ(fault(*a, base + kPageBytes, Rights::write), Status::sealed);
    // What is free again may be written again; its neighbours may not.
    AllocateOptions options{.length_bytes = kPageBytes, .placement = Placement::at, .address = base};
    ASSERT_TRUE(allocate_area(*a, options).ok());
    write(*a, base, 'w');
    EXPECT_EQ(read(*b, there), 'p');
}

TEST_F(SpaceTest, OnlySealedPagesCanBeShared) {
    const VirtAddr base = allocate(*a, 2 * kPageBytes);
    EXPECT_EQ(share_area(*a, pages(base, kPageBytes), *b).status(), Status::not_sealed);
    EXPECT_EQ(move_area(*a, pages(base, kPageBytes), *a).status(), Status::receiver_is_sender);
    EXPECT_EQ(move_area(*a, pages(base, 3 * kPageBytes), *b).status(), Status::not_mapped);
}

TEST_F(SpaceTest, DeviceMemoryIsMappedByLargePagesAndStaysWhereItIs) {
    PhysicalOptions options{.address = 0xE0000000, .length_bytes = kUnit + kPageBytes};
    const auto base = map_physical(*a, options);
    ASSERT_TRUE(base.ok()) << status_name(base.status());
    const PageInfo first = query_page(*a, base.value()).value();
    EXPECT_TRUE(first.large);
    EXPECT_EQ(query_page(*a, base.value() + kUnit).value().physical, 0xE0000000U + kUnit);
    EXPECT_EQ(seal_area(*a, pages(base.value(), kPageBytes)), Status::not_anonymous);
    EXPECT_EQ(move_area(*a, pages(base.value(), kPageBytes), *b).status(), Status::not_anonymous);
    EXPECT_EQ(release_area(*a, pages(base.value() + kPageBytes, kPageBytes)), Status::ok);
    EXPECT_FALSE(query_page(*a, base.value() + kPageBytes).value().present);
    EXPECT_EQ(query_page(*a, base.value() + 2 * kPageBytes).value().physical, 0xE0000000U + 2 * kPageBytes);
    options.address = 300 * kPageBytes;
    EXPECT_EQ(map_physical(*a, options).status(), Status::no_such_device);
}

TEST_F(SpaceTest, CopiesCheckTheWholeRangeFirst) {
    const VirtAddr base = allocate(*a, 2 * kPageBytes);
    const char text[] = "over the edge";
    const VirtAddr straddling = base + kPageBytes - 4;
    ASSERT_EQ(copy_out(*a, straddling, std::as_bytes(std::span(text))), Status::ok);
    std::array<std::byte, sizeof text> back;
    ASSERT_EQ(copy_in(*a, straddling, back), Status::ok);
    EXPECT_EQ(std::memcmp(back.data(), text, sizeof text), 0);
    EXPECT_EQ(copy_out(*a, base + 2 * kPageBytes - 4, std::as_bytes(std::span(text))), Status::bad_address);
    EXPECT_EQ(copy_in(*a, VirtAddr(0xFFFFFFF0), back), Status::bad_address);
    ASSERT_EQ(seal_area(*a, pages(base, kPageBytes)), Status::ok);
    EXPECT_EQ(copy_out(*a, straddling, std::as_bytes(std::span(text))), Status::sealed);
}

TEST_F(SpaceTest, AnOldSpaceIdNamesNoNewSpace) {
    const SpaceId id = space_id(*b);
    destroy_space(b);
    b = create_space(hosted.system(), {}).value();
    EXPECT_EQ(find_space(hosted.system(), id).status(), Status::unknown_space);
    EXPECT_EQ(find_space(hosted.system(), space_id(*b)).value(), b);
}

TEST_F(SpaceTest, ALimitHolds) {
    const auto limited = create_space(hosted.system(), {.limit_frames = 5});
    AllocateOptions options{.length_bytes = 3 * kPageBytes};
    EXPECT_EQ(allocate_area(*limited.value(), options).status(), Status::over_limit);
    options.length_bytes = 2 * kPageBytes;
    EXPECT_TRUE(allocate_area(*limited.value(), options).ok());
    destroy_space(limited.value());
}

}  // namespace
}  // namespace freehold
