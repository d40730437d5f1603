// SPDX-License-Identifier: MIT
// Ports and messages as values that own: a port ends with its owner, a message's slot is given back when the view of
// it goes, and areas nobody took out of it are released.
//
//      Port::receive ──▶ Message ──reply──▶ (answer sent, slot given back)
//                                ├─forward──▶ (on its way to another port, with its reply; slot given back)
//                                └─discard or destructor──▶ (slot given back; who asked is told peer_gone)
//
// Times to wait are in milliseconds; 0 is without end.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include "user/runtime/area.h"
#include "user/runtime/deadline.h"

namespace freehold::user {

/// A value's bytes, to send them.
template <typename T>
requires std::is_trivially_copyable_v<T> std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span<const T, 1>(&value, 1));
}
inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// A message taken from a port, not yet given back. It lies in the port's buffer, so the port must outlive it.
class Message {
  public:
    constexpr Message() = default;
    Message(PortId port, Word address)
        : port_(port), head_(reinterpret_cast<const MessageHead*>(static_cast<std::uintptr_t>(address))) {}
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;
    Message(Message&& other) noexcept : port_(other.port_), head_(other.head_), taken_(other.taken_) {
        other.head_ = nullptr;
    }
    Message& operator=(Message&& other) noexcept;
    ~Message() { (void)discard(); }

    [[nodiscard]] explicit operator bool() const { return head_ != nullptr; }
    [[nodiscard]] const MessageHead& head() const { return *head_; }
    [[nodiscard]] Word cookie() const { return head_->cookie; }
    [[nodiscard]] ProcessId sender() const { return head_->sender; }
    [[nodiscard]] ProcessId origin() const { return head_->origin; }  ///< the sender, if nobody forwarded it
    [[nodiscard]] std::uint32_t count_areas() const { return head_->area_count; }
    [[nodiscard]] Status status() const { return head_->status; }
    [[nodiscard]] bool is_reply() const { return (head_->flags & kMessageIsReply) != 0; }
    [[nodiscard]] bool wants_reply() const { return (head_->flags & kMessageWantsReply) != 0; }
    [[nodiscard]] std::span<const std::byte> payload() const {
        return {reinterpret_cast<const std::byte*>(head_ + 1), head_->length_bytes};
    }

    /// The payload as one T; nullptr if it has another length. Slots are aligned for any T of ours.
    template <typename T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] const T* payload_as() const {
        return head_->length_bytes == sizeof(T) ? reinterpret_cast<const T*>(head_ + 1) : nullptr;
    }

    /// The area of that index becomes the caller's: one that was moved, or one that was shared, as agreed with the
    /// sender; of a stranger's, state() says whether it can be read and written. Status not_mapped: there is none (any
    /// more).
    Result<Area> take_area(std::uint32_t index = 0);

    /// As so many T of a sealed area: the kernel is asked whether it is one, and then never again. Statuses of
    /// SealedArea::check too; the area stays in the message then.
    template <typename T = std::byte>
    Result<SealedArea<T>> take_sealed(std::uint32_t index, Word count) {
        return take_sealed<T>(index, count, [](std::span<const T>) { return true; });
    }
    template <typename T, typename IsRight>
    Result<SealedArea<T>> take_sealed(std::uint32_t index, Word count, IsRight is_right);
    /// All its bytes.
    Result<SealedArea<>> take_sealed(std::uint32_t index = 0);

    /// Answers, and gives the slot back.
    Status reply(std::span<const std::byte> payload = {}) &&;
    Status reply(std::span<const std::byte> payload, Area&& area) &&;
    Status reply(std::span<const std::byte> payload, Cargo&& cargo) &&;

    /// Hands it on to another port, whose owner replies to who asked. Areas not taken are released; the payload is a
    /// new one. Never waits. On failure the message is as before, but for areas not taken.
    Status forward(PortId to, std::span<const std::byte> payload = {}) && {
        return static_cast<Message&&>(*this).forward(to, payload, Cargo());
    }
    Status forward(PortId to, std::span<const std::byte> payload, Cargo&& cargo) &&;

    /// Gives the slot back; areas not taken are released.
    Status discard();

    /// Releases areas not taken, now; the message stays.
    void release_areas();

  private:
    friend class Words;
    [[nodiscard]] bool has_area(std::uint32_t index) const;
    [[nodiscard]] MessageHead::Area area(std::uint32_t index) const { return head_->areas[index]; }
    Status reply_with(abi::ReplyArgs& args, std::span<const std::byte> payload);

    PortId port_ = PortId::none;
    const MessageHead* head_ = nullptr;
    std::uint32_t taken_ = 0;  // a bit for each area taken
};

struct UserPortOptions {
    PortMode mode = PortMode::open;
    ProcessId sender = ProcessId::none;
    std::uint32_t count_messages = 16;
    std::uint32_t message_bytes = 256;
    std::uint32_t credits = 0;  ///< messages one sender may have here at a time; 0: the default
    std::uint32_t signals = 0;  ///< raised when a message comes
};

