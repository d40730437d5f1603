// SPDX-License-Identifier: MIT
// Areas as values that own: an Area may be written by this process alone; a SealedArea by nobody, ever.
//
//      Area ──seal──▶ SealedArea<> ──send, share_with──▶ also there
//        │                 └──check──▶ SealedArea<T>: so many T, to be read for ever without another check
//        └──send, move_to──▶ there, gone here
//
// What consumes an area does so only if it succeeds; otherwise the area is as before. Destructors release.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "user/runtime/calls.h"

namespace freehold::user {

/// A message on its way out, but for its areas.
struct Outgoing {
    PortId to = PortId::none;
    std::span<const std::byte> payload = {};
    Word cookie = 0;
    PortId reply_to = PortId::none;
};

/// Sends a message without areas; with a time to wait at most, 0 being without end.
Status send(const Outgoing& message, Wait wait = Wait::yes, std::uint32_t milliseconds = 0);

/// Rounds up to whole pages; 0 where that would pass the end of all addresses.
constexpr Word whole_pages(Word length_bytes) { return (length_bytes + (kPageBytes - 1)) & ~Word{kPageBytes - 1}; }

/// What holds of every page of a range.
struct RangeState {
    RegionState state;
    Rights rights;  ///< that all pages have
    bool guarded;   ///< there is a guard page among them
    [[nodiscard]] bool sealed_to_read() const {
        return state == RegionState::sealed && has(rights, Rights::read) && !guarded;
    }
};

/// A range of pages that is released when its owner goes.
class OwnedRange {
  public:
    OwnedRange(const OwnedRange&) = delete;
    OwnedRange& operator=(const OwnedRange&) = delete;

    [[nodiscard]] explicit operator bool() const { return length_bytes_ != 0; }
    [[nodiscard]] Word base() const { return base_; }
    [[nodiscard]] Word length_bytes() const { return length_bytes_; }

    /// What the kernel says of all of it. Status bad_option: not one state; not_mapped: there is a hole.
    [[nodiscard]] Result<RangeState> state() const;

    /// Releases it now, and says whether that worked.
    Status release();

    /// Lets go without releasing; returns the base.
    Word forget();

  protected:
    constexpr OwnedRange() = default;
    constexpr OwnedRange(Word base, Word length_bytes) : base_(base), length_bytes_(length_bytes) {}
    OwnedRange(OwnedRange&& other) noexcept : base_(other.base_), length_bytes_(other.length_bytes_) { other.clear(); }
    OwnedRange& operator=(OwnedRange&& other) noexcept;
    ~OwnedRange();

    void clear() { base_ = length_bytes_ = 0; }

  private:
    Word base_ = 0;
    Word length_bytes_ = 0;
};

/// What all sealed areas can do, whatever they hold.
class SealedRange : public OwnedRange {
  public:
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(base())), length_bytes()};
    }

    /// Shares it with a message's receiver.
    Status send(const Outgoing& message, Wait wait = Wait::yes, std::uint32_t milliseconds = 0) const;

    /// Sends it to all these ports in one call; returns to how many. `outcomes`, as many, say how it went with each.
    Result<std::uint32_t> publish(const Outgoing& message, std::span<const PortId> ports,
                                  std::span<Status> outcomes) const;

    /// Shares it with a child; returns its base there.
    Result<Word> share_with(ProcessId child) const { return user::share(child, base(), length_bytes()); }

  protected:
    constexpr SealedRange() = default;
    constexpr SealedRange(Word base, Word length_bytes) : OwnedRange(base, length_bytes) {}
};

