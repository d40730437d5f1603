// SPDX-License-Identifier: MIT
// Address spaces: areas of memory that are allocated, released, protected, sealed, moved and shared.
//
// Every call validates and reserves first and may fail there, with nothing changed; then it commits and can't fail.
// Ranges are those of PageRange: page-aligned, non-empty, inside user space, never page 0. Any page-aligned part of an
// area can be worked on, and a range may span several areas, but holds no hole.
//
// Costs: R = regions of the space (at most kRegionsMax; inserting one moves at most 4 KiB), T = whole tables the range
// covers, P = pages at its ragged ends, at most two tables' worth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <freehold/system.h>
#include <freehold/types.h>

namespace freehold {

struct SpaceOptions {
    /// Frames the space may be charged for, tables and all.
    std::uint32_t limit_frames = 0xFFFFFFFF;

    /// Given to freehold_host_wake() for this space's ports, and returned by space_owner().
    std::uintptr_t owner_token = 0;

    /// Regions the space may have, free ones counted; kRegionsMax at most, whatever this says.
    std::uint32_t limit_regions = kRegionsMax;
};

/// A new space: one free region from 0 to kUserEnd. Charged two frames at least: root table and region table.
/// @pre none
/// @error space_table_full; out_of_memory; over_limit: a limit below the two frames
/// @state success: empty space; failure: as before  @cost O(1), two frames zeroed  @context takes the pool's lock
Result<AddressSpace*> create_space(System& system, const SpaceOptions& options);

/// Ends a space: its ports die, its areas are released, its areas in flight stay alive until they arrive or come back,
/// and so does the rest of it, unseen. Its id is stale at once.
/// @pre space is alive and loaded on no processor
/// @error none  @state the space is gone  @cost O(R + pages)  @context takes locks of ports, space, pool
void destroy_space(AddressSpace* space);

/// @pre space is alive  @error none  @state none  @cost O(1)  @context any
SpaceId space_id(const AddressSpace& space);
std::uintptr_t space_owner(const AddressSpace& space);
System& space_system(AddressSpace& space);

/// The space of that id. It is the caller's to see that nobody destroys it meanwhile.
/// @pre none  @error unknown_space: never was, or is no more  @state none  @cost O(1)
/// @context takes the lock of the table of spaces
Result<AddressSpace*> find_space(System& system, SpaceId id);

/// Makes `space` the one this processor translates user addresses with.
/// @pre space is alive  @error none  @state on x86: CR3 is loaded, user TLB entries are gone  @cost O(1)
/// @context interrupts off
void load_space(AddressSpace& space);

/// Leaves user space: this processor translates by `kernel_root` (a root table's frame) alone, no space is loaded.
/// @pre kernel_root maps what runs now  @error none  @state no space loaded here  @cost O(1)  @context interrupts off
void unload_space(System& system, FrameNumber kernel_root);

// --- making and unmaking areas --------------------------------------------------------------------------------------

enum class Placement : std::uint8_t {
    lowest,   ///< the lowest free range that fits
    highest,  ///< the highest
    at        ///< exactly at `address`
};

struct AllocateOptions {
    Word length_bytes = 0;
    Word alignment_bytes = kPageBytes;  ///< a power of two, at least a page
    Placement placement = Placement::lowest;
    VirtAddr address = {};  ///< where Placement::at wants it
    Rights rights = kReadWrite;
    bool populate = false;                ///< frames now, instead of on first touch; zeroed either way
    std::uint32_t guard_pages_below = 0;  ///< the first pages of length_bytes become guards: uncharged, unreachable
    std::uint32_t guard_pages_above = 0;  ///< likewise the last
};

/// Makes an area of anonymous memory, zero-filled. Its frames are charged now, so no later fault can run out.
/// @pre none
/// @error zero_length, misaligned, overflow, outside_user_space: the range; bad_alignment; bad_rights;
///        bad_option: more guards than pages; not_free: Placement::at over an area; no_address_range;
///        region_table_full; over_limit; out_of_memory
/// @state success: the area's base; failure: as before  @cost O(R + T), and with populate O(pages)
/// @context takes the space's lock
Result<VirtAddr> allocate_area(AddressSpace& space, const AllocateOptions& options);

/// Ends areas: pages are unmapped, frames nobody else refers to become free.
/// @pre none
/// @error not_mapped: a hole; in_transit; kernel_kept; region_table_full: no room to split a region;
///        out_of_memory, over_limit: a table shared with others had to be copied to release a part of it
/// @state success: the range is free; failure: as before  @cost O(R + pages present)  @context takes the space's lock
Status release_area(AddressSpace& space, PageRange range);

/// Changes rights. Guards stay guards.
/// @pre none
/// @error bad_rights; not_mapped; in_transit; kernel_kept; sealed: write wanted for a sealed page;
///        region_table_full; out_of_memory, over_limit: as for release_area
/// @state success: rights as told, for every processor; failure: as before  @cost O(R + pages present)
/// @context takes the space's lock
Status protect_area(AddressSpace& space, PageRange range, Rights rights);

/// Turns pages into guards: touching one is a fault that says so. Costs no region; the pages' charge is given back and
/// what they held is gone.
/// @pre none
/// @error not_mapped; not_anonymous; in_transit; kernel_kept; sealed: a sealed page can't lose its contents
/// @state success: the pages are guards until released; failure: as before  @cost O(pages)
/// @context takes the space's lock
Status guard_area(AddressSpace& space, PageRange range);

struct PhysicalOptions {
    std::uint64_t address = 0;  ///< physical, page-aligned
    Word length_bytes = 0;
    Rights rights = kReadWrite;
    bool cached = false;  ///< device registers are mapped uncached
};

/// Maps device memory. Uses large pages where address and length allow.
/// @pre none
/// @error zero_length, misaligned, overflow; bad_rights; no_such_device: a frame of the pool, or past the format's
///        reach; no_address_range; region_table_full; over_limit, out_of_memory: for tables
/// @state success: the area's base; failure: as before  @cost O(R + pages)  @context takes the space's lock
Result<VirtAddr> map_physical(AddressSpace& space, const PhysicalOptions& options);

/// Makes boot frames (SystemOptions::taken) a sealed, readable area: boot modules become memory like any other, and
/// free when the last reader lets go.
/// @pre the frames are the kernel's, and the kernel needs them no more; else an assertion trips
/// @error zero_length; no_address_range; region_table_full; over_limit, out_of_memory: for tables
/// @state success: the area's base; failure: as before  @cost O(R + frames)  @context takes the space's lock
Result<VirtAddr> adopt_frames(AddressSpace& space, FrameRange frames);

// --- faults ---------------------------------------------------------------------------------------------------------

/// Answers a page fault of user code: a page of an anonymous area is given its zeroed frame; a stale TLB entry is
/// dropped. Can't run out of memory for pages that were charged. Where pages right before it have been touched, as many
/// that follow are given their frames with it, 16 in all at most.
/// @pre access is one of read, write, execute
/// @error not_mapped: no area there; access_denied: the area's rights forbid it; guard_page; in_transit;
///        sealed: a write to a sealed page; outside_user_space; reference_limit
/// @state success: the access will succeed; failure: as before  @cost O(log R), zeroing  @context takes the space's
/// lock
Status resolve_fault(AddressSpace& space, VirtAddr address, Rights access);

// --- move, seal, share ----------------------------------------------------------------------------------------------

/// Nobody can write these pages any more: when this returns, every writable mapping and TLB entry is gone. Never
/// undone, by anyone. Sealing sealed pages again changes nothing. Pages never touched read as zeros and cost nothing.
/// Their frames' charge leaves the space: sealed memory is charged to no one.
/// @pre none
/// @error not_mapped; not_anonymous; in_transit; kernel_kept; region_table_full; over_limit, out_of_memory: for the
///        region table
/// @state success: sealed; failure: as before  @cost one entry per whole table: O(R + T + P)
/// @context takes the space's lock; shootdown
Status seal_area(AddressSpace& space, PageRange range);

struct TransferOptions {
    Placement placement = Placement::lowest;
    VirtAddr address = {};  ///< where Placement::at wants it; congruent to range.base() where a table may go along
};

/// The pages leave `from` and appear in `to`; `from` faults there from that moment. Nothing is copied, rights, seals,
/// guards and pages never touched go along, and so does the charge.
/// @pre none
/// @error receiver_is_sender; not_mapped; not_anonymous; in_transit; kernel_kept; no_address_range and
///        region_table_full: of `to`, or of `from` to split a region; over_limit, out_of_memory: `to`, for charge and
///        tables; of Placement::at: not_free; misaligned: not congruent, or no page's address; outside_user_space
/// @state success: the base in `to`; if the range is as long as a table covers, it is congruent to range.base() modulo
///        that; failure: as before
/// @cost one entry per whole table in each space: O(R + T + P)  @context takes both spaces' locks in order; shootdown
Result<VirtAddr> move_area(AddressSpace& from, PageRange range, AddressSpace& to, const TransferOptions& options = {});

/// A sealed range also appears in `to`. Whole tables are shared, not copied.
/// @pre none
/// @error as move_area, and not_sealed: a page of it is not; reference_limit. Sharing with oneself is allowed.
/// @state success: the base in `to`; failure: as before  @cost as move_area  @context takes both spaces' locks in order
Result<VirtAddr> share_area(AddressSpace& from, PageRange range, AddressSpace& to, const TransferOptions& options = {});

// --- looking --------------------------------------------------------------------------------------------------------

struct RegionInfo {
    Word base;
    Word length_bytes;
    RegionType type;
    RegionState state;
    Rights rights;
    std::uint8_t reserved;
    std::uint32_t pages_present;
    std::uint32_t pages_guard;
};

/// The region that holds `address`, free ones included.
/// @pre none  @error outside_user_space: address at or past kUserEnd
/// @state none  @cost O(log R + pages)  @context takes the space's lock
Result<RegionInfo> query_region(AddressSpace& space, VirtAddr address);

/// Copies what query_region says of the regions from the one that holds `from` on; returns how many.
/// @pre none  @error none: 0 past the end  @state none  @cost O(out + pages)  @context takes the space's lock
std::uint32_t walk_regions(AddressSpace& space, VirtAddr from, std::span<RegionInfo> out);

struct PageInfo {
    bool present;  ///< a frame is there
    bool guard;
    bool large;              ///< mapped by a large page
    bool table_shared;       ///< by a table others use too
    Rights rights;           ///< as the page tables enforce them, over all levels
    std::uint64_t physical;  ///< address of the page's first byte, if present
};

/// What the page tables say of the page that holds `address`.
/// @pre none  @error outside_user_space  @state none  @cost O(levels)  @context takes the space's lock
Result<PageInfo> query_page(AddressSpace& space, VirtAddr address);

struct SpaceInfo {
    SpaceId id;
    std::uintptr_t owner_token;
    std::uint32_t regions;  ///< free ones included
    std::uint32_t frames_charged;
    std::uint32_t limit_frames;
    std::uint32_t areas_in_flight;  ///< moved away by messages nobody has taken yet
    FrameNumber root;               ///< of the root table
};

/// @pre space is alive  @error none  @state none  @cost O(1)  @context takes the space's lock
SpaceInfo space_info(const AddressSpace& space);

// --- reading and writing user memory on behalf of the kernel ---------------------------------------------------------

/// Copies out of a space, by its page tables: no user pointer is dereferenced, no fault is taken.
/// @pre none
/// @error bad_address: the range wraps, leaves user space or has a hole; access_denied: not readable; guard_page;
///        in_transit; not_anonymous: device memory is not read on a user's word
/// @state failure: `out` may hold a part  @cost O(bytes)  @context takes the space's lock
Status copy_in(AddressSpace& space, VirtAddr from, std::span<std::byte> out);

/// Copies into a space; pages never touched are given frames.
/// @pre none
/// @error as copy_in, and sealed: a sealed page; access_denied: not writable
/// @state all or nothing: writability is checked for the whole range first  @cost O(bytes)
/// @context takes the space's lock
Status copy_out(AddressSpace& space, VirtAddr to, std::span<const std::byte> from);

/// Copies from one space to another, or within one where the ranges do not overlap.
/// @pre none
/// @error as copy_in of `source`, as copy_out of `target`; bad_option: overlap within one space
/// @state all or nothing  @cost O(bytes)  @context takes both spaces' locks in order
Status copy_across(AddressSpace& source, VirtAddr from, AddressSpace& target, VirtAddr to, Word length_bytes);

}  // namespace freehold
