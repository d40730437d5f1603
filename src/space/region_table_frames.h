// SPDX-License-Identifier: MIT
// A region table's frames: leaves that split and merge, the directory above them, and spare ones; included by
// region_table.h only.
#pragma once

#include <algorithm>
#include <new>

#include "src/space/region_table.h"

namespace freehold {

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::init(Address end, FrameNumber frame, void* memory,
                                                           std::uint32_t limit) {
    FREEHOLD_ASSERT(end.value() != 0 && end.value() % kPageBytes == 0 && limit <= kLimit);
    keys_ = inline_keys_;
    leaves_ = inline_leaves_;
    notes_ = inline_notes_;
    spare_ = nullptr;
    end_ = end.value();
    count_ = 1;
    reserved_ = 0;
    limit_ = limit;
    leaf_count_ = 1;
    spare_count_ = 0;
    stage_ = 0;
    Leaf* const first = new (memory) Leaf;
    first->init();
    first->words[0] = 0;
    first->count = 1;
    const std::uint16_t size = size_class(end_);
    first->spread(size);
    keys_[0] = 0;
    leaves_[0] = first;
    notes_[0] = {frame, size, 0};
    parts_[0] = size;
    forget_recent();
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
std::uint32_t BasicRegionTable<Address, Range, kLimit, Shape>::frames_wanted(const Range& range,
                                                                             std::uint32_t more) const {
    const std::uint32_t required = frames_required(more);
    if (more == 0) return required;
    const std::uint32_t low = leaf_of(range.base().value());
    const std::uint32_t high = leaf_of(range.end().value() - 1);
    const std::uint32_t leaves =
        (leaf(low).count + more > Leaf::kSlots ? 1U : 0U) + (high != low && leaf(high).count == Leaf::kSlots ? 1U : 0U);
    return leaves == 0 ? required : std::max(required, frames_for(leaf_count_ + leaves));
}

/// Leaves that so many spare frames can become, once the directory has taken what it needs for them.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
std::uint32_t BasicRegionTable<Address, Range, kLimit, Shape>::potential_leaves(std::uint32_t spares) const {
    std::uint32_t most = 0;
    for (std::uint32_t stage = stage_; stage < 3; ++stage) {
        const std::uint32_t cost = kDirectoryFrames[stage] - kDirectoryFrames[stage_];
        if (cost > spares) break;
        most = std::max(most, std::min(spares - cost, kCapacities[stage] - leaf_count_));
    }
    return most;
}

/// Spare frames that are missing for so many leaves in all.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
std::uint32_t BasicRegionTable<Address, Range, kLimit, Shape>::frames_for(std::uint32_t leaves) const {
    if (leaves > Shape::kLargeLeaves) leaves = Shape::kLargeLeaves;
    std::uint32_t frames = 0;
    while (leaf_count_ + potential_leaves(spare_count_ + frames) < leaves) ++frames;
    return frames;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::add_frame(FrameNumber frame, void* memory) {
    spare_ = new (memory) Spare{spare_, frame};
    ++spare_count_;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
bool BasicRegionTable<Address, Range, kLimit, Shape>::take_surplus_spare(FrameNumber& frame) {
    const std::uint32_t leaves = leaf_count_ + potential_leaves(spare_count_ - 1);
    if (leaves * Leaf::kSlots < count_ + reserved_) return false;
    frame = take_spare()->frame;
    return true;
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
typename BasicRegionTable<Address, Range, kLimit, Shape>::Spare*
BasicRegionTable<Address, Range, kLimit, Shape>::take_spare() {
    Spare* const spare = spare_;
    FREEHOLD_ASSERT(spare != nullptr);
    spare_ = spare->next;
    --spare_count_;
    return spare;
}

/// Makes room for a word in a full leaf, or, if the word comes behind the leaf's last, in the next one.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::make_room(std::uint32_t l, bool at_end) {
    if (potential_leaves(spare_count_) != 0) {
        split(l, at_end);
        return;
    }
    std::uint32_t above = l;
    std::uint32_t below = l;
    while (above < leaf_count_ && leaf(above).count == Leaf::kSlots) ++above;
    while (below > 0 && leaf(below).count == Leaf::kSlots) --below;
    if (above < leaf_count_ && (leaf(below).count == Leaf::kSlots || above - l <= l - below)) {
        for (std::uint32_t k = above; k > (at_end ? l + 1 : l); --k) move_one_word(k - 1, k);
        return;
    }
    FREEHOLD_ASSERT(leaf(below).count < Leaf::kSlots);
    for (std::uint32_t k = below; k < l; ++k) move_one_word(k + 1, k);
}

/// Moves a word to a neighbour that has room.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::move_one_word(std::uint32_t from, std::uint32_t to) {
    Leaf& source = leaf(from);
    Leaf& target = leaf(to);
    const std::uint32_t c = from < to ? source.chunks - 1U : 0U;
    const std::uint32_t index = from < to ? source.counts[c] - 1U : 0U;
    const Word word = source.chunk(c)[index];
    const std::uint32_t last = target.chunks - 1U;
    const Place place = from < to ? Place{to, 0, 0} : Place{to, last, target.counts[last]};
    erase_at(base_of(word));  // no leaf gets empty: it was full
    insert_at(place, word);
    // Where it is now is not known; any free region may be as large as it is.
    raise_gap(to, notes_[from].gap);
    for (std::uint32_t i = 0; i < target.chunks; ++i) {
        target.gaps[i] = notes_[to].gap;
        target.forget(i);
    }
}

/// Gives the upper half of a full leaf to a new one; only the last word, if more are to come behind it.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::split(std::uint32_t l, bool at_end) {
    if (leaf_count_ == kCapacities[stage_]) grow_directory();
    Spare* const spare = take_spare();
    const FrameNumber frame = spare->frame;
    Leaf* const upper = new (static_cast<void*>(spare)) Leaf;
    Leaf& lower = leaf(l);
    upper->init();
    const std::uint32_t stays = at_end ? lower.count - 1U : lower.count / 2U;
    lower.pack();
    move_words_down(upper->words, lower.words + stays, lower.count - stays);
    upper->count = static_cast<std::uint16_t>(lower.count - stays);
    lower.count = static_cast<std::uint16_t>(stays);
    upper->spread(notes_[l].gap);
    lower.spread(notes_[l].gap);

    for (std::uint32_t i = leaf_count_; i > l + 1; --i) {
        keys_[i] = keys_[i - 1];
        leaves_[i] = leaves_[i - 1];
        notes_[i] = notes_[i - 1];
    }
    ++leaf_count_;
    leaves_[l + 1] = upper;
    notes_[l + 1] = {frame, notes_[l].gap, 0};
    set_key(l + 1);
    bound_parts_from(l);
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::merge_with_next(std::uint32_t l) {
    Leaf& lower = leaf(l);
    Leaf& upper = leaf(l + 1);
    lower.pack();
    upper.pack();
    move_words_down(lower.words + lower.count, upper.words, upper.count);
    lower.count = static_cast<std::uint16_t>(lower.count + upper.count);
    raise_gap(l, notes_[l + 1].gap);
    lower.spread(notes_[l].gap);
    remove_leaf(l + 1);
}

/// Takes out a chunk that has become empty, and its leaf if it was the last one there.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::remove_empty(std::uint32_t l, std::uint32_t c) {
    leaf(l).remove_chunk(c);
    if (leaf(l).chunks == 0) {
        remove_leaf(l);
    } else if (c == 0) {
        set_key(l);
    }
}

/// A leaf's frame becomes a spare one. Never the first: address 0 is always there.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::remove_leaf(std::uint32_t l) {
    FREEHOLD_ASSERT(l != 0);
    const std::uint32_t first = l;
    Leaf* const gone = leaves_[l];
    const FrameNumber frame = notes_[l].frame;
    --leaf_count_;
    for (; l < leaf_count_; ++l) {
        keys_[l] = keys_[l + 1];
        leaves_[l] = leaves_[l + 1];
        notes_[l] = notes_[l + 1];
    }
    bound_parts_from(first);
    add_frame(frame, gone);
    shrink_directory();
}

/// Bounds the free regions of each part of the directory anew, from the part of that leaf on.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::bound_parts_from(std::uint32_t l) {
    for (l -= l % kPartLeaves; l < leaf_count_; ++l) {
        std::uint16_t& part = parts_[l / kPartLeaves];
        if (l % kPartLeaves == 0 || notes_[l].gap > part) part = notes_[l].gap;
    }
}

