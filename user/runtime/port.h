// SPDX-License-Identifier: MIT
// Ports and messages as values that own: a port ends with its owner, a message's slot is given back when the view of
// it goes, and areas nobody took out of it are released.
//
//      Port::receive ──▶ Incoming ──reply──▶ (slot given back, answer sent)
//                                 └─discard or destructor──▶ (slot given back)
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include "user/runtime/area.h"

namespace freehold::user {

/// A value's bytes, to send them.
template <typename T>
requires std::is_trivially_copyable_v<T> std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span<const T, 1>(&value, 1));
}
inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// A message taken from a port, not yet given back.
class Incoming {
  public:
    constexpr Incoming() = default;
    Incoming(PortId port, Word address)
        : port_(port), head_(reinterpret_cast<const MessageHead*>(static_cast<std::uintptr_t>(address))) {}
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;
    Incoming(Incoming&& other) noexcept : port_(other.port_), head_(other.head_), taken_(other.taken_) {
        other.head_ = nullptr;
    }
    Incoming& operator=(Incoming&& other) noexcept;
    ~Incoming() { (void)discard(); }

    [[nodiscard]] const MessageHead& head() const { return *head_; }
    [[nodiscard]] Word cookie() const { return head_->cookie; }
    [[nodiscard]] ProcessId sender() const { return head_->sender; }
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
    /// sender. Status not_mapped: there is none (any more).
    Result<Area> take_area(std::uint32_t index = 0);
    Result<SealedArea> take_sealed(std::uint32_t index = 0);

    /// Answers, and gives the slot back.
    Status reply(std::span<const std::byte> payload = {}) &&;
    Status reply(std::span<const std::byte> payload, Area&& area) &&;

    /// Gives the slot back; areas not taken are released.
    Status discard();

  private:
    [[nodiscard]] bool has_area(std::uint32_t index) const;
    void release_areas();
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

class Port {
  public:
    constexpr Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    Port(Port&& other) noexcept : id_(other.id_) { other.id_ = PortId::none; }
    Port& operator=(Port&& other) noexcept;
    ~Port() { (void)destroy(); }

    static Result<Port> create(const UserPortOptions& options = {});

    [[nodiscard]] PortId id() const { return id_; }
    Status destroy();
    Status set_mode(PortMode mode, ProcessId sender = ProcessId::none) { return user::port_mode(id_, mode, sender); }
    Result<Incoming> receive(Wait wait = Wait::yes) const;

    /// Sends a request and waits for its answer at this port, which takes nothing else meanwhile.
    Result<Incoming> request(Outgoing message) const;

  private:
    constexpr explicit Port(PortId id) : id_(id) {}

    PortId id_ = PortId::none;
};

}  // namespace freehold::user
