// SPDX-License-Identifier: MIT
// Credits, forwarding, publishing, signals, and requests that go from hand to hand.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

class Requests : public testing::Test {
  protected:
    Requests() {
        test_.host().waits = [this](std::uintptr_t, std::uint32_t port) { return waiting_.contains(port); };
    }
    void TearDown() override { test_.expect_healthy(); }

    PortId open(AddressSpace& owner, const PortOptions& options = {}) {
        const auto port = create_port(owner, options);
        EXPECT_TRUE(port.ok()) << status_name(port.status());
        return port.value_or(PortId::none);
    }
    Status send(AddressSpace& sender, PortId to, Word cookie = 0, PortId reply_to = PortId::none) {
        const std::array<std::byte, 8> words = {};
        return send_message(sender, {.to = to, .words = words, .cookie = cookie, .reply_to = reply_to});
    }
    MessageHead receive(AddressSpace& owner, PortId port) {
        const auto at = receive_message(owner, port);
        EXPECT_TRUE(at.ok()) << status_name(at.status());
        MessageHead head{};
        if (!at.ok()) return head;
        EXPECT_EQ(copy_in(owner, at.value(), std::as_writable_bytes(std::span(&head, 1))), Status::ok);
        return head;
    }
    [[nodiscard]] PortInfo info(PortId port) { return port_info(test_.system(), port).value(); }
    void wait_at(PortId port) { waiting_.insert(static_cast<std::uint32_t>(port)); }

    TestSystem test_{4096};
    AddressSpace& client_ = test_.make_space();
    AddressSpace& other_ = test_.make_space();
    AddressSpace& server_ = test_.make_space();
    std::set<std::uint32_t> waiting_;
};

TEST_F(Requests, ASenderWithoutCreditIsToldSoWhileOthersGetThrough) {
    const PortId port = open(server_, {.count_messages = 8});
    EXPECT_EQ(info(port).credits, 6U) << "three quarters, by default";
    for (int i = 0; i < 6; ++i) EXPECT_EQ(send(client_, port), Status::ok);
    test_.expect_refused(Status::would_block, [&] { return send(client_, port); });
    EXPECT_EQ(check_send(client_, port, PortId::none), Status::would_block);
    EXPECT_EQ(check_send(other_, port, PortId::none), Status::ok);
    EXPECT_EQ(send(other_, port), Status::ok);
    const MessageHead first = receive(server_, port);
    EXPECT_EQ(send(client_, port), Status::would_block) << "a message that is held still costs its credit";
    EXPECT_EQ(discard_message(server_, port, first.message), Status::ok);
    EXPECT_EQ(send(client_, port), Status::ok);
}

TEST_F(Requests, CreditsAreWhatThePortsOwnerGave) {
    EXPECT_EQ(create_port(server_, {.count_messages = 2, .credits = 3}).status(), Status::bad_option);
    EXPECT_EQ(info(open(server_, {.count_messages = 1})).credits, 1U);
    EXPECT_EQ(info(open(server_, {.count_messages = 2})).credits, 1U);
    EXPECT_EQ(info(open(server_, {.count_messages = 256})).credits, 192U);
    EXPECT_EQ(info(open(server_, {.mode = PortMode::dedicated, .count_messages = 9})).credits, 9U);
}

TEST_F(Requests, AReplyNeedsNoCredit) {
    const PortId port = open(server_, {.count_messages = 4, .credits = 1});
    const PortId answers = open(client_, {.count_messages = 2, .credits = 1});
    ASSERT_EQ(send(server_, answers), Status::ok);
    ASSERT_EQ(send(client_, port, 5, answers), Status::ok);
    EXPECT_EQ(info(answers).promised, 1U);
    const MessageHead request = receive(server_, port);
    EXPECT_EQ(reply_message(server_, {.port = port, .message = request.message}), Status::ok);
    EXPECT_EQ(info(answers).promised, 0U);
    EXPECT_EQ(info(answers).queued, 2U);
}