/// The next stage: from the table itself into a frame, from there into three.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::grow_directory() {
    Spare* const spare = take_spare();
    directory_[stage_] = spare->frame;
    std::byte* const memory = reinterpret_cast<std::byte*>(spare);
    if (stage_ == 0) {
        place_directory(memory, memory + Shape::kSmallLeaves * sizeof(Leaf*),
                        memory + Shape::kSmallLeaves * (sizeof(Leaf*) + sizeof(Note)));
    } else {
        Spare* const other = take_spare();
        directory_[2] = other->frame;
        // The frame there is, whose first part is leaves_, keeps these; the other two move out.
        place_directory(reinterpret_cast<std::byte*>(leaves_), memory, reinterpret_cast<std::byte*>(other));
    }
    ++stage_;
}

/// The stage before, once there are few enough leaves that it will do for some time.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::shrink_directory() {
    if (stage_ == 0 || leaf_count_ > kCapacities[stage_ - 1] / 2) return;
    std::byte* const first = reinterpret_cast<std::byte*>(leaves_);
    --stage_;
    if (stage_ == 0) {
        place_directory(reinterpret_cast<std::byte*>(inline_leaves_), reinterpret_cast<std::byte*>(inline_notes_),
                        reinterpret_cast<std::byte*>(inline_keys_));
        add_frame(directory_[0], first);
        return;
    }
    std::byte* const second = reinterpret_cast<std::byte*>(notes_);
    std::byte* const third = reinterpret_cast<std::byte*>(keys_);
    place_directory(first, first + Shape::kSmallLeaves * sizeof(Leaf*),
                    first + Shape::kSmallLeaves * (sizeof(Leaf*) + sizeof(Note)));
    add_frame(directory_[1], second);
    add_frame(directory_[2], third);
}

