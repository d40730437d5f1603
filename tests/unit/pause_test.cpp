// SPDX-License-Identifier: MIT
// Long operations pause: how often, and that short ones don't.
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

constexpr Word kPage = kPageBytes;
constexpr Word kUnit = 1024 * kPage;
constexpr Word kBase = 0x40000000;

class Pauses : public testing::Test {
  protected:
    std::uint64_t pauses_of(const std::function<Status()>& call) {
        const std::uint64_t before = test_.host().pauses();
        EXPECT_EQ(call(), Status::ok);
        return test_.host().pauses() - before;
    }

    Status allocate(Word length_bytes, bool populate) {
        return allocate_area(a_, {.length_bytes = length_bytes,
                                  .placement = Placement::at,
                                  .address = VirtAddr(kBase),
                                  .populate = populate})
            .status();
    }

    TestSystem test_{8192};
    AddressSpace& a_ = test_.make_space();
    AddressSpace& b_ = test_.make_space();
};

TEST_F(Pauses, NoneInWhatTakesAFewPages) {
    const PageRange area = pages(kBase, 16 * kPage);
    EXPECT_EQ(pauses_of([&] { return allocate(16 * kPage, false); }), 0U);
    EXPECT_EQ(pauses_of([&] { return test_.touch(a_, kBase, Rights::write); }), 0U);
    EXPECT_EQ(pauses_of([&] { return protect_area(a_, area, Rights::read); }), 0U);
    EXPECT_EQ(pauses_of([&] { return seal_area(a_, area); }), 0U);
    EXPECT_EQ(pauses_of([&] { return share_area(a_, area, b_).status(); }), 0U);
    EXPECT_EQ(pauses_of([&] { return release_area(a_, area); }), 0U);
}

TEST_F(Pauses, OneForEachPageThatIsFilled) {
    EXPECT_EQ(pauses_of([&] { return allocate(100 * kPage, true); }), 100U);
    EXPECT_EQ(pauses_of([&] { return copy_across(a_, VirtAddr(kBase), a_, VirtAddr(kBase + 50 * kPage), 8 * kPage); }),
              7U);
}

TEST_F(Pauses, OneForEachTableWhosePagesAreChangedOneByOne) {
    ASSERT_EQ(allocate(4 * kUnit, true), Status::ok);
    const PageRange area = pages(kBase, 4 * kUnit);
    EXPECT_EQ(pauses_of([&] { return protect_area(a_, area, Rights::read); }), 4U);
    EXPECT_EQ(pauses_of([&] { return guard_area(a_, pages(kBase, kUnit)); }), 1U);
    EXPECT_EQ(pauses_of([&] { return release_area(a_, area); }), 4U);
}

TEST_F(Pauses, OneForAnEndOfManyPages) {
    ASSERT_EQ(allocate(kUnit, true), Status::ok);
    EXPECT_EQ(pauses_of([&] { return protect_area(a_, pages(kBase, 63 * kPage), Rights::read); }), 0U);
    EXPECT_EQ(pauses_of([&] { return protect_area(a_, pages(kBase, 64 * kPage), Rights::none); }), 1U);
    EXPECT_EQ(pauses_of([&] { return protect_area(a_, pages(kBase, 900 * kPage), Rights::read); }), 1U);
}

TEST_F(Pauses, OneForEachSlotOfAPort) {
    const auto port = create_port(a_, {.count_messages = 32});
    ASSERT_TRUE(port.ok());
    EXPECT_EQ(pauses_of([&] { return destroy_port(a_, port.value()); }), 32U);
}

TEST_F(Pauses, OneForEachFewFramesOfAnAudit) {
    EXPECT_GE(pauses_of([&] { return audit(test_.system()).clean ? Status::ok : Status::bad_option; }), 8192U / 64);
}

}  // namespace
}  // namespace freehold::test
