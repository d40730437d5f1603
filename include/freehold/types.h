// SPDX-License-Identifier: MIT
// Addresses, frame numbers and page ranges as distinct types, so that none can stand for another.
//
// Ranges are half-open [base, end). kUserEnd is at most 0xF0000000 on 32 bits, so an end never wraps.
#pragma once

#include <compare>
#include <cstdint>

#include <freehold/config.h>
#include <freehold/status.h>

namespace freehold {

/// An address in some address space. Says nothing of whether anything is there.
class VirtAddr {
  public:
    constexpr VirtAddr() = default;
    constexpr explicit VirtAddr(Word value) : value_(value) {}
    [[nodiscard]] constexpr Word value() const { return value_; }
    [[nodiscard]] constexpr bool page_aligned() const { return value_ % kPageBytes == 0; }
    [[nodiscard]] constexpr VirtAddr page_base() const { return VirtAddr(value_ & ~Word{kPageBytes - 1}); }
    constexpr VirtAddr operator+(Word bytes) const { return VirtAddr(value_ + bytes); }
    constexpr VirtAddr operator-(Word bytes) const { return VirtAddr(value_ - bytes); }
    constexpr Word operator-(VirtAddr other) const { return value_ - other.value_; }
    constexpr auto operator<=>(const VirtAddr&) const = default;

  private:
    Word value_ = 0;
};

/// The number of a 4 KiB frame of physical memory: its physical address divided by 4096.
class FrameNumber {
  public:
    constexpr FrameNumber() = default;
    constexpr explicit FrameNumber(std::uint32_t value) : value_(value) {}
    [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
    constexpr FrameNumber operator+(std::uint32_t frames) const { return FrameNumber(value_ + frames); }
    constexpr auto operator<=>(const FrameNumber&) const = default;

  private:
    std::uint32_t value_ = 0;
};

/// Frames [first, first + count).
struct FrameRange {
    FrameNumber first;
    std::uint32_t count = 0;
};

inline constexpr VirtAddr kUserBase{kPageBytes};  ///< page 0 is never mapped
inline constexpr VirtAddr kUserEnd{arch::kUserEnd};

/// A page-aligned, non-empty range of user space; only checked() makes one from numbers a user supplied.
class PageRange {
  public:
    constexpr PageRange() = default;

    /// @pre base < end, both page-aligned, end <= kUserEnd
    constexpr PageRange(VirtAddr base, VirtAddr end) : base_(base), end_(end) {}

    /// Makes a range of numbers that nobody has checked.
    /// @pre none
    /// @error zero_length; misaligned: base or length; overflow: base + length wraps; outside_user_space: touches
    ///        page 0 or passes kUserEnd
    /// @state none  @cost O(1)  @context any
    static constexpr Result<PageRange> checked(Word base, Word length_bytes) {
        if (length_bytes == 0) return Status::zero_length;
        if (base % kPageBytes != 0 || length_bytes % kPageBytes != 0) return Status::misaligned;
        const Word end = base + length_bytes;
        if (end < base) return Status::overflow;
        if (base < kUserBase.value() || end > kUserEnd.value()) return Status::outside_user_space;
        return PageRange(VirtAddr(base), VirtAddr(end));
    }

    [[nodiscard]] constexpr VirtAddr base() const { return base_; }
    [[nodiscard]] constexpr VirtAddr end() const { return end_; }
    [[nodiscard]] constexpr Word length_bytes() const { return end_ - base_; }
    [[nodiscard]] constexpr Word count_pages() const { return (end_ - base_) >> kPageShift; }
    [[nodiscard]] constexpr bool contains(VirtAddr address) const { return address >= base_ && address < end_; }
    constexpr bool operator==(const PageRange&) const = default;

  private:
    VirtAddr base_;
    VirtAddr end_;
};

/// What user code may do with a page. Bits can be joined with |, as far as valid() allows.
enum class Rights : std::uint8_t { none = 0, read = 1, write = 2, execute = 4 };

constexpr Rights operator|(Rights a, Rights b) {
    return static_cast<Rights>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Rights operator&(Rights a, Rights b) {
    return static_cast<Rights>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr bool has(Rights all, Rights one) { return (all & one) == one; }

/// Write and execute need read: no format Freehold knows can express them without. And a page that can be written
/// can't be executed; whoever makes code writes it first, and then gives up to write it.
constexpr bool valid(Rights rights) {
    return static_cast<unsigned>(rights) <= 7 && (rights == Rights::none || has(rights, Rights::read)) &&
           !has(rights, Rights::write | Rights::execute);
}

inline constexpr Rights kReadWrite = Rights::read | Rights::write;

/// The plan's AREA_FREE, AREA_PHYS, AREA_ANON.
enum class RegionType : std::uint8_t { free = 0, phys = 1, anon = 2 };

/// What is going on with a region beside its type and rights.
enum class RegionState : std::uint8_t {
    plain = 0,
    sealed = 1,          ///< nobody can write it, ever
    transit = 2,         ///< travels in a message; nobody can reach it
    transit_sealed = 3,  ///< the same, and sealed
    kept = 4,            ///< a port's buffer: its owner may read, only the kernel changes it
};

/// Their names for printing: "anon", "in transit".
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* region_type_name(RegionType value);

/// As region_type_name().
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* region_state_name(RegionState value);

/// A generation-checked name of an AddressSpace; an old one never names a new space. 0 names none.
enum class SpaceId : std::uint32_t { none = 0 };

/// A generation-checked name of a Port; 0 names none.
enum class PortId : std::uint32_t { none = 0 };

}  // namespace freehold
