// SPDX-License-Identifier: MIT
// fill_memory: takes all memory there is, sees that everything that wants more says so and changes nothing, gives all
// back, and finds as much in use as before.
#include "user/runtime/port.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kAreasMax = 200;

Area areas[kAreasMax];
std::uint32_t count_areas = 0;

/// Areas of that size until there are none; populated, so that frames are really taken.
Status take_all(Word length_bytes) {
    while (count_areas < kAreasMax) {
        auto area = Area::allocate(length_bytes, {.populate = true});
        if (!area.ok()) return area.status();
        areas[count_areas++] = static_cast<Area&&>(area.value());
    }
    return Status::ok;
}

void check_full(Checks& checks, const BootArchive& archive) {
    const std::uint32_t before = fingerprint_of_regions();
    const std::uint32_t frames = frames_in_use_now();
    const std::string_view words[] = {"true"};
    const auto none = Status::out_of_memory;
    checks.expect(start_program(archive, words).status(), none, "starting a process");
    checks.expect(Port::create({.message_bytes = kMessageBytesMax}).status(), none, "a port's buffer");
    checks.expect(Area::allocate(Word{1} << 20).status(), none, "a mebibyte to be touched later");
    checks.expect(fingerprint_of_regions() == before, "no region has changed");
    checks.expect(frames_in_use_now() == frames, "no frame was taken");
    checks.expect(audit_is_clean(), "the audit is clean with no memory left");
}

}  // namespace

int program_main(const Arguments&) {
    Checks checks;
    const auto archive = BootArchive::open();
    if (!checks.expect(archive.status(), Status::ok, "opening the archive")) return checks.finish();
    // A first round, so that page tables that stay are there already.
    for (Word bytes = Word{1} << 24; bytes >= kPageBytes; bytes /= 4) (void)take_all(bytes);
    for (Area& area : areas) area = Area();
    count_areas = 0;

    const std::uint32_t frames = frames_in_use_now();
    const std::uint32_t regions_before = fingerprint_of_regions();
    // Promised before it is touched: the last area is charged but not populated.
    auto promised = Area::allocate(64 * kPageBytes);
    checks.expect(promised.status(), Status::ok, "an area to be touched later");
    for (Word bytes = Word{1} << 24; bytes >= kPageBytes; bytes /= 4) {
        checks.expect(take_all(bytes), Status::out_of_memory, "taking all memory");
    }
    check_full(checks, archive.value());
    for (std::byte& byte : promised.value().bytes()) byte = std::byte{1};
    checks.expect(audit_is_clean(), "what was promised could be touched");

    for (Area& area : areas) area = Area();
    promised.value() = Area();
    checks.expect(frames_in_use_now() == frames, "as many frames are in use as before");
    checks.expect(fingerprint_of_regions() == regions_before, "all regions are as before");
    checks.expect(audit_is_clean(), "the audit is clean");
    const std::string_view words[] = {"true"};
    const auto process = start_program(archive.value(), words);
    checks.expect(process.status(), Status::ok, "starting a process afterwards");
    checks.expect(process_wait(ProcessId::none, Wait::yes).status(), Status::ok, "waiting for it");
    return checks.finish();
}

}  // namespace freehold::user
