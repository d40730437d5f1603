// SPDX-License-Identifier: MIT
// A worker's messages. A payload begins with the words of the page it lies in, then says what the areas must hold:
//
//   | stamp | number | areas | stamp, first page | stamp, first page |     the cookie is the stamp
#include "tests/threads/worker.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace freehold::threads {

namespace {

constexpr std::size_t kAreasOfMessage = 2;
constexpr std::uint32_t kPayloadWords = 3 + 2 * kAreasOfMessage;
constexpr std::uint32_t kPayloadBytes = kPayloadWords * sizeof(std::uint32_t);

/// What a send or a reply may say to somebody who did nothing wrong.
bool refused(Status status) {
    return status == Status::unknown_port || status == Status::would_block || status == Status::out_of_memory ||
           status == Status::region_table_full || status == Status::no_address_range || status == Status::over_limit ||
           status == Status::peer_gone;
}

}  // namespace

PortId Worker::choose_port(std::uint32_t place) {
    return town_.place(place).ports.at(random_.below(kPortsOfPlace)).load(std::memory_order_relaxed);
}

std::vector<std::uint32_t> Worker::read_words(AddressSpace& space, VirtAddr from, std::uint32_t count) {
    std::vector<std::uint32_t> words(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto word = town_.hosted().load_word(space, from + i * 4);
        if (expect(word.status(), Status::ok, "a read of a message")) words[i] = word.value();
    }
    return words;
}

/// Up to two areas of that space, not the one whose index is given.
std::vector<AreaToSend> Worker::choose_parcel(std::uint32_t place, SpaceId space, std::size_t but) {
    std::vector<AreaToSend> parcel;
    for (std::size_t i = 0; i < areas_.size() && parcel.size() < kAreasOfMessage; ++i) {
        const Area& area = areas_[i];
        if (i == but || area.place != place || area.space != space || random_.one_in(2)) continue;
        const bool share = area.sealed && random_.one_in(2);
        parcel.push_back(
            {area.base.value(), area.pages * kPageBytes, share ? AreaToSend::Kind::share : AreaToSend::Kind::move});
    }
    return parcel;
}

/// A stamped, writable area of that space, or areas_.size().
std::size_t Worker::choose_payload(std::uint32_t place, SpaceId space) {
    const auto good = [&](const Area& area) {
        return area.place == place && area.space == space && area.stamp != 0 && area.writable;
    };
    return static_cast<std::size_t>(std::ranges::find_if(areas_, good) - areas_.begin());
}

/// Writes into the payload what the areas hold.
void Worker::prepare(AddressSpace& space, const Area& payload, const std::vector<AreaToSend>& parcel) {
    std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(parcel.size())};
    for (const AreaToSend& sent : parcel) {
        const auto area = std::ranges::find_if(
            areas_, [&](const Area& a) { return a.base.value() == sent.base && a.space == payload.space; });
        words.push_back(area->stamp);
        words.push_back(area->first_page);
    }
    words.resize(kPayloadWords - 2);
    for (std::uint32_t i = 0; i < words.size(); ++i) {
        expect(town_.hosted().store_word(space, payload.base + 8 + i * 4, words[i]), Status::ok, "a write");
    }
}

/// What was moved is no longer this worker's.
void Worker::forget(const std::vector<AreaToSend>& parcel, SpaceId space) {
    for (const AreaToSend& sent : parcel) {
        const auto area = std::ranges::find_if(
            areas_, [&](const Area& a) { return a.base.value() == sent.base && a.space == space; });
        sent_.push_back(area->stamp);
        if (sent.kind == AreaToSend::Kind::move) areas_.erase(area);
    }
}

