// SPDX-License-Identifier: MIT
// Addresses, page ranges made of unchecked numbers, rights, and rounding.
#include <freehold/types.h>

#include <type_traits>

#include <gtest/gtest.h>

#include "src/base/bits.h"

namespace freehold {
namespace {

static_assert(!std::is_convertible_v<Word, VirtAddr> && !std::is_convertible_v<VirtAddr, Word>);
static_assert(!std::is_convertible_v<VirtAddr, FrameNumber> && !std::is_convertible_v<FrameNumber, VirtAddr>);

TEST(PageRange, CheckedTakesEveryPageAlignedRangeOfUserSpace) {
    const Result<PageRange> all = PageRange::checked(0x1000, 0xEFFFF000);
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all.value().base(), kUserBase);
    EXPECT_EQ(all.value().end(), kUserEnd);
    EXPECT_EQ(all.value().count_pages(), 0xEFFFFU);
    const Result<PageRange> last = PageRange::checked(0xEFFFF000, 0x1000);
    ASSERT_TRUE(last.ok());
    EXPECT_EQ(last.value().length_bytes(), 0x1000U);
    EXPECT_TRUE(last.value().contains(VirtAddr(0xEFFFFFFF)));
    EXPECT_FALSE(last.value().contains(VirtAddr(0xF0000000)));
    EXPECT_FALSE(last.value().contains(VirtAddr(0xEFFFEFFF)));
}

TEST(PageRange, CheckedNamesTheCauseOfEveryRefusal) {
    const auto status = [](Word base, Word length) { return PageRange::checked(base, length).status(); };
    EXPECT_EQ(status(0x1000, 0), Status::zero_length);
    EXPECT_EQ(status(0x1001, 0), Status::zero_length);
    EXPECT_EQ(status(0x1001, 0x1000), Status::misaligned);
    EXPECT_EQ(status(0x1000, 0x1001), Status::misaligned);
    EXPECT_EQ(status(0x1000, 1), Status::misaligned);
    EXPECT_EQ(status(0x1000, 0xFFFFFFFF), Status::misaligned);
    EXPECT_EQ(status(0xFFFFF000, 0x2000), Status::overflow);
    EXPECT_EQ(status(0x80000000, 0x80001000), Status::overflow);
    EXPECT_EQ(status(0x2000, 0xFFFFF000), Status::overflow);
    EXPECT_EQ(status(0, 0x1000), Status::outside_user_space);
    EXPECT_EQ(status(0, 0xF0000000), Status::outside_user_space);
    EXPECT_EQ(status(0xEFFFF000, 0x2000), Status::outside_user_space);
    EXPECT_EQ(status(0xF0000000, 0x1000), Status::outside_user_space);
    EXPECT_EQ(status(0xFFFFE000, 0x1000), Status::outside_user_space);
}

TEST(PageRange, OneThatEndsExactlyAtTheTopOfTheNumbersIsNotTaken) {
    EXPECT_FALSE(PageRange::checked(0xFFFFF000, 0x1000).ok());
    EXPECT_FALSE(PageRange::checked(0x1000, 0xFFFFF000).ok());
}

TEST(VirtAddr, CountsInBytes) {
    const VirtAddr address(0x12345);
    EXPECT_EQ((address + 0x1000).value(), 0x13345U);
    EXPECT_EQ((address - 0x345).value(), 0x12000U);
    EXPECT_EQ(address - VirtAddr(0x12000), 0x345U);
    EXPECT_EQ(address.page_base(), VirtAddr(0x12000));
    EXPECT_FALSE(address.page_aligned());
    EXPECT_TRUE(address.page_base().page_aligned());
    EXPECT_LT(address.page_base(), address);
}

TEST(Rights, WriteAndExecuteNeedReadAndExcludeEachOther) {
    EXPECT_TRUE(valid(Rights::none));
    EXPECT_TRUE(valid(Rights::read));
    EXPECT_TRUE(valid(kReadWrite));
    EXPECT_TRUE(valid(Rights::read | Rights::execute));
    EXPECT_FALSE(valid(kReadWrite | Rights::execute));
    EXPECT_FALSE(valid(Rights::write));
    EXPECT_FALSE(valid(Rights::execute));
    EXPECT_FALSE(valid(Rights::write | Rights::execute));
    EXPECT_FALSE(valid(static_cast<Rights>(9)));
    EXPECT_TRUE(has(kReadWrite, Rights::write));
    EXPECT_FALSE(has(Rights::read, Rights::write));
    EXPECT_EQ(kReadWrite & Rights::write, Rights::write);
}

TEST(Bits, RoundingKeepsMultiplesAndMeetsTheEndOfTheNumbers) {
    EXPECT_EQ(align_up(0U, 4096U), 0U);
    EXPECT_EQ(align_up(1U, 4096U), 4096U);
    EXPECT_EQ(align_up(4096U, 4096U), 4096U);
    EXPECT_EQ(align_up(0xFFFFF001U, 4096U), 0U) << "does not fit: 0";
    EXPECT_EQ(align_down(4097U, 4096U), 4096U);
    EXPECT_EQ(align_down(0xFFFFFFFFU, 0x80000000U), 0x80000000U);
    EXPECT_TRUE(is_power_of_two(1U));
    EXPECT_TRUE(is_power_of_two(0x80000000U));
    EXPECT_FALSE(is_power_of_two(0U));
    EXPECT_FALSE(is_power_of_two(3U));
    EXPECT_TRUE(is_aligned(0x2000U, 0x1000U));
    EXPECT_FALSE(is_aligned(0x2001U, 0x1000U));
}

}  // namespace
}  // namespace freehold
