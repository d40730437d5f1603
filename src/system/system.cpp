// SPDX-License-Identifier: MIT
// Calls that concern the system as a whole.
#include "src/space/system.h"
#include "src/ipc/message.h"

namespace freehold {

namespace {

std::uint32_t count_spaces(System& system) {
    const LockGuard guard(system.host, system.spaces_lock);
    std::uint32_t count = 0;
    for (const AddressSpace& space : system.spaces) count += space.used ? 1 : 0;
    return count;
}

std::uint32_t count_ports(System& system) {
    const LockGuard guard(system.host, system.ports->lock);
    std::uint32_t count = 0;
    for (const Port& port : system.ports->ports) count += port.owner != nullptr ? 1 : 0;
    return count;
}

}  // namespace

Counters counters(System& system) {
    const auto guard = system.pool.lock();
    Counters counters = system.counters;
    counters.frames_allocated = system.pool.count_taken();
    counters.frames_freed = system.pool.count_returned();
    return counters;
}

MemoryInfo memory_info(System& system) {
    MemoryInfo info = {};
    info.spaces = count_spaces(system);
    info.ports = count_ports(system);
    FramePool& pool = system.pool;
    const auto guard = pool.lock();
    info.frames_total = pool.count_total();
    info.frames_free = pool.count_free();
    info.frames_promised = pool.count_promised();
    info.frames_kernel = pool.accounts().kernel;
    info.frames_sealed = pool.accounts().sealed;
    for (const AddressSpace& space : system.spaces) info.frames_charged += space.charged_frames;
    info.metadata_bytes = system.metadata_bytes;
    return info;
}

Result<FrameNumber> allocate_kernel_frame(System& system) {
    const auto guard = system.pool.lock();
    if (const Status status = system.pool.reserve_locked(1); status != Status::ok) return status;
    const auto [frame, now] = system.pool.take_zeroed_locked(FrameState::kernel);
    ++system.pool.accounts_locked().kernel;
    system.counters.frames_zeroed += now ? 1 : 0;
    return frame;
}

bool zero_frame_ahead(System& system, std::uint32_t count_frames) {
    const auto guard = system.pool.lock();
    const bool done = system.pool.zero_ahead_locked(count_frames);
    system.counters.frames_zeroed += done ? 1 : 0;
    return done;
}

void free_kernel_frame(System& system, FrameNumber frame) {
    const auto guard = system.pool.lock();
    FREEHOLD_ASSERT(system.pool.contains(frame) && system.pool.at(frame).state() == FrameState::kernel);
    FrameList dead;
    FREEHOLD_ASSERT(system.pool.drop_reference_locked(frame, dead));
    --system.pool.accounts_locked().kernel;
    system.pool.free_locked(dead);
}

void destroy_space(AddressSpace* space) {
    hide_space(*space);
    destroy_ports(*space);
    retire_space(*space);
}

std::uint32_t read_ledger(System& system, std::uint64_t after, std::span<LedgerEntry> out) {
    return system.ledger.read(after, out);
}

}  // namespace freehold
