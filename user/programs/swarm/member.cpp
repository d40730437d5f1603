// SPDX-License-Identifier: MIT
// One of the swarm: tells the parent its port, learns its partners, sends areas to them and checks what it gets.
#include "user/programs/swarm/swarm.h"
#include "user/runtime/port.h"

namespace freehold::user::swarm {
namespace {

std::span<std::uint32_t> words_of(const Area& area) {
    return {reinterpret_cast<std::uint32_t*>(area.bytes().data()), area.bytes().size() / sizeof(std::uint32_t)};
}

Status send_area(const Parcel& parcel, PortId to, Kind kind) {
    auto area = Area::allocate(kAreaBytes);
    if (!area.ok()) return area.status();
    std::uint32_t index = 0;
    for (std::uint32_t& word : words_of(area.value())) word = word_of(parcel, kind, index++);
    const Outgoing message{.to = to, .payload = bytes_of(parcel), .cookie = static_cast<Word>(kind)};
    if (kind == Kind::moved) return static_cast<Area&&>(area.value()).send(message);
    const auto sealed = static_cast<Area&&>(area.value()).seal();
    return sealed.ok() ? sealed.value().send(message) : sealed.status();
}

/// True if the message brings what its parcel says. The area is released on the way out.
bool check_area(Message& message, std::uint32_t self) {
    const Parcel* const parcel = message.payload_as<Parcel>();
    const auto kind = static_cast<Kind>(message.cookie());
    if (parcel == nullptr || parcel->to != self || message.head().area_count != 1) return false;
    const MessageHead::Area& area = message.head().areas[0];
    if (area.base == 0 || area.length_bytes != kAreaBytes) return false;
    const auto* const words = reinterpret_cast<const std::uint32_t*>(static_cast<std::uintptr_t>(area.base));
    for (std::uint32_t i = 0; i < kAreaBytes / sizeof(std::uint32_t); ++i) {
        if (words[i] != word_of(*parcel, kind, i)) return false;
    }
    return true;
}

/// The partners are told to all at once, so the first areas may come before the word from the parent.
Status exchange(const Port& port, PortId parent) {
    Partners partners{};
    std::uint32_t early = 0;
    Message held[2 * kRounds];
    for (bool known = false; !known;) {
        auto message = port.receive();
        if (!message.ok()) return message.status();
        if (const Partners* const told = message.value().payload_as<Partners>(); told != nullptr) {
            partners = *told;
            known = true;
        } else if (early < 2 * kRounds) {
            held[early++] = static_cast<Message&&>(message.value());
        }
    }
    for (std::uint32_t round = 0; round < kRounds; ++round) {
        const Parcel parcel{partners.self, partner_of(partners.self, round, partners.count_members)};
        for (const Kind kind : {Kind::moved, Kind::sealed}) {
            const Status status = send_area(parcel, partners.to[round], kind);
            if (status != Status::ok) return status;
        }
    }
    Tally result{};
    for (; result.areas_received < 2 * kRounds; ++result.areas_received) {
        if (result.areas_received < early) {
            if (!check_area(held[result.areas_received], partners.self)) ++result.areas_wrong;
            (void)held[result.areas_received].discard();
            continue;
        }
        auto message = port.receive();
        if (!message.ok()) return message.status();
        if (!check_area(message.value(), partners.self)) ++result.areas_wrong;
    }
    return send({.to = parent, .payload = bytes_of(result), .cookie = static_cast<Word>(Kind::done)});
}

}  // namespace

int run_member(PortId parent) {
    auto port = Port::create({.count_messages = 2 * kRounds + 1, .message_bytes = sizeof(Partners)});
    if (!port.ok()) return 1;
    const Introduction introduction{port.value().id()};
    const Status status =
        send({.to = parent, .payload = bytes_of(introduction), .cookie = static_cast<Word>(Kind::introduce)});
    if (status != Status::ok) return 1;
    return exchange(port.value(), parent) == Status::ok ? 0 : 1;
}

}  // namespace freehold::user::swarm
