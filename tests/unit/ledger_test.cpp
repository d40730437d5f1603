// SPDX-License-Identifier: MIT
// The ledger: each operation on areas leaves one line that says what became of which range.
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

using Operation = LedgerEntry::Operation;

class LedgerLines : public testing::Test {
  protected:
    /// Expects the lines since the last look to be one, and this.
    void expect_line(Operation operation, AddressSpace& from, PageRange range, const AddressSpace* to = nullptr,
                     Word arrived_at = 0, int line = __builtin_LINE()) {
        std::vector<LedgerEntry> entries(16);
        ASSERT_EQ(read_ledger(test_.system(), seen_, entries), 1U) << "line " << line;
        const LedgerEntry& entry = entries[0];
        seen_ = entry.sequence;
        EXPECT_STREQ(operation_name(entry.operation), operation_name(operation)) << "line " << line;
        EXPECT_EQ(entry.from, space_id(from)) << "line " << line;
        EXPECT_EQ(entry.to, to != nullptr ? space_id(*to) : SpaceId::none) << "line " << line;
        EXPECT_EQ(PageRange(VirtAddr(entry.base), VirtAddr(entry.base + entry.length_bytes)), range) << "line " << line;
        EXPECT_EQ(entry.arrived_at, arrived_at) << "line " << line;
    }
    void forget() {
        std::vector<LedgerEntry> entries(kLedgerEntries);
        const std::uint32_t count = read_ledger(test_.system(), seen_, entries);
        if (count != 0) seen_ = entries[count - 1].sequence;
    }

    TestSystem test_;
    AddressSpace& a_ = test_.make_space();
    AddressSpace& b_ = test_.make_space();
    std::uint64_t seen_ = 0;
};

TEST_F(LedgerLines, TellWhatBecameOfAnArea) {
    forget();
    const Word base = allocate_area(a_, {.length_bytes = 4 * kPageBytes}).value().value();
    expect_line(Operation::allocate, a_, pages(base, 4 * kPageBytes));
    ASSERT_EQ(protect_area(a_, pages(base, kPageBytes), Rights::read), Status::ok);
    expect_line(Operation::protect, a_, pages(base, kPageBytes));
    ASSERT_EQ(guard_area(a_, pages(base + kPageBytes, kPageBytes)), Status::ok);
    expect_line(Operation::guard, a_, pages(base + kPageBytes, kPageBytes));
    ASSERT_EQ(seal_area(a_, pages(base, 2 * kPageBytes)), Status::ok);
    expect_line(Operation::seal, a_, pages(base, 2 * kPageBytes));
    const Word shared = share_area(a_, pages(base, kPageBytes), b_).value().value();
    expect_line(Operation::share, a_, pages(base, kPageBytes), &b_, shared);
    ASSERT_EQ(release_area(b_, pages(shared, kPageBytes)), Status::ok);
    expect_line(Operation::release, b_, pages(shared, kPageBytes));
    const Word device = map_physical(a_, {.address = 0xFE000000, .length_bytes = kPageBytes}).value().value();
    expect_line(Operation::map_physical, a_, pages(device, kPageBytes));
}

TEST_F(LedgerLines, TellOfAnAreaUnderWayWhenItDepartsAndWhenItArrivesOrComesBack) {
    const PortId port = create_port(b_, {}).value();
    const Word base = allocate_area(a_, {.length_bytes = 4 * kPageBytes}).value().value();
    const AreaToSend first{base, kPageBytes, AreaToSend::Kind::move};
    const AreaToSend second{base + 2 * kPageBytes, 2 * kPageBytes, AreaToSend::Kind::move};
    forget();
    ASSERT_EQ(send_message(a_, {.to = port, .areas = {&first, 1}}), Status::ok);
    expect_line(Operation::depart, a_, pages(first.base, kPageBytes));
    const VirtAddr at = receive_message(b_, port).value();
    MessageHead head{};
    ASSERT_EQ(copy_in(b_, at, std::as_writable_bytes(std::span(&head, 1))), Status::ok);
    expect_line(Operation::arrive, a_, pages(first.base, kPageBytes), &b_, head.areas[0].base);
    ASSERT_EQ(send_message(a_, {.to = port, .areas = {&second, 1}}), Status::ok);
    expect_line(Operation::depart, a_, pages(second.base, 2 * kPageBytes));
    ASSERT_EQ(destroy_port(b_, port), Status::ok);
    std::vector<LedgerEntry> entries(16);
    ASSERT_EQ(read_ledger(test_.system(), seen_, entries), 2U) << "and the port's buffer";
    EXPECT_EQ(entries[0].operation, Operation::come_back);
    EXPECT_EQ(entries[0].base, second.base);
    EXPECT_EQ(entries[1].operation, Operation::release);
}

TEST_F(LedgerLines, TellWhichSpacesComeAndGo) {
    forget();
    AddressSpace& space = test_.make_space();
    const SpaceId id = space_id(space);
    test_.destroy(space);
    std::vector<LedgerEntry> entries(16);
    ASSERT_EQ(read_ledger(test_.system(), seen_, entries), 2U);
    EXPECT_EQ(entries[0].operation, Operation::create);
    EXPECT_EQ(entries[1].operation, Operation::destroy);
    for (const std::uint32_t i : {0U, 1U}) EXPECT_EQ(entries[i].from, id);
}

TEST_F(LedgerLines, AMoveEndsWithALineThatSaysWhereTo) {
    const Word base = allocate_area(a_, {.length_bytes = 4 * kPageBytes}).value().value();
    ASSERT_EQ(seal_area(a_, pages(base, kPageBytes)), Status::ok);
    for (const Word offset : {Word{0}, 2 * kPageBytes}) {  // sealed, the long way; plain, at once if there is a table
        forget();
        const Word arrived = move_area(a_, pages(base + offset, kPageBytes), b_).value().value();
        std::vector<LedgerEntry> entries(16);
        const std::uint32_t count = read_ledger(test_.system(), seen_, entries);
        ASSERT_GT(count, 0U);
        seen_ = entries[count - 1].sequence - 1;
        expect_line(Operation::move, a_, pages(base + offset, kPageBytes), &b_, arrived);
    }
}

}  // namespace
}  // namespace freehold::test