TEST_F(Requests, AForwardedRequestIsAnsweredToWhoMadeIt) {
    const PortId first = open(server_);
    const PortId second = open(other_);
    const PortId answers = open(client_);
    ASSERT_EQ(send(client_, first, 77, answers), Status::ok);
    const MessageHead at_first = receive(server_, first);
    ASSERT_EQ(forward_message(server_, {.port = first, .message = at_first.message, .to = second}), Status::ok);
    EXPECT_EQ(info(first).held, 0U);
    EXPECT_EQ(forward_message(server_, {.port = first, .message = at_first.message, .to = second}),
              Status::unknown_message);
    const MessageHead at_second = receive(other_, second);
    EXPECT_EQ(at_second.sender, space_id(server_)) << "the true sender of what came";
    EXPECT_EQ(at_second.origin, space_id(client_));
    EXPECT_EQ(at_second.cookie, 77U);
    EXPECT_EQ(at_second.flags, kMessageWantsReply);
    ASSERT_EQ(reply_message(other_, {.port = second, .message = at_second.message}), Status::ok);
    const MessageHead reply = receive(client_, answers);
    EXPECT_EQ(reply.cookie, 77U);
    EXPECT_EQ(reply.sender, space_id(other_));
}

TEST_F(Requests, AForwardThatIsRefusedLeavesTheRequestHeld) {
    const PortId first = open(server_);
    const PortId full = open(other_, {.count_messages = 1});
    const PortId answers = open(client_);
    ASSERT_EQ(send(client_, first, 0, answers), Status::ok);
    ASSERT_EQ(send(client_, full), Status::ok);
    const std::uint32_t message = receive(server_, first).message;
    const auto forward = [&](PortId to) {
        return [this, first, message, to] {
            return forward_message(server_, {.port = first, .message = message, .to = to});
        };
    };
    test_.expect_refused(Status::would_block, forward(full));
    ASSERT_EQ(set_port_mode(other_, full, PortMode::closed, SpaceId::none), Status::ok);
    test_.expect_refused(Status::port_closed, forward(full));
    test_.expect_refused(Status::unknown_port, forward(PortId::none));
    ASSERT_EQ(destroy_port(server_, first), Status::ok);
    EXPECT_EQ(receive(client_, answers).status, Status::peer_gone);
}

TEST_F(Requests, AForwardedRequestIsReturnedIfItsNewPortDies) {
    const PortId first = open(server_);
    const PortId second = open(other_);
    const PortId answers = open(client_);
    ASSERT_EQ(send(client_, first, 9, answers), Status::ok);
    const std::uint32_t message = receive(server_, first).message;
    ASSERT_EQ(forward_message(server_, {.port = first, .message = message, .to = second}), Status::ok);
    ASSERT_EQ(destroy_port(other_, second), Status::ok);
    const MessageHead reply = receive(client_, answers);
    EXPECT_EQ(reply.status, Status::peer_gone);
    EXPECT_EQ(reply.cookie, 9U);
}

TEST_F(Requests, WhatIsPublishedReachesEachReaderThatHasRoom) {
    const PortId ports[] = {open(server_), open(other_, {.count_messages = 1}), PortId::none, open(client_)};
    ASSERT_EQ(send(server_, ports[1]), Status::ok);
    const VirtAddr base = allocate_area(client_, {.length_bytes = kPageBytes}).value();
    const PageRange page(base, base + kPageBytes);
    ASSERT_EQ(seal_area(client_, page), Status::ok);
    const AreaToSend area{base.value(), kPageBytes, AreaToSend::Kind::share};
    Status outcomes[4];
    EXPECT_EQ(publish_message(client_, {.areas = {&area, 1}}, ports, outcomes), 2U);
    EXPECT_EQ(outcomes[0], Status::ok);
    EXPECT_EQ(outcomes[1], Status::would_block);
    EXPECT_EQ(outcomes[2], Status::unknown_port);
    EXPECT_EQ(outcomes[3], Status::ok);
    ASSERT_EQ(release_area(client_, page), Status::ok);
    const MessageHead head = receive(server_, ports[0]);
    EXPECT_EQ(head.area_count, 1U);
    EXPECT_EQ(region_text(server_, head.areas[0].base), "r-- anon sealed");
    EXPECT_EQ(receive(client_, ports[3]).area_count, 1U);
}

TEST_F(Requests, ASignalRaisedTwiceIsTakenOnceAndNoneIsLost) {
    System& system = test_.system();
    EXPECT_EQ(raise_signals(system, SpaceId::none, space_id(server_), 0x5), Status::ok);
    EXPECT_EQ(raise_signals(system, SpaceId::none, space_id(server_), 0x4), Status::ok);
    EXPECT_EQ(take_signals(server_, 0x4), 0x4U);
    EXPECT_EQ(take_signals(server_, 0x4), 0U);
    EXPECT_EQ(take_signals(server_, 0xFFFFFFFF), 0x1U);
}

