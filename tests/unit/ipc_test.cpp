// SPDX-License-Identifier: MIT
// Ports and messages: copied once, areas in exactly one place, nothing lost when a side dies.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "host/hosted_system.h"

namespace freehold {
namespace {

class IpcTest : public testing::Test {
  protected:
    IpcTest() : sender(create_space(hosted.system(), {}).value()), receiver(create_space(hosted.system(), {}).value()) {
        scratch = allocate_area(*sender, {.length_bytes = 4 * kPageBytes}).value();
        port = create_port(*receiver, {.count_messages = 3, .message_bytes = 100, .credits = 3}).value();
    }

    void TearDown() override {
        expect_clean();
        if (sender != nullptr) destroy_space(sender);
        if (receiver != nullptr) destroy_space(receiver);
        expect_clean();
        EXPECT_EQ(memory_info(hosted.system()).frames_charged, 2U);
        EXPECT_EQ(memory_info(hosted.system()).frames_sealed, 0U);
    }

    void expect_clean() {
        const AuditReport report = audit(hosted.system());
        EXPECT_TRUE(report.clean) << report.text;
    }

    Status send(const std::string& text, std::span<const AreaToSend> areas = {}, PortId reply_to = PortId::none) {
        EXPECT_EQ(copy_out(*sender, scratch, std::as_bytes(std::span(text))), Status::ok);
        return send_message(*sender, {.to = port,
                                      .payload = scratch,
                                      .length_bytes = static_cast<std::uint32_t>(text.size()),
                                      .cookie = 7,
                                      .reply_to = reply_to,
                                      .areas = areas});
    }
    static MessageHead head_at(AddressSpace& space, VirtAddr address) {
        MessageHead head;
        EXPECT_EQ(copy_in(space, address, std::as_writable_bytes(std::span(&head, 1))), Status::ok);
        return head;
    }
    static std::string payload_at(AddressSpace& space, VirtAddr address) {
        std::string text(head_at(space, address).length_bytes, '?');
        EXPECT_EQ(copy_in(space, address + sizeof(MessageHead), std::as_writable_bytes(std::span(text))), Status::ok);
        return text;
    }
    AreaToSend area(Word length_bytes, AreaToSend::Kind kind) {
        const VirtAddr base = allocate_area(*sender, {.length_bytes = length_bytes}).value();
        const char mark = 'A';
        EXPECT_EQ(copy_out(*sender, base, std::as_bytes(std::span(&mark, 1))), Status::ok);
        if (kind == AreaToSend::Kind::share) {
            EXPECT_EQ(seal_area(*sender, PageRange::checked(base.value(), length_bytes).value()), Status::ok);
        }
        return {base.value(), length_bytes, kind};
    }
    static char byte_at(AddressSpace& space, Word address) {
        char byte = '?';
        EXPECT_EQ(copy_in(space, VirtAddr(address), std::as_writable_bytes(std::span(&byte, 1))), Status::ok);
        return byte;
    }

