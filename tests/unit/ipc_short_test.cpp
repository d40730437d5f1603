// SPDX-License-Identifier: MIT
// The short way of messages does what the long way does, or nothing.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

class ShortWay : public testing::Test {
  protected:
    ShortWay() {
        test_.host().waits = [this](std::uintptr_t, std::uint32_t port) { return waiting_.contains(port); };
        const auto area = allocate_area(client_, {.length_bytes = 4 * kPageBytes});
        payload_ = area.value();
    }
    void TearDown() override { test_.expect_healthy(); }

    PortId open(AddressSpace& owner, const PortOptions& options = {}) { return create_port(owner, options).value(); }
    [[nodiscard]] PortInfo info(PortId port) { return port_info(test_.system(), port).value(); }
    void wait_at(PortId port) { waiting_.insert(static_cast<std::uint32_t>(port)); }

    /// Options of a message of these bytes, which lie in the client's space, that far into its area.
    SendOptions letter(PortId to, std::string_view text, Word offset = 0) {
        EXPECT_EQ(copy_out(client_, payload_ + offset, std::as_bytes(std::span(text))), Status::ok);
        return {.to = to,
                .payload = payload_ + offset,
                .length_bytes = static_cast<std::uint32_t>(text.size()),
                .cookie = 42};
    }
    MessageHead head_at(VirtAddr at) {
        MessageHead head{};
        EXPECT_EQ(copy_in(server_, at, std::as_writable_bytes(std::span(&head, 1))), Status::ok);
        return head;
    }
    std::string text_at(VirtAddr at) {
        std::string text(head_at(at).length_bytes, '?');
        EXPECT_EQ(copy_in(server_, at + sizeof(MessageHead), std::as_writable_bytes(std::span(text))), Status::ok);
        return text;
    }

    TestSystem test_{4096};
    AddressSpace& client_ = test_.make_space();
    AddressSpace& server_ = test_.make_space();
    VirtAddr payload_;
    std::set<std::uint32_t> waiting_;
};

TEST_F(ShortWay, APostedMessageIsQueuedAndTaken) {
    const PortId port = open(server_);
    const auto posted = post_message(client_, letter(port, "hello"));
    ASSERT_EQ(posted.status(), Status::ok);
    EXPECT_EQ(posted.value().head, VirtAddr());
    EXPECT_EQ(info(port).queued, 1U);
    const auto taken = take_message(server_, port, 0);
    ASSERT_EQ(taken.status(), Status::ok);
    const MessageHead head = head_at(taken.value());
    EXPECT_EQ(head.sender, space_id(client_));
    EXPECT_EQ(head.origin, space_id(client_));
    EXPECT_EQ(head.cookie, 42U);
    EXPECT_EQ(head.flags, 0U);
    EXPECT_EQ(text_at(taken.value()), "hello");
    EXPECT_EQ(take_message(server_, port, head.message).value(), VirtAddr()) << "given back, and nothing queued";
    EXPECT_EQ(info(port).held, 0U);
    EXPECT_EQ(take_message(server_, port, head.message).status(), Status::unknown_message);
}

TEST_F(ShortWay, WhoeverWaitsHoldsAPostedMessageAtOnceUnlessOthersAreQueued) {
    const PortId port = open(server_);
    ASSERT_TRUE(post_message(client_, letter(port, "first")).ok());
    wait_at(port);
    EXPECT_EQ(post_message(client_, letter(port, "second")).value().head, VirtAddr());
    for (int i = 0; i < 2; ++i) {
        const std::uint32_t message = head_at(take_message(server_, port, 0).value()).message;
        ASSERT_EQ(discard_message(server_, port, message), Status::ok);
    }
    const auto posted = post_message(client_, letter(port, "third"));
    ASSERT_NE(posted.value().head, VirtAddr());
    EXPECT_EQ(text_at(posted.value().head), "third");
    EXPECT_EQ(info(port).held, 1U);
    test_.expect_healthy();
    EXPECT_TRUE(take_message(server_, port, head_at(posted.value().head).message).ok());
}

