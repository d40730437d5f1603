// SPDX-License-Identifier: MIT
// A system from a memory map, in memory its host supplies.
//
//   memory: | System | PortTable | PageFrame for first..last | scratch word for first..last |
#include <algorithm>
#include <new>

#include "src/ipc/port.h"

namespace freehold {

namespace {

constexpr std::size_t kAlignment = 16;

constexpr std::size_t padded(std::size_t bytes) { return align_up(bytes, kAlignment); }

/// From the first to the last frame of all ranges, holes included.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    bool valid = false;
};

Extent extent_of(std::span<const FrameRange> ranges) {
    Extent extent;
    for (const FrameRange range : ranges) {
        if (range.count == 0) continue;
        const std::uint64_t first = range.first.value();
        extent.first = extent.valid ? std::min(extent.first, first) : first;
        extent.end = std::max(extent.end, first + range.count);
        extent.valid = true;
    }
    if (extent.end > FrameList::kEnd) extent.valid = false;
    return extent;
}

std::size_t frame_count(const Extent& extent) {
    return extent.valid ? static_cast<std::size_t>(extent.end - extent.first) : 0;
}

/// Hands out the caller's memory piece by piece.
class Carver {
  public:
    explicit Carver(std::span<std::byte> memory) : rest_(memory) {}

    template <typename T>
    T* carve(std::size_t count) {
        T* const items = reinterpret_cast<T*>(rest_.data());
        rest_ = rest_.subspan(padded(count * sizeof(T)));
        for (std::size_t i = 0; i < count; ++i) new (items + i) T();
        return items;
    }

  private:
    std::span<std::byte> rest_;
};

Status fill_pool(FramePool& pool, const SystemOptions& options) {
    for (const FrameRange range : options.usable) {
        if (const Status status = pool.add_free(range); status != Status::ok) return status;
    }
    for (const FrameRange range : options.taken) pool.take_for_kernel(range);
    pool.finish();
    return pool.count_free() != 0 ? Status::ok : Status::memory_map_invalid;
}

/// The frame that sealed pages never touched read, and the space that holds what is shared and under way: the
/// library's own, charged as the kernel's.
Status furnish(System& system) {
    const auto zeros = allocate_kernel_frame(system);
    if (!zeros.ok()) return Status::memory_map_invalid;
    system.zero_frame = zeros.value();
    const auto transit = create_space(system, {});
    if (!transit.ok()) return Status::memory_map_invalid;
    system.transit = transit.value();
    return Status::ok;
}

}  // namespace

std::size_t system_bytes(std::span<const FrameRange> usable) {
    const std::size_t frames = frame_count(extent_of(usable));
    return padded(sizeof(System)) + padded(sizeof(PortTable)) + padded(frames * sizeof(PageFrame)) +
           padded(frames * sizeof(std::uint32_t));
}

Result<System*> create_system(std::span<std::byte> memory, const SystemOptions& options) {
    const Extent extent = extent_of(options.usable);
    if (!extent.valid || memory.size() < system_bytes(options.usable)) return Status::memory_map_invalid;
    if (reinterpret_cast<std::uintptr_t>(memory.data()) % kAlignment != 0) return Status::memory_map_invalid;
    Carver carver(memory);
    System& system = *carver.carve<System>(1);
    const std::size_t frames = frame_count(extent);
    system.host = options.host;
    system.kernel_root = options.kernel_root;
    system.one_processor = options.one_processor;
    system.ports = carver.carve<PortTable>(1);
    system.pool.init(options.host, {carver.carve<PageFrame>(frames), frames},
                     FrameNumber(static_cast<std::uint32_t>(extent.first)));
    system.audit_scratch = {carver.carve<std::uint32_t>(frames), frames};
    system.metadata_bytes = static_cast<std::uint32_t>(std::min<std::size_t>(system_bytes(options.usable), UINT32_MAX));
    system.ledger.init(options.host);
    for (AddressSpace& space : system.spaces) space.system = &system;
    if (const Status status = fill_pool(system.pool, options); status != Status::ok) return status;
    if (const Status status = furnish(system); status != Status::ok) return status;
    return &system;
}

}  // namespace freehold
