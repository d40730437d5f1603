// SPDX-License-Identifier: MIT
// What the kernel copies for a user, or from one user to another: from where it may, to where it may, all of it or
// nothing; and faults and looks at the ends of user space.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

constexpr Word kPages = 8;

class CopyTest : public testing::Test {
  protected:
    CopyTest() {
        base_ = allocate_area(a_, {.length_bytes = kPages * kPageBytes}).value().value();
        other_ = allocate_area(b_, {.length_bytes = kPages * kPageBytes}).value().value();
        device_ = map_physical(a_, {.address = 0xFE000000, .length_bytes = kPageBytes}).value().value();
    }
    void TearDown() override { test_.expect_healthy(); }

    Status across(Word from, Word to, Word length_bytes) {
        return copy_across(a_, VirtAddr(from), b_, VirtAddr(to), length_bytes);
    }
    Status within(Word from, Word to, Word length_bytes) {
        return copy_across(a_, VirtAddr(from), a_, VirtAddr(to), length_bytes);
    }

    TestSystem test_;
    AddressSpace& a_ = test_.make_space();
    AddressSpace& b_ = test_.make_space();
    Word base_ = 0;
    Word other_ = 0;
    Word device_ = 0;
};

TEST_F(CopyTest, ManyPagesArriveWhereSomeWereNeverTouched) {
    ASSERT_EQ(test_.fill(a_, base_, 2 * kPageBytes, 5), Status::ok);
    ASSERT_EQ(test_.fill(b_, other_ + 3 * kPageBytes, kPageBytes, 6), Status::ok);
    ASSERT_EQ(across(base_, other_, 5 * kPageBytes), Status::ok);
    EXPECT_TRUE(test_.holds(b_, other_, 2 * kPageBytes, 5));
    EXPECT_TRUE(test_.is_zero(b_, other_ + 2 * kPageBytes, 3 * kPageBytes)) << "never touched reads as zeros";
    std::vector<std::byte> bytes(4 * kPageBytes, std::byte{9});
    ASSERT_EQ(copy_in(a_, VirtAddr(base_ + 4 * kPageBytes), bytes), Status::ok);
    EXPECT_EQ(bytes, std::vector<std::byte>(4 * kPageBytes)) << "never touched reads as zeros";
}

TEST_F(CopyTest, NothingIsCopiedFromOrToWhereItMayNot) {
    test_.expect_refused(Status::bad_address, [&] { return across(0, other_, 8); });
    test_.expect_refused(Status::bad_address, [&] { return across(base_, kUserEnd.value() - 4, 8); });
    test_.expect_refused(Status::bad_address, [&] { return across(~Word{0} - 3, other_, 8); });
    test_.expect_refused(Status::bad_address, [&] { return across(base_, other_ + kPages * kPageBytes - 4, 8); });
    test_.expect_refused(Status::bad_address, [&] { return across(base_, other_, ~Word{0}); });
    test_.expect_refused(Status::not_anonymous, [&] { return across(device_, other_, 8); });
    test_.expect_refused(Status::not_anonymous, [&] { return within(base_, device_, 8); });
    ASSERT_EQ(protect_area(a_, pages(base_ + kPageBytes, kPageBytes), Rights::none), Status::ok);
    test_.expect_refused(Status::access_denied, [&] { return across(base_, other_, 3 * kPageBytes); });
    ASSERT_EQ(guard_area(b_, pages(other_ + kPageBytes, kPageBytes)), Status::ok);
    test_.expect_refused(Status::guard_page, [&] {
        return within(base_, base_ + kPageBytes, 0) == Status::ok ? across(base_, other_ + kPageBytes, 8) : Status::ok;
    });
}

TEST_F(CopyTest, NoBytesAreCopiedWhateverTheAddresses) {
    for (const Word address : {base_, Word{0}, kUserEnd.value(), ~Word{0}}) {
        EXPECT_EQ(copy_in(a_, VirtAddr(address), {}), Status::ok);
        EXPECT_EQ(copy_out(a_, VirtAddr(address), {}), Status::ok);
        EXPECT_EQ(across(address, other_, 0), Status::ok);
        EXPECT_EQ(across(base_, address, 0), Status::ok);
    }
}

