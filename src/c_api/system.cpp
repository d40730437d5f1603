// SPDX-License-Identifier: MIT
// status.h, system.h and audit.h for C.
#include "src/c_api/convert.h"

using namespace freehold;

extern "C" {

const char* freehold_status_name(freehold_status status) { return status_name(static_cast<Status>(status)); }

freehold_word freehold_user_end() { return kUserEnd.value(); }

size_t freehold_system_bytes(const freehold_frame_range* usable, size_t usable_count) {
    return system_bytes(c::frames(usable, usable_count));
}

freehold_status freehold_create_system(void* memory, size_t memory_bytes, const freehold_system_options* options,
                                       freehold_system** out) {
    const SystemOptions told{.host = options->host,
                             .usable = c::frames(options->usable, options->usable_count),
                             .taken = c::frames(options->taken, options->taken_count),
                             .kernel_root = options->kernel_root,
                             .one_processor = options->one_processor != 0};
    return c::give(create_system({static_cast<std::byte*>(memory), memory_bytes}, told), out);
}

freehold_counters freehold_get_counters(freehold_system* system) {
    return c::copied<freehold_counters>(counters(*system));
}

freehold_memory_info freehold_get_memory_info(freehold_system* system) {
    return c::copied<freehold_memory_info>(memory_info(*system));
}

freehold_status freehold_allocate_kernel_frame(freehold_system* system, uint32_t* out) {
    return c::give(allocate_kernel_frame(*system), out);
}

void freehold_free_kernel_frame(freehold_system* system, uint32_t frame) {
    free_kernel_frame(*system, FrameNumber(frame));
}

uint32_t freehold_zero_frame_ahead(freehold_system* system, uint32_t count_frames) {
    return zero_frame_ahead(*system, count_frames) ? 1 : 0;
}

const char* freehold_region_type_name(uint32_t value) { return region_type_name(static_cast<RegionType>(value)); }

const char* freehold_region_state_name(uint32_t value) { return region_state_name(static_cast<RegionState>(value)); }

const char* freehold_operation_name(uint32_t operation) {
    return operation_name(static_cast<LedgerEntry::Operation>(operation));
}

uint32_t freehold_read_ledger(freehold_system* system, uint64_t after, freehold_ledger_entry* out, size_t out_count) {
    return read_ledger(*system, after, c::as<LedgerEntry>(out, out_count));
}

freehold_audit_report freehold_audit(freehold_system* system) {
    return c::copied<freehold_audit_report>(audit(*system));
}

}  // extern "C"
