// SPDX-License-Identifier: MIT
// fill_regions: drives its own region table full, sees that nothing changes when there is no room, and that all works
// again afterwards.
#include "user/runtime/port.h"
#include "user/tests_programs/region_filler.h"

namespace freehold::user {
namespace {

/// What wants a slot gets none, and nothing changes.
void check_full(Checks& checks, Word three_pages) {
    const std::uint32_t before = fingerprint_of_regions();
    const std::uint32_t frames = frames_in_use_now();
    const auto full = Status::region_table_full;
    checks.expect(protect(three_pages + kPageBytes, kPageBytes, Rights::read), full, "protect in the middle");
    checks.expect(release(three_pages + kPageBytes, kPageBytes), full, "release in the middle");
    checks.expect(seal(three_pages + kPageBytes, kPageBytes), full, "seal in the middle");
    checks.expect(Port::create().status(), full, "a port's buffer");
    checks.expect(BootArchive::open().status(), full, "the archive");
    checks.expect(fingerprint_of_regions() == before, "no region has changed");
    checks.expect(frames_in_use_now() == frames, "no frame was taken");
    *reinterpret_cast<volatile std::uint32_t*>(static_cast<std::uintptr_t>(three_pages + kPageBytes)) = 7;
    checks.expect(audit_is_clean(), "the audit is clean with a full table");
}

}  // namespace

int program_main(const Arguments&) {
    Checks checks;
    const std::uint32_t regions_before = fingerprint_of_regions();
    {
        const auto area = Area::allocate(3 * kPageBytes, {.placement = Placement::highest});
        if (!checks.expect(area.status(), Status::ok, "allocating")) return checks.finish();
        RegionFiller filler;
        checks.expect(filler.fill(), Status::region_table_full, "allocating on and on");
        checks.expect(filler.count() > abi::kProcessRegionsMax - 40, "nearly all slots could be used");
        check_full(checks, area.value().base());
        filler.release_all(checks);
    }
    checks.expect(fingerprint_of_regions() == regions_before, "all regions are as at the start");
    checks.expect(Area::allocate(kPageBytes).status(), Status::ok, "allocating again");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
