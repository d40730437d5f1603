// SPDX-License-Identifier: MIT
// fill_regions: drives its own region table full, sees that nothing changes when there is no room, and that all works
// again afterwards. Pages side by side with different rights can't be one region, so each costs a slot.
#include "user/runtime/port.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

Word page_of_rights(Rights rights, Status& status) {
    abi::AllocateArgs args{};
    args.length_bytes = kPageBytes;
    args.alignment_bytes = kPageBytes;
    args.placement = static_cast<std::uint32_t>(Placement::lowest);
    args.rights = static_cast<std::uint32_t>(rights);
    const auto base = allocate(args);
    status = base.status();
    return base.value_or(0);
}

Word pages[abi::kProcessRegionsMax];
std::uint32_t count_pages = 0;

/// Until the table is full; the status that ended it.
Status fill() {
    for (Status status = Status::ok; count_pages < abi::kProcessRegionsMax;) {
        const Word base = page_of_rights(count_pages % 2 == 0 ? Rights::read : kReadWrite, status);
        if (status != Status::ok) return status;
        pages[count_pages++] = base;
    }
    return Status::ok;
}

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

void release_all(Checks& checks) {
    // Every second one first: holes all over, and not one slot more.
    for (const std::uint32_t parity : {0U, 1U}) {
        for (std::uint32_t i = parity; i < count_pages; i += 2) {
            if (!checks.expect(release(pages[i], kPageBytes), Status::ok, "releasing a page")) return;
        }
    }
}

}  // namespace

int program_main(const Arguments&) {
    Checks checks;
    const std::uint32_t regions_before = fingerprint_of_regions();
    {
        const auto area = Area::allocate(3 * kPageBytes, {.placement = Placement::highest});
        if (!checks.expect(area.status(), Status::ok, "allocating")) return checks.finish();
        checks.expect(fill(), Status::region_table_full, "allocating on and on");
        checks.expect(count_pages > abi::kProcessRegionsMax - 40, "nearly all slots could be used");
        check_full(checks, area.value().base());
        release_all(checks);
    }
    checks.expect(fingerprint_of_regions() == regions_before, "all regions are as at the start");
    checks.expect(Area::allocate(kPageBytes).status(), Status::ok, "allocating again");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
