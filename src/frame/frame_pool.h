// SPDX-License-Identifier: MIT
// FramePool: the frames of a machine, free and in use, allocated and freed in O(1).
//
// Memory is promised before it is used: reserve() may fail, take() can't. A promise is made for each page of an area
// that is not yet touched, and for a moment by each operation for the tables that it will make.
//
//   total = free lists + in use         promised <= free lists         in use + promised = what somebody is charged for
//
// Free frames lie in two lists: those filled with zeros already, in time nobody else had a use for, and the others.
//
// All members expect the pool's lock, but for those for boot, pointer(), first() and span(), which don't change. Those
// named _locked are what operations call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <freehold/host.h>
#include <freehold/status.h>
#include <freehold/types.h>

#include "src/base/lock.h"
#include "src/base/poison.h"
#include "src/frame/page_frame.h"

namespace freehold {

/// Frames whose last reference is gone, on their way to the free list. They go there when no TLB can reach them.
struct FrameList {
    static constexpr std::uint32_t kEnd = 0xFFFFFFFF;
    std::uint32_t first = kEnd;
    std::uint32_t last = kEnd;
    std::uint32_t count = 0;
};

class FramePool {
  public:
    /// `frames` stands for the frames from `first` on. @pre all are new: absent
    void init(void* host, std::span<PageFrame> frames, FrameNumber first);

    /// Boot: absent frames become free. @error memory_map_invalid: outside, or given before
    Status add_free(FrameRange range);

    /// Boot: free frames within the range become the kernel's; holes and other frames stay as they are.
    void take_for_kernel(FrameRange range);

    /// Boot, after the above: links the free list, lowest frame first.
    void finish();

    [[nodiscard]] LockGuard lock() { return {host_, lock_}; }

    /// Promises frames. @error out_of_memory  @cost O(1)
    Status reserve_locked(std::uint32_t count_frames) {
        if (count_frames > count_free_ - count_promised_) return Status::out_of_memory;
        count_promised_ += count_frames;
        return Status::ok;
    }

    /// Takes a promise back. @pre it was made  @cost O(1)
    void unreserve_locked(std::uint32_t count_frames) {
        FREEHOLD_ASSERT(count_frames <= count_promised_);
        count_promised_ -= count_frames;
    }

    /// Takes a promised frame, with one reference. Its contents are anything.
    /// @pre a promise is left  @cost O(1)
    FrameNumber take_locked(FrameState state);

    /// Takes a promised frame that holds zeros. The second says whether it had to be filled with them now.
    /// @pre a promise is left  @cost O(1), and zeroing
    struct Zeroed {
        FrameNumber frame;
        bool now;
    };
    Zeroed take_zeroed_locked(FrameState state);

    /// So many of them: visit(index, frame) for each. How many had to be filled with zeros now.
    /// @pre as many promises are left  @cost O(count_frames), and zeroing
    template <typename Visit>
    std::uint32_t take_zeroed_run_locked(std::uint32_t count_frames, FrameState state, Visit visit);

    /// Fills a free frame with zeros ahead of its use, if fewer than so many are; says whether. @cost O(1) and zeroing
    bool zero_ahead_locked(std::uint32_t count_frames);

    /// @pre the frame is in use and has references left  @error reference_limit  @cost O(1)
    Status add_reference_locked(FrameNumber frame);

    /// Drops a reference; the last one puts the frame on `dead`, and the answer is true. @cost O(1)
    bool drop_reference_locked(FrameNumber frame, FrameList& dead);

    /// The same for what an entry of a page refers to, which may be a device's; says whether that was the last
    /// reference.
    bool drop_page_locked(FrameNumber number, FrameList& dead) {
        const std::uint32_t index = number.value() - first_;
        if (index >= frames_.size()) return false;
        PageFrame& frame = frames_[index];
        if (!frame.is_sole(FrameState::anon)) {
            return frame.state() != FrameState::absent && drop_reference_locked(number, dead);
        }
        bury(frame, number, dead);
        return true;
    }

    /// Makes dead frames free. @pre no processor can reach them  @cost O(1)
    void free_locked(FrameList& dead);

    [[nodiscard]] bool contains(FrameNumber frame) const {
        return frame.value() - first_ < frames_.size() && at(frame).state() != FrameState::absent;
    }
    /// @cost O(frames of the range that lie between the pool's first and last)
    [[nodiscard]] bool contains_any_locked(FrameRange range) const;
    [[nodiscard]] PageFrame& at(FrameNumber frame) {
        FREEHOLD_ASSERT(frame.value() - first_ < frames_.size());
        return frames_[frame.value() - first_];
    }
    [[nodiscard]] const PageFrame& at(FrameNumber frame) const {
        FREEHOLD_ASSERT(frame.value() - first_ < frames_.size());
        return frames_[frame.value() - first_];
    }

