// SPDX-License-Identifier: MIT
// Messages at their limits: payloads of every length, slots and numbers used again, wakes, areas that find no room.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <tuple>
#include <vector>

#include "src/ipc/port.h"
#include "src/space/system.h"
#include "tests/support/test_system.h"

namespace freehold::test {
namespace {

using Kind = AreaToSend::Kind;

class IpcLimits : public testing::Test {
  protected:
    IpcLimits() {
        test_.host().waits = [this](std::uintptr_t, std::uint32_t) { return waits_; };
    }
    void TearDown() override { test_.expect_healthy(); }

    PortId open(AddressSpace& owner, const PortOptions& options = {}) { return create_port(owner, options).value(); }
    [[nodiscard]] PortInfo info(PortId port) { return port_info(test_.system(), port).value(); }
    Word area(AddressSpace& space, Word length_bytes) {
        return allocate_area(space, {.length_bytes = length_bytes}).value().value();
    }
    MessageHead head_at(AddressSpace& owner, VirtAddr at) {
        MessageHead head{};
        EXPECT_EQ(copy_in(owner, at, std::as_writable_bytes(std::span(&head, 1))), Status::ok);
        return head;
    }
    MessageHead receive(AddressSpace& owner, PortId port) {
        const auto at = receive_message(owner, port);
        EXPECT_STREQ(status_name(at.status()), status_name(Status::ok));
        return at.ok() ? head_at(owner, at.value()) : MessageHead{};
    }
    /// A request in the server's hands.
    std::uint32_t held_request(PortId port, PortId answers) {
        EXPECT_EQ(send_message(client_, {.to = port, .cookie = 7, .reply_to = answers}), Status::ok);
        return receive(server_, port).message;
    }
    /// Takes a message of so many bytes, and expects them to be those at `payload` in the space it came from.
    void expect_payload(AddressSpace& owner, PortId port, AddressSpace& sender, Word payload, std::uint32_t bytes) {
        const auto at = receive_message(owner, port);
        ASSERT_TRUE(at.ok());
        const MessageHead head = head_at(owner, at.value());
        EXPECT_EQ(head.length_bytes, bytes);
        std::vector<std::byte> sent(bytes);
        std::vector<std::byte> came(bytes);
        EXPECT_EQ(copy_in(sender, VirtAddr(payload), sent), Status::ok);
        EXPECT_EQ(copy_in(owner, at.value() + sizeof(MessageHead), came), Status::ok);
        EXPECT_EQ(came, sent) << bytes << " bytes";
        EXPECT_EQ(discard_message(owner, port, head.message), Status::ok);
    }

