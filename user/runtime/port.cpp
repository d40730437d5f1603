// SPDX-License-Identifier: MIT
// Ports and messages that give back what they hold.
#include "user/runtime/port.h"

#include "user/runtime/start.h"

namespace freehold::user {

Incoming& Incoming::operator=(Incoming&& other) noexcept {
    if (this == &other) return *this;
    (void)discard();
    port_ = other.port_;
    head_ = other.head_;
    taken_ = other.taken_;
    other.head_ = nullptr;
    return *this;
}

bool Incoming::has_area(std::uint32_t index) const {
    return index < head_->area_count && head_->areas[index].base != 0 && (taken_ & (1U << index)) == 0;
}

Result<Area> Incoming::take_area(std::uint32_t index) {
    if (!has_area(index)) return Status::not_mapped;
    taken_ |= 1U << index;
    return Area::adopt(head_->areas[index].base, head_->areas[index].length_bytes);
}

Result<SealedArea> Incoming::take_sealed(std::uint32_t index) {
    if (!has_area(index)) return Status::not_mapped;
    taken_ |= 1U << index;
    return SealedArea::adopt(head_->areas[index].base, head_->areas[index].length_bytes);
}

void Incoming::release_areas() {
    for (std::uint32_t i = 0; i < head_->area_count; ++i) {
        if (!has_area(i)) continue;
        taken_ |= 1U << i;
        if (user::release(head_->areas[i].base, head_->areas[i].length_bytes) != Status::ok) {
            fail("a message's area could not be released");
        }
    }
}

Status Incoming::reply_with(abi::ReplyArgs& args, std::span<const std::byte> payload) {
    args.port = port_;
    args.message = head_->message;
    args.payload = detail::word(payload.data());
    args.length_bytes = static_cast<std::uint32_t>(payload.size());
    const Status status = message_reply(args);
    if (status != Status::ok && status != Status::peer_gone) return status;
    // The slot is the kernel's again: its head must not be looked at any more.
    head_ = nullptr;
    return status;
}

Status Incoming::reply(std::span<const std::byte> payload) && {
    release_areas();
    abi::ReplyArgs args{};
    return reply_with(args, payload);
}

Status Incoming::reply(std::span<const std::byte> payload, Area&& area) && {
    release_areas();
    abi::ReplyArgs args{};
    args.area_count = 1;
    args.areas[0] = {area.base(), area.length_bytes(), AreaToSend::Kind::move};
    const Status status = reply_with(args, payload);
    if (status == Status::ok) area.forget();
    return status;
}

Status Incoming::discard() {
    if (head_ == nullptr) return Status::ok;
    release_areas();
    const std::uint32_t message = head_->message;
    head_ = nullptr;
    return message_discard(port_, message);
}

Port& Port::operator=(Port&& other) noexcept {
    if (this == &other) return *this;
    (void)destroy();
    id_ = other.id_;
    other.id_ = PortId::none;
    return *this;
}

Result<Port> Port::create(const UserPortOptions& options) {
    const auto id = user::port_create({static_cast<std::uint32_t>(options.mode), options.sender, options.count_messages,
                                       options.message_bytes, options.credits, options.signals});
    if (!id.ok()) return id.status();
    return Port(id.value());
}

Status Port::destroy() {
    if (id_ == PortId::none) return Status::ok;
    const PortId id = id_;
    id_ = PortId::none;
    return user::port_destroy(id);
}

Result<Incoming> Port::receive(Wait wait) const {
    const auto address = message_receive(id_, wait);
    if (!address.ok()) return address.status();
    return Incoming(id_, address.value());
}

Result<Incoming> Port::request(Outgoing message) const {
    message.reply_to = id_;
    const Status sent = send(message);
    if (sent != Status::ok) return sent;
    auto answer = receive();
    if (answer.ok() && answer.value().status() != Status::ok) return answer.value().status();
    return answer;
}

}  // namespace freehold::user
