// SPDX-License-Identifier: MIT
// PageFrame: all that is known of one frame of physical memory, in 8 bytes.
//
//    31                                   4 3     0    31                                    0
//   | references: entries that refer to it | state |  | link: depends on the state            |
//
//   state    the word `link` holds
//   free     the next free frame's number, or that of the next one on its way to the free list
//   table    how many of a last-level table's entries hold a page, and how many are guards
//   others   nothing
#pragma once

#include <cstdint>

#include <freehold/system.h>

#include "src/base/assert.h"

namespace freehold {

enum class FrameState : std::uint32_t {
    absent = 0,  ///< no memory there, or not ours: a hole of the memory map
    free = 1,
    kernel = 2,        ///< the kernel's own: taken at boot, or allocated by it, and the library's
    anon = 3,          ///< a page of user memory; sealed or not is its tables' and regions' to say
    table = 4,         ///< a page table of one space, charged to it
    sealed_table = 5,  ///< a page table of sealed pages alone, write-protected as a whole; any space may refer to it
    space = 6          ///< a space's root table or region table, or a port's heads; charged to the space
};

/// What a last-level table holds, kept with it so that whole tables need not be searched.
struct TableCounts {
    std::uint16_t pages = 0;  ///< entries with a frame, in transit or not
    std::uint16_t guards = 0;
};

class PageFrame {
  public:
    static constexpr std::uint32_t kReferencesMax = (1U << 28) - 1;

    [[nodiscard]] FrameState state() const { return static_cast<FrameState>(word_ & kStateMask); }
    [[nodiscard]] std::uint32_t references() const { return word_ >> kReferenceShift; }
    [[nodiscard]] std::uint32_t link() const { return link_; }

    /// Both at one look: free, and nobody refers to it; in that state, and one entry refers to it.
    [[nodiscard]] bool is_free() const { return word_ == static_cast<std::uint32_t>(FrameState::free); }
    [[nodiscard]] bool is_sole(FrameState state) const {
        return word_ == (1U << kReferenceShift | static_cast<std::uint32_t>(state));
    }

    void set(FrameState state, std::uint32_t references) {
        word_ = (references << kReferenceShift) | static_cast<std::uint32_t>(state);
    }
    void set_state(FrameState state) { word_ = (word_ & ~kStateMask) | static_cast<std::uint32_t>(state); }
    void set_link(std::uint32_t link) { link_ = link; }

    [[nodiscard]] bool can_add_reference() const { return references() < kReferencesMax; }

    /// @pre can_add_reference()
    void add_reference() {
        FREEHOLD_ASSERT(references() != 0 && can_add_reference());
        word_ += 1U << kReferenceShift;
    }

    /// Says whether that was the last one. A frame that once had as many as can be counted keeps them for ever: nobody
    /// knows how many there were. @pre there is one
    bool drop_reference() {
        FREEHOLD_ASSERT(references() != 0);
        if (references() == kReferencesMax) return false;
        word_ -= 1U << kReferenceShift;
        return references() == 0;
    }

    [[nodiscard]] TableCounts counts() const {
        return {static_cast<std::uint16_t>(link_ & 0xFFFF), static_cast<std::uint16_t>(link_ >> 16)};
    }
    void set_counts(TableCounts counts) { link_ = counts.pages | static_cast<std::uint32_t>(counts.guards) << 16; }

  private:
    static constexpr std::uint32_t kStateMask = 15;
    static constexpr unsigned kReferenceShift = 4;

    std::uint32_t word_ = 0;
    std::uint32_t link_ = 0;
};

static_assert(sizeof(PageFrame) == kFrameRecordBytes);

}  // namespace freehold