/// Sealed bytes, seen as `count` values of T from the area's base on.
///
/// Whoever holds one has checked, once, that the kernel keeps every page of it sealed and that the values are as they
/// should be. Nothing can change that any more, so no later reader checks again. T has no padding, no pointers that
/// mean anything here, and every pattern of bits is a T; what more must hold of the values, `is_right` says.
template <typename T = std::byte>
requires std::is_trivially_copyable_v<T> &&(alignof(T) <= kPageBytes) class SealedArea : public SealedRange {
  public:
    constexpr SealedArea() = default;

    /// Takes on a range that this process sealed or opened itself, and nobody owns yet; unchecked.
    static SealedArea adopt(Word base, Word length_bytes) requires std::is_same_v<T, std::byte> {
        return {base, length_bytes, length_bytes};
    }

    /// Takes over `range` if the kernel says that it is sealed, and it has room for `count` values, which are right.
    /// Status not_sealed; not_mapped; overflow: no room for so many; bad_option: a value is not right.
    template <typename U, typename IsRight>
    static Result<SealedArea> check(SealedArea<U>&& range, Word count, IsRight is_right) {
        if (count > range.length_bytes() / sizeof(T)) return Status::overflow;
        const auto state = range.state();
        if (state.status() == Status::not_mapped) return Status::not_mapped;
        if (!state.ok() || !state.value().sealed_to_read()) return Status::not_sealed;
        if (!is_right(values_at(range.base(), count))) return Status::bad_option;
        const Word length_bytes = range.length_bytes();
        return SealedArea(range.forget(), length_bytes, count);
    }
    template <typename U>
    static Result<SealedArea> check(SealedArea<U>&& range, Word count) {
        return check(static_cast<SealedArea<U>&&>(range), count, [](std::span<const T>) { return true; });
    }

    [[nodiscard]] std::span<const T> values() const { return values_at(base(), count_); }
    [[nodiscard]] Word count() const { return *this ? count_ : 0; }
    [[nodiscard]] const T& operator[](Word index) const { return values()[index]; }
    [[nodiscard]] const T* begin() const { return values().data(); }
    [[nodiscard]] const T* end() const { return begin() + count_; }

  private:
    constexpr SealedArea(Word base, Word length_bytes, Word count) : SealedRange(base, length_bytes), count_(count) {}

    static std::span<const T> values_at(Word base, Word count) {
        return {reinterpret_cast<const T*>(static_cast<std::uintptr_t>(base)), count};
    }

    Word count_ = 0;
};

struct AreaOptions {
    Word alignment_bytes = kPageBytes;
    Placement placement = Placement::lowest;
    Word address = 0;
    Rights rights = kReadWrite;
    bool populate = false;
    std::uint32_t guard_pages_below = 0;
    std::uint32_t guard_pages_above = 0;
};

class Area : public OwnedRange {
  public:
    constexpr Area() = default;

    /// New memory, zero-filled; the length is rounded up to whole pages.
    static Result<Area> allocate(Word length_bytes, const AreaOptions& options = {});

    /// Takes on a range that this process holds and nobody owns yet.
    static Area adopt(Word base, Word length_bytes) { return {base, length_bytes}; }

    [[nodiscard]] std::span<std::byte> bytes() const {
        return {reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(base())), length_bytes()};
    }

    Status protect(Rights rights) { return user::protect(base(), length_bytes(), rights); }

    /// Nobody can write it from here on.
    Result<SealedArea<>> seal() &&;

    /// Moves it to a message's receiver.
    Status send(const Outgoing& message, Wait wait = Wait::yes, std::uint32_t milliseconds = 0) &&;

    /// Moves it to a child; returns its base there.
    Result<Word> move_to(ProcessId child) &&;

  private:
    constexpr Area(Word base, Word length_bytes) : OwnedRange(base, length_bytes) {}
};

/// Up to four areas on their way out with one message. What was moved in here is released with it, or gone once sent.
class Cargo {
  public:
    Cargo() = default;
    Cargo(const Cargo&) = delete;
    Cargo& operator=(const Cargo&) = delete;

    /// Status too_many_areas: the area is as before.
    Status move(Area&& area);
    Status share(const SealedRange& area);

    [[nodiscard]] std::uint32_t count() const { return count_; }

    /// For those who send: fills in a call's arguments; and what they do once that succeeded.
    std::uint32_t write_to(AreaToSend (&areas)[kMessageAreasMax]) const;
    void gone();

    Status send(const Outgoing& message, Wait wait = Wait::yes, std::uint32_t milliseconds = 0) &&;

  private:
    Area moved_[kMessageAreasMax];
    AreaToSend areas_[kMessageAreasMax] = {};
    std::uint32_t count_ = 0;
};

}  // namespace freehold::user
