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

constexpr Word kUnit = 4U << 20;

class AreaPosted : public ShortWay {
  protected:
    AreaPosted() : port_(open(server_)), answers_(open(client_)) { wait_at(port_); }

    /// Options for an area of these bytes at the payload's place, written to.
    AreaOptions area(Word length_bytes) {
        EXPECT_EQ(test_.fill(client_, payload_.value(), length_bytes, 5), Status::ok);
        return {.to = port_, .base = payload_.value(), .length_bytes = length_bytes, .cookie = 7};
    }
    void expect_long_way(const AreaOptions& options) {
        test_.expect_refused(Status::would_block, [&] { return post_area(client_, options); });
    }

    PortId port_;
    PortId answers_;
};

TEST_F(AreaPosted, ItIsTheReceiversAtOnceAndNobodyElses) {
    AreaOptions options = area(3 * kPageBytes);
    options.reply_to = answers_;
    const std::uint32_t charged = space_info(client_).frames_charged;
    const auto posted = post_area(client_, options);
    ASSERT_EQ(posted.status(), Status::ok);
    const MessageHead head = head_at(posted.value().head);
    ASSERT_EQ(head.area_count, 1U);
    EXPECT_EQ(head.areas[0].length_bytes, 3 * kPageBytes);
    EXPECT_EQ(head.cookie, 7U);
    EXPECT_EQ(head.sender, space_id(client_));
    EXPECT_EQ(head.flags, kMessageWantsReply);
    EXPECT_TRUE(test_.holds(server_, head.areas[0].base, 3 * kPageBytes, 5));
    EXPECT_EQ(test_.touch(client_, payload_.value(), Rights::read), Status::not_mapped);
    EXPECT_EQ(test::region_text(client_, payload_.value() + 3 * kPageBytes), "rw- anon")
        << "the rest of the area stays";
    EXPECT_EQ(space_info(client_).frames_charged, charged - 3);
    EXPECT_EQ(info(port_).held, 1U);
    EXPECT_EQ(info(answers_).promised, 1U);
    test_.expect_healthy();
    EXPECT_EQ(reply_message(server_, {.port = port_, .message = head.message}), Status::ok);
}

TEST_F(AreaPosted, TheLastPageOfAUnitTakesItsTableAlong) {
    const Word far = 3 * kUnit;
    ASSERT_TRUE(
        allocate_area(client_, {.length_bytes = kPageBytes, .placement = Placement::at, .address = VirtAddr(far)})
            .ok());
    ASSERT_EQ(test_.fill(client_, far, kPageBytes, 9), Status::ok);
    const std::uint32_t charged = space_info(client_).frames_charged;
    const auto posted = post_area(client_, {.to = port_, .base = far, .length_bytes = kPageBytes});
    ASSERT_EQ(posted.status(), Status::ok);
    EXPECT_EQ(space_info(client_).frames_charged, charged - 2) << "the page and its table";
    EXPECT_TRUE(test_.holds(server_, head_at(posted.value().head).areas[0].base, kPageBytes, 9));
}

TEST_F(AreaPosted, AnAreaNeedsNoRoomForAPayload) {
    AreaOptions options = area(kPageBytes);
    options.to = open(server_, {.message_bytes = 0});
    wait_at(options.to);
    const auto posted = post_area(client_, options);
    ASSERT_EQ(posted.status(), Status::ok);
    EXPECT_EQ(head_at(posted.value().head).length_bytes, 0U);
}

TEST_F(AreaPosted, WholeTablesGoAlongByOneEntry) {
    const Word base = 4 * kUnit;
    ASSERT_TRUE(
        allocate_area(client_, {.length_bytes = 2 * kUnit, .placement = Placement::at, .address = VirtAddr(base)})
            .ok());
    for (const Word at : {base, base + kUnit, base + 2 * kUnit - kPageBytes}) {
        ASSERT_EQ(test_.fill(client_, at, kPageBytes, at / kPageBytes), Status::ok);
    }
    const std::uint64_t written = counters(test_.system()).entries_written;
    const auto posted = post_area(client_, {.to = port_, .base = base, .length_bytes = 2 * kUnit});
    ASSERT_EQ(posted.status(), Status::ok);
    EXPECT_EQ(counters(test_.system()).entries_written - written, 4U);
    const Word there = head_at(posted.value().head).areas[0].base;
    EXPECT_EQ(there % kUnit, 0U);
    for (const Word at : {Word{0}, kUnit, 2 * kUnit - kPageBytes}) {
        EXPECT_TRUE(test_.holds(server_, there + at, kPageBytes, (base + at) / kPageBytes));
    }
}

TEST_F(AreaPosted, WhatIsNotForItIsLeftToTheLongWay) {
    const AreaOptions plain = area(kPageBytes);
    AreaOptions options = plain;
    options.length_bytes = 5 * kPageBytes;
    expect_long_way(options);  // more than the region
    ASSERT_EQ(guard_area(client_, test::pages(payload_.value() + kPageBytes, kPageBytes)), Status::ok);
    options.length_bytes = 2 * kPageBytes;
    expect_long_way(options);
    ASSERT_EQ(seal_area(client_, test::pages(payload_.value() + 2 * kPageBytes, kPageBytes)), Status::ok);
    options.base = payload_.value() + 2 * kPageBytes;
    options.length_bytes = kPageBytes;
    expect_long_way(options);
    options.base = 0x4000'0000 / kPageBytes * kPageBytes;
    expect_long_way(options);  // nothing there: the long way says what is wrong
    waiting_.clear();
    expect_long_way(plain);
    wait_at(port_);
    ASSERT_TRUE(post_message(server_, {.to = port_}).ok());
    ASSERT_TRUE(send_message(server_, {.to = port_}) == Status::ok);
}

TEST_F(AreaPosted, ItRefusesWhatTheLongWayRefuses) {
    const AreaOptions plain = area(kPageBytes);
    const auto refused = [&](Status why, AreaOptions options) {
        test_.expect_refused(why, [&] { return post_area(client_, options); });
    };
    AreaOptions options = plain;
    options.base += 1;
    refused(Status::misaligned, options);
    options = plain;
    options.length_bytes = 0;
    refused(Status::zero_length, options);
    options = plain;
    options.to = PortId::none;
    refused(Status::unknown_port, options);
    options.to = open(server_, {.mode = PortMode::closed});
    refused(Status::port_closed, options);
    options = plain;
    options.reply_to = port_;
    refused(Status::not_permitted, options);
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
