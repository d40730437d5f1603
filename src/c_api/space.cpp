// SPDX-License-Identifier: MIT
// space.h for C.
#include "src/c_api/convert.h"

using namespace freehold;

namespace {

using Transfer = Result<VirtAddr> (*)(AddressSpace&, PageRange, AddressSpace&, const TransferOptions&);

freehold_status transfer(Transfer operation, AddressSpace& from, Word base, Word length_bytes, AddressSpace& to,
                         std::uint8_t placement, freehold_word* out) {
    if (placement == FREEHOLD_PLACE_AT) return c::give(Result<VirtAddr>(Status::bad_option), out);
    const TransferOptions options{.placement = static_cast<Placement>(placement)};
    return c::on_range(base, length_bytes,
                       [&](PageRange range) { return c::give(operation(from, range, to, options), out); });
}

}  // namespace

extern "C" {

freehold_space_options freehold_default_space_options() {
    const SpaceOptions options;
    return {.limit_frames = options.limit_frames,
            .owner_token = options.owner_token,
            .limit_regions = options.limit_regions};
}

freehold_allocate_options freehold_default_allocate_options() {
    const AllocateOptions options;
    return {.length_bytes = options.length_bytes,
            .alignment_bytes = options.alignment_bytes,
            .placement = static_cast<std::uint8_t>(options.placement),
            .address = options.address.value(),
            .rights = static_cast<std::uint8_t>(options.rights),
            .populate = options.populate,
            .guard_pages_below = options.guard_pages_below,
            .guard_pages_above = options.guard_pages_above};
}

freehold_physical_options freehold_default_physical_options() {
    const PhysicalOptions options;
    return {.address = options.address,
            .length_bytes = options.length_bytes,
            .rights = static_cast<std::uint8_t>(options.rights),
            .cached = options.cached};
}

freehold_status freehold_create_space(freehold_system* system, const freehold_space_options* options,
                                      freehold_space** out) {
    const SpaceOptions told{.limit_frames = options->limit_frames,
                            .owner_token = options->owner_token,
                            .limit_regions = options->limit_regions};
    return c::give(create_space(*system, told), out);
}

void freehold_destroy_space(freehold_space* space) { destroy_space(space); }

uint32_t freehold_space_id(const freehold_space* space) { return static_cast<std::uint32_t>(space_id(*space)); }

uintptr_t freehold_space_owner(const freehold_space* space) { return space_owner(*space); }

freehold_system* freehold_space_system(freehold_space* space) { return &space_system(*space); }

freehold_status freehold_find_space(freehold_system* system, uint32_t id, freehold_space** out) {
    return c::give(find_space(*system, static_cast<SpaceId>(id)), out);
}

void freehold_load_space(freehold_space* space) { load_space(*space); }

void freehold_unload_space(freehold_system* system, uint32_t kernel_root) {
    unload_space(*system, FrameNumber(kernel_root));
}

freehold_status freehold_allocate_area(freehold_space* space, const freehold_allocate_options* options,
                                       freehold_word* out) {
    const AllocateOptions told{.length_bytes = options->length_bytes,
                               .alignment_bytes = options->alignment_bytes,
                               .placement = static_cast<Placement>(options->placement),
                               .address = VirtAddr(options->address),
                               .rights = static_cast<Rights>(options->rights),
                               .populate = options->populate != 0,
                               .guard_pages_below = options->guard_pages_below,
                               .guard_pages_above = options->guard_pages_above};
    return c::give(allocate_area(*space, told), out);
}

freehold_status freehold_release_area(freehold_space* space, freehold_word base, freehold_word length_bytes) {
    return c::on_range(base, length_bytes, [&](PageRange range) { return c::number(release_area(*space, range)); });
}

freehold_status freehold_protect_area(freehold_space* space, freehold_word base, freehold_word length_bytes,
                                      uint8_t rights) {
    return c::on_range(base, length_bytes, [&](PageRange range) {
        return c::number(protect_area(*space, range, static_cast<Rights>(rights)));
    });
}

freehold_status freehold_guard_area(freehold_space* space, freehold_word base, freehold_word length_bytes) {
    return c::on_range(base, length_bytes, [&](PageRange range) { return c::number(guard_area(*space, range)); });
}

freehold_status freehold_map_physical(freehold_space* space, const freehold_physical_options* options,
                                      freehold_word* out) {
    const PhysicalOptions told{.address = options->address,
                               .length_bytes = options->length_bytes,
                               .rights = static_cast<Rights>(options->rights),
                               .cached = options->cached != 0};
    return c::give(map_physical(*space, told), out);
}

freehold_status freehold_adopt_frames(freehold_space* space, freehold_frame_range frames, freehold_word* out) {
    return c::give(adopt_frames(*space, c::copied<FrameRange>(frames)), out);
}

freehold_status freehold_resolve_fault(freehold_space* space, freehold_word address, uint8_t access) {
    return c::number(resolve_fault(*space, VirtAddr(address), static_cast<Rights>(access)));
}

freehold_status freehold_seal_area(freehold_space* space, freehold_word base, freehold_word length_bytes) {
    return c::on_range(base, length_bytes, [&](PageRange range) { return c::number(seal_area(*space, range)); });
}

freehold_status freehold_move_area(freehold_space* from, freehold_word base, freehold_word length_bytes,
                                   freehold_space* to, uint8_t placement, freehold_word* out) {
    return transfer(move_area, *from, base, length_bytes, *to, placement, out);
}

freehold_status freehold_share_area(freehold_space* from, freehold_word base, freehold_word length_bytes,
                                    freehold_space* to, uint8_t placement, freehold_word* out) {
    return transfer(share_area, *from, base, length_bytes, *to, placement, out);
}

freehold_status freehold_query_region(freehold_space* space, freehold_word address, freehold_region_info* out) {
    return c::give(query_region(*space, VirtAddr(address)), out);
}

uint32_t freehold_walk_regions(freehold_space* space, freehold_word from, freehold_region_info* out, size_t out_count) {
    return walk_regions(*space, VirtAddr(from), c::as<RegionInfo>(out, out_count));
}

freehold_status freehold_query_page(freehold_space* space, freehold_word address, freehold_page_info* out) {
    return c::give(query_page(*space, VirtAddr(address)), out);
}

freehold_space_info freehold_get_space_info(const freehold_space* space) {
    return c::copied<freehold_space_info>(space_info(*space));
}

freehold_status freehold_copy_in(freehold_space* space, freehold_word from, void* out, size_t length_bytes) {
    return c::number(copy_in(*space, VirtAddr(from), {static_cast<std::byte*>(out), length_bytes}));
}

freehold_status freehold_copy_out(freehold_space* space, freehold_word to, const void* from, size_t length_bytes) {
    return c::number(copy_out(*space, VirtAddr(to), {static_cast<const std::byte*>(from), length_bytes}));
}

freehold_status freehold_copy_across(freehold_space* source, freehold_word from, freehold_space* target,
                                     freehold_word to, freehold_word length_bytes) {
    return c::number(copy_across(*source, VirtAddr(from), *target, VirtAddr(to), length_bytes));
}

}  // extern "C"
