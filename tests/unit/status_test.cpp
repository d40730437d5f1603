// SPDX-License-Identifier: MIT
// Statuses have names and fixed numbers; a Result holds a value or a status.
#include <freehold/status.h>

#include <cstring>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace freehold {
namespace {

constexpr std::uint32_t kLast = static_cast<std::uint32_t>(Status::device_table_full);

TEST(Status, EveryOneHasANameOfItsOwn) {
    std::set<std::string> names;
    for (std::uint32_t number = 0; number <= kLast; ++number) {
        const std::string name = status_name(static_cast<Status>(number));
        EXPECT_NE(name, "unknown status") << number;
        EXPECT_EQ(name.find(' '), std::string::npos) << name;
        names.insert(name);
    }
    EXPECT_EQ(names.size(), kLast + 1);
}

TEST(Status, ANumberThatIsNoneHasNoName) {
    EXPECT_STREQ(status_name(static_cast<Status>(kLast + 1)), "unknown status") << "a new status: raise kLast";
    EXPECT_STREQ(status_name(static_cast<Status>(0xFFFFFFFF)), "unknown status");
}

TEST(Status, NumbersOfTheAbiStay) {
    EXPECT_EQ(static_cast<int>(Status::ok), 0);
    EXPECT_EQ(static_cast<int>(Status::not_free), 8);
    EXPECT_EQ(static_cast<int>(Status::out_of_memory), 17);
    EXPECT_EQ(static_cast<int>(Status::bad_address), 25);
    EXPECT_EQ(static_cast<int>(Status::would_block), 32);
    EXPECT_EQ(static_cast<int>(Status::peer_gone), 38);
    EXPECT_EQ(static_cast<int>(Status::buffer_too_small), 48);
    EXPECT_EQ(static_cast<int>(Status::too_many_names), 53);
    EXPECT_STREQ(status_name(Status::ok), "ok");
    EXPECT_STREQ(status_name(Status::peer_gone), "peer_gone");
}

TEST(Result, HoldsAValue) {
    Result<int> result = 7;
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.status(), Status::ok);
    EXPECT_EQ(result.value(), 7);
    EXPECT_EQ(result.value_or(9), 7);
    result.value() = 8;
    EXPECT_EQ(result.value(), 8);
}

TEST(Result, HoldsTheReasonThereIsNone) {
    const Result<int> result = Status::sealed;
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.status(), Status::sealed);
    EXPECT_EQ(result.value_or(9), 9);
}

}  // namespace
}  // namespace freehold