    TestSystem test_;
    AddressSpace& client_ = test_.make_space({.owner_token = 11});
    AddressSpace& server_ = test_.make_space({.owner_token = 22});
    AddressSpace& other_ = test_.make_space({.owner_token = 33});
    bool waits_ = false;
};

constexpr std::uint32_t kLengths[] = {0, 1, 2, 63, 64, 65, 4031, 4032, 4033, 4095, 4096, 4097, kMessageBytesMax};

TEST_F(IpcLimits, APayloadOfAnyLengthUpToTheGreatestArrivesWholeByEveryWay) {
    const PortId port = open(server_, {.message_bytes = kMessageBytesMax});
    const PortId answers = open(client_, {.message_bytes = kMessageBytesMax});
    const PortId next = open(other_, {.message_bytes = kMessageBytesMax});
    const Word mine = area(client_, kMessageBytesMax);
    const Word yours = area(server_, kMessageBytesMax);
    ASSERT_EQ(test_.fill(client_, mine, kMessageBytesMax, 1), Status::ok);
    ASSERT_EQ(test_.fill(server_, yours, kMessageBytesMax, 2), Status::ok);
    for (const std::uint32_t bytes : kLengths) {
        const std::uint64_t copied = counters(test_.system()).bytes_copied;
        ASSERT_EQ(send_message(client_, {.to = port, .payload = VirtAddr(mine), .length_bytes = bytes}), Status::ok);
        expect_payload(server_, port, client_, mine, bytes);
        EXPECT_EQ(counters(test_.system()).bytes_copied - copied, bytes);
        const AreaToSend moved{area(client_, kPageBytes), kPageBytes, Kind::move};
        ASSERT_EQ(
            send_message(client_, {.to = port, .payload = VirtAddr(mine), .length_bytes = bytes, .areas = {&moved, 1}}),
            Status::ok);
        expect_payload(server_, port, client_, mine, bytes);
        const std::uint32_t message = held_request(port, answers);
        ASSERT_EQ(reply_message(server_,
                                {.port = port, .message = message, .payload = VirtAddr(yours), .length_bytes = bytes}),
                  Status::ok);
        expect_payload(client_, answers, server_, yours, bytes);
        const ForwardOptions onward{.port = port,
                                    .message = held_request(port, answers),
                                    .to = next,
                                    .payload = VirtAddr(yours),
                                    .length_bytes = bytes};
        ASSERT_EQ(forward_message(server_, onward), Status::ok);
        expect_payload(other_, next, server_, yours, bytes);
        const MessageHead gone = receive(client_, answers);
        EXPECT_EQ(gone.status, Status::peer_gone) << "the one it was forwarded to gave it back";
        EXPECT_EQ(discard_message(client_, answers, gone.message), Status::ok);
    }
}

TEST_F(IpcLimits, WordsAreAsLongAsTheyMayBeAndNoLongerByEveryWay) {
    const PortId port = open(server_);
    const PortId answers = open(client_);
    const PortId next = open(other_);
    std::array<std::byte, kShortMessageBytesMax + 1> words{};
    words.fill(std::byte{7});
    const std::span longest(words.data(), kShortMessageBytesMax);
    const std::uint32_t message = held_request(port, answers);
    test_.expect_refused(Status::message_too_long, [&] { return send_message(client_, {.to = port, .words = words}); });
    test_.expect_refused(Status::message_too_long,
                         [&] { return reply_message(server_, {.port = port, .message = message, .words = words}); });
    test_.expect_refused(Status::message_too_long, [&] {
        return forward_message(server_, {.port = port, .message = message, .to = next, .words = words});
    });
    const auto expect_sevens = [&](AddressSpace& owner, PortId at) {
        const auto head = receive_message(owner, at);
        ASSERT_TRUE(head.ok());
        std::vector<std::byte> came(kShortMessageBytesMax);
        EXPECT_EQ(head_at(owner, head.value()).length_bytes, kShortMessageBytesMax);
        EXPECT_EQ(copy_in(owner, head.value() + sizeof(MessageHead), came), Status::ok);
        EXPECT_EQ(came, std::vector<std::byte>(longest.begin(), longest.end()));
    };
    ASSERT_EQ(reply_message(server_, {.port = port, .message = message, .words = longest}), Status::ok);
    expect_sevens(client_, answers);
    ASSERT_EQ(send_message(client_, {.to = port, .words = longest}), Status::ok);
    expect_sevens(server_, port);
    const std::uint32_t another = held_request(port, answers);
    ASSERT_EQ(forward_message(server_, {.port = port, .message = another, .to = next, .words = longest}), Status::ok);
    expect_sevens(other_, next);
}

TEST_F(IpcLimits, APayloadThatEndsWithItsPageGoesTheShortWay) {
    const std::uint32_t bytes = kPageBytes - sizeof(MessageHead);
    const PortId port = open(server_, {.message_bytes = bytes});
    const Word base = area(client_, 2 * kPageBytes);
    ASSERT_EQ(test_.fill(client_, base, 2 * kPageBytes, 3), Status::ok);
    const Word payload = base + kPageBytes - bytes;
    ASSERT_TRUE(post_message(client_, {.to = port, .payload = VirtAddr(payload), .length_bytes = bytes}).ok());
    expect_payload(server_, port, client_, payload, bytes);
    for (const Word unit : {1U, 2U, 3U, 6U, 7U, 0x3BFU}) {  // whatever table it lies in
        const VirtAddr there(unit * (4U << 20) + 5 * kPageBytes);
        ASSERT_TRUE(
            allocate_area(client_,
                          {.length_bytes = kPageBytes, .placement = Placement::at, .address = there, .populate = true})
                .ok());
        EXPECT_TRUE(post_message(client_, {.to = port, .payload = there, .length_bytes = 8}).ok()) << unit;
    }
    EXPECT_EQ(post_message(client_, {.to = port, .payload = VirtAddr(payload + 1), .length_bytes = bytes}).status(),
              Status::would_block)
        << "it does not lie in one page";
}

/// What a head says beside its number and its sender.
using Says = std::tuple<Word, std::uint32_t, Status, std::uint32_t, std::uint32_t, SpaceId>;
Says says(const MessageHead& head) {
    return {head.cookie, head.length_bytes, head.status, head.flags, head.area_count, head.origin};
}

TEST_F(IpcLimits, ASlotUsedAgainTellsNothingOfTheMessageBefore) {
    const PortId first = open(other_);
    const PortId port = open(server_, {.count_messages = 1});
    const PortId answers = open(client_, {.count_messages = 1});
    const Says plain{0, 0, Status::ok, 0, 0, space_id(client_)};
    const AreaToSend moved{area(other_, kPageBytes), kPageBytes, Kind::move};
    for (const bool post : {false, true}) {
        ASSERT_EQ(send_message(server_, {.to = first, .cookie = 9}), Status::ok);
        const ForwardOptions onward{
            .port = first, .message = receive(other_, first).message, .to = port, .areas = {&moved, post ? 0U : 1U}};
        ASSERT_EQ(forward_message(other_, onward), Status::ok);
        const MessageHead forwarded = receive(server_, port);
        EXPECT_EQ(says(forwarded), Says(9, 0, Status::ok, 0, post ? 0 : 1, space_id(server_)));
        ASSERT_EQ(discard_message(server_, port, forwarded.message), Status::ok);
        if (post) {
            ASSERT_TRUE(post_message(client_, {.to = port}).ok());
        } else {
            ASSERT_EQ(send_message(client_, {.to = port}), Status::ok);
        }
        const MessageHead again = receive(server_, port);
        EXPECT_EQ(says(again), plain);
        EXPECT_EQ(discard_message(server_, port, again.message), Status::ok);
        // The news that nobody will answer, and then a message of the server's own, in the reply port's only slot.
        EXPECT_EQ(discard_message(server_, port, held_request(port, answers)), Status::ok);
        const MessageHead gone = receive(client_, answers);
        EXPECT_EQ(says(gone), Says(7, 0, Status::peer_gone, kMessageIsReply, 0, space_id(server_)));
        EXPECT_EQ(discard_message(client_, answers, gone.message), Status::ok);
        ASSERT_EQ(send_message(client_, {.to = answers}), Status::ok);
        const MessageHead own = receive(client_, answers);
        EXPECT_EQ(says(own), plain);
        EXPECT_EQ(discard_message(client_, answers, own.message), Status::ok);
    }
}

TEST_F(IpcLimits, WhoeverASignalOrMessageComesToIsWokenAndNobodyElse) {
    using Wake = std::pair<std::uintptr_t, PortId>;
    std::vector<Wake> wakes;
    test_.host().on_wake = [&](std::uintptr_t token, std::uint32_t port) {
        wakes.emplace_back(token, static_cast<PortId>(port));
    };
    const PortId port = open(server_);
    const PortId answers = open(client_);
    const PortId next = open(other_);
    const auto expect_wakes = [&](const std::vector<Wake>& expected, int line = __builtin_LINE()) {
        EXPECT_EQ(wakes, expected) << "line " << line;
        wakes.clear();
    };
    ASSERT_EQ(send_message(client_, {.to = port, .reply_to = answers}), Status::ok);
    expect_wakes({{22, port}});
    ASSERT_EQ(reply_message(server_, {.port = port, .message = receive(server_, port).message}), Status::ok);
    expect_wakes({{11, answers}});
    ASSERT_TRUE(post_message(client_, {.to = port, .reply_to = answers}).ok());
    expect_wakes({{22, port}});
    const ForwardOptions onward{.port = port, .message = receive(server_, port).message, .to = next};
    ASSERT_EQ(forward_message(server_, onward), Status::ok);
    expect_wakes({{33, next}});
    ASSERT_EQ(discard_message(other_, next, receive(other_, next).message), Status::ok);
    expect_wakes({{11, answers}});
    ASSERT_EQ(raise_signals(test_.system(), SpaceId::none, space_id(server_), 1), Status::ok);
    expect_wakes({{22, PortId::none}});
    EXPECT_EQ(raise_signals(test_.system(), space_id(client_), space_id(server_), 1), Status::not_permitted);
    EXPECT_EQ(send_message(client_, {.to = port, .reply_to = port}), Status::not_permitted);
    waits_ = true;
    ASSERT_TRUE(post_message(client_, {.to = port}).ok()) << "in the hands of one who waits already";
    ASSERT_TRUE(hand_over_request(client_, next, answers, 0).ok());
    expect_wakes({});
    ASSERT_EQ(destroy_port(other_, next), Status::ok);
    expect_wakes({{11, answers}});
}

TEST_F(IpcLimits, AfterTheLastGenerationComesTheFirst) {
    System& system = test_.system();
    constexpr std::uint32_t kLast = (1U << 22) - 1;
    Port& port = system.ports->ports[static_cast<std::uint32_t>(open(server_)) & 1023];
    ASSERT_EQ(destroy_port(server_, port_info(system, port.id).value().id), Status::ok);
    port.generation = kLast - 1;
    for (const std::uint32_t generation : {kLast, 1U, 2U}) {
        const PortId id = open(server_);
        EXPECT_EQ(static_cast<std::uint32_t>(id) >> 10, generation);
        EXPECT_EQ(destroy_port(server_, id), Status::ok);
    }
    const std::uint32_t index = static_cast<std::uint32_t>(space_id(other_)) & 0xFF;
    test_.destroy(other_);
    constexpr std::uint32_t kLastOfSpaces = (1U << 24) - 1;
    system.spaces[index].generation = kLastOfSpaces - 1;
    for (const std::uint32_t generation : {kLastOfSpaces, 1U, 2U}) {
        AddressSpace& space = test_.make_space();
        EXPECT_EQ(static_cast<std::uint32_t>(space_id(space)), generation << 8 | index);
        test_.destroy(space);
    }
    const PortId numbered = open(server_, {.count_messages = 1});
    SlotHead& head = system.ports->ports[static_cast<std::uint32_t>(numbered) & 1023].heads[0][kCreditSlots];
    head.number = 0xFFFFFE00;
    for (const std::uint32_t number : {0xFFFFFE00U, 0xFFFFFF00U, 0x100U, 0x200U}) {
        ASSERT_EQ(send_message(client_, {.to = numbered}), Status::ok);
        EXPECT_EQ(receive(server_, numbered).message, number);
        EXPECT_EQ(discard_message(server_, numbered, number), Status::ok);
    }
}

TEST_F(IpcLimits, TwoAreasOfAMessageComeToPlacesOfTheirOwn) {
    const PortId port = open(server_);
    for (const Kind kind : {Kind::move, Kind::share}) {
        const Word one = area(client_, kPageBytes);
        const Word two = area(client_, kPageBytes);
        ASSERT_EQ(test_.fill(client_, one, kPageBytes, 1), Status::ok);
        ASSERT_EQ(test_.fill(client_, two, kPageBytes, 2), Status::ok);
        if (kind == Kind::share) {
            ASSERT_EQ(seal_area(client_, pages(one, kPageBytes)), Status::ok);
            ASSERT_EQ(seal_area(client_, pages(two, kPageBytes)), Status::ok);
        }
        const AreaToSend both[] = {{one, kPageBytes, kind}, {two, kPageBytes, kind}};
        ASSERT_EQ(send_message(client_, {.to = port, .areas = both}), Status::ok);
        test_.expect_healthy();
        const MessageHead head = receive(server_, port);
        EXPECT_TRUE(test_.holds(server_, head.areas[0].base, kPageBytes, 1));
        EXPECT_TRUE(test_.holds(server_, head.areas[1].base, kPageBytes, 2));
        test_.expect_healthy();
    }
}

TEST_F(IpcLimits, IfTheSecondAreaFindsNoRoomTheFirstStaysUnderWayToo) {
    AddressSpace& tight = test_.make_space({.limit_frames = 40});
    const PortId port = open(tight);
    const std::uint32_t charged = space_info(tight).frames_charged;
    const std::uint32_t regions = space_info(tight).regions;
    const Word small = area(client_, kPageBytes);
    const Word large = area(client_, (40 - charged) * kPageBytes);
    const AreaToSend both[] = {{small, kPageBytes, Kind::move}, {large, (40 - charged) * kPageBytes, Kind::move}};
    ASSERT_EQ(send_message(client_, {.to = port, .areas = both}), Status::ok);
    test_.expect_refused(Status::over_limit, [&] { return receive_message(tight, port); });
    EXPECT_EQ(space_info(tight).frames_charged, charged);
    test_.destroy(client_);
    test_.expect_refused(Status::over_limit, [&] { return receive_message(tight, port); });
    EXPECT_EQ(space_info(tight).regions, regions);
    ASSERT_EQ(destroy_port(tight, port), Status::ok);
}

TEST_F(IpcLimits, AreasOfManyRegionsAreTakenExactlyIfTheReceiversTableHasRoomForAll) {
    constexpr Word kPages = 5;
    for (const std::uint32_t limit : {11U, 12U, 13U, 14U, 15U, 16U, 17U, 18U, 19U, 20U}) {
        AddressSpace& tight = test_.make_space({.limit_regions = limit});
        const auto port = create_port(tight, {.count_messages = 2});
        ASSERT_TRUE(port.ok());
        AreaToSend both[2];
        for (AreaToSend& one : both) {
            one = {area(client_, kPages * kPageBytes), kPages * kPageBytes, Kind::move};
            for (const Word page : {1U, 3U}) {
                ASSERT_EQ(protect_area(client_, pages(one.base + page * kPageBytes, kPageBytes), Rights::read),
                          Status::ok);
            }
        }
        ASSERT_EQ(send_message(client_, {.to = port.value(), .areas = both}), Status::ok);
        const auto received = receive_message(tight, port.value());
        EXPECT_LE(space_info(tight).regions + 2, limit) << "and the port's slots";
        if (received.ok()) {
            EXPECT_EQ(head_at(tight, received.value()).area_count, 2U);
        } else {
            EXPECT_EQ(received.status(), Status::region_table_full);
            EXPECT_LT(limit, 20U);
        }
        test_.expect_healthy();
        test_.destroy(tight);
    }
}

TEST_F(IpcLimits, AsLongAsThereAreNoPortsNoIdNamesOne) {
    for (std::uint32_t id = 0; id < 2 * kPortsMax; ++id) {
        const auto port = static_cast<PortId>(id);
        ASSERT_EQ(port_info(test_.system(), port).status(), Status::unknown_port);
        ASSERT_EQ(send_message(client_, {.to = port}), Status::unknown_port);
        ASSERT_EQ(receive_message(client_, port).status(), Status::unknown_port);
        ASSERT_EQ(destroy_port(client_, port), Status::unknown_port);
    }
    std::uint32_t index = 0;
    EXPECT_EQ(next_port(test_.system(), index).status(), Status::unknown_port);
}

TEST_F(IpcLimits, WhatIsSharedIsSentUnderTheTransitSpacesLockAndWhatIsMovedIsNot) {
    const PortId port = open(server_);
    for (const Kind kind : {Kind::move, Kind::share}) {
        const AreaToSend areas[] = {{area(client_, kPageBytes), kPageBytes, Kind::move},
                                    {area(client_, kPageBytes), kPageBytes, kind}};
        if (kind == Kind::share) {
            ASSERT_EQ(seal_area(client_, pages(areas[1].base, kPageBytes)), Status::ok);
        }
        bool taken = false;
        test_.host().on_step = [&](host::Host::Step step, const HostLock* lock) {
            taken = taken || (step == host::Host::Step::taken && lock == &test_.system().transit->lock);
        };
        ASSERT_EQ(send_message(client_, {.to = port, .areas = areas}), Status::ok);
        EXPECT_EQ(taken, kind == Kind::share);
        taken = false;
        ASSERT_TRUE(receive_message(server_, port).ok());
        EXPECT_TRUE(taken);
        test_.host().on_step = {};
    }
}

TEST_F(IpcLimits, ARequestGoesFromHandToHandIntoTheLastSlotAndNotBeyondIt) {
    waits_ = true;
    const PortId port = open(server_, {.count_messages = 2, .credits = 2});
    const PortId answers = open(client_, {.count_messages = 2});
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(hand_over_request(client_, port, answers, 0).ok());
    EXPECT_EQ(info(port).held, 2U);
    EXPECT_EQ(info(answers).promised, 2U);
    const PortId others = open(other_);
    test_.expect_refused(Status::would_block, [&] { return hand_over_request(other_, port, others, 0); });
    const PortId free = open(server_);
    test_.expect_refused(Status::would_block, [&] { return hand_over_request(client_, free, answers, 0); });
}

TEST_F(IpcLimits, APortShowsAllItWasMadeWith) {
    const PortId port = open(server_, {.mode = PortMode::dedicated,
                                       .sender = space_id(client_),
                                       .count_messages = 7,
                                       .message_bytes = 99,
                                       .credits = 5,
                                       .signals = 0x30});
    ASSERT_EQ(send_message(client_, {.to = port}), Status::ok);
    ASSERT_EQ(send_message(client_, {.to = port}), Status::ok);
    ASSERT_TRUE(receive_message(server_, port).ok());
    std::uint32_t index = 0;
    for (const PortInfo& shown : {info(port), next_port(test_.system(), index).value()}) {
        EXPECT_EQ(shown.id, port);
        EXPECT_EQ(shown.owner, space_id(server_));
        EXPECT_EQ(shown.mode, PortMode::dedicated);
        EXPECT_EQ(shown.dedicated_to, space_id(client_));
        EXPECT_EQ(shown.count_messages, 7U);
        EXPECT_EQ(shown.message_bytes, 99U);
        EXPECT_EQ(shown.queued, 1U);
        EXPECT_EQ(shown.held, 1U);
        EXPECT_EQ(shown.promised, 0U);
        EXPECT_EQ(shown.credits, 5U);
        EXPECT_EQ(shown.signals, 0x30U);
    }
    EXPECT_EQ(next_port(test_.system(), index).status(), Status::unknown_port);
}

TEST_F(IpcLimits, ARequestToOnesOwnReplyPortTakesTwoOfItsSlots) {
    for (const std::uint32_t slots : {1U, 2U}) {
        const PortId port = open(client_, {.count_messages = slots, .credits = 1});
        const SendOptions request{.to = port, .reply_to = port};
        if (slots == 1) {
            test_.expect_refused(Status::would_block, [&] { return send_message(client_, request); });
            test_.expect_refused(Status::would_block, [&] { return post_message(client_, request); });
        } else {
            EXPECT_EQ(send_message(client_, request), Status::ok);
            EXPECT_EQ(info(port).promised, 1U);
        }
    }
}

}  // namespace
}  // namespace freehold::test
