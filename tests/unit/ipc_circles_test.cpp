// SPDX-License-Identifier: MIT
// Areas in flight: whose they are meanwhile, what a receiver without room sees, and circles that die as a whole.
#include <gtest/gtest.h>

#include <span>

#include "host/hosted_system.h"

namespace freehold {
namespace {

constexpr Word kAreaBytes = 4 * kPageBytes;

class Circles : public testing::Test {
  protected:
    void TearDown() override {
        expect_clean();
        EXPECT_EQ(memory_info(hosted.system()).frames_free, frames_free) << "something is left";
    }
    void expect_clean() {
        const AuditReport report = audit(hosted.system());
        EXPECT_TRUE(report.clean) << report.text;
    }
    AddressSpace& make_space(std::uint32_t limit_frames = 0xFFFFFFFF) {
        return *create_space(hosted.system(), {.limit_frames = limit_frames}).value();
    }
    static AreaToSend make_area(AddressSpace& space) {
        const auto base = allocate_area(space, {.length_bytes = kAreaBytes, .populate = true});
        EXPECT_TRUE(base.ok());
        return {base.value().value(), kAreaBytes, AreaToSend::Kind::move};
    }
    static Status send_area(AddressSpace& from, PortId to, PortId reply_to = PortId::none) {
        const AreaToSend area = make_area(from);
        const Status status = send_message(from, {.to = to, .reply_to = reply_to, .areas = {&area, 1}});
        if (status != Status::ok) {
            EXPECT_EQ(release_area(from, PageRange::checked(area.base, kAreaBytes).value()), Status::ok);
        }
        return status;
    }

    host::HostedSystem hosted{4096};
    std::uint32_t frames_free = memory_info(hosted.system()).frames_free;
};

TEST_F(Circles, AnAreaUnderWayIsChargedToItsSenderAlone) {
    AddressSpace& sender = make_space();
    AddressSpace& receiver = make_space();
    const PortId port = create_port(receiver, {.count_messages = 2, .message_bytes = 0}).value();
    const AreaToSend area = make_area(sender);
    const std::uint32_t sender_before = space_info(sender).frames_charged;
    const std::uint32_t receiver_before = space_info(receiver).frames_charged;
    ASSERT_EQ(send_message(sender, {.to = port, .areas = {&area, 1}}), Status::ok);
    EXPECT_EQ(space_info(sender).frames_charged, sender_before);
    EXPECT_EQ(space_info(sender).areas_in_flight, 1U);
    EXPECT_EQ(space_info(receiver).frames_charged, receiver_before);
    expect_clean();
    ASSERT_TRUE(receive_message(receiver, port).ok());
    EXPECT_EQ(space_info(sender).areas_in_flight, 0U);
    EXPECT_LE(space_info(sender).frames_charged, sender_before - kAreaBytes / kPageBytes);
    EXPECT_GE(space_info(receiver).frames_charged, receiver_before + kAreaBytes / kPageBytes);
    destroy_space(&sender);
    destroy_space(&receiver);
}

TEST_F(Circles, AReceiverWithoutRoomIsToldAndTheMessageStaysTheOldest) {
    AddressSpace& sender = make_space();
    AddressSpace& receiver = make_space(12);
    const PortId port = create_port(receiver, {.count_messages = 2, .message_bytes = 0, .credits = 2}).value();
    const VirtAddr held = allocate_area(receiver, {.length_bytes = kAreaBytes}).value();
    ASSERT_EQ(send_area(sender, port), Status::ok);
    ASSERT_EQ(send_message(sender, {.to = port}), Status::ok);
    const std::uint32_t room = 12 - space_info(receiver).frames_charged;
    ASSERT_LT(room, kAreaBytes / kPageBytes);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(receive_message(receiver, port).status(), Status::over_limit);
        EXPECT_EQ(port_info(hosted.system(), port).value().queued, 2U);
        expect_clean();
    }
    ASSERT_EQ(release_area(receiver, PageRange::checked(held.value(), kAreaBytes).value()), Status::ok);
    const auto at = receive_message(receiver, port);
    ASSERT_TRUE(at.ok()) << status_name(at.status());
    MessageHead head{};
    ASSERT_EQ(copy_in(receiver, at.value(), std::as_writable_bytes(std::span(&head, 1))), Status::ok);
    EXPECT_EQ(head.area_count, 1U) << "the one with the area was sent first";
    destroy_space(&sender);
    destroy_space(&receiver);
}

TEST_F(Circles, APortSentToByItsOwnerLeavesNothingWhenItDies) {
    for (const bool owner_dies : {false, true}) {
        AddressSpace& self = make_space();
        const PortId port = create_port(self, {.count_messages = 8, .message_bytes = 0, .credits = 8}).value();
        std::uint32_t sent = 0;
        while (send_area(self, port, port) == Status::ok) ++sent;
        EXPECT_EQ(sent, 4U) << "each needs a slot for its answer, too";
        ASSERT_TRUE(receive_message(self, port).ok()) << "one is held, the others queued";
        expect_clean();
        if (!owner_dies) {
            EXPECT_EQ(destroy_port(self, port), Status::ok);
            EXPECT_EQ(space_info(self).areas_in_flight, 0U);
            expect_clean();
        }
        destroy_space(&self);
        expect_clean();
        EXPECT_EQ(memory_info(hosted.system()).frames_free, frames_free);
    }
}

TEST_F(Circles, TwoWhoSendEachOtherEverythingAndDieLeaveNothing) {
    for (const bool first_dies_first : {false, true}) {
        AddressSpace& first = make_space();
        AddressSpace& second = make_space();
        const PortOptions options{.count_messages = 8, .message_bytes = 0, .credits = 8};
        const PortId to_first = create_port(first, options).value();
        const PortId to_second = create_port(second, options).value();
        bool more = true;
        while (more) {
            const Status there = send_area(first, to_second, to_first);
            const Status back = send_area(second, to_first, to_second);
            more = there == Status::ok || back == Status::ok;
        }
        EXPECT_GE(space_info(first).areas_in_flight, 2U);
        EXPECT_GE(space_info(second).areas_in_flight, 2U);
        ASSERT_TRUE(receive_message(first, to_first).ok());
        expect_clean();
        destroy_space(first_dies_first ? &first : &second);
        expect_clean();
        destroy_space(first_dies_first ? &second : &first);
        expect_clean();
        EXPECT_EQ(memory_info(hosted.system()).frames_free, frames_free);
    }
}

}  // namespace
}  // namespace freehold
