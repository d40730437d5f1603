// SPDX-License-Identifier: MIT
#include "src/frame/frame_pool.h"

#include <algorithm>
#include <cstring>

#include "src/base/canary.h"

namespace freehold {

void FramePool::init(void* host, std::span<PageFrame> frames, FrameNumber first) {
    host_ = host;
    frames_ = frames;
    first_ = first.value();
}

Status FramePool::add_free(FrameRange range) {
    const std::uint32_t index = range.first.value() - first_;
    if (range.first.value() < first_ || index > frames_.size() || range.count > frames_.size() - index) {
        return Status::memory_map_invalid;
    }
    for (PageFrame& frame : frames_.subspan(index, range.count)) {
        if (frame.state() != FrameState::absent) return Status::memory_map_invalid;
        frame.set(FrameState::free, 0);
        ++count_free_;
        ++count_total_;
    }
    return Status::ok;
}

std::span<PageFrame> FramePool::within(FrameRange range) const {
    const std::uint64_t table_end = std::uint64_t{first_} + frames_.size();
    const std::uint64_t range_end = std::uint64_t{range.first.value()} + range.count;
    const std::uint64_t end = std::min(range_end, table_end);
    const std::uint64_t first = std::max(range.first.value(), first_);
    if (first >= end) return {};
    return frames_.subspan(static_cast<std::size_t>(first - first_), static_cast<std::size_t>(end - first));
}

bool FramePool::contains_any_locked(FrameRange range) const {
    for (const PageFrame& frame : within(range)) {
        if (frame.state() != FrameState::absent) return true;
    }
    return false;
}

void FramePool::take_for_kernel(FrameRange range) {
    for (PageFrame& frame : within(range)) {
        if (frame.state() != FrameState::free) continue;
        frame.set(FrameState::kernel, 1);
        --count_free_;
        ++accounts_.kernel;
    }
}

void FramePool::finish() {
    for (std::uint32_t i = static_cast<std::uint32_t>(frames_.size()); i-- > 0;) {
        if (frames_[i].state() != FrameState::free) continue;
        frames_[i].set_link(free_head_);
        free_head_ = first_ + i;
        poison(FrameNumber(free_head_));
    }
}

FrameNumber FramePool::take_from_locked(std::uint32_t& head, FrameState state) {
    FrameNumber taken;
    take_run_from_locked(head, 1, state, [&taken](std::uint32_t, FrameNumber frame) { taken = frame; });
    return taken;
}

FrameNumber FramePool::take_locked(FrameState state) {
    if (free_head_ != FrameList::kEnd) return take_from_locked(free_head_, state);
    --count_zeroed_;
    return take_from_locked(zeroed_head_, state);
}

FramePool::Zeroed FramePool::take_zeroed_locked(FrameState state) {
    if (count_zeroed_ == 0) {
        const FrameNumber frame = take_from_locked(free_head_, state);
        zero(frame);
        return {frame, true};
    }
    --count_zeroed_;
    return {take_from_locked(zeroed_head_, state), false};
}

bool FramePool::zero_ahead_locked(std::uint32_t count_frames) {
    if (count_zeroed_ >= count_frames || free_head_ == FrameList::kEnd) return false;
    const FrameNumber number(free_head_);
    PageFrame& frame = at(number);
    free_head_ = frame.link();
    unpoison(number);
    zero(number);
    poison(number);
    frame.set_link(zeroed_head_);
    zeroed_head_ = number.value();
    ++count_zeroed_;
    return true;
}

Status FramePool::add_reference_locked(FrameNumber number) {
    PageFrame& frame = at(number);
    FREEHOLD_ASSERT(frame.state() != FrameState::free && frame.state() != FrameState::absent);
    if (!frame.can_add_reference()) return Status::reference_limit;
    if (!lets_in(Canary::lost_reference)) frame.add_reference();
    return Status::ok;
}

bool FramePool::drop_reference_locked(FrameNumber number, FrameList& dead) {
    PageFrame& frame = at(number);
    FREEHOLD_ASSERT(frame.state() != FrameState::free && frame.state() != FrameState::absent);
    if (!frame.drop_reference()) return false;
    bury(frame, number, dead);
    return true;
}

void FramePool::free_locked(FrameList& dead) {
    if (dead.count == 0) return;
    if constexpr (kPoisons) {
        FrameNumber frame(dead.first);
        for (std::uint32_t i = 0; i < dead.count; ++i, frame = FrameNumber(at(frame).link())) poison(frame);
    }
    at(FrameNumber(dead.last)).set_link(free_head_);
    free_head_ = dead.first;
    count_free_ += dead.count;
    count_returned_ += dead.count;
    dead = {};
}

void FramePool::zero(FrameNumber frame) const {
    if (!lets_in(Canary::dirty_frame)) std::memset(pointer(frame), 0, kPageBytes);
}

}  // namespace freehold
