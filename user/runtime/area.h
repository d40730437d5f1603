// SPDX-License-Identifier: MIT
// Areas as values that own: an Area may be written by this process alone; a SealedArea by nobody, ever.
//
//      Area ──seal──▶ SealedArea ──send, share_with──▶ also there
//        └──send, move_to──▶ there, gone here
//
// What consumes an area does so only if it succeeds; otherwise the area is as before. Destructors release.
#pragma once

#include <cstddef>
#include <span>

#include "user/runtime/calls.h"

namespace freehold::user {

/// A message on its way out, but for its areas.
struct Outgoing {
    PortId to = PortId::none;
    std::span<const std::byte> payload = {};
    Word cookie = 0;
    PortId reply_to = PortId::none;
};

/// Sends a message without areas.
Status send(const Outgoing& message, Wait wait = Wait::yes);

/// Rounds up to whole pages; 0 where that would pass the end of all addresses.
constexpr Word whole_pages(Word length_bytes) { return (length_bytes + (kPageBytes - 1)) & ~Word{kPageBytes - 1}; }

/// A range of pages that is released when its owner goes.
class OwnedRange {
  public:
    OwnedRange(const OwnedRange&) = delete;
    OwnedRange& operator=(const OwnedRange&) = delete;

    [[nodiscard]] explicit operator bool() const { return length_bytes_ != 0; }
    [[nodiscard]] Word base() const { return base_; }
    [[nodiscard]] Word length_bytes() const { return length_bytes_; }

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

class SealedArea : public OwnedRange {
  public:
    constexpr SealedArea() = default;

    /// Takes on a sealed range that this process holds and nobody owns yet.
    static SealedArea adopt(Word base, Word length_bytes) { return {base, length_bytes}; }

    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(base())), length_bytes()};
    }

    /// Shares it with a message's receiver.
    Status send(const Outgoing& message, Wait wait = Wait::yes) const;

    /// Shares it with a child; returns its base there.
    Result<Word> share_with(ProcessId child) const { return user::share(child, base(), length_bytes()); }

  private:
    constexpr SealedArea(Word base, Word length_bytes) : OwnedRange(base, length_bytes) {}
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
    Result<SealedArea> seal() &&;

    /// Moves it to a message's receiver.
    Status send(const Outgoing& message, Wait wait = Wait::yes) &&;

    /// Moves it to a child; returns its base there.
    Result<Word> move_to(ProcessId child) &&;

  private:
    constexpr Area(Word base, Word length_bytes) : OwnedRange(base, length_bytes) {}
};

}  // namespace freehold::user
