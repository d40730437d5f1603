// SPDX-License-Identifier: MIT
// RegionTable: what every part of an address space is, in one machine word a region.
//
//      word:        | base, page-aligned            | 0000 | state:3 | rights:3 | type:2 |
//      leaf:        one frame of words, in chunks (region_leaf.h); the first one is the table's as long as it lives
//      directory:   | keys_: base of each leaf's first region | leaves_: where it lies | notes_: frame, largest gap |
//                   in the table itself up to a few leaves, then in one frame of its own, then in three
//      spare_:      frames that wait to become leaves or directory
//
// A region's ceiling is the next one's base. Up to a frame of regions the table is that frame, and a search sees no
// directory.
//
// Invariants: bases ascend strictly, the first is 0, the regions cover everything up to the end, and two neighbours
// never have equal tags: they would be one region. No leaf is empty, and no chunk of one.
//
// Each change finds out first whether it has room; then it can't fail. Room is: at most `limit` regions, and leaves and
// spare frames enough for all of them and for the reserved slots. A change adds at most two. It never needs a frame
// beyond that: where a leaf is full and none is spare, words move over to the next leaf that has room.
//
// Frames come and go through add_frame() and take_surplus() alone, so whoever owns the table keeps the books.
//
// Callers hold regions, never indexes: a Region is a copy, and a Cursor is only good for next() until the next change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <freehold/host.h>
#include <freehold/types.h>

#include "src/base/assert.h"
#include "src/base/bits.h"
#include "src/space/region_leaf.h"

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
/// @tparam kLimit  regions that a table may have at most
/// @tparam Shape   how frames are divided
template <typename Address, typename Range, std::uint32_t kLimit,
          typename Shape = FrameShape<decltype(Address().value())>>
class BasicRegionTable {
  public:
    using Word = decltype(Address().value());
    using Leaf = RegionLeaf<Word, Shape>;
    enum class Cursor : std::uint32_t {};

    struct Region {
        Address base;
        Address end;
        Tag tag;
        Cursor cursor;

        /// The part of the region that lies in `range`. @pre they overlap
        [[nodiscard]] constexpr Range within(const Range& range) const {
            return Range(std::max(base, range.base()), std::min(end, range.end()));
        }
    };

    BasicRegionTable() = default;
    BasicRegionTable(const BasicRegionTable&) = delete;
    BasicRegionTable& operator=(const BasicRegionTable&) = delete;

    /// One free region [0, end), in a frame that the table keeps until the end.
    /// @pre end is page-aligned and not 0; limit is at most kLimit
    void init(Address end, FrameNumber frame, void* memory, std::uint32_t limit = kLimit);

