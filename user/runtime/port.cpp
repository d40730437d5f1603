// SPDX-License-Identifier: MIT
// Ports and messages that give back what they hold.
#include "user/runtime/port.h"

#include "user/runtime/start.h"

namespace freehold::user {

Message& Message::operator=(Message&& other) noexcept {
    if (this == &other) return *this;
    (void)discard();
    port_ = other.port_;
    head_ = other.head_;
    taken_ = other.taken_;
    other.head_ = nullptr;
    return *this;
}

bool Message::has_area(std::uint32_t index) const {
    return index < head_->area_count && head_->areas[index].base != 0 && (taken_ & (1U << index)) == 0;
}

Result<Area> Message::take_area(std::uint32_t index) {
    if (!has_area(index)) return Status::not_mapped;
    taken_ |= 1U << index;
    return Area::adopt(head_->areas[index].base, head_->areas[index].length_bytes);
}

Result<SealedArea<>> Message::take_sealed(std::uint32_t index) {
    return has_area(index) ? take_sealed<std::byte>(index, area(index).length_bytes) : Status::not_mapped;
}

void Message::release_areas() {
    for (std::uint32_t i = 0; i < head_->area_count; ++i) {
        if (!has_area(i)) continue;
        taken_ |= 1U << i;
        if (user::release(head_->areas[i].base, head_->areas[i].length_bytes) != Status::ok) {
            fail("a message's area could not be released");
        }
    }
}

Status Message::reply_with(abi::ReplyArgs& args, std::span<const std::byte> payload) {
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

Status Message::reply(std::span<const std::byte> payload) && {
    release_areas();
    abi::ReplyArgs args{};
    return reply_with(args, payload);
}

Status Message::reply(std::span<const std::byte> payload, Area&& area) && {
    release_areas();
    abi::ReplyArgs args{};
    args.area_count = 1;
    args.areas[0] = {area.base(), area.length_bytes(), AreaToSend::Kind::move};
    const Status status = reply_with(args, payload);
    if (status == Status::ok) area.forget();
    return status;
}

Status Message::reply(std::span<const std::byte> payload, Cargo&& cargo) && {
    release_areas();
    abi::ReplyArgs args{};
    args.area_count = cargo.write_to(args.areas);
    const Status status = reply_with(args, payload);
    if (status == Status::ok) cargo.gone();
    return status;
}

Status Message::forward(PortId to, std::span<const std::byte> payload, Cargo&& cargo) && {
    release_areas();
    abi::ForwardArgs args{};
    args.port = port_;
    args.message = head_->message;
    args.to = to;
    args.payload = detail::word(payload.data());
    args.length_bytes = static_cast<std::uint32_t>(payload.size());
    args.area_count = cargo.write_to(args.areas);
    const Status status = message_forward(args);
    if (status != Status::ok) return status;
    cargo.gone();
    head_ = nullptr;
    return status;
}

Status Message::discard() {
    if (head_ == nullptr) return Status::ok;
    release_areas();
    const std::uint32_t message = head_->message;
    head_ = nullptr;
    return message_discard(port_, message);
}

Words::Words(Message&& message) : sender_(static_cast<Word>(message.sender())) {
    const auto* const words = message.payload_as<WordPair>();
    if (words != nullptr) {
        first_ = words->first;
        second_ = words->second;
    }
    port_ = message.port_;
    message_ = message.head().message;
    whole_ = static_cast<Message&&>(message);
}

Words::Words(Words&& other) noexcept
    : port_(other.port_),
      message_(other.message_),
      sender_(other.sender_),
      first_(other.first_),
      second_(other.second_),
      whole_(static_cast<Message&&>(other.whole_)) {
    other.message_ = 0;
}

Words& Words::operator=(Words&& other) noexcept {
    if (this == &other) return *this;
    drop();
    port_ = other.port_;
    message_ = other.message_;
    sender_ = other.sender_;
    first_ = other.first_;
    second_ = other.second_;
    whole_ = static_cast<Message&&>(other.whole_);
    other.message_ = 0;
    return *this;
}

void Words::drop() {
    if (message_ != 0 && !whole_) (void)message_discard(port_, message_);
    (void)whole_.discard();
    message_ = 0;
}

std::uint32_t Words::let_go() {
    const std::uint32_t message = message_;
    if (whole_) whole_.release_areas();
    whole_.head_ = nullptr;
    message_ = 0;
    return message;
}

Port& Port::operator=(Port&& other) noexcept {
    if (this == &other) return *this;
    (void)destroy();
    id_ = other.id_;
    signals_ = other.signals_;
    other.id_ = PortId::none;
    return *this;
}

Result<Port> Port::create(const UserPortOptions& options) {
    const auto id = user::port_create({static_cast<std::uint32_t>(options.mode), options.sender, options.count_messages,
                                       options.message_bytes, options.credits, options.signals});
    if (!id.ok()) return id.status();
    return Port(id.value(), options.signals);
}

Status Port::destroy() {
    if (id_ == PortId::none) return Status::ok;
    const PortId id = id_;
    id_ = PortId::none;
    return user::port_destroy(id);
}

Result<Message> Port::receive(Wait wait, std::uint32_t milliseconds) const {
    const auto address = message_receive(id_, wait, milliseconds);
    if (!address.ok()) return address.status();
    return Message(id_, address.value());
}

Result<Message> Port::answer() const {
    auto answer = receive();
    if (answer.ok() && answer.value().status() != Status::ok) return answer.value().status();
    return answer;
}

Result<Message> Port::request(Outgoing message) const {
    message.reply_to = id_;
    const Status sent = send(message);
    if (sent != Status::ok) return sent;
    return answer();
}

Result<Message> Port::request(Outgoing message, Area& area) const {
    const Word base = area.base();
    const Word length_bytes = area.length_bytes();
    message.reply_to = id_;
    const Status sent = static_cast<Area&&>(area).send(message);
    if (sent != Status::ok) return sent;
    auto reply = answer();
    if (reply.status() != Status::peer_gone) return reply;
    // Nothing else of this process was made meanwhile: what lies there now is the area, or a hole where it was taken.
    area = Area::adopt(base, length_bytes);
    if (const auto state = area.state(); !state.ok()) area.forget();
    return reply;
}

Result<WordPair> Port::call(PortId to, Word first, Word second) const {
    const arch::WordsResult result = words_call(to, id_, first, second);
    if (result.status != Status::ok) return result.status;
    if (result.head == 0) return WordPair{result.first, result.second};
    const Message answer(id_, result.head);
    if (answer.status() != Status::ok) return answer.status();
    const auto* const words = answer.payload_as<WordPair>();
    if (words == nullptr) return Status::bad_option;
    return *words;
}

Result<Words> Port::words_from(const arch::WordsResult& words) const {
    if (words.status != Status::ok) return words.status;
    if (words.head == 0) return Words(id_, words);
    return Words(Message(id_, words.head));
}

Result<Words> Port::reply_and_receive(Words&& request, Word first, Word second) const {
    return words_from(words_receive(id_, request.let_go(), first, second));
}

Result<Answer> ask(Outgoing message, std::uint32_t milliseconds, std::uint32_t answer_bytes) {
    auto port = Port::create({.mode = PortMode::closed, .count_messages = 1, .message_bytes = answer_bytes});
    if (!port.ok()) return port.status();
    message.reply_to = port.value().id();
    const Status sent = send(message, Wait::yes, milliseconds);
    if (sent != Status::ok) return sent;
    auto answer = port.value().receive(Wait::yes, milliseconds);
    if (!answer.ok()) return answer.status();
    if (answer.value().status() != Status::ok) return answer.value().status();
    return Answer(static_cast<Port&&>(port.value()), static_cast<Message&&>(answer.value()));
}

Result<Arrival> wait_any(std::span<const Port* const> ports, std::uint32_t signals, std::uint32_t milliseconds) {
    std::uint32_t all = signals;
    for (const Port* const port : ports) {
        if (port->signals() == 0) return Status::bad_option;
        all |= port->signals();
    }
    const Deadline deadline(milliseconds);
    for (;;) {
        if (signals != 0) {
            const auto raised = signal_wait(signals, Wait::no);
            if (raised.ok()) return Arrival{.signals = raised.value()};
        }
        for (std::uint32_t i = 0; i < ports.size(); ++i) {
            auto message = ports[i]->receive(Wait::no);
            if (message.ok()) return Arrival{.port = i, .message = static_cast<Message&&>(message.value())};
            if (message.status() != Status::would_block) return message.status();
        }
        if (deadline.is_over()) return Status::timed_out;
        const auto raised = signal_wait(all, Wait::yes, deadline.milliseconds_left());
        if (!raised.ok() && raised.status() != Status::timed_out) return raised.status();
        const std::uint32_t wanted = raised.ok() ? raised.value() & signals : 0;
        if (wanted != 0) return Arrival{.signals = wanted};
    }
}

}  // namespace freehold::user
