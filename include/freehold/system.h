// SPDX-License-Identifier: MIT
// A System: one machine's frames, spaces, ports and ledger, in memory the caller supplies. Nothing in the library is
// global, so a test can run a thousand systems side by side.
//
//      caller's memory:  [ System | PageFrame for each frame from the first to the last | audit's scratch ]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <freehold/types.h>

namespace freehold {

struct System;        // src/system/system.h
struct AddressSpace;  // src/space/address_space.h

struct SystemOptions {
    void* host = nullptr;  ///< handed to every hook

    /// Frames the system may use; need not be sorted. Frames beyond all of them are never touched.
    std::span<const FrameRange> usable = {};

    /// Frames within `usable` that hold something already: the kernel, its boot modules, the memory of this System.
    /// They count as the kernel's own. May overlap each other and holes.
    std::span<const FrameRange> taken = {};

    /// A frame with the kernel half of every root table, copied into each new one; its entries never change
    /// afterwards. Ignored by formats without a kernel half.
    const void* kernel_root = nullptr;

    /// Only one processor ever loads spaces and calls the library: areas can move in one pass.
    bool one_processor = false;
};

/// What the library keeps for each frame, bytes of it.
inline constexpr std::uint32_t kFrameRecordBytes = 8;

/// Bytes of memory that create_system() needs.
/// @pre none  @error none  @state none  @cost O(ranges)  @context any
std::size_t system_bytes(std::span<const FrameRange> usable);

/// Builds a system in `memory`, which stays the system's until the machine stops.
/// @pre memory is aligned to 16 bytes and not used otherwise
/// @error memory_map_invalid: memory too small, no usable frame beside the taken ones, usable ranges that overlap
/// @state on failure `memory` holds nothing of meaning  @cost O(frames)  @context boot, one processor
Result<System*> create_system(std::span<std::byte> memory, const SystemOptions& options);

/// Counters since creation; they only grow.
struct Counters {
    std::uint64_t bytes_copied;       ///< payload bytes of messages, once each
    std::uint64_t bytes_transferred;  ///< bytes copied on a kernel's behalf by copy_in, copy_out, copy_across
    std::uint64_t frames_allocated;   ///< taken from the free list, for any purpose
    std::uint64_t frames_freed;
    std::uint64_t frames_zeroed;    ///< when they were needed, or ahead
    std::uint64_t entries_written;  ///< page-table entries of any level
    std::uint64_t tables_moved;     ///< whole tables moved by one entry
    std::uint64_t tables_shared;    ///< whole tables shared by one entry
    std::uint64_t invalidations;    ///< of one page
    std::uint64_t full_flushes;     ///< of a whole TLB
    std::uint64_t shootdowns;
    std::uint64_t faults_resolved;
    std::uint64_t messages_sent;  ///< and queued; what goes from hand to hand in registers is not counted
    std::uint64_t areas_moved;
    std::uint64_t areas_shared;
};

struct MemoryInfo {
    std::uint32_t frames_total;     ///< all that the system was given, taken ones included
    std::uint32_t frames_free;      ///< on the free list, promised ones included
    std::uint32_t frames_promised;  ///< charged for pages not yet touched
    std::uint32_t frames_kernel;    ///< the kernel's own: taken at boot, allocated by it, and the library's
    std::uint32_t frames_sealed;    ///< sealed pages' and their tables': they belong to nobody and everybody
    std::uint32_t frames_charged;   ///< sum of all spaces' charges
    std::uint32_t spaces;
    std::uint32_t ports;
    std::uint32_t metadata_bytes;  ///< the System and its frame table; UINT32_MAX if it is more
};

/// @pre none  @error none  @state none  @cost O(1)  @context takes the pool's lock
Counters counters(System& system);

/// What memory is used for; `total - free + promised == kernel + sealed + charged`, always; but while another processor
/// is about to move an area, its charge may be counted for both spaces.
/// @pre none  @error none  @state none  @cost O(spaces + ports)
/// @context takes the locks of the tables of ports and spaces and the pool's, one after the other
MemoryInfo memory_info(System& system);

/// Frames for the kernel's own use: stacks, its own page tables. Counted as the kernel's.
/// @pre none  @error out_of_memory  @state success: one frame, zeroed; failure: as before  @cost O(1) and zeroing
/// @context takes the pool's lock
Result<FrameNumber> allocate_kernel_frame(System& system);

/// Gives back what allocate_kernel_frame gave, or a frame `taken` at boot that is needed no more.
/// @pre the frame is the kernel's; else an assertion trips: a double free is a bug
/// @error none  @state the frame is free  @cost O(1)  @context takes the pool's lock
void free_kernel_frame(System& system, FrameNumber frame);

/// Fills a free frame with zeros, so that whoever needs one later need not: for time in which nothing else runs. False:
/// so many frames are ready already, or all that are free.
/// @pre none  @error none  @state one more free frame holds zeros  @cost O(1) and zeroing  @context takes the pool's
/// lock
bool zero_frame_ahead(System& system, std::uint32_t count_frames);

/// One line of the recent history of who owned what.
struct LedgerEntry {
    enum class Operation : std::uint32_t {
        none,
        create,
        destroy,
        allocate,
        release,
        protect,
        seal,
        map_physical,
        adopt,
        move,
        share,
        depart,
        arrive,
        come_back,
        guard
    };
    std::uint64_t sequence;   ///< counts all operations from 1
    std::uint64_t timestamp;  ///< of the host's clock
    Operation operation;
    SpaceId from;  ///< the space worked on; the sender of a move
    SpaceId to;    ///< the receiver of a move, else none
    Word base;     ///< in `from`
    Word length_bytes;
    Word arrived_at;  ///< in `to`
};

/// The operation's name for printing: "move".
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* operation_name(LedgerEntry::Operation operation);

/// Copies the kept entries with a sequence number above `after` into `out`, oldest first; returns how many.
/// @pre none  @error none  @state none  @cost O(out)  @context takes the ledger's lock
std::uint32_t read_ledger(System& system, std::uint64_t after, std::span<LedgerEntry> out);

}  // namespace freehold
