// SPDX-License-Identifier: MIT
// Calls on ports: each reason to refuse one, and that a refused call changes nothing.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

constexpr PortId kStale = static_cast<PortId>(0x7777'0405);  ///< of a generation that never was

class IpcRefusals : public testing::Test {
  protected:
    IpcRefusals() {
        test_.host().waits = [this](std::uintptr_t, std::uint32_t) { return waits_; };
        port_ = create_port(server_, {.count_messages = 4, .message_bytes = 32}).value();
        answers_ = create_port(client_, {.mode = PortMode::closed, .count_messages = 4, .message_bytes = 32}).value();
        text_ = allocate_area(client_, {.length_bytes = 2 * kPageBytes, .populate = true}).value();
    }
    void TearDown() override { test_.expect_healthy(); }

    template <typename Call>
    void expect(Status wanted, Call call, int line = __builtin_LINE()) {
        test_.expect_refused(wanted, call, line);
    }
    /// A request in the server's hands.
    std::uint32_t held_request() {
        EXPECT_EQ(send_message(client_, {.to = port_, .cookie = 7, .reply_to = answers_}), Status::ok);
        return head_of(server_, receive_message(server_, port_).value()).message;
    }
    MessageHead head_of(AddressSpace& owner, VirtAddr at) {
        MessageHead head{};
        EXPECT_EQ(copy_in(owner, at, std::as_writable_bytes(std::span(&head, 1))), Status::ok);
        return head;
    }

    TestSystem test_;
    AddressSpace& client_ = test_.make_space();
    AddressSpace& server_ = test_.make_space();
    PortId port_{};
    PortId answers_{};
    VirtAddr text_;
    bool waits_ = false;
};

TEST_F(IpcRefusals, PortsThatCannotBe) {
    expect(Status::bad_option, [&] { return create_port(client_, {.count_messages = 0}); });
    expect(Status::bad_option, [&] { return create_port(client_, {.count_messages = kPortMessagesMax + 1}); });
    expect(Status::bad_option, [&] { return create_port(client_, {.mode = static_cast<PortMode>(3)}); });
    expect(Status::bad_option, [&] { return create_port(client_, {.count_messages = 2, .credits = 3}); });
    expect(Status::message_too_long, [&] { return create_port(client_, {.message_bytes = kMessageBytesMax + 1}); });
    expect(Status::bad_option, [&] { return set_port_mode(server_, port_, static_cast<PortMode>(3), {}); });
}

TEST_F(IpcRefusals, TheTableOfPortsIsFullBeforeItsMemoryIs) {
    std::vector<PortId> ports;
    for (;;) {
        const auto port = create_port(client_, {.count_messages = 1, .message_bytes = 0});
        if (!port.ok()) {
            EXPECT_TRUE(port.status() == Status::port_table_full || port.status() == Status::out_of_memory);
            break;
        }
        ports.push_back(port.value());
    }
    for (const PortId port : ports) EXPECT_EQ(destroy_port(client_, port), Status::ok);
}

TEST_F(IpcRefusals, APortOfNobodyOrOfAnother) {
    const PortId second = create_port(server_, {}).value();
    for (const auto& [id, status] : {std::pair{kStale, Status::unknown_port}, {port_, Status::not_permitted}}) {
        const PortId port = id;
        expect(status, [&] { return destroy_port(client_, port); });
        expect(status, [&] { return set_port_mode(client_, port, PortMode::open, SpaceId::none); });
        expect(status, [&] { return receive_message(client_, port); });
        expect(status, [&] { return take_message(client_, port, 0); });
        expect(status, [&] { return reply_message(client_, {.port = port, .message = 1}); });
        expect(status, [&] { return discard_message(client_, port, 1); });
        expect(status, [&] { return forward_message(client_, {.port = port, .message = 1, .to = port_}); });
        expect(status, [&] { return hand_over_reply(client_, port, 1); });
        expect(status, [&] { return send_message(client_, {.to = port_, .reply_to = port}); });
        expect(status, [&] { return post_message(client_, {.to = port_, .reply_to = port}); });
        expect(status, [&] { return hand_over_request(client_, second, port, 1); });
    }
    expect(Status::unknown_port, [&] { return send_message(client_, {.to = kStale}); });
    expect(Status::unknown_port, [&] { return post_message(client_, {.to = kStale}); });
    expect(Status::unknown_port,
           [&] { return post_area(client_, {.to = kStale, .base = text_.value(), .length_bytes = kPageBytes}); });
    expect(Status::unknown_port, [&] { return check_send(client_, kStale, PortId::none); });
    expect(Status::unknown_port, [&] { return hand_over_request(client_, kStale, answers_, 1); });
    expect(Status::unknown_port, [&] { return port_info(test_.system(), kStale); });
}

TEST_F(IpcRefusals, MessagesNobodyHolds) {
    for (const std::uint32_t message : {0U, 1U, 0xFFFFFFFFU}) {
        expect(Status::unknown_message, [&] { return reply_message(server_, {.port = port_, .message = message}); });
        expect(Status::unknown_message, [&] { return discard_message(server_, port_, message); });
        expect(Status::unknown_message, [&] { return hand_over_reply(server_, port_, message); });
        expect(Status::unknown_message,
               [&] { return forward_message(server_, {.port = port_, .message = message, .to = answers_}); });
    }
    expect(Status::unknown_message, [&] { return take_message(server_, port_, 1); });
}

TEST_F(IpcRefusals, PayloadsThatAreTooLongOrNowhere) {
    expect(Status::message_too_long,
           [&] { return send_message(client_, {.to = port_, .payload = text_, .length_bytes = 33}); });
    expect(Status::message_too_long, [&] {
        return send_message(client_, {.to = port_, .payload = text_, .length_bytes = kMessageBytesMax + 1});
    });
    const std::array<std::byte, kShortMessageBytesMax + 1> long_words{};
    expect(Status::message_too_long, [&] { return send_message(client_, {.to = port_, .words = long_words}); });
    expect(Status::bad_address,
           [&] { return send_message(client_, {.to = port_, .payload = VirtAddr(0x50000000), .length_bytes = 8}); });
    const std::uint32_t message = held_request();
    expect(Status::message_too_long, [&] {
        return reply_message(server_, {.port = port_, .message = message, .payload = text_, .length_bytes = 33});
    });
    expect(Status::bad_address, [&] {
        return reply_message(server_,
                             {.port = port_, .message = message, .payload = VirtAddr(0x50000000), .length_bytes = 8});
    });
}

TEST_F(IpcRefusals, AreasThatAreNone) {
    const auto send = [&](Word base, Word length_bytes, AreaToSend::Kind kind) {
        const AreaToSend area{base, length_bytes, kind};
        return send_message(client_, {.to = port_, .areas = {&area, 1}});
    };
    expect(Status::bad_option, [&] { return send(text_.value(), kPageBytes, AreaToSend::Kind::none); });
    expect(Status::bad_option, [&] { return send(text_.value(), kPageBytes, static_cast<AreaToSend::Kind>(3)); });
    expect(Status::zero_length, [&] { return send(text_.value(), 0, AreaToSend::Kind::move); });
    expect(Status::misaligned, [&] { return send(text_.value() + 1, kPageBytes, AreaToSend::Kind::move); });
    expect(Status::not_sealed, [&] { return send(text_.value(), kPageBytes, AreaToSend::Kind::share); });
    const std::array<AreaToSend, kMessageAreasMax + 1> many{};
    expect(Status::too_many_areas, [&] { return send_message(client_, {.to = port_, .areas = many}); });
    const AreaToSend whole{text_.value(), 2 * kPageBytes, AreaToSend::Kind::move};
    const AreaToSend second{text_.value() + kPageBytes, kPageBytes, AreaToSend::Kind::move};
    for (const auto& pair : {std::array{whole, second}, std::array{second, whole}, std::array{whole, whole}}) {
        expect(Status::not_free, [&] { return send_message(client_, {.to = port_, .areas = pair}); });
    }
}

TEST_F(IpcRefusals, PagesThatAreToMoveAndToBeSharedAtOnce) {
    ASSERT_EQ(seal_area(client_, pages(text_.value(), 2 * kPageBytes)), Status::ok);
    const AreaToSend moved{text_.value(), kPageBytes, AreaToSend::Kind::move};
    const AreaToSend shared{text_.value(), 2 * kPageBytes, AreaToSend::Kind::share};
    for (const auto& pair : {std::array{moved, shared}, std::array{shared, moved}}) {
        expect(Status::not_free, [&] { return send_message(client_, {.to = port_, .areas = pair}); });
    }
    const std::array twice = {shared, shared};
    EXPECT_EQ(send_message(client_, {.to = port_, .areas = twice}), Status::ok) << "shared twice is seen twice";
    EXPECT_EQ(head_of(server_, receive_message(server_, port_).value()).area_count, 2U);
}

TEST_F(IpcRefusals, HandsThatAreNotFree) {
    waits_ = true;
    const PortId own = create_port(client_, {}).value();
    expect(Status::would_block, [&] { return hand_over_request(client_, own, own, 1); });
    waits_ = false;
    expect(Status::would_block, [&] { return hand_over_request(client_, port_, answers_, 1); });
    EXPECT_EQ(send_message(client_, {.to = port_}), Status::ok);
    const std::uint32_t message = head_of(server_, receive_message(server_, port_).value()).message;
    expect(Status::no_reply_wanted, [&] { return hand_over_reply(server_, port_, message); });
    expect(Status::no_reply_wanted, [&] { return reply_message(server_, {.port = port_, .message = message}); });
    const std::uint32_t request = held_request();
    expect(Status::would_block, [&] { return hand_over_reply(server_, port_, request); });
    EXPECT_EQ(destroy_port(client_, answers_), Status::ok);
    expect(Status::would_block, [&] { return hand_over_reply(server_, port_, request); });
    EXPECT_EQ(reply_message(server_, {.port = port_, .message = request}), Status::peer_gone);
}

TEST_F(IpcRefusals, APublishedMessageTellsAsManyOutcomesAsThereIsRoomFor) {
    const std::array ports = {port_, kStale, port_};
    Status first = Status::not_free;
    EXPECT_EQ(publish_message(client_, {}, ports, {&first, 1}), 2U);
    EXPECT_EQ(first, Status::ok);
}

TEST_F(IpcRefusals, APortThatRaisesSignalsRaisesThemAtEveryWayOfSending) {
    const PortId port = create_port(server_, {.signals = 4}).value();
    EXPECT_EQ(send_message(client_, {.to = port}), Status::ok);
    EXPECT_EQ(take_signals(server_, 7), 4U);
    EXPECT_TRUE(post_message(client_, {.to = port}).ok());
    EXPECT_EQ(take_signals(server_, 7), 4U);
    for (const std::uint32_t id : {0x12345678U, 0xFFU, 0xFFFFFFFFU}) {
        EXPECT_EQ(raise_signals(test_.system(), SpaceId::none, SpaceId{id}, 1), Status::unknown_space);
    }
}

}  // namespace
}  // namespace freehold::test
