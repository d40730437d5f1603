// SPDX-License-Identifier: MIT
// RegionTable: what every part of an address space is, in one machine word a region.
//
//      word:   | base, page-aligned            | 0000 | state:3 | rights:3 | type:2 |
//      table:  | count | reserved | [0] 0, free | [1] 0x1000, anon rw | [2] 0x3000, free | ... | [count] end |
//
// A region's ceiling is the next one's base; a word of the end of user space stands behind the last region, so every
// region has a next word. The object is exactly what lies in its frame.
//
// Invariants: bases ascend strictly, the first is 0, the regions cover everything up to the end, and two neighbours
// never have equal tags: they would be one region. Each change finds out first whether it has room; then it can't fail.
//
// Callers hold regions, never indexes: a Region is a copy, and a Cursor is only good for next() until the next change.
#pragma once

#include <cstdint>

#include <freehold/types.h>

#include "src/base/assert.h"
#include "src/base/bits.h"

namespace freehold {

/// Type, rights and state of a region: the low 12 bits of its word. All zero is a free region.
class Tag {
  public:
    constexpr Tag() = default;
    constexpr explicit Tag(std::uint32_t bits) : bits_(static_cast<std::uint16_t>(bits)) {}

    [[nodiscard]] static constexpr Tag free() { return Tag(); }
    [[nodiscard]] static constexpr Tag make(RegionType type, Rights rights, RegionState state = RegionState::plain) {
        return Tag(static_cast<unsigned>(type) | static_cast<unsigned>(rights) << kRightsShift |
                   static_cast<unsigned>(state) << kStateShift);
    }

    [[nodiscard]] constexpr RegionType type() const { return static_cast<RegionType>(bits_ & 3U); }
    [[nodiscard]] constexpr Rights rights() const { return static_cast<Rights>((bits_ >> kRightsShift) & 7U); }
    [[nodiscard]] constexpr RegionState state() const { return static_cast<RegionState>((bits_ >> kStateShift) & 7U); }
    [[nodiscard]] constexpr Tag with(Rights rights) const { return make(type(), rights, state()); }
    [[nodiscard]] constexpr Tag with(RegionState state) const { return make(type(), rights(), state); }
    [[nodiscard]] constexpr bool is_free() const { return bits_ == 0; }
    [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
    constexpr bool operator==(const Tag&) const = default;

    /// Whether a region may have this tag: free is all zero, device memory neither travels nor is sealed, and what is
    /// sealed has no right to write.
    [[nodiscard]] constexpr bool legal() const {
        if (is_free()) return true;
        const RegionState is = state();
        const bool sealed = is == RegionState::sealed || is == RegionState::transit_sealed;
        const bool travels = is == RegionState::transit || is == RegionState::transit_sealed;
        return bits_ >> kUnusedShift == 0 && (type() == RegionType::anon || type() == RegionType::phys) &&
               valid(rights()) && is <= RegionState::kept && !(sealed && has(rights(), Rights::write)) &&
               !(type() == RegionType::phys && (sealed || travels));
    }

  private:
    static constexpr unsigned kRightsShift = 2;
    static constexpr unsigned kStateShift = 5;
    static constexpr unsigned kUnusedShift = 8;
    std::uint16_t bits_ = 0;
};

/// From which end find_free() looks.
enum class SearchFrom : std::uint8_t { lowest, highest };

/// @tparam Address a strong address type of one machine word with value(), such as VirtAddr
/// @tparam Range   a page-aligned half-open range of such addresses with base() and end(), such as PageRange
template <typename Address, typename Range, std::uint32_t kCapacity>
class BasicRegionTable {
  public:
    using Word = decltype(Address().value());
    enum class Cursor : std::uint32_t {};

    struct Region {
        Address base;
        Address end;
        Tag tag;
        Cursor cursor;

        [[nodiscard]] constexpr bool contains(Address address) const { return address >= base && address < end; }

        /// The part of the region that lies in `range`. @pre they overlap
        [[nodiscard]] constexpr Range within(const Range& range) const {
            return Range(base > range.base() ? base : range.base(), end < range.end() ? end : range.end());
        }
    };

    /// One free region [0, end). @pre end is page-aligned and not 0
    void init(Address end) {
        FREEHOLD_ASSERT(end.value() != 0 && end.value() % kPageBytes == 0);
        count_ = 1;
        reserved_ = 0;
        words_[0] = 0;
        words_[1] = end.value();
    }

    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] static constexpr std::uint32_t capacity() { return kCapacity; }
    [[nodiscard]] Address end() const { return Address(base_of(words_[count_])); }

    /// Slots that fits() leaves alone, so that what they are kept for can't fail: bounds of areas in flight.
    [[nodiscard]] std::uint32_t reserved() const { return reserved_; }
    void set_reserved(std::uint32_t slots) { reserved_ = slots; }

    /// The region that holds `address`. @pre address < end()
    [[nodiscard]] Region find(Address address) const {
        FREEHOLD_ASSERT(address < end());
        return region(index_of(address.value()));
    }

    /// The region that follows; behind the last one an empty region [end(), end()).
    [[nodiscard]] Region next(const Region& current) const {
        const std::uint32_t index = static_cast<std::uint32_t>(current.cursor) + 1;
        return index < count_ ? region(index) : Region{end(), end(), Tag::free(), Cursor{count_}};
    }

