// SPDX-License-Identifier: MIT
// Host: freehold/host.h on a hosted system, for tests and tools. One Host is one machine: its memory, its clock and its
// processors, which are threads that say which one they play.
//
//      frame numbers:   first ........ hole ........ last
//      host memory:     [ bytes ][ no access at all ][ bytes ]      frame n lies at bytes + (n - first) * 4096
//
// A frame in a hole has an address that faults, so the library is caught when it goes there. Locks know their thread:
// one taken twice, or let go by another, is a panic, and so is a wake with a lock held.
//
// Threads that play different processors may use one Host at a time. A shootdown reaches into the other processors'
// TLBs between two of their instructions; they need not do anything for it, so it can't deadlock. Set the functions
// below before a second thread starts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <freehold/host.h>
#include <freehold/types.h>

#include "arch/sim/machine.h"

namespace freehold::host {

/// The processor that this thread plays from now on; 0 at first.
void play_processor(std::uint32_t processor);

/// Locks of the library this thread holds now.
std::uint32_t locks_held();

class Host {
  public:
    /// Memory for these frames, which must not overlap. Filled with a pattern: frames are never zero by chance.
    explicit Host(std::span<const FrameRange> memory);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// A frame's 4096 bytes. @pre the frame lies between the first and the last
    [[nodiscard]] std::byte* frame(std::uint32_t number);

    [[nodiscard]] std::span<const FrameRange> memory() const { return memory_; }
    [[nodiscard]] sim::Machine& machine() { return machine_; }

    /// Calls of freehold_host_shootdown() so far.
    [[nodiscard]] std::uint64_t shootdowns() const { return shootdowns_; }

    /// Called after the shootdown has been done, and instead of nothing for a wake.
    std::function<void(std::uint32_t mask, std::uintptr_t base, std::uintptr_t length_bytes)> on_shootdown;
    std::function<void(std::uintptr_t owner_token, std::uint32_t port_id)> on_wake;
    /// Whether the owner waits at that port and takes a message from hand to hand; nobody does without it.
    std::function<bool(std::uintptr_t owner_token, std::uint32_t port_id)> waits;

    /// Calls of freehold_host_pause() so far.
    [[nodiscard]] std::uint64_t pauses() const { return pauses_; }

    /// Called at each step by which processors tell apart what others do: before a lock is wanted, when it is taken,
    /// when it was let go, at a wake. With `busy`, another has the lock, and it is tried again after the call.
    enum class Step { wanted, busy, taken, freed, wake };
    std::function<void(Step step, const HostLock* lock)> on_step;

    // What the hooks do.
    void note(Step step, const HostLock* lock) const {
        if (on_step) on_step(step, lock);
    }
    void shoot_down(std::uint32_t mask, std::uintptr_t base, std::uintptr_t length_bytes);
    std::uint64_t timestamp() { return ++clock_; }
    void pause() { ++pauses_; }

  private:
    std::vector<FrameRange> memory_;
    std::uint32_t first_ = 0;
    std::uint32_t span_ = 0;  ///< frames from the first to the last, holes included
    std::byte* bytes_ = nullptr;
    std::atomic<std::uint64_t> clock_{0};
    std::atomic<std::uint64_t> shootdowns_{0};
    std::atomic<std::uint64_t> pauses_{0};
    sim::Machine machine_;
};

}  // namespace freehold::host
