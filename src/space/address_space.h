// SPDX-License-Identifier: MIT
// AddressSpace: a region table, which says what every page may be, and page tables, which say what it is.
//
// Charge: frames this space answers for. It is the sum of
//     its root table, the frames of its region table, and what its ports keep;
//     its page tables that are not sealed tables;
//     every page of its anonymous areas that are not sealed, touched or not, guards excepted.
// Sealed pages and sealed tables are charged to the pool's `sealed` account: they may have many readers.
//
// Lock order: spaces by their index, then the pool, which also guards all page tables: several spaces may refer to one.
// A space whose process is gone stays, `dying`, while areas of it are in flight.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include <freehold/host.h>
#include <freehold/space.h>

#include "src/base/lock.h"
#include "src/space/region_table.h"

namespace freehold {

/// What the ports say of one space: the audit adds it up here, for it is too much for a kernel's stack.
struct PortSums {
    Word pages_in_flight;
    std::uint32_t areas_in_flight;
    std::uint32_t slots;
    std::uint16_t ports;
    std::uint16_t head_frames;
};

struct AddressSpace {
    System* system = nullptr;
    mutable HostLock lock;
    RegionTable regions;
    FrameNumber root;
    FrameNumber region_frame;  ///< the first of the region table
    SpaceId id = SpaceId::none;
    std::uint32_t generation = 0;
    bool used = false;                 ///< exists, dying or not; under the lock of the table of spaces
    bool alive = false;                ///< its id finds it: from the end of its creation to its end; under the same
    std::uint32_t charged_frames = 0;  ///< changes under the pool's lock too, together with the pool's accounts
    std::uint32_t count_ports = 0;
    std::atomic<std::uint32_t> loaded_on{0};  ///< processors that translate with it now

    // All that follows is set when the space is created.
    bool dying;                 ///< destroyed; here for its areas in flight alone
    std::uint32_t port_frames;  ///< of the charge: heads of ports
    std::uint32_t limit_frames;
    std::uint32_t areas_in_flight;
    std::uintptr_t owner_token;
    std::atomic<std::uint32_t> signals;  ///< raised and not yet taken
    std::uint32_t signals_allowed;       ///< that others may raise
    SpaceId signals_from;                ///< who those others are; none: anyone
    PortSums sums;                       ///< the audit's
};

/// @pre `space` lies in its system's array
std::uint32_t space_index(const AddressSpace& space);

/// Two spaces' locks, in order; once if they are the same.
class SpacesGuard {
  public:
    SpacesGuard(AddressSpace& a, AddressSpace& b);
    ~SpacesGuard();
    SpacesGuard(const SpacesGuard&) = delete;
    SpacesGuard& operator=(const SpacesGuard&) = delete;

  private:
    AddressSpace& first_;
    AddressSpace& second_;
};

/// The space's own lock.
class SpaceGuard : public LockGuard {
  public:
    explicit SpaceGuard(AddressSpace& space);
};

// --- for the layers above: the halves of a transfer, each with the spaces' locks held --------------------------------

/// Whether the range may leave: wholly areas, anonymous, neither in transit nor kept; and, to share, sealed.
Status check_departure_locked(AddressSpace& from, PageRange range, bool to_share);

/// What was promised by the planning of an operation, to be used up by its commit or cancelled.
struct Plan {
    std::uint32_t promised_frames = 0;
    std::uint32_t charged_frames = 0;
    VirtAddr target;               ///< of an arrival
    std::uint32_t held_slots = 0;  ///< kept in the receiver's region table for it
};

/// Gets ready for the ranges to depart, all together: room in the region table, frames for splitting tables.
/// @pre each was checked by check_departure_locked; they do not overlap
/// @error region_table_full, over_limit, out_of_memory; nothing has changed then
Result<Plan> plan_departure_locked(AddressSpace& from, std::span<const PageRange> ranges);
void cancel_departure_locked(AddressSpace& from, std::span<const PageRange> ranges, const Plan& plan);

/// Marks the ranges as in transit: nobody reaches them. Uses the plan up.
void depart_locked(AddressSpace& from, std::span<const PageRange> ranges, const Plan& plan);

/// Gets ready for a range that departs or has departed from `from` to arrive in `to`, or to be shared with it.
/// @error no_address_range, region_table_full, over_limit, out_of_memory: of `to`; of Placement::at also what is wrong
///        with its address; nothing has changed then
struct ArrivalOptions {
    Placement placement = Placement::lowest;
    bool more_follow = false;  ///< another arrival is planned before this one is made
    bool share = false;        ///< the range, which is sealed, stays where it is as well
    VirtAddr address = {};     ///< of Placement::at
};
Result<Plan> plan_arrival_locked(AddressSpace& from, PageRange range, AddressSpace& to, const ArrivalOptions& options);
void cancel_arrival_locked(PageRange range, AddressSpace& to, const Plan& plan);

/// The pages that departed from `from` arrive in `to`, at plan.target. Uses the plan up.
void arrive_locked(AddressSpace& from, PageRange range, AddressSpace& to, const Plan& plan);

/// The pages that departed are reachable again, where they were. Can't fail.
void come_back_locked(AddressSpace& from, PageRange range);

/// Moves a plain area that is all of one region, where no table has to be made, split or copied for it; returns its
/// base.
/// @error would_block: this way is not for it; nothing has changed then
Result<VirtAddr> move_at_once_locked(AddressSpace& from, PageRange range, AddressSpace& to);

/// The range also appears in `to`, at plan.target. Uses the plan up. @pre it was checked by check_departure_locked
void share_locked(AddressSpace& from, PageRange range, AddressSpace& to, const Plan& plan);

/// Slots that the two bounds of one area may need when it leaves for good or comes back.
inline constexpr std::uint32_t kSlotsOfArea = 2;

/// Keeps slots of the region table for the bounds of areas that must be able to go at any time. A range that departs
/// keeps its own until it arrives or comes back.
void reserve_slots_locked(AddressSpace& space, std::size_t areas);
void unreserve_slots_locked(AddressSpace& space, std::size_t areas);

/// unreserve_slots_locked() where no change follows that uses them: gives back their room too.
void return_slots_locked(AddressSpace& space, std::size_t areas);

/// Releases areas whatever their state, transit excepted. @pre the range is wholly areas
/// @error as release_area, but for kernel_kept
Status release_locked(AddressSpace& space, PageRange range);

/// allocate_area() with the lock held, for an area in the given state.
Result<VirtAddr> allocate_locked(AddressSpace& space, const AllocateOptions& options, RegionState state);

/// From now on no id finds the space.
void hide_space(AddressSpace& space);

/// Ends a space but for what is in flight. @pre it is hidden and has no ports any more
void retire_space(AddressSpace& space);

/// An area came back or arrived: the last one lets a dying space go.
void end_flight(AddressSpace& from);

/// Whether `length_bytes` from `address` on can be read (or written) by copying; prepares nothing.
Status check_copy_locked(AddressSpace& space, VirtAddr address, Word length_bytes, Rights access);

/// Copies between two spaces, both locked and both checked by check_copy_locked; `target` may be a kept area.
void copy_pages_locked(AddressSpace& source, VirtAddr from, AddressSpace& target, VirtAddr to, Word length_bytes);

/// The bytes of the page that holds `address`, for the kernel: of a kept or otherwise populated page.
std::byte* page_bytes_locked(AddressSpace& space, VirtAddr address);

}  // namespace freehold
