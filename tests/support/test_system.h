// SPDX-License-Identifier: MIT
// TestSystem: a machine with a Freehold system on it, and user programs that touch its memory through a TLB.
//
// When a test ends, its TestSystem destroys every space and expects what must always be so: the audit is clean, no TLB
// entry is stale, no lock is held, and as many frames are free as at the beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <freehold/freehold.h>

#include "host/host.h"

namespace freehold::test {

inline Status status_of(Status status) { return status; }
template <typename T>
Status status_of(const Result<T>& result) {
    return result.status();
}

/// What the system is told: with one processor areas may move in one pass.
enum class Processors : std::uint8_t { one, several };

class TestSystem {
  public:
    /// Frames from this one on, where a test does not say otherwise.
    static constexpr std::uint32_t kFirstFrame = 0x100;

    explicit TestSystem(std::uint32_t frames = 4096, Processors processors = Processors::one)
        : TestSystem({{FrameNumber(kFirstFrame), frames}}, {}, processors) {}
    explicit TestSystem(const std::vector<FrameRange>& usable, const std::vector<FrameRange>& taken = {},
                        Processors processors = Processors::one);
    ~TestSystem();
    TestSystem(const TestSystem&) = delete;
    TestSystem& operator=(const TestSystem&) = delete;

    [[nodiscard]] System& system() { return *system_; }
    [[nodiscard]] host::Host& host() { return host_; }
    [[nodiscard]] MemoryInfo memory() { return memory_info(*system_); }

    /// A new space; the test fails if there is none.
    AddressSpace& make_space(const SpaceOptions& options = {});

    /// Takes the space off all processors and destroys it.
    void destroy(AddressSpace& space);

    // --- what a user program does, on the processor this thread plays ---

    /// Accesses an address as a user instruction would, faults included. The status is the fault's.
    Status touch(AddressSpace& space, Word address, Rights access);
    Status poke(AddressSpace& space, Word address, std::uint8_t value);
    Result<std::uint8_t> peek(AddressSpace& space, Word address);

    /// Fills pages with bytes that tell every page and seed apart; and says whether they are still there.
    Status fill(AddressSpace& space, Word base, Word length_bytes, std::uint32_t seed);
    bool holds(AddressSpace& space, Word base, Word length_bytes, std::uint32_t seed);
    bool is_zero(AddressSpace& space, Word base, Word length_bytes);

    // --- what must be so ---

    /// The first thing that is wrong, or nothing: by the audit, the TLBs and the locks.
    std::string complaint();
    void expect_healthy(int line = __builtin_LINE());

    /// Expects `call` to fail with that status, and nothing to be different afterwards.
    template <typename Call>
    void expect_refused(Status wanted, Call call, int line = __builtin_LINE()) {
        const std::string before = state();
        const Status got = status_of(call());
        expect_refusal(got, wanted, before, line);
    }

    /// Uses up memory: takes all free frames but `left` for the kernel. Given back by free_all().
    void exhaust(std::uint32_t left = 0);
    void free_all();

    /// Everything a caller can see but counters and ledger, as text: two equal texts, two equal states.
    std::string state();

  private:
    void unload_all();
    void expect_refusal(Status got, Status wanted, const std::string& before, int line);

    host::Host host_;
    std::unique_ptr<std::uint64_t[]> memory_;
    System* system_ = nullptr;
    FrameNumber idle_root_;
    std::uint32_t free_at_start_ = 0;
    std::vector<SpaceId> spaces_;
    std::vector<FrameNumber> exhausted_;
};

/// A range, of numbers a test knows to be right.
inline PageRange pages(Word base, Word length_bytes) { return PageRange::checked(base, length_bytes).value(); }

/// The region that holds an address, in a few words: "free", "rw- anon", "r-- anon sealed".
std::string region_text(AddressSpace& space, Word address);

}  // namespace freehold::test