TEST_F(ShortWay, WhatIsNotForItIsLeftToTheLongWay) {
    const PortId port = open(server_, {.message_bytes = 8192});
    const auto across = letter(port, "over a page's end", kPageBytes - 5);
    test_.expect_refused(Status::would_block, [&] { return post_message(client_, across); });
    EXPECT_EQ(send_message(client_, across), Status::ok);
    SendOptions untouched = letter(port, "", 0);
    untouched.payload = payload_ + 2 * kPageBytes;
    untouched.length_bytes = 16;
    test_.expect_refused(Status::would_block, [&] { return post_message(client_, untouched); });
    SendOptions words = letter(port, "", 0);
    const std::array<std::byte, 8> bytes{};
    words.words = bytes;
    test_.expect_refused(Status::would_block, [&] { return post_message(client_, words); });
    const std::array<AreaToSend, 1> areas{{{payload_.value(), kPageBytes, AreaToSend::Kind::move}}};
    SendOptions area = letter(port, "", 0);
    area.areas = areas;
    test_.expect_refused(Status::would_block, [&] { return post_message(client_, area); });
    ASSERT_EQ(send_message(client_, area), Status::ok);
    ASSERT_TRUE(receive_message(server_, port).ok());
    EXPECT_EQ(take_message(server_, port, 0).status(), Status::would_block) << "its area has yet to arrive";
    EXPECT_EQ(receive_message(server_, port).status(), Status::ok);
}

TEST_F(ShortWay, ItRefusesWhatTheLongWayRefuses) {
    const PortId port = open(server_, {.count_messages = 2, .message_bytes = 8});
    const PortId closed = open(server_, {.mode = PortMode::closed});
    const PortId answers = open(client_, {.count_messages = 1});
    const PortId foreign = open(server_);
    const auto refused = [&](Status why, const SendOptions& options) {
        EXPECT_EQ(post_message(client_, options).status(), why);
    };
    refused(Status::unknown_port, letter(PortId::none, "x"));
    refused(Status::unknown_port, letter(static_cast<PortId>(0xFFFFFFFF), "x"));
    refused(Status::port_closed, letter(closed, "x"));
    refused(Status::message_too_long, letter(port, "nine bytes"));
    SendOptions request = letter(port, "x");
    request.reply_to = foreign;
    refused(Status::not_permitted, request);
    request.reply_to = answers;
    ASSERT_TRUE(post_message(client_, request).ok());
    EXPECT_EQ(info(answers).promised, 1U);
    refused(Status::would_block, request);
    EXPECT_EQ(take_message(client_, port, 0).status(), Status::not_permitted);
    EXPECT_EQ(take_message(server_, static_cast<PortId>(77), 0).status(), Status::unknown_port);
    const MessageHead head = head_at(take_message(server_, port, 0).value());
    EXPECT_EQ(head.flags, kMessageWantsReply);
    test_.expect_refused(Status::would_block, [&] { return take_message(server_, port, head.message); });
    EXPECT_EQ(reply_message(server_, {.port = port, .message = head.message}), Status::ok);
}

TEST_F(ShortWay, EverySlotOfEveryAlignmentShowsItsOwnPayload) {
    for (const std::uint32_t bytes : {0U, 1U, 64U, 200U, 1000U, 4000U}) {
        const PortId port = open(server_, {.count_messages = 40, .message_bytes = bytes, .credits = 40});
        for (std::uint32_t i = 0; i < 40; ++i) {
            const auto options = letter(port, std::string(bytes, static_cast<char>('a' + i % 26)));
            const auto posted = post_message(client_, options);
            if (posted.status() == Status::would_block) {
                ASSERT_EQ(send_message(client_, options), Status::ok);
            } else {
                ASSERT_TRUE(posted.ok());
            }
        }
        for (std::uint32_t i = 0; i < 40; ++i) {
            EXPECT_EQ(text_at(take_message(server_, port, 0).value()),
                      std::string(bytes, static_cast<char>('a' + i % 26)));
        }
        ASSERT_EQ(destroy_port(server_, port), Status::ok);
    }
}

}  // namespace
}  // namespace freehold::test