void Worker::send() {
    const std::uint32_t place = random_.below(kFirstWild);
    const Hold hold(town_, place);
    if (hold.space() == nullptr) return;
    const SpaceId id = space_id(*hold.space());
    const std::size_t chosen = choose_payload(place, id);
    if (chosen == areas_.size()) return;
    const Area payload = areas_[chosen];
    const auto parcel = choose_parcel(place, id, chosen);
    prepare(*hold.space(), payload, parcel);
    SendOptions options;
    options.to = choose_port(random_.below(kFirstWild));
    options.payload = payload.base;
    options.length_bytes = kPayloadBytes;
    options.cookie = payload.stamp;
    if (random_.one_in(2)) options.reply_to = choose_port(place);
    options.areas = parcel;
    const Status status = send_message(*hold.space(), options);
    if (status == Status::ok) {
        ++tally_.sent;
        forget(parcel, id);
    } else if (!refused(status)) {
        fail(std::string("send says ") + status_name(status));
    }
}

void Worker::receive() {
    const std::uint32_t place = random_.below(kFirstWild);
    const Hold hold(town_, place);
    if (hold.space() == nullptr) return;
    const std::uint32_t index = random_.below(kPortsOfPlace);
    const std::shared_lock reading(town_.place(place).reading.at(index));
    const PortId port = town_.place(place).ports.at(index).load(std::memory_order_relaxed);
    const auto at = receive_message(*hold.space(), port);
    if (!at.ok()) {
        if (!refused(at.status())) fail(std::string("receive says ") + status_name(at.status()));
        return;
    }
    ++tally_.received;
    MessageHead head;
    const auto words = read_words(*hold.space(), at.value(), sizeof head / sizeof(std::uint32_t));
    std::memcpy(&head, words.data(), sizeof head);
    const VirtAddr payload_at = at.value() + sizeof head;
    const auto payload =
        read_words(*hold.space(), payload_at, static_cast<std::uint32_t>(head.length_bytes / sizeof(std::uint32_t)));
    if (head.status == Status::peer_gone) {
        ++tally_.peers_gone;
        if (head.length_bytes != 0 || head.area_count != 0) fail("who is gone sends no more");
    } else if (!payload.empty() && (head.flags & kMessageIsReply) == 0 && payload[0] != head.cookie) {
        fail("a message holds " + std::to_string(payload[0]) + " and not " + std::to_string(head.cookie));
    }
    take_areas(*hold.space(), place, head, payload);
    held_.push_back({place, space_id(*hold.space()), port, head.message});
}

/// The areas of a message are this worker's now, and hold what the payload says.
void Worker::take_areas(AddressSpace& space, std::uint32_t place, const MessageHead& head,
                        const std::vector<std::uint32_t>& payload) {
    if (head.area_count != 0 && (payload.size() != kPayloadWords || payload[2] != head.area_count)) {
        fail("a message has other areas than its sender gave it");
    }
    for (std::uint32_t i = 0; i < head.area_count && failure_.empty(); ++i) {
        Area area{.place = place, .space = space_id(space), .base = VirtAddr(head.areas[i].base)};
        area.pages = head.areas[i].length_bytes / kPageBytes;
        area.stamp = payload[3 + 2 * i];
        area.first_page = payload[4 + 2 * i];
        const auto region = query_region(space, area.base);
        if (!expect(region.status(), Status::ok, "query_region")) return;
        area.sealed = region.value().state == RegionState::sealed;
        area.writable = has(region.value().rights, Rights::write);
        check(space, area);
        areas_.push_back(area);
        ++tally_.areas_received;
    }
}

void Worker::answer() {
    if (held_.empty()) return;
    const std::size_t chosen = random_.below(static_cast<std::uint32_t>(held_.size()));
    const Held held = held_[chosen];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(chosen));
    const Hold hold(town_, held.place);
    if (hold.space() == nullptr || space_id(*hold.space()) != held.space) return;
    if (random_.one_in(4)) {
        const Status status = forward(*hold.space(), held);
        if (status == Status::ok) return;
        if (!refused(status)) return fail(std::string("forward says ") + status_name(status));
    }
    if (random_.one_in(4) && hand_over_reply(*hold.space(), held.port, held.message).ok()) return;
    if (!random_.one_in(4)) {
        const Status status = reply(*hold.space(), held);
        if (status == Status::ok || status == Status::peer_gone) return;
        if (status != Status::no_reply_wanted && !refused(status)) {
            return fail(std::string("reply says ") + status_name(status));
        }
    }
    const Status status = discard_message(*hold.space(), held.port, held.message);
    if (status != Status::unknown_port) expect(status, Status::ok, "discard");
}

