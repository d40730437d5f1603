// SPDX-License-Identifier: MIT
// A machine in software: processors with a TLB each, translating by the sim format's tables as hardware would.
//
// A TLB here never forgets by itself, so an entry that the library failed to invalidate stays and is found out: every
// translation that a TLB answers is compared with what the tables say now, and first_stale() compares all entries.
// Stale means: the tables no longer allow what the entry allows. An entry that allows less is harmless.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <freehold/types.h>

namespace freehold::sim {

/// Where a page leads, by the tables or by a TLB.
struct Translation {
    FrameNumber frame;
    Rights rights = Rights::none;
};

class Machine {
  public:
    static constexpr std::uint32_t kProcessors = 8;

    /// `frame_pointer(host, frame)` finds a frame's bytes.
    using FramePointer = void* (*)(void* host, std::uint32_t frame_number);
    Machine(void* host, FramePointer frame_pointer) : host_(host), frame_pointer_(frame_pointer) {}

    // What a processor's instructions do.
    void load_root(std::uint32_t processor, FrameNumber root);
    void invalidate_page(std::uint32_t processor, VirtAddr address);
    void invalidate_user(std::uint32_t processor);

    /// A user access: through the TLB, else through the tables, filling the TLB. No translation: a page fault.
    /// A stale entry that answers is counted and described.
    std::optional<Translation> access(std::uint32_t processor, VirtAddr address, Rights rights);

    /// What the tables of `root` say, without any TLB.
    std::optional<Translation> walk(FrameNumber root, VirtAddr address) const;

    /// Describes the first TLB entry of any processor that allows more than the tables do; empty if none.
    std::string first_stale() const;

    /// Stale entries that answered an access so far, and the first one's description.
    std::uint64_t stale_uses() const { return stale_uses_; }
    const std::string& stale_description() const { return stale_description_; }

    std::uint64_t invalidations() const { return invalidations_; }

  private:
    struct Processor {
        std::optional<FrameNumber> root;
        std::unordered_map<Word, Translation> tlb;  ///< by page number
    };

    bool stale(const Processor& processor, Word page, const Translation& entry) const;
    std::string describe(std::uint32_t processor, Word page, const Translation& entry) const;

    void* host_;
    FramePointer frame_pointer_;
    mutable std::mutex mutex_;
    std::array<Processor, kProcessors> processors_;
    std::uint64_t stale_uses_ = 0;
    std::uint64_t invalidations_ = 0;
    std::string stale_description_;
};

}  // namespace freehold::sim

/// The machine a host runs on; the host of the software machine provides it.
freehold::sim::Machine* freehold_sim_machine(void* host);
