// SPDX-License-Identifier: MIT
// The fault loop: an operation meets a pool with 0, 1, 2 ... free frames until it succeeds. Each failure must be
// out_of_memory and leave everything as it was: regions, pages, charges, free frames.
//
// Operations promise all their frames in one place before they change anything, so a pool of N free frames fails the
// (N+1)th frame of an operation, whichever that is.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "host/hosted_system.h"

namespace freehold {
namespace {

constexpr Word kUnit = 16 * kPageBytes;  ///< a whole table of the small machine

/// Tables above the tables of pages that the first area of a space needs.
constexpr std::uint32_t kUpperTables = arch::kSimLevels - 2;

PageRange at(Word page, Word count) { return {VirtAddr(page * kPageBytes), VirtAddr((page + count) * kPageBytes)}; }

/// All that can be seen of a space.
std::string snapshot(AddressSpace& space) {
    std::array<RegionInfo, 64> regions;
    const std::uint32_t count = walk_regions(space, VirtAddr(0), regions);
    std::string text = "charged " + std::to_string(space_info(space).frames_charged) + ", in flight " +
                       std::to_string(space_info(space).areas_in_flight);
    for (std::uint32_t i = 0; i < count; ++i) {
        text += " | " + std::to_string(regions.at(i).base) + "+" + std::to_string(regions.at(i).length_bytes) + " " +
                std::to_string(static_cast<int>(regions.at(i).type)) +
                std::to_string(static_cast<int>(regions.at(i).state)) +
                std::to_string(static_cast<int>(regions.at(i).rights)) + " " +
                std::to_string(regions.at(i).pages_present);
    }
    return text;
}

class FaultTest : public testing::Test {
  protected:
    FaultTest() : a(create_space(hosted.system(), {}).value()), b(create_space(hosted.system(), {}).value()) {}

    [[nodiscard]] std::uint32_t available() {
        const MemoryInfo info = memory_info(hosted.system());
        return info.frames_free - info.frames_promised;
    }

    void allocate(PageRange range, bool populate = true) {
        const AllocateOptions options{.length_bytes = range.length_bytes(),
                                      .placement = Placement::at,
                                      .address = range.base(),
                                      .populate = populate};
        ASSERT_TRUE(allocate_area(*a, options).ok());
    }

    std::string everything() {
        const MemoryInfo info = memory_info(hosted.system());
        return snapshot(*a) + " || " + snapshot(*b) + " || sealed " + std::to_string(info.frames_sealed) +
               " promised " + std::to_string(info.frames_promised) + " ports " + std::to_string(info.ports);
    }

    /// Fails the operation's first frame, its second and so on, until it succeeds; returns how many it needed.
    std::uint32_t loop(const std::function<Status()>& operation) {
        const std::string before = everything();
        std::vector<FrameNumber> taken;
        while (available() != 0) taken.push_back(allocate_kernel_frame(hosted.system()).value());
        for (std::uint32_t frames = 0;; ++frames) {
            const Status status = operation();
            const AuditReport report = audit(hosted.system());
            EXPECT_TRUE(report.clean) << report.text;
            if (status == Status::ok) {
                for (const FrameNumber frame : taken) free_kernel_frame(hosted.system(), frame);
                return frames;
            }
            EXPECT_EQ(status, Status::out_of_memory) << status_name(status);
            EXPECT_EQ(everything(), before) << "after a failure with " << frames << " free frames";
            if (taken.empty() || HasFailure()) return frames;
            free_kernel_frame(hosted.system(), taken.back());
            taken.pop_back();
        }
    }