Status Worker::forward(AddressSpace& space, const Held& held) {
    ForwardOptions options;
    options.port = held.port;
    options.message = held.message;
    options.to = choose_port(random_.below(kFirstWild));
    return forward_message(space, options);
}

/// A request from hand to hand: this thread goes on as its receiver.
void Worker::hand_over() {
    const std::uint32_t place = random_.below(kFirstWild);
    const std::uint32_t receiver = random_.below(kFirstWild);
    const Hold hold(town_, place);
    const PortId to = choose_port(receiver);
    const PortId reply_to = choose_port(place);
    if (hold.space() == nullptr || to == PortId::none || reply_to == PortId::none) return;
    const auto handover = hand_over_request(*hold.space(), to, reply_to, 0);
    if (!handover.ok()) {
        if (!refused(handover.status())) fail(std::string("a handover says ") + status_name(handover.status()));
        return;
    }
    ++tally_.handed_over;
    const auto info = port_info(town_.system(), to);
    if (info.ok())
        held_.push_back({receiver, info.value().owner, to, static_cast<std::uint32_t>(handover.value().word)});
}

Status Worker::reply(AddressSpace& space, const Held& held) {
    ReplyOptions options;
    options.port = held.port;
    options.message = held.message;
    const std::size_t chosen = choose_payload(held.place, held.space);
    std::vector<AreaToSend> parcel;
    if (chosen != areas_.size()) {
        const Area payload = areas_[chosen];
        parcel = choose_parcel(held.place, held.space, chosen);
        prepare(space, payload, parcel);
        options.payload = payload.base;
        options.length_bytes = kPayloadBytes;
    }
    options.areas = parcel;
    const Status status = reply_message(space, options);
    if (status != Status::ok) return status;
    ++tally_.replied;
    forget(parcel, held.space);
    return status;
}

void Worker::signal() {
    const Hold hold(town_, random_.below(kPlaces));
    if (hold.space() == nullptr) return;
    const std::uint32_t bit = 1U << random_.below(8);
    (void)allow_signals(*hold.space(), 0xFF, SpaceId::none);
    // Of areas long gone, maybe: then of spaces long gone.
    const SpaceId to = areas_.empty() ? space_id(*hold.space()) : areas_[choose_area()].space;
    (void)raise_signals(town_.system(), space_id(*hold.space()), to, bit);
    (void)take_signals(*hold.space(), bit);
}

void Worker::change_ports() {
    const std::uint32_t index = random_.below(kPlaces);
    const Hold hold(town_, index);
    if (hold.space() == nullptr) return;
    const std::uint32_t chosen = random_.below(kPortsOfPlace);
    auto& port = town_.place(index).ports.at(chosen);
    if (port.load(std::memory_order_relaxed) != PortId::none && !random_.one_in(4)) return;
    const std::unique_lock ending(town_.place(index).reading.at(chosen), std::try_to_lock);
    if (!ending.owns_lock()) return;
    const PortId old = port.exchange(PortId::none, std::memory_order_relaxed);
    if (old != PortId::none) {
        if (expect(destroy_port(*hold.space(), old), Status::ok, "destroy_port")) ++tally_.ports_ended;
        if (random_.one_in(2)) return;
    }
    PortOptions options;
    options.count_messages = 1 + random_.below(8);
    const auto made = create_port(*hold.space(), options);
    if (!ended(made.status(), "create_port")) return;
    port.store(made.value(), std::memory_order_relaxed);
}

}  // namespace freehold::threads