/// Two words that came by a call in registers, or as a message of two words. A request is answered by
/// Port::reply_and_receive; a destructor tells who asked peer_gone.
class Words {
  public:
    Words() = default;
    Words(PortId port, const arch::WordsResult& words)
        : port_(port),
          message_(static_cast<std::uint32_t>(words.message)),
          sender_(words.sender),
          first_(words.first),
          second_(words.second) {}
    explicit Words(Message&& message);
    Words(const Words&) = delete;
    Words& operator=(const Words&) = delete;
    Words(Words&& other) noexcept;
    Words& operator=(Words&& other) noexcept;
    ~Words() { drop(); }

    [[nodiscard]] Word first() const { return first_; }
    [[nodiscard]] Word second() const { return second_; }
    [[nodiscard]] ProcessId sender() const { return static_cast<ProcessId>(sender_); }
    /// The whole message, if it is one in memory that is not two words alone.
    [[nodiscard]] Message& message() { return whole_; }

  private:
    friend class Port;
    void drop();
    std::uint32_t let_go();

    PortId port_ = PortId::none;
    std::uint32_t message_ = 0;  // to be answered; 0: nothing is
    Word sender_ = 0;
    Word first_ = 0;
    Word second_ = 0;
    Message whole_;
};

/// What a call in registers is answered with.
struct WordPair {
    Word first;
    Word second;
};

class Port {
  public:
    constexpr Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    Port(Port&& other) noexcept : id_(other.id_), signals_(other.signals_) { other.id_ = PortId::none; }
    Port& operator=(Port&& other) noexcept;
    ~Port() { (void)destroy(); }

    static Result<Port> create(const UserPortOptions& options = {});

    [[nodiscard]] PortId id() const { return id_; }
    [[nodiscard]] std::uint32_t signals() const { return signals_; }
    Status destroy();
    Status set_mode(PortMode mode, ProcessId sender = ProcessId::none) { return user::port_mode(id_, mode, sender); }
    Result<Message> receive(Wait wait = Wait::yes, std::uint32_t milliseconds = 0) const;

    /// Sends a request and waits for its answer at this port, which takes nothing else meanwhile. For a time to wait
    /// at most, see ask(): an answer that comes too late would be taken for that of the next request here.
    Result<Message> request(Outgoing message) const;
    /// The area comes back to the caller if its receiver dies before it takes it.
    Result<Message> request(Outgoing message, Area& area) const;

    /// Two words there, two words back, in registers where the other side waits. Statuses of send; peer_gone;
    /// bad_option: the answer is no two words.
    Result<WordPair> call(PortId to, Word first, Word second = 0) const;

    /// The next request; reply_and_receive answers one first. peer_gone does not come back: who asked is gone, that is
    /// all.
    Result<Words> receive_words() const { return words_from(words_receive(id_)); }
    Result<Words> reply_and_receive(Words&& request, Word first, Word second = 0) const;

  private:
    constexpr Port(PortId id, std::uint32_t signals) : id_(id), signals_(signals) {}
    Result<Message> answer() const;
    Result<Words> words_from(const arch::WordsResult& words) const;

    PortId id_ = PortId::none;
    std::uint32_t signals_ = 0;
};

/// An answer with the port that it came to.
struct Answer {
    Answer() = default;
    Answer(Port&& at, Message&& said) : port(static_cast<Port&&>(at)), message(static_cast<Message&&>(said)) {}
    Answer(Answer&&) noexcept = default;
    Answer& operator=(Answer&&) = delete;

    Port port;
    Message message;
};

/// Sends a request and waits for its answer, so long at most, at a port made for it alone. Status timed_out: what is
/// answered later is dropped.
Result<Answer> ask(Outgoing message, std::uint32_t milliseconds = 0, std::uint32_t answer_bytes = 256);

/// What wait_any() waited for: a message at one of the ports, or else signals.
struct Arrival {
    std::uint32_t port = 0;  ///< its place among the ports
    Message message = {};
    std::uint32_t signals = 0;  ///< that were raised and are taken; no message then
};

/// Waits for the first message at any of several ports, each made with signals of its own, or for any of `signals`,
/// which come first. Ports are looked at in order. Statuses bad_option: a port without signals; timed_out.
Result<Arrival> wait_any(std::span<const Port* const> ports, std::uint32_t signals, std::uint32_t milliseconds = 0);

template <typename T, typename IsRight>
Result<SealedArea<T>> Message::take_sealed(std::uint32_t index, Word count, IsRight is_right) {
    if (!has_area(index)) return Status::not_mapped;
    auto bytes = SealedArea<>::adopt(area(index).base, area(index).length_bytes);
    auto values = SealedArea<T>::check(static_cast<SealedArea<>&&>(bytes), count, is_right);
    if (values.ok()) {
        taken_ |= 1U << index;
    } else {
        bytes.forget();
    }
    return values;
}

}  // namespace freehold::user