TEST_F(Requests, OthersRaiseOnlyTheSignalsTheyAreAllowed) {
    System& system = test_.system();
    const SpaceId to = space_id(server_);
    EXPECT_EQ(raise_signals(system, space_id(client_), to, 1), Status::not_permitted);
    ASSERT_EQ(allow_signals(server_, 0x3, space_id(client_)), Status::ok);
    EXPECT_EQ(raise_signals(system, space_id(client_), to, 1), Status::ok);
    EXPECT_EQ(raise_signals(system, space_id(client_), to, 4), Status::not_permitted);
    EXPECT_EQ(raise_signals(system, space_id(other_), to, 1), Status::not_permitted);
    EXPECT_EQ(raise_signals(system, to, to, 0x80000000), Status::ok) << "one's own, always";
    EXPECT_EQ(take_signals(server_, 0xFFFFFFFF), 0x80000001U);
    EXPECT_EQ(raise_signals(system, to, SpaceId::none, 1), Status::unknown_space);
}

TEST_F(Requests, APortRaisesItsSignalsWhenAMessageOrAReplyComes) {
    const PortId port = open(server_, {.signals = 0x10});
    const PortId answers = open(client_, {.signals = 0x20});
    ASSERT_EQ(send(client_, port, 0, answers), Status::ok);
    EXPECT_EQ(take_signals(server_, 0xFF), 0x10U);
    const std::uint32_t message = receive(server_, port).message;
    EXPECT_EQ(take_signals(client_, 0xFF), 0U);
    ASSERT_EQ(discard_message(server_, port, message), Status::ok);
    EXPECT_EQ(take_signals(client_, 0xFF), 0x20U) << "also for the news that no reply will come";
}

TEST_F(Requests, AShortRequestGoesFromHandToHandIfItsReceiverWaits) {
    const PortId port = open(server_);
    const PortId answers = open(client_, {.count_messages = 1});
    test_.expect_refused(Status::would_block, [&] { return hand_over_request(client_, port, answers, 3); });
    wait_at(port);
    const auto request = hand_over_request(client_, port, answers, 3);
    ASSERT_EQ(request.status(), Status::ok);
    EXPECT_EQ(info(port).held, 1U);
    EXPECT_EQ(info(answers).promised, 1U);
    test_.expect_healthy();
    test_.expect_refused(Status::would_block, [&] { return hand_over_request(client_, port, answers, 3); });
    const std::uint32_t message = request.value().word;
    test_.expect_refused(Status::would_block, [&] { return hand_over_reply(server_, port, message); });
    wait_at(answers);
    const auto reply = hand_over_reply(server_, port, message);
    ASSERT_EQ(reply.status(), Status::ok);
    EXPECT_EQ(reply.value().word, 3U) << "the request's cookie";
    EXPECT_EQ(info(port).held, 0U);
    EXPECT_EQ(info(answers).promised, 0U);
    EXPECT_EQ(hand_over_reply(server_, port, message).status(), Status::unknown_message);
}

TEST_F(Requests, AHandedOverRequestIsAnsweredByAnOrdinaryReplyToo) {
    const PortId port = open(server_);
    const PortId answers = open(client_);
    wait_at(port);
    const std::uint32_t message = hand_over_request(client_, port, answers, 3).value().word;
    ASSERT_EQ(reply_message(server_, {.port = port, .message = message}), Status::ok);
    EXPECT_EQ(receive(client_, answers).cookie, 3U);
}

TEST_F(Requests, AHandedOverRequestDoesNotPassThoseThatAreQueued) {
    const PortId port = open(server_);
    const PortId answers = open(client_);
    ASSERT_EQ(send(other_, port), Status::ok);
    wait_at(port);
    EXPECT_EQ(hand_over_request(client_, port, answers, 0).status(), Status::would_block);
}

TEST_F(Requests, WhoeverHandsOverARequestLearnsThatThePortIsGone) {
    const PortId port = open(server_);
    const PortId answers = open(client_);
    wait_at(port);
    ASSERT_TRUE(hand_over_request(client_, port, answers, 8).ok());
    ASSERT_EQ(destroy_port(server_, port), Status::ok);
    const MessageHead reply = receive(client_, answers);
    EXPECT_EQ(reply.status, Status::peer_gone);
    EXPECT_EQ(reply.cookie, 8U);
    EXPECT_EQ(hand_over_request(client_, port, answers, 8).status(), Status::unknown_port);
    EXPECT_EQ(hand_over_request(client_, answers, port, 8).status(), Status::unknown_port);
}

}  // namespace
}  // namespace freehold::test