    host::HostedSystem hosted{4096};
    AddressSpace* sender;
    AddressSpace* receiver;
    VirtAddr scratch;
    PortId port;
};

TEST_F(IpcTest, AMessageArrivesOnceAndInOrderWithItsTrueSender) {
    ASSERT_EQ(send("first"), Status::ok);
    ASSERT_EQ(send("second"), Status::ok);
    const VirtAddr one = receive_message(*receiver, port).value();
    EXPECT_EQ(payload_at(*receiver, one), "first");
    EXPECT_EQ(head_at(*receiver, one).sender, space_id(*sender));
    EXPECT_EQ(head_at(*receiver, one).cookie, 7U);
    EXPECT_EQ(payload_at(*receiver, receive_message(*receiver, port).value()), "second");
    EXPECT_EQ(receive_message(*receiver, port).status(), Status::would_block);
    EXPECT_EQ(counters(hosted.system()).bytes_copied, 11U);
}

TEST_F(IpcTest, AFullQueueSaysSoAndASlotGivenBackIsUsedAgain) {
    for (int i = 0; i < 3; ++i) ASSERT_EQ(send("x"), Status::ok);
    EXPECT_EQ(send("y"), Status::would_block);
    const VirtAddr taken = receive_message(*receiver, port).value();
    EXPECT_EQ(send("y"), Status::would_block) << "a held message keeps its slot";
    const std::uint32_t number = head_at(*receiver, taken).message;
    EXPECT_EQ(discard_message(*receiver, port, number), Status::ok);
    EXPECT_EQ(discard_message(*receiver, port, number), Status::unknown_message);
    EXPECT_EQ(send("y"), Status::ok);
}

TEST_F(IpcTest, AMovedAreaIsUnreachableUntilItArrives) {
    const AreaToSend moved = area(2 * kPageBytes, AreaToSend::Kind::move);
    ASSERT_EQ(send("take it", {&moved, 1}), Status::ok);
    char byte = 0;
    EXPECT_EQ(copy_in(*sender, VirtAddr(moved.base), std::as_writable_bytes(std::span(&byte, 1))), Status::in_transit);
    EXPECT_EQ(resolve_fault(*sender, VirtAddr(moved.base), Rights::read), Status::in_transit);
    EXPECT_EQ(release_area(*sender, PageRange::checked(moved.base, kPageBytes).value()), Status::in_transit);
    expect_clean();
    const MessageHead head = head_at(*receiver, receive_message(*receiver, port).value());
    ASSERT_EQ(head.area_count, 1U);
    EXPECT_EQ(head.areas[0].length_bytes, 2 * kPageBytes);
    EXPECT_EQ(byte_at(*receiver, head.areas[0].base), 'A');
    EXPECT_EQ(resolve_fault(*sender, VirtAddr(moved.base), Rights::read), Status::not_mapped);
}

TEST_F(IpcTest, ASharedAreaArrivesEvenIfItsSenderLetsGoOfItMeanwhile) {
    const AreaToSend shared = area(2 * kPageBytes, AreaToSend::Kind::share);
    ASSERT_EQ(send("read it", {&shared, 1}), Status::ok);
    ASSERT_EQ(release_area(*sender, PageRange::checked(shared.base, shared.length_bytes).value()), Status::ok);
    expect_clean();
    const MessageHead head = head_at(*receiver, receive_message(*receiver, port).value());
    EXPECT_EQ(byte_at(*receiver, head.areas[0].base), 'A');
    EXPECT_EQ(resolve_fault(*receiver, VirtAddr(head.areas[0].base), Rights::write), Status::sealed);
}

TEST_F(IpcTest, FourAreasOfBothKindsTravelTogether) {
    const std::array<AreaToSend, 4> areas = {
        area(kPageBytes, AreaToSend::Kind::move), area(3 * kPageBytes, AreaToSend::Kind::share),
        area(5 << 20, AreaToSend::Kind::move), area(2 * kPageBytes, AreaToSend::Kind::share)};
    ASSERT_EQ(send("all", areas), Status::ok);
    expect_clean();
    const MessageHead head = head_at(*receiver, receive_message(*receiver, port).value());
    ASSERT_EQ(head.area_count, 4U);
    for (const auto& arrived : head.areas) EXPECT_EQ(byte_at(*receiver, arrived.base), 'A');
}

TEST_F(IpcTest, APortThatDiesSendsAreasBackAndAnswersRequests) {
    const PortId answers = create_port(*sender, {.mode = PortMode::closed, .count_messages = 2}).value();
    const AreaToSend moved = area(2 * kPageBytes, AreaToSend::Kind::move);
    ASSERT_EQ(send("request", {&moved, 1}, answers), Status::ok);
    ASSERT_EQ(destroy_port(*receiver, port), Status::ok);
    EXPECT_EQ(byte_at(*sender, moved.base), 'A');
    const MessageHead head = head_at(*sender, receive_message(*sender, answers).value());
    EXPECT_EQ(head.status, Status::peer_gone);
    EXPECT_EQ(head.cookie, 7U);
    EXPECT_EQ(send("late"), Status::unknown_port);
}

TEST_F(IpcTest, AMessageSurvivesItsSender) {
    const AreaToSend moved = area(2 * kPageBytes, AreaToSend::Kind::move);
    ASSERT_EQ(send("will", {&moved, 1}), Status::ok);
    destroy_space(sender);
    sender = nullptr;
    expect_clean();
    const VirtAddr arrived = receive_message(*receiver, port).value();
    EXPECT_EQ(payload_at(*receiver, arrived), "will");
    EXPECT_EQ(byte_at(*receiver, head_at(*receiver, arrived).areas[0].base), 'A');
}

TEST_F(IpcTest, WhenBothDieTheFramesAreFree) {
    const AreaToSend moved = area(2 * kPageBytes, AreaToSend::Kind::move);
    ASSERT_EQ(send("lost", {&moved, 1}), Status::ok);
    destroy_space(sender);
    destroy_space(receiver);
    sender = receiver = nullptr;
}

TEST_F(IpcTest, AReplyCantFailForLackOfRoom) {
    const PortId answers = create_port(*sender, {.mode = PortMode::open, .count_messages = 2}).value();
    ASSERT_EQ(send("question", {}, answers), Status::ok);
    ASSERT_EQ(send_message(*sender, {.to = answers}), Status::ok) << "the other slot";
    ASSERT_EQ(send_message(*sender, {.to = answers}), Status::would_block);
    const MessageHead question = head_at(*receiver, receive_message(*receiver, port).value());
    ASSERT_EQ(reply_message(*receiver, {.port = port, .message = question.message}), Status::ok);
    EXPECT_EQ(reply_message(*receiver, {.port = port, .message = question.message}), Status::unknown_message);
}

TEST_F(IpcTest, AFailedSendChangesNothing) {
    const AreaToSend good = area(2 * kPageBytes, AreaToSend::Kind::move);
    const AreaToSend unsealed{area(kPageBytes, AreaToSend::Kind::move).base, kPageBytes, AreaToSend::Kind::share};
    const std::array<AreaToSend, 2> areas = {good, unsealed};
    EXPECT_EQ(send("no", areas), Status::not_sealed);
    EXPECT_EQ(byte_at(*sender, good.base), 'A');
    EXPECT_EQ(space_info(*sender).areas_in_flight, 0U);
    const std::array<AreaToSend, 2> twice = {good, good};
    EXPECT_EQ(send("no", twice), Status::not_free);
    EXPECT_EQ(send(std::string(101, 'x')), Status::message_too_long);
    EXPECT_EQ(port_info(hosted.system(), port).value().queued, 0U);
}

TEST_F(IpcTest, AClosedOrDedicatedPortTakesMessagesFromNobodyElse) {
    ASSERT_EQ(set_port_mode(*receiver, port, PortMode::closed, SpaceId::none), Status::ok);
    EXPECT_EQ(send("x"), Status::port_closed);
    ASSERT_EQ(set_port_mode(*receiver, port, PortMode::dedicated, space_id(*receiver)), Status::ok);
    EXPECT_EQ(send("x"), Status::port_closed);
    ASSERT_EQ(set_port_mode(*receiver, port, PortMode::dedicated, space_id(*sender)), Status::ok);
    EXPECT_EQ(send("x"), Status::ok);
    EXPECT_EQ(set_port_mode(*sender, port, PortMode::open, SpaceId::none), Status::not_permitted);
    EXPECT_EQ(receive_message(*sender, port).status(), Status::not_permitted);
}

TEST_F(IpcTest, APortsBufferIsNotItsOwnersToChange) {
    ASSERT_EQ(send("x"), Status::ok);
    const VirtAddr slot = receive_message(*receiver, port).value();
    const PageRange page(slot.page_base(), slot.page_base() + kPageBytes);
    EXPECT_EQ(release_area(*receiver, page), Status::kernel_kept);
    EXPECT_EQ(protect_area(*receiver, page, kReadWrite), Status::kernel_kept);
    EXPECT_EQ(seal_area(*receiver, page), Status::kernel_kept);
    EXPECT_EQ(move_area(*receiver, page, *sender).status(), Status::kernel_kept);
    EXPECT_EQ(resolve_fault(*receiver, slot, Rights::write), Status::access_denied);
}

}  // namespace
}  // namespace freehold