/// Moves the directory's three arrays; where they lie now may be among where they go, if that is the same place.
template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
void BasicRegionTable<Address, Range, kLimit, Shape>::place_directory(std::byte* leaves, std::byte* notes,
                                                                      std::byte* keys) {
    notes_ = move_array(notes, notes_, leaf_count_);
    keys_ = move_array(keys, keys_, leaf_count_);
    leaves_ = move_array(leaves, leaves_, leaf_count_);
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
template <typename Visit>
void BasicRegionTable<Address, Range, kLimit, Shape>::for_each_frame(Visit visit) const {
    for (std::uint32_t l = 0; l < leaf_count_; ++l) visit(notes_[l].frame);
    for (std::uint32_t i = 0; i < kDirectoryFrames[stage_]; ++i) visit(directory_[i]);
    for (const Spare* spare = spare_; spare != nullptr; spare = spare->next) visit(spare->frame);
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
const char* BasicRegionTable<Address, Range, kLimit, Shape>::check_leaf(std::uint32_t l, std::uint32_t& before) const {
    const Leaf& leaf = *leaves_[l];
    if (leaf.chunks == 0 || leaf.chunks > Leaf::kChunks) return "a region table's count is out of bounds";
    std::uint32_t words = 0;
    for (std::uint32_t c = 0; c < Leaf::kChunks; ++c) {
        const std::uint32_t count = leaf.counts[c];
        if (c % kPauseAfterChunks == 0) pause();
        if ((count == 0) != (c >= leaf.chunks) || count > Leaf::kChunkWords) {
            return "a region table's count is out of bounds";
        }
        words += count;
        const Word* const chunk = leaf.chunk(c);
        if (leaf.keys[c] != (count != 0 ? base_of(chunk[0]) : kNone)) return "a region table has a wrong key";
        for (std::uint32_t i = count; i < Leaf::kChunkWords; ++i) {
            if (chunk[i] != kNone) return "a region table has a word where none belongs";
        }
        if (leaf.gaps[c] > notes_[l].gap) return "a region table's bound of free regions is too low";
        for (std::uint32_t i = 0; i < count; ++i) {
            const Word end = end_of({l, c, i});
            const Tag tag = tag_of(chunk[i]);
            if (base_of(chunk[i]) >= end) return "a region table is not sorted";
            if (!tag.legal()) return "a region has a tag that none may have";
            if (tag.bits() == before) return "two neighbouring regions have the same tag";
            before = tag.bits();
            if (!tag.is_free()) continue;
            if (size_class<Word>(end - chunk[i]) > (i == leaf.widest[c] ? leaf.gaps[c] : leaf.others[c])) {
                return "a region table's bound of free regions is too low";
            }
        }
    }
    return words == leaf.count ? nullptr : "a region table's count is out of bounds";
}

template <typename Address, typename Range, std::uint32_t kLimit, typename Shape>
const char* BasicRegionTable<Address, Range, kLimit, Shape>::check(Address end) const {
    if (leaf_count_ == 0 || stage_ > 2 || leaf_count_ > kCapacities[stage_]) {
        return "a region table's count is out of bounds";
    }
    if (end_ != end.value()) return "a region table does not end where user space ends";
    if (base_of(leaf(0).words[0]) != 0) return "a region table does not start at 0";
    std::uint32_t before = kNoTag;
    std::uint32_t count = 0;
    for (std::uint32_t l = 0; l < leaf_count_; ++l) {
        if (const char* const wrong = check_leaf(l, before); wrong != nullptr) return wrong;
        if (keys_[l] != leaf(l).keys[0]) return "a region table has a wrong key";
        if (notes_[l].gap > parts_[l / kPartLeaves]) return "a region table's bound of free regions is too low";
        count += leaf(l).count;
    }
    if (count != count_ || count_ > limit_) return "a region table's count is out of bounds";
    std::uint32_t spares = 0;
    for (const Spare* spare = spare_; spare != nullptr && spares <= spare_count_; spare = spare->next) ++spares;
    if (spares != spare_count_) return "a region table has lost a spare frame";
    if (frames_required(0) != 0) return "a region table has no room for what is reserved";
    return nullptr;
}

}  // namespace freehold
