// SPDX-License-Identifier: MIT
// Calls that make, change and unmake areas: each reason to refuse one, and that a refused call changes nothing.
#include <cstddef>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/test_system.h"

namespace freehold {
namespace {

using test::pages;
using test::TestSystem;

constexpr Word kUnit = 4U << 20;
constexpr Word kPlain = 0x100000;     ///< 8 pages, the first two touched
constexpr Word kReadOnly = 0x180000;  ///< 2 pages
constexpr Word kSealed = 0x1C0000;    ///< 4 pages, the first touched before
constexpr Word kTransit = 0x240000;   ///< 2 pages, in a message
constexpr Word kHole = 0x300000;

/// A space with an area of every kind, beside a second space with a port.
class SpaceRefusals : public testing::Test {
  protected:
    SpaceRefusals() {
        make(a_, kPlain, 0x8000);
        EXPECT_EQ(test_.fill(a_, kPlain, 0x2000, 1), Status::ok);
        make(a_, kReadOnly, 0x2000, Rights::read);
        make(a_, kSealed, 0x4000);
        EXPECT_EQ(test_.fill(a_, kSealed, 0x1000, 2), Status::ok);
        EXPECT_EQ(seal_area(a_, pages(kSealed, 0x4000)), Status::ok);
        device_ = map_physical(a_, {.address = 0xFE000000, .length_bytes = 0x2000}).value().value();
        kept_ = kept_base();
        make(a_, kTransit, 0x2000);
        const AreaToSend area{kTransit, 0x2000, AreaToSend::Kind::move};
        EXPECT_EQ(send_message(a_, {.to = port_, .areas = {&area, 1}}), Status::ok);
    }

    static void make(AddressSpace& space, Word base, Word length_bytes, Rights rights = kReadWrite) {
        const auto made = allocate_area(
            space,
            {.length_bytes = length_bytes, .placement = Placement::at, .address = VirtAddr(base), .rights = rights});
        ASSERT_EQ(made.status(), Status::ok);
    }
    /// A port of the first space's own, for its buffer.
    Word kept_base() {
        EXPECT_TRUE(create_port(a_, {}).ok());
        RegionInfo regions[64];
        const std::uint32_t count = walk_regions(a_, VirtAddr(0), regions);
        for (std::uint32_t i = 0; i < count; ++i) {
            if (regions[i].state == RegionState::kept) return regions[i].base;
        }
        ADD_FAILURE() << "no kept region";
        return 0;
    }
    /// Single pages with gaps, until no more region fits.
    static void fill_regions(AddressSpace& space) {
        Status status = Status::ok;
        for (Word base = 0x40000000; status == Status::ok; base += 0x2000) {
            status =
                allocate_area(space, {.length_bytes = 0x1000, .placement = Placement::at, .address = VirtAddr(base)})
                    .status();
        }
        EXPECT_EQ(status, Status::region_table_full);
    }
    template <typename Call>
    void refused(Status status, Call call, int line = __builtin_LINE()) {
        test_.expect_refused(status, call, line);
    }

