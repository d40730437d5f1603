// SPDX-License-Identifier: MIT
// How a region table changes; included by region_table.h only.
//
// Nearly every change concerns a few regions of one chunk: it is made there in one pass. What crosses chunks, or finds
// its chunk full, takes the long way: first all words go that have to, then at most two come, so that there are never
// more than before or after.
#pragma once

#include "src/base/canary.h"
#include "src/space/region_table.h"

namespace freehold {

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
std::int32_t BasicRegionTable<Address, Range, kLimit, Shape>::growth_across(const Range& range, Change change) const {
    const Word end = range.end().value();
    Place place = place_of(range.base().value());
    Word word = word_at(place);
    std::int32_t more = 0;
    std::uint32_t before = tag_of(word).bits();
    if (base_of(word) == range.base().value()) {
        before = tag_before(base_of(word));
        --more;
    }
    for (std::uint32_t count = 1;; ++count) {
        pause_at(count);
        const std::uint32_t after = change(tag_of(word)).bits();
        if (after != before) ++more;
        before = after;
        const Word next = end_of(place);
        if (next > end) return more + (tag_of(word).bits() != after ? 1 : 0);
        if (!advance(place)) return more;
        word = word_at(place);
        if (next == end) return more - (tag_of(word).bits() == after ? 1 : 0);
        --more;
    }
}

/// The change, if the range lies in one region and only words of that region's chunk change; else it says so.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
auto BasicRegionTable<Address, Range, kLimit, Shape>::plan_simple(const Range& range, Change change) const -> Plan {
    FREEHOLD_ASSERT(range.base() < range.end() && range.end() <= end());
    const Word begin = range.base().value();
    const Word end = range.end().value();
    const Place place = place_of(begin);
    const Leaf& leaf = *leaves_[place.leaf];
    const Word* const at = leaf.chunk(place.chunk) + place.index;
    const Word word = at[0];
    const std::uint32_t count = leaf.counts[place.chunk];
    const std::uint32_t old_tag = tag_of(word).bits();
    const std::uint32_t tag = change(tag_of(word)).bits();

    Plan plan;
    plan.begin_ = begin;
    plan.end_ = end;
    plan.leaf_ = place.leaf;
    plan.chunk_ = place.chunk;
    plan.index_ = place.index;
    plan.tag_ = static_cast<std::uint16_t>(tag);
    plan.old_tag_ = static_cast<std::uint16_t>(old_tag);
    plan.simple_ = false;
    if (tag == old_tag) return plan;

    Word stop = 0;
    std::uint32_t above = kNoTag;
    if (place.index + 1 < count) {
        stop = base_of(at[1]);
        above = tag_of(at[1]).bits();
    } else {
        stop = end_of_chunk(place.leaf, place.chunk);
        if (stop == end && end != end_) return plan;  // the next chunk has a say
    }
    if (stop < end) return plan;
    // No jump depends on how the range lies in its region: that is as random as what programs ask for.
    const auto both = [](bool a, bool b) { return (static_cast<int>(a) & static_cast<int>(b)) != 0; };
    const bool starts = base_of(word) == begin;
    const bool first = place.index == 0;
    if (both(both(first, starts), begin != 0)) return plan;  // the chunk before has a say
    const std::uint32_t below = tag_of(at[first ? 0 : -1]).bits();
    plan.stays_below_ = !starts;
    plan.stays_above_ = stop != end;
    plan.joins_below_ = both(both(starts, !first), below == tag);
    const bool one_above = above == tag || (lets_in(Canary::wrong_merge) && above != kNoTag && above * tag != 0);
    plan.joins_above_ = both(stop == end, one_above);
    plan.growth_ = plan.stays_below_ + plan.stays_above_ - plan.joins_below_ - plan.joins_above_;
    plan.simple_ = static_cast<std::int32_t>(count) + plan.growth_ <= static_cast<std::int32_t>(Leaf::kChunkWords);
    return plan;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::commit_simple(const Plan& plan) {
    Leaf& leaf = *leaves_[plan.leaf_];
    const std::uint32_t c = plan.chunk_;
    const std::uint32_t tail = plan.index_ + 1 + (plan.joins_above_ ? 1 : 0);
    count_ += static_cast<std::uint32_t>(plan.growth_);
    FREEHOLD_ASSERT(plan.growth_ <= 0 || count_ <= limit_);
    leaf.shift(c, tail, plan.growth_);

    // First the range's word, if it becomes one; then that of what is left above it. What is there now stays otherwise.
    Word* const first = leaf.chunk(c) + plan.index_ + (plan.stays_below_ ? 1 : 0);
    *first = choose(plan.joins_below_, *first, static_cast<Word>(plan.begin_ | plan.tag_));
    Word* const second = first + (plan.joins_below_ ? 0 : 1);
    *second = choose(plan.stays_above_, static_cast<Word>(plan.end_ | plan.old_tag_), *second);

    leaf.replaced(c, plan.index_, tail, tail - plan.index_ + static_cast<std::uint32_t>(plan.growth_));
    if (plan.tag_ == 0) {
        const Place free{plan.leaf_, c, plan.index_ + (plan.stays_below_ ? 1U : 0U) - (plan.joins_below_ ? 1U : 0U)};
        raise(free, end_of(free) - word_at(free));
    }
    changed();
    if (plan.growth_ < 0 && (leaf.chunks > 1 || leaf_count_ > 1)) shrink_leaf(plan.leaf_);
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
void BasicRegionTable<Address, Range, kLimit, Shape>::transform_across(const Range& range, Change change) {
    const Place place = place_of(range.base().value());
    if (!change_in_chunk(place, range, change)) change_across(range, change);
    changed();
}

/// What takes the place of the words from `place` on, which holds the range's base, if all words that come and go are
/// of its chunk; else false.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
bool BasicRegionTable<Address, Range, kLimit, Shape>::plan_in_chunk(const Place& place, const Range& range,
                                                                    Change change, Edit& edit) const {
    const Word begin = range.base().value();
    const Word end = range.end().value();
    const Leaf& leaf = *leaves_[place.leaf];
    const Word* const words = leaf.chunk(place.chunk);
    const std::uint32_t count = leaf.counts[place.chunk];
    std::uint32_t index = place.index;
    std::uint32_t emitted = 0;
    Word word = words[index];
    std::uint32_t before = kNoTag;
    if (base_of(word) < begin) {  // the region's part below the range stays
        edit.words[emitted++] = word;
        before = tag_of(word).bits();
    } else if (index > 0) {
        before = tag_of(words[index - 1]).bits();
    } else if (begin != 0) {
        return false;
    }
    for (Word base = begin;;) {
        const std::uint32_t after = change(tag_of(word)).bits();
        if (after != before) {
            if (emitted + 1 == Edit::kWords) return false;
            edit.words[emitted++] = base | after;
        }
        before = after;
        const Word next = ++index < count ? words[index] : end_of_chunk(place.leaf, place.chunk);
        base = base_of(next);
        if (base > end) {  // the region's part above the range stays
            if (tag_of(word).bits() != after) edit.words[emitted++] = end | tag_of(word).bits();
            break;
        }
        if (index == count) {  // the next chunk has a say, if there is one
            if (base != end_) return false;
            break;
        }
        if (base == end) {
            if (tag_of(next).bits() == after) ++index;
            break;
        }
        word = next;
    }
    edit.count = emitted;
    edit.tail = index;
    const std::uint32_t count_after = count - (index - place.index) + emitted;
    return count_after <= Leaf::kChunkWords && count_after != 0;
}

/// The whole change, if it concerns one chunk; else nothing happens.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
bool BasicRegionTable<Address, Range, kLimit, Shape>::change_in_chunk(const Place& place, const Range& range,
                                                                      Change change) {
    Edit edit;
    if (!plan_in_chunk(place, range, change, edit)) return false;
    Leaf& leaf = *leaves_[place.leaf];
    const std::uint32_t count = leaf.counts[place.chunk];
    const std::uint32_t removed = edit.tail - place.index;
    FREEHOLD_ASSERT(edit.count <= removed || count_ + edit.count - removed <= limit_);

    Word* const words = leaf.chunk(place.chunk);
    Word* const to = words + place.index;
    if (edit.count > removed) {
        move_words_up(to + edit.count, to + removed, count - edit.tail);
    } else if (edit.count < removed) {
        move_words_down(to + edit.count, to + removed, count - edit.tail);
        for (std::uint32_t i = count - (removed - edit.count); i < count; ++i) words[i] = kNone;
    }
    for (std::uint32_t i = 0; i < edit.count; ++i) to[i] = edit.words[i];
    leaf.replaced(place.chunk, place.index, edit.tail, edit.count);
    if (place.index == 0 && place.chunk == 0) set_key(place.leaf);
    count_ += edit.count - removed;
    for (std::uint32_t i = place.index == 0 ? 0 : place.index - 1; i < place.index + edit.count; ++i) {
        if ((words[i] & kTagMask) != 0) continue;
        const Place free{place.leaf, place.chunk, i};
        raise(free, end_of(free) - words[i]);
    }
    if (edit.count < removed) shrink(range.base().value());
    return true;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
void BasicRegionTable<Address, Range, kLimit, Shape>::change_across(const Range& range, Change change) {
    const Word begin = range.base().value();
    const Word end = range.end().value();
    const std::int32_t more = growth_across(range, change);
    FREEHOLD_ASSERT(more <= 0 || count_ + static_cast<std::uint32_t>(more) <= limit_);

    const Word first = word_at(place_of(begin));
    const Word last = word_at(place_of(end - 1));
    const std::uint32_t first_after = change(tag_of(first)).bits();
    const std::uint32_t last_after = change(tag_of(last)).bits();
    const bool splits_last = end < end_ && base_of(word_at(place_of(end))) != end;

    change_inner(begin, end, first_after, change);
    bool starts = first_after != tag_of(first).bits();  // what is below the range, if it is of the first region
    if (base_of(first) == begin) {
        starts = false;
        if (first_after == tag_before(begin)) {
            erase_at(begin);
        } else {
            const Place place = place_of(begin);
            leaf(place.leaf).chunk(place.chunk)[place.index] = begin | first_after;
        }
    }
    if (!splits_last && end < end_ && tag_of(word_at(place_of(end))).bits() == last_after) erase_at(end);
    if (starts) insert(begin | first_after);
    if (splits_last && last_after != tag_of(last).bits()) insert(end | tag_of(last).bits());
    note_gaps(begin, end);
    shrink(end - 1);
    shrink(begin);
}

/// Changes the regions whose base lies within (begin, end), and takes out those that then are of one tag with the
/// region before them; `before` is the tag that the region at `begin` will have.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Change>
void BasicRegionTable<Address, Range, kLimit, Shape>::change_inner(Word begin, Word end, std::uint32_t before,
                                                                   Change change) {
    Place place = place_of(begin);
    if (!advance(place)) return;
    for (Word base = base_of(word_at(place)); base < end;) {
        place = place_of(base);
        Leaf& leaf = *leaves_[place.leaf];
        Word* const words = leaf.chunk(place.chunk);
        const std::uint32_t count = leaf.counts[place.chunk];
        const Word behind = end_of_chunk(place.leaf, place.chunk);
        std::uint32_t in = place.index;
        std::uint32_t out = in;
        for (; in < count && base_of(words[in]) < end; ++in) {
            const std::uint32_t after = change(tag_of(words[in])).bits();
            if (after != before) words[out++] = base_of(words[in]) | after;
            before = after;
        }
        const std::uint32_t removed = in - out;
        base = in < count ? end : behind;
        if (place.chunk == 0) pause();
        if (removed == 0) continue;
        move_words_down(words + out, words + in, count - in);
        for (std::uint32_t i = count - removed; i < count; ++i) words[i] = kNone;
        leaf.replaced(place.chunk, place.index, in, out - place.index);
        count_ -= removed;
        if (leaf.counts[place.chunk] == 0) {
            remove_empty(place.leaf, place.chunk);
        } else if (place.chunk == 0) {
            set_key(place.leaf);
        }
    }
}

/// Puts a word in, behind the region that holds its base. @pre there is room
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::insert(Word word) {
    Place place = place_of(base_of(word));
    if (leaf(place.leaf).count == Leaf::kSlots) {
        make_room(place.leaf, place.chunk + 1 == leaf(place.leaf).chunks &&
                                  place.index + 1 == leaf(place.leaf).counts[place.chunk]);
        place = place_of(base_of(word));
    }
    ++place.index;
    if (leaf(place.leaf).count == Leaf::kSlots) place = {place.leaf + 1, 0, 0};  // so did make_room() leave it
    FREEHOLD_ASSERT(place.leaf < leaf_count_ && leaf(place.leaf).count < Leaf::kSlots);
    insert_at(place, word);
}

/// @pre the leaf is not full
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::insert_at(const Place& place, Word word) {
    Leaf& leaf = *leaves_[place.leaf];
    if (leaf.counts[place.chunk] < Leaf::kChunkWords) {
        leaf.insert(place.chunk, place.index, word);
    } else {
        std::uint32_t index = place.index;
        for (std::uint32_t c = 0; c < place.chunk; ++c) index += leaf.counts[c];
        leaf.pack();
        move_words_up(leaf.words + index + 1, leaf.words + index, leaf.count - index);
        leaf.words[index] = word;
        ++leaf.count;
        leaf.spread(notes_[place.leaf].gap);
    }
    if (place.chunk == 0 && place.index == 0) set_key(place.leaf);
    ++count_;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::erase_at(Word base) {
    const Place place = place_of(base);
    Leaf& leaf = *leaves_[place.leaf];
    leaf.erase(place.chunk, place.index);
    --count_;
    if (leaf.counts[place.chunk] == 0) {
        remove_empty(place.leaf, place.chunk);
    } else if (place.chunk == 0) {
        set_key(place.leaf);
    }
}

/// Raises the bounds for the free regions of a range that changed, and for the one above it: that below it, if it is
/// another, did not grow.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::note_gaps(Word begin, Word end) {
    Place place = place_of(begin);
    std::uint32_t count = 0;
    do {
        pause_at(++count);
        const Word word = word_at(place);
        if (base_of(word) > end) return;
        if ((word & kTagMask) == 0) raise(place, end_of(place) - word);
    } while (advance(place));
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::raise(const Place& place, Word length_bytes) {
    const std::uint16_t size = size_class(length_bytes);
    Leaf& leaf = *leaves_[place.leaf];
    if (!leaf.raise(place.chunk, place.index, size)) return;
    raise_gap(place.leaf, size);
}

/// After words went from a leaf: fewer chunks, or one leaf where there were two.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::shrink_leaf(std::uint32_t l) {
    if (leaf_count_ > 1 && leaf(l).count <= Leaf::kSlots / 2) {
        const auto together = [this](std::uint32_t left) {
            return std::uint32_t{leaf(left).count} + leaf(left + 1).count <= Leaf::kSlots - Leaf::kSlots / 4;
        };
        if (l + 1 < leaf_count_ && together(l)) {
            merge_with_next(l);
        } else if (l > 0 && together(l - 1)) {
            merge_with_next(--l);
        }
    }
    if (leaf(l).chunks > 1 && leaf(l).count <= Leaf::kChunkWords / 2) {
        leaf(l).pack();
        leaf(l).spread(notes_[l].gap);
    }
}

}  // namespace freehold
