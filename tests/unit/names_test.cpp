// SPDX-License-Identifier: MIT
// The names of what can be looked at, and that a number without one says so.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include <freehold/freehold.h>

namespace freehold {
namespace {

/// The names of the numbers below `count`, each its own, and none that of the number `count`, which is nobody's.
template <typename Value>
void expect_names(const char* (*name_of)(Value), std::uint32_t count, const std::string& otherwise) {
    std::set<std::string> names;
    for (std::uint32_t number = 0; number < count; ++number) names.insert(name_of(static_cast<Value>(number)));
    EXPECT_EQ(names.size(), count) << "two have the same name";
    EXPECT_FALSE(names.contains(otherwise));
    EXPECT_EQ(name_of(static_cast<Value>(count)), otherwise);
}

TEST(Names, EveryTypeStateAndOperationHasItsOwn) {
    expect_names(region_type_name, 3, "unknown type");
    expect_names(region_state_name, 5, "unknown state");
    expect_names(operation_name, static_cast<std::uint32_t>(LedgerEntry::Operation::guard) + 1, "unknown operation");
    EXPECT_STREQ(region_type_name(RegionType::anon), "anon");
    EXPECT_STREQ(region_state_name(RegionState::transit_sealed), "in transit, sealed");
    EXPECT_STREQ(operation_name(LedgerEntry::Operation::come_back), "come_back");
}

}  // namespace
}  // namespace freehold
