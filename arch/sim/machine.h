// SPDX-License-Identifier: MIT
// A machine in software: processors with a TLB each, translating by the sim format's tables as hardware would. Each
// processor may be a thread of its own. One lock a processor makes an access, memory and all, one instruction: no
// invalidation comes in between, and an invalidation from afar returns after the access it waited for.
//
// A TLB here never forgets by itself, so an entry that the library failed to invalidate stays and is found out: every
// translation that a TLB answers is compared with what the tables say now, and first_stale() compares all entries.
// Stale means: the tables no longer allow what the entry allows. An entry that allows less is harmless.
//
//   tables change ---- a stale entry may answer: suspect ---- invalidated ---- the operation ends
//   [ begin_work()                                                              end_work() ]      still there: a bug
//
// So an entry that answers while nobody works is a bug at once; else when all who worked at that moment are done, and
// the entry is still there.
#pragma once

#include <array>
#include <atomic>
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
    /// A stale entry that answers is counted and described, when it is sure that it is a bug.
    std::optional<Translation> access(std::uint32_t processor, VirtAddr address, Rights rights) {
        return access(processor, address, rights, [](const Translation&) {});
    }

    /// The same, with what the instruction does to memory: act(translation).
    template <typename Act>
    std::optional<Translation> access(std::uint32_t processor, VirtAddr address, Rights rights, Act act) {
        Processor& cpu = processors_.at(processor);
        const std::lock_guard lock(cpu.mutex);
        const auto translation = translate_locked(cpu, address, rights);
        if (translation) act(*translation);
        return translation;
    }

    /// From here to end_work() this processor may be changing tables whose old entries are still in TLBs.
    void begin_work(std::uint32_t processor) { working_.fetch_or(1U << processor); }
    void end_work(std::uint32_t processor);

    /// What the tables of `root` say, without any TLB.
    std::optional<Translation> walk(FrameNumber root, VirtAddr address) const;

    /// Describes the first TLB entry of any processor that allows more than the tables do; empty if none.
    std::string first_stale() const;

    /// Stale entries that answered an access so far, and the first one's description.
    std::uint64_t stale_uses() const { return stale_uses_; }
    std::string stale_description() const;

    std::uint64_t invalidations() const { return invalidations_; }

    /// Stale entries that answered while some processor worked, so far: most of them rightly.
    std::uint64_t suspect_uses() const { return suspect_uses_; }

  private:
    struct Entry : Translation {
        std::uint32_t blamed = 0;  ///< it answered though stale; who worked then and still does
    };
    struct Processor {
        mutable std::mutex mutex;
        std::optional<FrameNumber> root;
        std::unordered_map<Word, Entry> tlb;  ///< by page number
        std::atomic<bool> suspects = false;   ///< some entry may have somebody to blame
    };

    std::optional<Translation> translate_locked(Processor& processor, VirtAddr address, Rights rights);
    void use_stale_locked(Processor& processor, Word page, Entry& entry);
    void acquit_locked(Processor& processor, std::uint32_t worker);
    void count_stale(const Processor& processor, Word page, const Translation& entry);
    bool stale(const Processor& processor, Word page, const Translation& entry) const;
    std::string describe(const Processor& processor, Word page, const Translation& entry) const;

    void* host_;
    FramePointer frame_pointer_;
    std::array<Processor, kProcessors> processors_;
    std::atomic<std::uint32_t> working_ = 0;  ///< processors, by bit
    std::atomic<std::uint64_t> stale_uses_ = 0;
    std::atomic<std::uint64_t> suspect_uses_ = 0;
    std::atomic<std::uint64_t> invalidations_ = 0;
    mutable std::mutex description_mutex_;
    std::string stale_description_;
};

}  // namespace freehold::sim

/// The machine a host runs on; the host of the software machine provides it.
freehold::sim::Machine* freehold_sim_machine(void* host);