    TestSystem test_;
    AddressSpace& a_ = test_.make_space({.limit_regions = 1000});
    AddressSpace& b_ = test_.make_space();
    PortId port_ = create_port(b_, {}).value();
    Word device_ = 0;
    Word kept_ = 0;
};

TEST_F(SpaceRefusals, OfAllocateArea) {
    AllocateOptions good{.length_bytes = 0x2000};
    const auto with = [&](auto change) {
        return [&, change] {
            AllocateOptions options = good;
            change(options);
            return allocate_area(a_, options);
        };
    };
    const auto at = [&](Word address, Word length) {
        return with([=](AllocateOptions& o) {
            o.placement = Placement::at;
            o.address = VirtAddr(address);
            o.length_bytes = length;
        });
    };
    refused(Status::zero_length, with([](AllocateOptions& o) { o.length_bytes = 0; }));
    refused(Status::misaligned, with([](AllocateOptions& o) { o.length_bytes = 0x1001; }));
    refused(Status::misaligned, at(kHole + 1, 0x1000));
    refused(Status::overflow, at(0xEFFFF000, 0xFFFF0000));
    refused(Status::outside_user_space, at(0, 0x1000));
    refused(Status::outside_user_space, at(0, 0xF0000000));
    refused(Status::outside_user_space, at(0xEFFFF000, 0x2000));
    refused(Status::outside_user_space, at(0xF0000000, 0x1000));
    for (const Word alignment : {0U, 1U, 0x800U, 0x1001U, 0x3000U, 0xFFFFFFFFU}) {
        refused(Status::bad_alignment, with([=](AllocateOptions& o) { o.alignment_bytes = alignment; }));
    }
    for (const unsigned rights : {2U, 4U, 6U, 7U, 8U, 255U}) {
        refused(Status::bad_rights, with([=](AllocateOptions& o) { o.rights = static_cast<Rights>(rights); }));
    }
    refused(Status::bad_option, with([](AllocateOptions& o) { o.guard_pages_below = 3; }));
    refused(Status::bad_option,
            with([](AllocateOptions& o) { o.guard_pages_below = o.guard_pages_above = 0xFFFFFFFF; }));
    refused(Status::bad_option, with([](AllocateOptions& o) { o.placement = static_cast<Placement>(3); }));
    for (const Word taken : {kPlain, kPlain + 0x7000, kReadOnly, kSealed, kTransit, kPlain - 0x1000}) {
        refused(Status::not_free, at(taken, 0x2000));
    }
    refused(Status::not_free, at(0x1000, 0xEFFFF000));
    refused(Status::not_free, at(device_, 0x1000));
    refused(Status::not_free, at(kept_, 0x1000));
    refused(Status::no_address_range, with([](AllocateOptions& o) { o.length_bytes = 0xEFFFF000; }));
    refused(Status::no_address_range, with([](AllocateOptions& o) { o.length_bytes = 0xFFFFF000; }));
    refused(Status::out_of_memory, with([](AllocateOptions& o) { o.length_bytes = 0x80000000; }));
    refused(Status::out_of_memory, with([](AllocateOptions& o) {
                o.length_bytes = 0x80000000;
                o.populate = true;
            }));
    fill_regions(a_);
    refused(Status::region_table_full, at(0x80000000, 0x1000));
}

TEST_F(SpaceRefusals, OfAllocateAreaWhenMemoryOrTheLimitIsShortByOneFrame) {
    AddressSpace& limited = test_.make_space({.limit_frames = 2 + 1 + 4});
    refused(Status::over_limit, [&] { return allocate_area(limited, {.length_bytes = 0x5000}); });
    refused(Status::over_limit, [&] { return allocate_area(limited, {.length_bytes = 0x5000, .populate = true}); });
    test_.exhaust(4);
    refused(Status::out_of_memory, [&] { return allocate_area(limited, {.length_bytes = 0x4000}); });
    test_.free_all();
    test_.exhaust(5);
    const auto base = allocate_area(limited, {.length_bytes = 0x6000, .guard_pages_below = 1, .guard_pages_above = 1});
    ASSERT_EQ(base.status(), Status::ok) << "guards are not charged";
    EXPECT_EQ(space_info(limited).frames_charged, 7U);
    EXPECT_EQ(test_.fill(limited, base.value().value() + 0x1000, 0x4000, 5), Status::ok) << "what is charged is there";
    EXPECT_EQ(test_.touch(limited, base.value().value(), Rights::read), Status::guard_page);
    EXPECT_EQ(test_.touch(limited, base.value().value() + 0x5000, Rights::read), Status::guard_page);
}

TEST_F(SpaceRefusals, OfReleaseArea) {
    const auto release = [&](Word base, Word length) {
        return [=, this] { return release_area(a_, pages(base, length)); };
    };
    refused(Status::not_mapped, release(kHole, 0x1000));
    refused(Status::not_mapped, release(kPlain - 0x1000, 0x2000));
    refused(Status::not_mapped, release(kPlain, 0x9000));
    refused(Status::not_mapped, release(kPlain, kReadOnly + 0x1000 - kPlain));
    refused(Status::kernel_kept, release(0x1000, 0xEFFFF000));  // what comes first: the buffer is the lowest area
    refused(Status::in_transit, release(kTransit, 0x1000));
    refused(Status::in_transit, release(kTransit + 0x1000, 0x2000));
    refused(Status::kernel_kept, release(kept_, 0x1000));
    fill_regions(a_);
    refused(Status::region_table_full, release(kPlain + 0x3000, 0x1000));
    EXPECT_EQ(release_area(a_, pages(kPlain, 0x1000)), Status::ok) << "an end needs no slot";
}

TEST_F(SpaceRefusals, OfProtectArea) {
    const auto protect = [&](Word base, Word length, Rights rights) {
        return [=, this] { return protect_area(a_, pages(base, length), rights); };
    };
    for (const unsigned rights : {2U, 4U, 6U, 7U, 8U, 255U}) {
        refused(Status::bad_rights, protect(kPlain, 0x1000, static_cast<Rights>(rights)));
    }
    refused(Status::not_mapped, protect(kHole, 0x1000, Rights::read));
    refused(Status::not_mapped, protect(kPlain, 0x9000, Rights::read));
    refused(Status::in_transit, protect(kTransit, 0x2000, Rights::read));
    refused(Status::kernel_kept, protect(kept_, 0x1000, kReadWrite));
    refused(Status::kernel_kept, protect(kept_, 0x1000, Rights::read));
    refused(Status::sealed, protect(kSealed, 0x4000, kReadWrite));
    refused(Status::sealed, protect(kSealed + 0x3000, 0x1000, kReadWrite));
    fill_regions(a_);
    refused(Status::region_table_full, protect(kPlain + 0x3000, 0x1000, Rights::read));
    EXPECT_EQ(protect_area(a_, pages(kPlain, 0x8000), Rights::read), Status::ok) << "a whole area needs no slot";
}

TEST_F(SpaceRefusals, OfGuardAreaAndSealArea) {
    const auto guard = [&](Word base, Word length) {
        return [=, this] { return guard_area(a_, pages(base, length)); };
    };
    const auto seal = [&](Word base, Word length) { return [=, this] { return seal_area(a_, pages(base, length)); }; };
    refused(Status::not_mapped, guard(kHole, 0x1000));
    refused(Status::not_mapped, guard(kPlain, 0x9000));
    refused(Status::not_anonymous, guard(device_, 0x1000));
    refused(Status::in_transit, guard(kTransit, 0x1000));
    refused(Status::kernel_kept, guard(kept_, 0x1000));
    refused(Status::sealed, guard(kSealed + 0x1000, 0x1000));
    refused(Status::not_mapped, seal(kHole, 0x1000));
    refused(Status::not_mapped, seal(kPlain, 0x9000));
    refused(Status::not_anonymous, seal(device_, 0x1000));
    refused(Status::in_transit, seal(kTransit, 0x1000));
    refused(Status::kernel_kept, seal(kept_, 0x1000));
    fill_regions(a_);
    refused(Status::region_table_full, seal(kPlain + 0x3000, 0x1000));
    EXPECT_EQ(guard_area(a_, pages(kPlain + 0x3000, 0x1000)), Status::ok) << "guards need no slot";
    EXPECT_EQ(seal_area(a_, pages(kSealed, 0x4000)), Status::ok) << "sealing again changes nothing";
}

TEST_F(SpaceRefusals, OfMapPhysical) {
    const auto map = [&](std::uint64_t address, Word length, Rights rights = kReadWrite) {
        return [=, this] { return map_physical(a_, {.address = address, .length_bytes = length, .rights = rights}); };
    };
    constexpr std::uint64_t kDevice = 0xFD000000;
    const std::uint64_t first_frame = std::uint64_t{TestSystem::kFirstFrame} * kPageBytes;
    refused(Status::zero_length, map(kDevice, 0));
    refused(Status::misaligned, map(kDevice + 1, 0x1000));
    refused(Status::misaligned, map(kDevice, 0x1001));
    refused(Status::overflow, map(0xFFFFFFFFFFFFF000, 0x2000));
    for (const unsigned rights : {2U, 4U, 6U, 8U}) {
        refused(Status::bad_rights, map(kDevice, 0x1000, static_cast<Rights>(rights)));
    }
    refused(Status::no_such_device, map(first_frame, 0x1000));
    refused(Status::no_such_device, map(first_frame - 0x1000, 0x2000));
    refused(Status::no_such_device, map(first_frame + 4095 * kPageBytes, 0x2000));
    refused(Status::no_such_device, map(0x100000000, 0x1000));
    refused(Status::no_such_device, map(0xFFFFF000, 0x2000));
    refused(Status::no_such_device, map(0, 0xF0000000));
    refused(Status::no_address_range, map(0x1100000, 0xEFC00000));
    test_.exhaust();
    refused(Status::out_of_memory, map(kDevice, 0x1000));
    test_.free_all();
    AddressSpace& limited = test_.make_space({.limit_frames = 2});
    refused(Status::over_limit, [&] { return map_physical(limited, {.address = kDevice, .length_bytes = 0x1000}); });
    EXPECT_EQ(map_physical(limited, {.address = kDevice & ~0x3FFFFFULL, .length_bytes = kUnit}).status(), Status::ok)
        << "a large page needs no table";
    fill_regions(a_);
    refused(Status::region_table_full, map(kDevice, 0x1000));
}

TEST_F(SpaceRefusals, OfChangingAPartOfATableThatOthersShare) {
    AddressSpace& owner = test_.make_space({.limit_frames = 2 + 1024 + 1});
    const VirtAddr base = allocate_area(owner, {.length_bytes = kUnit, .alignment_bytes = kUnit}).value();
    const PageRange unit = pages(base.value(), kUnit);
    ASSERT_EQ(test_.fill(owner, base.value(), 0x3000, 6), Status::ok);
    ASSERT_EQ(seal_area(owner, unit), Status::ok);
    ASSERT_TRUE(share_area(owner, unit, b_).ok());
    const PageRange part = pages(base.value() + 0x1000, 0x1000);

    test_.exhaust();
    refused(Status::out_of_memory, [&] { return release_area(owner, part); });
    refused(Status::out_of_memory, [&] { return protect_area(owner, part, Rights::none); });
    refused(Status::out_of_memory, [&] { return protect_area(owner, unit, Rights::none); });
    refused(Status::out_of_memory, [&] { return move_area(owner, part, a_); });
    EXPECT_EQ(release_area(owner, unit), Status::ok) << "all of it needs no copy";
    test_.free_all();
}

TEST_F(SpaceRefusals, OfChangingAPartOfASealedTableAtTheLimit) {
    AddressSpace& owner = test_.make_space({.limit_frames = 2 + 1024 + 1});
    const VirtAddr base = allocate_area(owner, {.length_bytes = kUnit, .alignment_bytes = kUnit}).value();
    const PageRange unit = pages(base.value(), kUnit);
    ASSERT_EQ(seal_area(owner, unit), Status::ok);
    ASSERT_EQ(space_info(owner).frames_charged, 2U) << "what is sealed is charged to no one";
    ASSERT_TRUE(allocate_area(owner, {.length_bytes = kUnit, .alignment_bytes = kUnit}).ok());
    const PageRange part = pages(base.value() + 0x1000, 0x1000);
    refused(Status::over_limit, [&] { return release_area(owner, part); });
    refused(Status::over_limit, [&] { return protect_area(owner, part, Rights::none); });
    refused(Status::over_limit, [&] { return move_area(owner, part, a_); });
    EXPECT_EQ(release_area(owner, unit), Status::ok);
}

TEST(AdoptFrames, MakesBootModulesASealedAreaAndRefusesWithoutChange) {
    TestSystem test({{FrameNumber(0x100), 600}}, {{FrameNumber(0x180), 20}});
    AddressSpace& space = test.make_space();
    const FrameRange module{FrameNumber(0x182), 3};
    std::memset(test.host().frame(0x182), 'm', 3 * kPageBytes);
    test.expect_refused(Status::zero_length, [&] { return adopt_frames(space, {FrameNumber(0x182), 0}); });
    test.expect_refused(Status::no_address_range, [&] { return adopt_frames(space, {FrameNumber(0), 0xFFFFFFFF}); });
    test.expect_refused(Status::no_address_range, [&] { return adopt_frames(space, {FrameNumber(0), 0xF0000}); });
    AddressSpace& limited = test.make_space({.limit_frames = 2});
    test.expect_refused(Status::over_limit, [&] { return adopt_frames(limited, module); });
    test.exhaust();
    test.expect_refused(Status::out_of_memory, [&] { return adopt_frames(space, module); });
    test.free_all();

    const MemoryInfo before = test.memory();
    const Word base = adopt_frames(space, module).value().value();
    EXPECT_EQ(test.memory().frames_kernel, before.frames_kernel - 3);
    EXPECT_EQ(test.memory().frames_sealed, before.frames_sealed + 3);
    EXPECT_EQ(test::region_text(space, base), "r-- anon sealed");
    EXPECT_EQ(test.peek(space, base + 0x2FFF).value(), 'm');
    EXPECT_EQ(test.touch(space, base, Rights::write), Status::sealed);
    test.expect_healthy();
    EXPECT_EQ(release_area(space, pages(base, 0x3000)), Status::ok);
    EXPECT_EQ(test.memory().frames_free, before.frames_free + 3) << "free when the last reader lets go";
    // They were taken at the start; taken again, the count at the end is that of the start.
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(allocate_kernel_frame(test.system()).ok());
}

TEST(CreateSpace, RefusesWhenSpacesMemoryOrLimitRunOut) {
    TestSystem test(700);
    test.expect_refused(Status::over_limit, [&] { return create_space(test.system(), {.limit_frames = 1}); });
    test.exhaust(1);
    test.expect_refused(Status::out_of_memory, [&] { return create_space(test.system(), {}); });
    test.free_all();
    for (std::uint32_t i = test.memory().spaces; i < kSpacesMax; ++i) test.make_space();
    test.expect_refused(Status::space_table_full, [&] { return create_space(test.system(), {}); });
}

TEST(CreateSystem, RefusesAMemoryMapThatMakesNoSense) {
    std::vector<std::max_align_t> memory(1 << 16);
    const auto bytes = std::as_writable_bytes(std::span(memory));
    const std::vector<FrameRange> usable = {{FrameNumber(0x100), 64}};
    host::Host host(usable);
    const auto status = [&](std::vector<FrameRange> ranges, std::vector<FrameRange> taken, std::span<std::byte> where) {
        return create_system(where, {.host = &host, .usable = ranges, .taken = taken, .kernel_root = nullptr}).status();
    };
    EXPECT_EQ(status({}, {}, bytes), Status::memory_map_invalid);
    EXPECT_EQ(status({{FrameNumber(0x100), 0}}, {}, bytes), Status::memory_map_invalid);
    EXPECT_EQ(status(usable, usable, bytes), Status::memory_map_invalid) << "nothing but taken frames";
    EXPECT_EQ(status({{FrameNumber(0x100), 64}, {FrameNumber(0x120), 4}}, {}, bytes), Status::memory_map_invalid);
    EXPECT_EQ(status({{FrameNumber(0xFFFFFFF0), 0x40}}, {}, bytes), Status::memory_map_invalid);
    EXPECT_EQ(status(usable, {}, bytes.first(system_bytes(usable) - 1)), Status::memory_map_invalid);
    EXPECT_EQ(status(usable, {}, {}), Status::memory_map_invalid);
    EXPECT_EQ(status(usable, {}, bytes.subspan(8)), Status::memory_map_invalid) << "not aligned";
    EXPECT_EQ(status(usable, {}, bytes.first(system_bytes(usable))), Status::ok);
    EXPECT_EQ(status({{FrameNumber(0x110), 16}, {FrameNumber(0x100), 16}}, {}, bytes), Status::ok) << "not sorted";
}

TEST(CreateSystem, NeverTouchesAFrameInAHole) {
    // The host's holes fault when touched.
    TestSystem test({{FrameNumber(0x100), 100}, {FrameNumber(0x1000), 200}, {FrameNumber(0x800), 50}});
    AddressSpace& space = test.make_space();
    const std::uint32_t free_frames = test.memory().frames_free;
    const Word length = (free_frames - 1) * kPageBytes;
    const Word base = allocate_area(space, {.length_bytes = length, .populate = true}).value().value();
    EXPECT_EQ(test.memory().frames_free, 0U);
    EXPECT_EQ(test.fill(space, base, length, 9), Status::ok);
    EXPECT_TRUE(test.holds(space, base, length, 9));
}

}  // namespace
}  // namespace freehold
