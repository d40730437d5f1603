// SPDX-License-Identifier: MIT
// Address spaces from creation to their end, and which of them a processor translates with.
#include <tlb.h>

#include <algorithm>
#include <cstring>

#include "src/space/books.h"

namespace freehold {

namespace {

constexpr std::uint32_t kIndexBits = 8;
constexpr std::uint32_t kGenerationMax = (1U << (32 - kIndexBits)) - 1;
constexpr std::uint32_t kFramesAtLeast = 2;  ///< root table and region table

using Entry = arch::Paging::Entry;

/// Copies the entries above user space, which are the same in every root table.
void fill_kernel_half(const System& system, void* root) {
    if (system.kernel_root == nullptr) return;
    const std::size_t first = arch::kUserEnd >> arch::Paging::shift(arch::Paging::kRootLevel);
    const std::size_t count = std::size_t{1} << arch::Paging::index_bits(arch::Paging::kRootLevel);
    std::memcpy(static_cast<Entry*>(root) + first, static_cast<const Entry*>(system.kernel_root) + first,
                (count - first) * sizeof(Entry));
}

AddressSpace* claim_slot(System& system) {
    const LockGuard guard(system.host, system.spaces_lock);
    for (AddressSpace& space : system.spaces) {
        if (space.used) continue;
        space.used = true;
        space.dying = false;
        space.generation = space.generation == kGenerationMax ? 1 : space.generation + 1;
        space.id = static_cast<SpaceId>(space.generation << kIndexBits | space_index(space));
        return &space;
    }
    return nullptr;
}

/// From now on its id finds the space.
void show_space(AddressSpace& space) {
    const LockGuard guard(space.system->host, space.system->spaces_lock);
    space.alive = true;
}

void leave_slot(AddressSpace& space) {
    const LockGuard guard(space.system->host, space.system->spaces_lock);
    space.used = false;
}

/// The last of a space: nothing but its two frames is left.
void free_space(AddressSpace& space) {
    {
        SpaceMemory memory(space);
        FREEHOLD_ASSERT(space.regions.count() == 1 && space.charged_frames == kFramesAtLeast);
        FREEHOLD_ASSERT(space.loaded_on.load() == 0);
        FREEHOLD_ASSERT(memory.drop_table(space.root) && memory.drop_table(space.region_frame));
        space.charged_frames = 0;
        memory.finish();
    }
    leave_slot(space);
}

/// Releases every run of areas between free regions and areas in flight. Whole runs, so nothing has to be split.
void release_all_locked(AddressSpace& space) {
    VirtAddr at;
    while (at < kUserEnd) {
        Region region = space.regions.find(at);
        VirtAddr end = region.base;
        auto can_go = [](Tag tag) {
            return !tag.is_free() && tag.state() != RegionState::transit && tag.state() != RegionState::transit_sealed;
        };
        const VirtAddr base = region.base;
        for (; region.base < kUserEnd && can_go(region.tag); region = space.regions.next(region)) end = region.end;
        at = end > base ? end : region.end;
        if (end == base) continue;
        const Status status = release_locked(space, PageRange(base, end));
        FREEHOLD_ASSERT(status == Status::ok);
    }
}

}  // namespace

std::uint32_t space_index(const AddressSpace& space) {
    return static_cast<std::uint32_t>(&space - space.system->spaces);
}

SpaceId space_id(const AddressSpace& space) { return space.id; }

std::uintptr_t space_owner(const AddressSpace& space) { return space.owner_token; }

System& space_system(AddressSpace& space) { return *space.system; }

Result<AddressSpace*> find_space(System& system, SpaceId id) {
    const std::uint32_t number = static_cast<std::uint32_t>(id);
    const std::uint32_t index = number & ((1U << kIndexBits) - 1);
    if (index >= kSpacesMax) return Status::unknown_space;
    const LockGuard guard(system.host, system.spaces_lock);
    AddressSpace& space = system.spaces[index];
    if (!space.alive || space.generation != number >> kIndexBits) return Status::unknown_space;
    return &space;
}

Result<AddressSpace*> create_space(System& system, const SpaceOptions& options) {
    if (options.limit_frames < kFramesAtLeast) return Status::over_limit;
    AddressSpace* const space = claim_slot(system);
    if (space == nullptr) return Status::space_table_full;
    {
        SpaceMemory memory(*space);
        if (const Status status = memory.pool().reserve_locked(kFramesAtLeast); status != Status::ok) {
            leave_slot(*space);
            return status;
        }
        space->charged_frames = kFramesAtLeast;
        space->root = memory.take_zeroed(FrameState::space);
        space->region_frame = memory.pool().take_locked(FrameState::space);
        memory.finish();
    }
    fill_kernel_half(system, system.pool.pointer(space->root));
    space->regions.init(kUserEnd, space->region_frame, system.pool.pointer(space->region_frame),
                        std::clamp(options.limit_regions, std::uint32_t{1}, kRegionsMax));
    space->regions.pause_for(system.host);
    space->port_frames = 0;
    space->limit_frames = options.limit_frames;
    space->owner_token = options.owner_token;
    space->areas_in_flight = 0;
    space->signals.store(0);
    space->signals_allowed = 0;
    space->signals_from = SpaceId::none;
    record(*space, LedgerEntry::Operation::create, PageRange());
    show_space(*space);
    return space;
}

void hide_space(AddressSpace& space) {
    const LockGuard guard(space.system->host, space.system->spaces_lock);
    FREEHOLD_ASSERT(space.alive);
    space.alive = false;
}

void retire_space(AddressSpace& space) {
    record(space, LedgerEntry::Operation::destroy, PageRange());
    bool last = false;
    {
        const SpaceGuard guard(space);
        FREEHOLD_ASSERT(!space.dying && space.port_frames == 0 && space.loaded_on.load() == 0);
        release_all_locked(space);
        space.dying = true;
        last = space.areas_in_flight == 0;
    }
    if (last) free_space(space);
}

void end_flight(AddressSpace& from) {
    bool last = false;
    {
        const SpaceGuard guard(from);
        FREEHOLD_ASSERT(from.areas_in_flight != 0);
        --from.areas_in_flight;
        if (from.dying) release_all_locked(from);
        last = from.dying && from.areas_in_flight == 0;
    }
    if (last) free_space(from);
}

void load_space(AddressSpace& space) {
    System& system = *space.system;
    const std::uint32_t processor = freehold_host_processor(system.host);
    AddressSpace*& loaded = system.loaded[processor];
    if (loaded == &space) return;
    space.loaded_on.fetch_or(1U << processor, std::memory_order_acq_rel);
    arch::Tlb(system.host).load_root(space.root);
    if (loaded != nullptr) loaded->loaded_on.fetch_and(~(1U << processor), std::memory_order_acq_rel);
    loaded = &space;
}

void unload_space(System& system, FrameNumber kernel_root) {
    const std::uint32_t processor = freehold_host_processor(system.host);
    AddressSpace*& loaded = system.loaded[processor];
    arch::Tlb(system.host).load_root(kernel_root);
    if (loaded != nullptr) loaded->loaded_on.fetch_and(~(1U << processor), std::memory_order_acq_rel);
    loaded = nullptr;
}

SpaceGuard::SpaceGuard(AddressSpace& space) : LockGuard(space.system->host, space.lock) {}

SpacesGuard::SpacesGuard(AddressSpace& a, AddressSpace& b) : first_(&a < &b ? a : b), second_(&a < &b ? b : a) {
    freehold_host_lock(first_.system->host, &first_.lock);
    if (&first_ != &second_) freehold_host_lock(second_.system->host, &second_.lock);
}

SpacesGuard::~SpacesGuard() {
    if (&first_ != &second_) freehold_host_unlock(second_.system->host, &second_.lock);
    freehold_host_unlock(first_.system->host, &first_.lock);
}

}  // namespace freehold