    host::HostedSystem hosted{400};
    AddressSpace* a;
    AddressSpace* b;
};

TEST_F(FaultTest, AllocatingFailsForEveryPageAndTableInTurn) {
    EXPECT_EQ(loop([&] { return allocate_area(*a, {.length_bytes = 20 * kPageBytes}).status(); }),
              20U + 2 + kUpperTables);
}

TEST_F(FaultTest, CreatingASpaceFailsForEachOfItsFrames) {
    EXPECT_EQ(loop([&] { return create_space(hosted.system(), {}).status(); }), 2U);
}

TEST_F(FaultTest, CreatingAPortFailsForBufferTableAndHeads) {
    constexpr std::uint32_t kSlotBytes = 512;  // 16 of them are two pages, however long a head is
    const PortOptions options{.count_messages = 16, .message_bytes = kSlotBytes - sizeof(MessageHead)};
    EXPECT_EQ(loop([&] { return create_port(*a, options).status(); }), 4U + kUpperTables);
}

TEST_F(FaultTest, MovingFailsForTheReceiversTables) {
    allocate(at(20, 24));
    EXPECT_EQ(loop([&] { return move_area(*a, at(20, 24), *b).status(); }), 2U + kUpperTables);
}

TEST_F(FaultTest, MovingAPartOfASharedTableFailsForTheCopyAndTheTable) {
    allocate(at(16, 16));
    ASSERT_EQ(seal_area(*a, at(16, 16)), Status::ok);
    ASSERT_TRUE(share_area(*a, at(16, 16), *b).ok());
    EXPECT_EQ(loop([&] { return move_area(*a, at(18, 4), *b).status(); }), 2U);
}

TEST_F(FaultTest, SharingFailsForTheReceiversTables) {
    allocate(at(20, 24));
    ASSERT_EQ(seal_area(*a, at(20, 24)), Status::ok);
    EXPECT_EQ(loop([&] { return share_area(*a, at(20, 24), *b).status(); }), 2U + kUpperTables);
}

TEST_F(FaultTest, ReleasingAPartOfASharedTableFailsForItsCopy) {
    allocate(at(16, 16));
    ASSERT_EQ(seal_area(*a, at(16, 16)), Status::ok);
    ASSERT_TRUE(share_area(*a, at(16, 16), *b).ok());
    EXPECT_EQ(loop([&] { return release_area(*a, at(18, 2)); }), 1U);
}

TEST_F(FaultTest, ReleasingAPageOfSharedTablesFailsForTheCopyOfEachOnTheWay) {
    allocate(at(256, 256));
    ASSERT_EQ(seal_area(*a, at(256, 256)), Status::ok);
    ASSERT_TRUE(share_area(*a, at(256, 256), *b).ok());
    const std::uint32_t shared_levels = kUpperTables > 0 ? 2 : 1;
    EXPECT_EQ(loop([&] { return release_area(*a, at(300, 1)); }), shared_levels);
}

TEST_F(FaultTest, ProtectingAPartOfASharedTableFailsForItsCopy) {
    allocate(at(16, 16));
    ASSERT_EQ(seal_area(*a, at(16, 16)), Status::ok);
    ASSERT_TRUE(share_area(*a, at(16, 16), *b).ok());
    EXPECT_EQ(loop([&] { return protect_area(*a, at(18, 2), Rights::none); }), 1U);
}

TEST_F(FaultTest, MappingADeviceFailsForItsTables) {
    const PhysicalOptions device{.address = 0xE0000000, .length_bytes = kUnit + 2 * kPageBytes};
    EXPECT_EQ(loop([&] { return map_physical(*a, device).status(); }), 1U + kUpperTables);
}

TEST_F(FaultTest, SendingAPartOfASealedTableFailsForItsCopy) {
    const PortId port = create_port(*b, {}).value();
    allocate(at(32, 16));
    ASSERT_EQ(seal_area(*a, at(32, 16)), Status::ok);
    ASSERT_TRUE(share_area(*a, at(32, 16), *b).ok());
    const AreaToSend area{34 * kPageBytes, 4 * kPageBytes, AreaToSend::Kind::move};
    EXPECT_EQ(loop([&] { return send_message(*a, {.to = port, .areas = {&area, 1}}); }), 1U);
}

TEST_F(FaultTest, ReceivingFailsForTablesAndTheMessageStays) {
    const PortId port = create_port(*b, {}).value();
    allocate(at(40, 16));
    const AreaToSend area{40 * kPageBytes, 16 * kPageBytes, AreaToSend::Kind::move};
    ASSERT_EQ(send_message(*a, {.to = port, .areas = {&area, 1}}), Status::ok);
    EXPECT_EQ(loop([&] { return receive_message(*b, port).status(); }), 1U);
    EXPECT_EQ(port_info(hosted.system(), port).value().held, 1U);
}

TEST_F(FaultTest, SealingGuardingAndFaultingNeedNoFrames) {
    allocate(at(20, 24), false);
    EXPECT_EQ(loop([&] { return resolve_fault(*a, VirtAddr(30 * kPageBytes), Rights::write); }), 0U);
    EXPECT_EQ(loop([&] { return guard_area(*a, at(22, 1)); }), 0U);
    EXPECT_EQ(loop([&] { return seal_area(*a, at(24, 20)); }), 0U);
    EXPECT_EQ(loop([&] { return resolve_fault(*a, VirtAddr(40 * kPageBytes), Rights::read); }), 0U);
}

}  // namespace
}  // namespace freehold