TEST_F(CopyTest, WithinOneSpaceRangesMayTouchAndNotOverlap) {
    ASSERT_EQ(test_.fill(a_, base_, kPageBytes, 5), Status::ok);
    EXPECT_EQ(within(base_, base_ + kPageBytes, kPageBytes), Status::ok);
    EXPECT_EQ(within(base_ + kPageBytes, base_, kPageBytes), Status::ok);
    test_.expect_refused(Status::bad_option, [&] { return within(base_, base_ + kPageBytes - 1, kPageBytes); });
    test_.expect_refused(Status::bad_option, [&] { return within(base_ + kPageBytes - 1, base_, kPageBytes); });
    EXPECT_EQ(within(base_, base_, 0), Status::ok);
}

TEST_F(CopyTest, AFaultOutsideOfUserSpaceOrOnWhatTravelsIsTold) {
    for (const Word address : {Word{0}, Word{kPageBytes - 1}, kUserEnd.value(), ~Word{0}}) {
        test_.expect_refused(Status::outside_user_space,
                             [&] { return resolve_fault(a_, VirtAddr(address), Rights::read); });
    }
    test_.expect_refused(Status::outside_user_space, [&] { return query_region(a_, kUserEnd); });
    test_.expect_refused(Status::outside_user_space, [&] { return query_page(a_, kUserEnd); });
    EXPECT_EQ(walk_regions(a_, VirtAddr(0), {}), 0U);
    const PortId port = create_port(b_, {}).value();
    const Word travelling = base_ + 2 * kPageBytes;
    ASSERT_EQ(seal_area(a_, pages(base_ + 3 * kPageBytes, kPageBytes)), Status::ok);
    const AreaToSend area{travelling, 2 * kPageBytes, AreaToSend::Kind::move};
    ASSERT_EQ(send_message(a_, {.to = port, .areas = {&area, 1}}), Status::ok);
    for (Word page = 0; page < 2; ++page) {
        const VirtAddr at(travelling + page * kPageBytes);
        test_.expect_refused(Status::in_transit, [&] { return resolve_fault(a_, at, Rights::read); });
        test_.expect_refused(Status::in_transit, [&] { return move_area(a_, pages(at.value(), kPageBytes), b_); });
        test_.expect_refused(Status::in_transit, [&] { return seal_area(a_, pages(at.value(), kPageBytes)); });
    }
}

TEST_F(CopyTest, AFaultWhereThePageIsThereOnlyForgetsWhatTheProcessorKnew) {
    ASSERT_EQ(test_.fill(a_, base_, kPageBytes, 5), Status::ok);
    const std::uint64_t before = counters(test_.system()).faults_resolved;
    EXPECT_EQ(resolve_fault(a_, VirtAddr(base_), Rights::write), Status::ok);
    EXPECT_EQ(counters(test_.system()).faults_resolved, before + 1);
    EXPECT_TRUE(test_.holds(a_, base_, kPageBytes, 5));
}

TEST(KernelHalf, EachNewRootTableHasTheKernelsEntriesAboveUserSpace) {
    const FrameRange usable{FrameNumber(256), 64};
    host::Host host({&usable, 1});
    const std::size_t bytes = system_bytes({&usable, 1});
    const auto memory = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
    std::vector<Word> kernel_root(1024, 0x1234);
    SystemOptions options;
    options.host = &host;
    options.usable = {&usable, 1};
    options.kernel_root = kernel_root.data();
    const auto system = create_system({reinterpret_cast<std::byte*>(memory.get()), bytes}, options);
    ASSERT_TRUE(system.ok());
    const auto space = create_space(*system.value(), {});
    ASSERT_TRUE(space.ok());
    Word root[1024];
    std::memcpy(root, host.frame(space_info(*space.value()).root.value()), sizeof root);
    const std::size_t first = kUserEnd.value() >> 22;
    for (std::size_t i = 0; i < 1024; ++i) EXPECT_EQ(root[i], i < first ? 0U : 0x1234U) << i;
    destroy_space(space.value());
}

TEST(KernelFrames, TheyRunOutAndAreZeroWhetherZeroedAheadOrNot) {
    TestSystem test(64);
    std::vector<FrameNumber> frames;
    EXPECT_TRUE(zero_frame_ahead(test.system(), 1));
    for (auto frame = allocate_kernel_frame(test.system()); frame.ok(); frame = allocate_kernel_frame(test.system())) {
        for (Word at = 0; at < kPageBytes; ++at) {
            ASSERT_EQ(test.host().frame(frame.value().value())[at], std::byte{0});
        }
        frames.push_back(frame.value());
    }
    test.expect_refused(Status::out_of_memory, [&] { return allocate_kernel_frame(test.system()); });
    EXPECT_FALSE(zero_frame_ahead(test.system(), 1));
    for (const FrameNumber frame : frames) free_kernel_frame(test.system(), frame);
}