    [[nodiscard]] void* pointer(FrameNumber frame) const { return freehold_host_frame_pointer(host_, frame.value()); }

    /// Fills a frame with zeros.
    void zero(FrameNumber frame) const;

    [[nodiscard]] std::uint32_t count_total() const { return count_total_; }
    [[nodiscard]] std::uint32_t count_free() const { return count_free_; }
    [[nodiscard]] std::uint32_t count_promised() const { return count_promised_; }
    [[nodiscard]] std::uint64_t count_taken() const { return count_taken_; }
    [[nodiscard]] std::uint64_t count_returned() const { return count_returned_; }

    /// Frames that belong to no space: the kernel's, and sealed pages with their tables. For the pool to keep, because
    /// several spaces change them.
    struct Accounts {
        std::uint32_t kernel = 0;
        std::uint32_t sealed = 0;
    };
    [[nodiscard]] Accounts& accounts_locked() { return accounts_; }
    [[nodiscard]] const Accounts& accounts() const { return accounts_; }

    [[nodiscard]] FrameNumber first() const { return FrameNumber(first_); }
    [[nodiscard]] std::uint32_t span() const { return static_cast<std::uint32_t>(frames_.size()); }
    [[nodiscard]] std::uint32_t free_list_head() const { return free_head_; }
    [[nodiscard]] std::uint32_t zeroed_list_head() const { return zeroed_head_; }
    [[nodiscard]] std::uint32_t count_zeroed() const { return count_zeroed_; }

  private:
    // Nobody may touch what is free: told to a sanitizer, where there is one.
    void poison(FrameNumber frame) const {
        if constexpr (kPoisons) freehold_poison_frame(pointer(frame));
    }
    void unpoison(FrameNumber frame) const {
        if constexpr (kPoisons) freehold_unpoison_frame(pointer(frame));
    }

    /// A frame without references, on its way: it is as good as free, but on no free list yet.
    static void bury(PageFrame& frame, FrameNumber number, FrameList& dead) {
        frame.set(FrameState::free, 0);
        frame.set_link(dead.first);
        dead.first = number.value();
        if (dead.count++ == 0) dead.last = number.value();
    }

    /// Takes frames of a free list, one after the other.
    template <typename Visit>
    void take_run_from_locked(std::uint32_t& head, std::uint32_t count_frames, FrameState state, Visit visit);

    /// Takes the first frame of a free list.
    FrameNumber take_from_locked(std::uint32_t& head, FrameState state);

    /// What the table holds of a range.
    [[nodiscard]] std::span<PageFrame> within(FrameRange range) const;

    void* host_ = nullptr;
    HostLock lock_;
    std::span<PageFrame> frames_;
    std::uint32_t first_ = 0;
    std::uint32_t free_head_ = FrameList::kEnd;
    std::uint32_t zeroed_head_ = FrameList::kEnd;
    std::uint32_t count_total_ = 0;
    std::uint32_t count_free_ = 0;    ///< in both lists
    std::uint32_t count_zeroed_ = 0;  ///< in the list of those filled with zeros
    std::uint32_t count_promised_ = 0;
    std::uint64_t count_taken_ = 0;
    std::uint64_t count_returned_ = 0;
    Accounts accounts_;
};

template <typename Visit>
void FramePool::take_run_from_locked(std::uint32_t& head, std::uint32_t count_frames, FrameState state, Visit visit) {
    FREEHOLD_ASSERT(count_promised_ >= count_frames && count_free_ >= count_promised_);
    std::uint32_t next = head;
    for (std::uint32_t i = 0; i < count_frames; ++i) {
        const FrameNumber number(next);
        PageFrame& frame = at(number);
        FREEHOLD_ASSERT(frame.is_free());
        next = frame.link();
        frame.set(state, 1);
        frame.set_link(0);
        unpoison(number);
        visit(i, number);
    }
    head = next;
    count_promised_ -= count_frames;
    count_free_ -= count_frames;
    count_taken_ += count_frames;
}

template <typename Visit>
std::uint32_t FramePool::take_zeroed_run_locked(std::uint32_t count_frames, FrameState state, Visit visit) {
    const std::uint32_t ready = std::min(count_zeroed_, count_frames);
    const std::uint32_t now = count_frames - ready;
    count_zeroed_ -= ready;
    take_run_from_locked(zeroed_head_, ready, state, visit);
    take_run_from_locked(free_head_, now, state, [&](std::uint32_t i, FrameNumber frame) {
        zero(frame);
        visit(ready + i, frame);
    });
    return now;
}

}  // namespace freehold
