// SPDX-License-Identifier: MIT
// SpaceMemory: lends frames to a Pmap for the length of one operation, and ends it in the right order:
// tables changed -> no TLB knows better -> frames free.
//
// Holds the pool's lock from its beginning to its end. finish() must come last; the destructor checks that it did.
#pragma once

#include <paging.h>

#include <freehold/host.h>

#include "src/pmap/pmap.h"
#include "src/space/system.h"

namespace freehold {

class SpaceMemory {
  public:
    using Entry = arch::Paging::Entry;

    explicit SpaceMemory(AddressSpace& space)
        : space_(&space), system_(space.system), guard_(space.system->pool.lock()) {}
    ~SpaceMemory() { FREEHOLD_ASSERT(dead_.count == 0 && changed_count_ == 0); }
    SpaceMemory(const SpaceMemory&) = delete;
    SpaceMemory& operator=(const SpaceMemory&) = delete;

    // What a Pmap asks for (src/pmap/pmap.h, TableMemory).
    [[nodiscard]] Entry* entries(FrameNumber table) const { return static_cast<Entry*>(pool().pointer(table)); }
    FrameNumber take_table() { return take_zeroed(FrameState::table); }
    [[nodiscard]] UnitCounts counts(FrameNumber table) const {
        const TableCounts counts = pool().at(table).counts();
        return {counts.pages, counts.guards};
    }
    void set_counts(FrameNumber table, UnitCounts counts) {
        pool().at(table).set_counts(
            {static_cast<std::uint16_t>(counts.pages), static_cast<std::uint16_t>(counts.guards)});
    }
    [[nodiscard]] bool sealed_table(FrameNumber table) const {
        return pool().at(table).state() == FrameState::sealed_table;
    }
    void set_sealed_table(FrameNumber table, bool sealed) {
        pool().at(table).set_state(sealed ? FrameState::sealed_table : FrameState::table);
    }
    [[nodiscard]] std::uint32_t references(FrameNumber frame) const { return pool().at(frame).references(); }
    /// One reference more. What has too many to count is never freed: see PageFrame::drop_reference().
    void hold(FrameNumber frame) {
        const Status status = pool().add_reference_locked(frame);
        FREEHOLD_ASSERT(status == Status::ok || status == Status::reference_limit);
    }
    bool drop_table(FrameNumber table) { return pool().drop_reference_locked(table, dead_); }
    void drop_page(FrameNumber frame) {
        if (pool().drop_page_locked(frame, dead_)) ++dead_pages_;
    }
    void pause() const { freehold_host_pause(system_->host); }
    void wrote_entries(std::uint32_t count) { system_->counters.entries_written += count; }
    void changed_page(VirtAddr address) {
        if (changed_count_ < kSinglePages) changed_[changed_count_] = address.value();
        ++changed_count_;
    }
    void changed_unit(VirtAddr) { changed_count_ += kSinglePages + 1; }
    void changed_range(PageRange range) {
        if (range.count_pages() > kFewPages) return changed_unit(range.base());
        for (VirtAddr at = range.base(); at < range.end(); at = at + kPageBytes) changed_page(at);
    }

    // What the operations of a space ask for.
    /// A promised frame that holds zeros.
    FrameNumber take_zeroed(FrameState state) {
        const auto [frame, now] = pool().take_zeroed_locked(state);
        system_->counters.frames_zeroed += now ? 1 : 0;
        return frame;
    }
    /// So many of them: visit(index, frame) for each.
    template <typename Visit>
    void take_zeroed_run(std::uint32_t count, FrameState state, Visit visit) {
        system_->counters.frames_zeroed += pool().take_zeroed_run_locked(count, state, visit);
    }
    [[nodiscard]] FramePool& pool() const { return system_->pool; }
    [[nodiscard]] FrameNumber zero_frame() const { return system_->zero_frame; }

    /// Pages whose last reference went in this operation.
    [[nodiscard]] std::uint32_t dead_pages() const { return dead_pages_; }

    /// Makes every TLB forget what changed, then frees the frames nobody refers to.
    void finish() {
        if (changed_count_ != 0) invalidate();
        if (dead_.count != 0) pool().free_locked(dead_);
    }

  private:
    /// Up to this many pages are invalidated one by one; from there on the whole TLB is cheaper.
    static constexpr std::uint32_t kSinglePages = 32;
    /// And so many of a range, whose space will hardly run before another one has.
    static constexpr std::uint32_t kFewPages = 4;

    void invalidate();

    AddressSpace* space_;
    System* system_;
    LockGuard guard_;
    FrameList dead_;
    std::uint32_t dead_pages_ = 0;
    std::uint32_t changed_count_ = 0;
    Word changed_[kSinglePages];  // the first changed_count_ of them; not initialised, for that would cost more than
                                  // most operations change
};

using SpacePmap = Pmap<arch::Paging, SpaceMemory>;

}  // namespace freehold