    /// Whom changes of very many regions let know that they can be interrupted (freehold_host_pause()); nobody at
    /// first.
    void pause_for(void* host) {
        host_ = host;
        pauses_ = true;
    }

    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] std::uint32_t limit() const { return limit_; }
    [[nodiscard]] Address end() const { return Address(end_); }

    /// Slots that fits() leaves alone, so that what they are kept for can't fail: bounds of areas in flight. To reserve
    /// more is only safe once frames_required(0) says 0 afterwards.
    [[nodiscard]] std::uint32_t reserved() const { return reserved_; }
    void set_reserved(std::uint32_t slots) { reserved_ = slots; }

    /// The region that holds `address`. @pre address < end()
    [[nodiscard, gnu::always_inline]] Region find(Address address) const {
        FREEHOLD_ASSERT(address < end());
        Recent& recent = recent_[address.value() >> kRecentShift & (kRecent - 1)];
        // One comparison: whether the address is above a base is anybody's guess, and a jump for it mispredicted.
        const Word offset = address.value() - recent.region.base.value();
        if (recent.generation == generation_ && offset < recent.length_bytes) return recent.region;
        const Region found = region(place_of(address.value()));
        recent = {found, static_cast<Word>(found.end.value() - found.base.value()), generation_};
        return found;
    }

    /// The region that follows; behind the last one an empty region [end(), end()).
    [[nodiscard]] Region next(const Region& current) const {
        Place place = place_of(current.cursor);
        return advance(place) ? region(place) : Region{end(), end(), Tag::free(), cursor_of(place)};
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
            Iterator(const BasicRegionTable& table, const Region& first) : table_(&table), region_(first) { settle(); }
            const Region& operator*() const { return region_; }
            Iterator& operator++() {
                if (last_ - at_ > 1) {  // the next one's end is in this chunk, too
                    ++at_;
                    region_ = {region_.end, Address(base_of(at_[1])), tag_of(*at_),
                               static_cast<Cursor>(static_cast<std::uint32_t>(region_.cursor) + 1)};
                } else {
                    region_ = table_->next(region_);
                    if (region_.base < table_->end()) settle();
                    if (place_of(region_.cursor).index == 0) table_->pause();  // a chunk is done: there may be many
                }
                return *this;
            }
            bool operator!=(const Stop& stop) const { return region_.base < stop.at; }

          private:
            void settle() {
                const Place place = place_of(region_.cursor);
                const Leaf& leaf = table_->leaf(place.leaf);
                at_ = leaf.chunk(place.chunk) + place.index;
                last_ = leaf.chunk(place.chunk) + leaf.counts[place.chunk] - 1;
            }

            const BasicRegionTable* table_;
            Region region_;
            const Word* at_ = nullptr;    ///< the region's word
            const Word* last_ = nullptr;  ///< the last one of its chunk
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

    /// What assign() will do, found out beforehand and good until the table's words change.
    class Plan {
      public:
        /// How many regions more there will be, or fewer. Exact: counts what merges.
        [[nodiscard]] std::int32_t growth() const { return growth_; }

        /// Whether one region holds the range, and the change is one of a few words side by side.
        [[nodiscard]] bool simple() const { return simple_; }
        /// That region's tag. @pre simple()
        [[nodiscard]] Tag old_tag() const { return Tag(old_tag_); }

      private:
        friend BasicRegionTable;
        Word begin_;
        Word end_;
        std::uint32_t leaf_;
        std::uint32_t chunk_;
        std::uint32_t index_;
        std::int32_t growth_;
        std::uint16_t tag_;
        std::uint16_t old_tag_;  ///< of the region that holds the range, if one does
        bool simple_;            ///< one region holds the range, and what changes is of its chunk
        bool stays_below_;       ///< the region begins below the range
        bool stays_above_;       ///< and ends above it
        bool joins_below_;       ///< the range becomes one with the region before it
        bool joins_above_;       ///< and with the one behind it
    };

    /// @pre range is not empty, range.end() <= end()
    [[nodiscard]] Plan plan(const Range& range, Tag tag) const {
        const auto change = [tag](Tag) { return tag; };
        Plan plan = plan_simple(range, change);
        if (!plan.simple_) plan.growth_ = growth_across(range, change);
        plan.tag_ = static_cast<std::uint16_t>(tag.bits());
        return plan;
    }

    /// As assign(). @pre allows(plan.growth()), and frames_required() are there
    void commit(const Plan& plan) {
        if (plan.simple_) {
            commit_simple(plan);
        } else {
            const Tag tag(plan.tag_);
            transform_across(Range(Address(plan.begin_), Address(plan.end_)), [tag](Tag) { return tag; });
        }
    }

    /// How many regions more there would be after transform(range, change), or fewer. Exact: counts what merges.
    /// `change` maps a Tag to a Tag, the same each time it is asked. @pre range is not empty, range.end() <= end()
    template <typename Change>
    [[nodiscard]] std::int32_t growth(const Range& range, Change change) const {
        const Plan plan = plan_simple(range, change);
        return plan.simple_ ? plan.growth_ : growth_across(range, change);
    }

    [[nodiscard]] std::int32_t growth(const Range& range, Tag tag) const {
        return growth(range, [tag](Tag) { return tag; });
    }

    /// Whether that many regions more are within the limit.
    [[nodiscard]] bool allows(std::int32_t more) const {
        return more <= 0 || count_ + static_cast<std::uint32_t>(more) + reserved_ <= limit_;
    }

    /// Whether the limit allows assign(range, tag), or transform(range, change).
    [[nodiscard]] bool fits(const Range& range, Tag tag) const { return allows(growth(range, tag)); }
    template <typename Change>
    [[nodiscard]] bool fits_transform(const Range& range, Change change) const {
        return allows(growth(range, change));
    }

    /// Frames without which there is no room for that many regions more and for the reserved slots.
    [[nodiscard]] std::uint32_t frames_required(std::uint32_t more) const {
        if (count_ + reserved_ + more <= leaf_count_ * Leaf::kSlots) return 0;
        return frames_for((count_ + reserved_ + more + Leaf::kSlots - 1) / Leaf::kSlots);
    }

    /// Frames with which a change of the range that adds that many is cheap: no words have to move to other leaves.
    [[nodiscard]] std::uint32_t frames_wanted(const Range& range, std::uint32_t more) const;
    [[nodiscard]] std::uint32_t frames_wanted(const Plan& plan) const {
        const std::uint32_t more = plan.growth_ > 0 ? static_cast<std::uint32_t>(plan.growth_) : 0;
        if (plan.simple_ && leaf(plan.leaf_).count + more <= Leaf::kSlots) return frames_required(more);
        return frames_wanted(Range(Address(plan.begin_), Address(plan.end_)), more);
    }

    /// Gives the table a frame to use when it needs one.
    void add_frame(FrameNumber frame, void* memory);

    /// Takes back a frame that the table can do without, if there is one.
    [[nodiscard]] bool take_surplus(FrameNumber& frame) { return spare_ != nullptr && take_surplus_spare(frame); }

    /// Gives the whole range one tag: carve, release. @pre fits(range, tag), and frames_required() are there
    void assign(const Range& range, Tag tag) {
        transform(range, [tag](Tag) { return tag; });
    }

    /// Changes the tag of each region in the range, splitting those at its ends.
    /// @pre fits_transform(range, change), and frames_required() are there
    template <typename Change>
    void transform(const Range& range, Change change) {
        const Plan plan = plan_simple(range, change);
        if (plan.simple_) {
            commit_simple(plan);
        } else {
            transform_across(range, change);
        }
    }

    /// A free range's base with base % alignment_bytes == phase_bytes, never in page 0.
    /// @pre all are multiples of the page, length_bytes > 0, alignment_bytes a power of two, phase_bytes less than it
    /// @error no_address_range
    [[nodiscard]] Result<Address> find_free(Word length_bytes, Word alignment_bytes, Word phase_bytes,
                                            SearchFrom from) const;

    /// Frames the table has, the first one included: leaves, directory and spare ones.
    [[nodiscard]] std::uint32_t count_frames() const { return leaf_count_ + spare_count_ + kDirectoryFrames[stage_]; }

    /// Whether the table's first frame is this one. @pre none: for the audit
    [[nodiscard]] bool starts_in(FrameNumber frame, const void* memory) const {
        return leaves_[0] == memory && notes_[0].frame == frame;
    }

    /// Calls `visit` with each of them. @pre check() finds nothing
    template <typename Visit>
    void for_each_frame(Visit visit) const;

    /// What is wrong with the table, or nullptr. `end` is where user space ends. Trusts its frames to be frames.
    [[nodiscard]] const char* check(Address end) const;

  private:
    static constexpr Word kTagMask = kPageBytes - 1;
    static constexpr Word kNone = Leaf::kNone;
    static constexpr std::uint32_t kNoTag = 0xFFFFFFFF;
    static constexpr std::uint32_t kCapacities[] = {Shape::kInlineLeaves, Shape::kSmallLeaves, Shape::kLargeLeaves};
    static constexpr std::uint32_t kPartLeaves = 16;  ///< of the directory: a search looks at its parts first
    static constexpr std::uint32_t kDirectoryFrames[] = {0, 1, 3};
    static_assert(Leaf::kChunks <= 8 && Shape::kLargeLeaves <= 4096, "a Cursor keeps 3 bits for the chunk");
    static_assert(kLimit <= Shape::kLargeLeaves * Leaf::kSlots,
                  "the directory has room for all leaves of a full table");

    /// What the directory knows of a leaf beside its key and where it lies.
    struct Note {
        FrameNumber frame;
        std::uint16_t gap;  ///< no free region of the leaf is of a greater class
        std::uint16_t unused;
    };

    struct Spare {
        Spare* next;
        FrameNumber frame;
    };

    struct Place {
        std::uint32_t leaf;
        std::uint32_t chunk;
        std::uint32_t index;
    };

    /// A recent answer of find(): what programs touch, they touch again.
    struct Recent {
        Region region;
        Word length_bytes;
        std::uint32_t generation;
    };
    static constexpr std::uint32_t kRecent = 4;
    static constexpr std::uint32_t kRecentShift = 20;

    /// What a change does to a chunk: the words up to `tail` give way to these.
    struct Edit {
        static constexpr std::uint32_t kWords = 5;
        Word words[kWords];
        std::uint32_t count;
        std::uint32_t tail;
    };

    static constexpr Word base_of(Word word) { return word & ~kTagMask; }
    static constexpr Tag tag_of(Word word) { return Tag(static_cast<std::uint32_t>(word & kTagMask)); }

    static constexpr Cursor cursor_of(const Place& place) {
        return Cursor{place.leaf << 11 | place.chunk << 8 | place.index};
    }
    static constexpr Place place_of(Cursor cursor) {
        const auto bits = static_cast<std::uint32_t>(cursor);
        return {bits >> 11, bits >> 8 & 7, bits & 0xFF};
    }

    [[nodiscard]] Leaf& leaf(std::uint32_t index) const { return *leaves_[index]; }
    [[nodiscard]] Word word_at(const Place& place) const { return leaf(place.leaf).chunk(place.chunk)[place.index]; }
    [[nodiscard, gnu::always_inline]] inline std::uint32_t leaf_of(Word address) const;
    [[nodiscard, gnu::always_inline]] Place place_of(Word address) const {
        Place place{};
        place.leaf = leaf_of(address);
        const Leaf& leaf = *leaves_[place.leaf];
        place.chunk = leaf.chunk_of(address);
        place.index = leaf.index_of(place.chunk, address);
        return place;
    }

    /// Where the chunk's regions end.
    [[nodiscard]] Word end_of_chunk(std::uint32_t l, std::uint32_t c) const {
        if (c + 1 < leaf(l).chunks) return leaf(l).keys[c + 1];
        return l + 1 < leaf_count_ ? keys_[l + 1] : end_;
    }
    /// The word behind a chunk that is full is the next chunk's first, or none.
    [[nodiscard]] Word end_of(const Place& place, const Word* word) const {
        const Word next = word[1];
        return next != kNone ? base_of(next) : end_of_chunk(place.leaf, place.chunk);
    }
    [[nodiscard]] Word end_of(const Place& place) const {
        return end_of(place, leaf(place.leaf).chunk(place.chunk) + place.index);
    }
    [[nodiscard]] Region region(const Place& place) const {
        const Word* const word = leaf(place.leaf).chunk(place.chunk) + place.index;
        return {Address(base_of(*word)), Address(end_of(place, word)), tag_of(*word), cursor_of(place)};
    }

    /// Goes on to the next region; false, and the place is behind the last one, if there is none.
    [[nodiscard]] bool advance(Place& place) const {
        const Leaf& leaf = *leaves_[place.leaf];
        if (++place.index < leaf.counts[place.chunk]) return true;
        if (place.chunk + 1 < leaf.chunks) {
            place = {place.leaf, place.chunk + 1, 0};
            return true;
        }
        if (place.leaf + 1 >= leaf_count_) return false;
        place = {place.leaf + 1, 0, 0};
        return true;
    }

    /// The tag of the region that ends at `base`, or kNoTag.
    [[nodiscard]] std::uint32_t tag_before(Word base) const {
        return base == 0 ? kNoTag : tag_of(word_at(place_of(base - 1))).bits();
    }

    /// After so many regions something long pauses.
    static constexpr std::uint32_t kPauseAfterRegions = 256;
    static constexpr std::uint32_t kPauseAfterChunks = 8;
    void pause_at(std::uint32_t count_regions) const {
        if (count_regions % kPauseAfterRegions == 0) pause();
    }
    void pause() const {
        if (pauses_) freehold_host_pause(host_);
    }

    // Changes (region_table_change.h).
    template <typename Change>
    [[nodiscard]] Plan plan_simple(const Range& range, Change change) const;
    void commit_simple(const Plan& plan);
    template <typename Change>
    [[nodiscard]] std::int32_t growth_across(const Range& range, Change change) const;
    template <typename Change>
    void transform_across(const Range& range, Change change);
    void changed() {
        if (++generation_ == 0) forget_recent();
    }
    void forget_recent() {
        generation_ = 1;
        for (Recent& recent : recent_) recent.generation = 0;
    }
    template <typename Change>
    [[nodiscard]] bool plan_in_chunk(const Place& place, const Range& range, Change change, Edit& edit) const;
    template <typename Change>
    [[nodiscard]] bool change_in_chunk(const Place& place, const Range& range, Change change);
    template <typename Change>
    void change_across(const Range& range, Change change);
    template <typename Change>
    void change_inner(Word begin, Word end, std::uint32_t before, Change change);
    void insert(Word word);
    void insert_at(const Place& place, Word word);
    void erase_at(Word base);
    void note_gaps(Word begin, Word end);
    void raise(const Place& place, Word length_bytes);
    void shrink(Word address) { shrink_leaf(leaf_of(address)); }
    void shrink_leaf(std::uint32_t l);

    // Leaves and directory (region_table_frames.h).
    [[nodiscard]] std::uint32_t potential_leaves(std::uint32_t spares) const;
    [[nodiscard]] std::uint32_t frames_for(std::uint32_t leaves) const;
    [[nodiscard]] bool take_surplus_spare(FrameNumber& frame);
    Spare* take_spare();
    void make_room(std::uint32_t l, bool at_end);
    void split(std::uint32_t l, bool at_end);
    void move_one_word(std::uint32_t from, std::uint32_t to);
    void merge_with_next(std::uint32_t l);
    void remove_empty(std::uint32_t l, std::uint32_t c);
    void remove_leaf(std::uint32_t l);
    void grow_directory();
    void shrink_directory();
    void place_directory(std::byte* leaves, std::byte* notes, std::byte* keys);
    template <typename T>
    static T* move_array(std::byte* to, T* from, std::uint32_t count) {
        T* const target = reinterpret_cast<T*>(to);
        if (target != from) std::memmove(target, from, std::span(from, count).size_bytes());
        return target;
    }
    void raise_gap(std::uint32_t l, std::uint16_t gap) {
        if (gap <= notes_[l].gap) return;
        notes_[l].gap = gap;
        if (gap > parts_[l / kPartLeaves]) parts_[l / kPartLeaves] = gap;
    }
    void bound_parts_from(std::uint32_t l);
    void set_key(std::uint32_t l) { keys_[l] = leaf(l).keys[0]; }

    // The search for a free range (region_table_search.h).
    struct Wanted {
        Word length;
        Word mask;
        Word phase;
        std::uint16_t size;
        bool upward;
    };
    [[nodiscard, gnu::always_inline]] static Word fit(Word base, Word end, const Wanted& wanted);
    [[nodiscard, gnu::always_inline]] Word search_part(std::uint32_t part, const Wanted& wanted) const;
    [[nodiscard, gnu::always_inline]] Word search_leaf(std::uint32_t l, const Wanted& wanted) const;
    [[nodiscard, gnu::always_inline]] Word search_chunk(std::uint32_t l, std::uint32_t c, const Wanted& wanted) const;
    void measure_chunk(std::uint32_t l, std::uint32_t c) const;
    [[nodiscard, gnu::noinline]] Word scan_chunk(std::uint32_t l, std::uint32_t c, const Wanted& wanted) const;
    [[nodiscard, gnu::always_inline]] Word try_widest(std::uint32_t l, std::uint32_t c, const Wanted& wanted) const;
    [[nodiscard]] const char* check_leaf(std::uint32_t l, std::uint32_t& before) const;

    void* host_ = nullptr;  ///< whatever it is: a kernel may do without
    bool pauses_ = false;
    // All that follows is what init() makes of it.
    Word* keys_;
    Leaf** leaves_;
    Note* notes_;
    Spare* spare_;
    Word end_;
    std::uint32_t count_;
    std::uint32_t reserved_;
    std::uint32_t limit_;
    std::uint32_t leaf_count_;
    std::uint32_t spare_count_;
    std::uint32_t generation_;  ///< of the words: goes up with each change
    mutable Recent recent_[kRecent];
    std::uint32_t stage_;  ///< of the directory: in the table, in one frame, in three
    FrameNumber directory_[3];
    mutable std::uint16_t parts_[(Shape::kLargeLeaves + kPartLeaves - 1) / kPartLeaves];  ///< largest gaps in each
    Word inline_keys_[Shape::kInlineLeaves];
    Leaf* inline_leaves_[Shape::kInlineLeaves];
    Note inline_notes_[Shape::kInlineLeaves];
};

using RegionTable = BasicRegionTable<VirtAddr, PageRange, kRegionsMax>;
using Region = RegionTable::Region;

}  // namespace freehold

#include "src/space/region_table_change.h"
#include "src/space/region_table_frames.h"
#include "src/space/region_table_search.h"

namespace freehold {
extern template class BasicRegionTable<VirtAddr, PageRange, kRegionsMax>;
}  // namespace freehold