TEST(FreshSystems, AreMadeInMemoryThatMayHoldAnything) {
    const std::array usable = {FrameRange{FrameNumber(256), 64}, FrameRange{FrameNumber(400), 64}};
    host::Host host(usable);
    const std::size_t bytes = system_bytes(usable);
    const auto memory = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
    std::memset(memory.get(), 0xA5, bytes);
    SystemOptions options;
    options.host = &host;
    options.usable = usable;
    System& system = *create_system({reinterpret_cast<std::byte*>(memory.get()), bytes}, options).value();
    EXPECT_TRUE(audit(system).clean) << audit(system).text;
    EXPECT_EQ(memory_info(system).frames_total, 128U);
    AddressSpace& space = *create_space(system, {}).value();
    EXPECT_TRUE(map_physical(space, {.address = 350 * kPageBytes, .length_bytes = kPageBytes}).ok())
        << "the hole between is no memory";
    const std::uint64_t before = counters(system).frames_zeroed;
    EXPECT_TRUE(allocate_area(space, {.length_bytes = kPageBytes, .populate = true}).ok());
    EXPECT_EQ(counters(system).frames_zeroed - before, 1U) << "the page; its table is there";
    destroy_space(&space);
}

TEST(SmallMachines, WithTooFewFramesThereIsNoSystem) {
    std::uint32_t refused = 0;
    for (std::uint32_t count = 1; count < 12; ++count) {
        const FrameRange usable{FrameNumber(256), count};
        host::Host host({&usable, 1});
        const std::size_t bytes = system_bytes({&usable, 1});
        const auto memory = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
        SystemOptions options;
        options.host = &host;
        options.usable = {&usable, 1};
        const auto system = create_system({reinterpret_cast<std::byte*>(memory.get()), bytes}, options);
        if (system.ok()) {
            EXPECT_TRUE(audit(*system.value()).clean);
            continue;
        }
        EXPECT_EQ(system.status(), Status::memory_map_invalid);
        EXPECT_EQ(refused++, count - 1) << "fewer frames were enough";
    }
    EXPECT_GT(refused, 1U);
}

TEST(LargeRegionTables, TheAuditCountsAllTheirFrames) {
    constexpr Word kCount = 24000;
    TestSystem test;
    AddressSpace& space = test.make_space({.limit_regions = 30000});
    const VirtAddr base = map_physical(space, {.address = 0x80000000, .length_bytes = kCount * kPageBytes}).value();
    for (Word page = 0; page < kCount; page += 2) {
        ASSERT_EQ(protect_area(space, pages(base.value() + page * kPageBytes, kPageBytes), Rights::read), Status::ok);
    }
    EXPECT_GT(space_info(space).regions, kCount);
    test.expect_healthy();
    test.expect_refused(Status::not_mapped,
                        [&] { return release_area(space, pages(base.value() - kPageBytes, 0x2000)); });
    ASSERT_EQ(release_area(space, pages(base.value(), kCount * kPageBytes)), Status::ok);
}

TEST(LedgerTest, KeepsTheLatestEntriesAndTellsThemFromAnyNumberOn) {
    TestSystem test;
    AddressSpace& space = test.make_space();
    const VirtAddr base = allocate_area(space, {.length_bytes = kPageBytes}).value();
    for (std::uint32_t i = 0; i < kLedgerEntries + 10; ++i) {
        ASSERT_EQ(protect_area(space, pages(base.value(), kPageBytes), i % 2 == 0 ? Rights::read : kReadWrite),
                  Status::ok);
    }
    std::vector<LedgerEntry> all(2 * kLedgerEntries);
    ASSERT_EQ(read_ledger(test.system(), 0, all), kLedgerEntries);
    std::array<LedgerEntry, 3> some;
    ASSERT_EQ(read_ledger(test.system(), all[4].sequence, some), 3U) << "as many as there is room for";
    for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i].sequence, all[5 + i].sequence);
    EXPECT_EQ(read_ledger(test.system(), all[kLedgerEntries - 1].sequence, some), 0U);
}

TEST(AreasAt, AnAddressMustHaveTheAlignmentThatIsAskedFor) {
    TestSystem test;
    AddressSpace& space = test.make_space();
    const AllocateOptions options{.length_bytes = kPageBytes,
                                  .alignment_bytes = 16 * kPageBytes,
                                  .placement = Placement::at,
                                  .address = VirtAddr(8 * kPageBytes)};
    test.expect_refused(Status::misaligned, [&] { return allocate_area(space, options); });
}

}  // namespace
}  // namespace freehold::test