    /// `for (const auto region : table.overlapping(range))`: every region a page of the range lies in, whole, in order.
    /// The table must not change meanwhile. @pre range.end() <= end()
    class View {
      public:
        struct Stop {
            Address at;
        };
        class Iterator {
          public:
            Iterator(const BasicRegionTable& table, const Region& first) : table_(&table), region_(first) {}
            const Region& operator*() const { return region_; }
            Iterator& operator++() {
                region_ = table_->next(region_);
                return *this;
            }
            bool operator!=(const Stop& stop) const { return region_.base < stop.at; }

          private:
            const BasicRegionTable* table_;
            Region region_;
        };

        View(const BasicRegionTable& table, Address base, Address end) : table_(&table), base_(base), end_(end) {}
        [[nodiscard]] Iterator begin() const { return Iterator(*table_, table_->find(base_)); }
        [[nodiscard]] Stop end() const { return Stop{end_}; }

      private:
        const BasicRegionTable* table_;
        Address base_;
        Address end_;
    };

    [[nodiscard]] View overlapping(const Range& range) const { return View(*this, range.base(), range.end()); }
    [[nodiscard]] View all() const { return View(*this, Address(0), end()); }

    /// Whether assign(range, tag) has room. Exact: counts what merges. @pre range is not empty, range.end() <= end()
    [[nodiscard]] bool fits(const Range& range, Tag tag) const {
        return fits_transform(range, [tag](Tag) { return tag; });
    }

    /// Gives the whole range one tag: carve, release. @pre fits(range, tag)
    void assign(const Range& range, Tag tag) {
        transform(range, [tag](Tag) { return tag; });
    }

    /// Whether transform(range, change) has room. `change` maps a Tag to a Tag, the same each time it is asked.
    template <typename Change>
    [[nodiscard]] bool fits_transform(const Range& range, Change change) const {
        const std::uint32_t after = plan(range, change).count_after;
        return after <= count_ || after + reserved_ <= kCapacity;
    }

    /// Changes the tag of each region in the range, splitting those at its ends. @pre fits_transform(range, change)
    template <typename Change>
    void transform(const Range& range, Change change) {
        const Plan plan = this->plan(range, change);
        FREEHOLD_ASSERT(plan.count_after <= kCapacity);
        const std::uint32_t tail_words = count_ + 1 - plan.tail;
        Word* const tail = words_ + plan.tail;
        Word* const tail_after = words_ + (plan.count_after + 1 - tail_words);
        if (tail_after > tail) move_words_up(tail_after, tail, tail_words);
        Word* out = words_ + plan.first;
        new_words(plan.first, range, change, [&out](Word word) { *out++ = word; });
        if (tail_after < tail) move_words_down(tail_after, tail, tail_words);
        count_ = plan.count_after;
    }

    /// A free range's base with base % alignment_bytes == phase_bytes, never in page 0.
    /// @pre all are multiples of the page, length_bytes > 0, alignment_bytes a power of two, phase_bytes less than it
    /// @error no_address_range
    [[nodiscard]] Result<Address> find_free(Word length_bytes, Word alignment_bytes, Word phase_bytes,
                                            SearchFrom from) const;

    /// What is wrong with the table, or nullptr. `end` is where user space ends. Trusts nothing but the frame's bounds.
    [[nodiscard]] const char* check(Address end) const;

  private:
    static constexpr Word kTagMask = kPageBytes - 1;
    static constexpr std::uint32_t kNoTag = 0xFFFFFFFF;

    /// What a change does to the array: words [first, tail) give way to others.
    struct Plan {
        std::uint32_t first;
        std::uint32_t tail;
        std::uint32_t count_after;
    };

    static constexpr Word base_of(Word word) { return word & ~kTagMask; }
    static constexpr Tag tag_of(Word word) { return Tag(static_cast<std::uint32_t>(word & kTagMask)); }

    [[nodiscard]] Region region(std::uint32_t index) const {
        return {Address(base_of(words_[index])), Address(base_of(words_[index + 1])), tag_of(words_[index]),
                Cursor{index}};
    }

    [[nodiscard]] inline std::uint32_t index_of(Word address) const;

    template <typename Change>
    [[nodiscard]] Plan plan(const Range& range, Change change) const {
        FREEHOLD_ASSERT(range.base() < range.end() && range.end() <= end());
        const std::uint32_t first = index_of(range.base().value());
        std::uint32_t emitted = 0;
        const std::uint32_t tail = new_words(first, range, change, [&emitted](Word) { ++emitted; });
        return {first, tail, count_ - (tail - first) + emitted};
    }

    template <typename Change, typename Emit>
    std::uint32_t new_words(std::uint32_t index, const Range& range, Change change, Emit emit) const;

    static void move_words_up(Word* to, const Word* from, std::uint32_t count);
    static void move_words_down(Word* to, const Word* from, std::uint32_t count);

    std::uint32_t count_;
    std::uint32_t reserved_;
    Word words_[kCapacity + 1];
};

using RegionTable = BasicRegionTable<VirtAddr, PageRange, kRegionsMax>;
using Region = RegionTable::Region;
static_assert(sizeof(RegionTable) <= kPageBytes, "a region table is one frame");

}  // namespace freehold

#include "src/space/region_table_impl.h"
