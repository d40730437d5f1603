// SPDX-License-Identifier: MIT
// Wrong ranges, rights, options and handles for the calls that work on areas.
#include "user/tests_programs/badcalls.h"

namespace freehold::user {
namespace {

constexpr Word kTop = freehold::arch::kUserEnd;

struct BadRange {
    Word base;
    Word length_bytes;
    Status status;
};

constexpr BadRange kBadRanges[] = {
    {0x00400000, 0, Status::zero_length},
    {0, 0, Status::zero_length},
    {0x00400001, kPageBytes, Status::misaligned},
    {0x00400000, kPageBytes - 1, Status::misaligned},
    {0x00400000, kLastWord, Status::misaligned},
    {kLastPage, 2 * kPageBytes, Status::overflow},
    {0x00400000, kLastPage, Status::overflow},
    {0, kPageBytes, Status::outside_user_space},
    {0, kTop, Status::outside_user_space},
    {kTop - kPageBytes, 2 * kPageBytes, Status::outside_user_space},
    {kTop, kPageBytes, Status::outside_user_space},
    {kLastPage - kPageBytes, kPageBytes, Status::outside_user_space},
    {0x20000000, kTop - 0x20000000, Status::not_mapped},
};

constexpr abi::AllocateArgs kGoodArgs{kPageBytes, kPageBytes, 0, 0, static_cast<std::uint32_t>(kReadWrite), 0, 0, 0};

void check_allocate(Checks& checks) {
    const Unchanged unchanged(checks, "allocate with wrong arguments changes nothing");
    const auto expect = [&](auto change, Status status, std::string_view what) {
        abi::AllocateArgs args = kGoodArgs;
        change(args);
        checks.expect(allocate(args).status(), status, what);
    };
    using Args = abi::AllocateArgs;
    expect([](Args& a) { a.length_bytes = 0; }, Status::zero_length, "allocating nothing");
    expect([](Args& a) { a.length_bytes = 100; }, Status::misaligned, "allocating a part of a page");
    expect([](Args& a) { a.length_bytes = kTop; }, Status::no_address_range, "allocating everything");
    expect([](Args& a) { a.length_bytes = kLastPage; }, Status::no_address_range, "allocating more than everything");
    expect([](Args& a) { a.alignment_bytes = 0; }, Status::bad_alignment, "an alignment of 0");
    expect([](Args& a) { a.alignment_bytes = 0x3000; }, Status::bad_alignment, "an alignment of three pages");
    expect([](Args& a) { a.alignment_bytes = 16; }, Status::bad_alignment, "an alignment below a page");
    expect([](Args& a) { a.placement = 3; }, Status::bad_option, "an unknown placement");
    expect([](Args& a) { a.rights = 2; }, Status::bad_rights, "write without read");
    expect([](Args& a) { a.rights = 4; }, Status::bad_rights, "execute without read");
    expect([](Args& a) { a.rights = 7; }, Status::bad_rights, "write and execute together");
    expect([](Args& a) { a.rights = 8; }, Status::bad_rights, "an unknown right");
    expect([](Args& a) { a.rights = 0x103; }, Status::bad_rights, "rights beyond a byte");
    expect([](Args& a) { a.populate = 2; }, Status::bad_option, "neither populated nor not");
    expect([](Args& a) { a.guard_pages_below = 2; }, Status::bad_option, "more guards than pages");
    expect([](Args& a) { a.guard_pages_below = a.guard_pages_above = 0x80000001; }, Status::bad_option,
           "guards whose sum wraps");
    const auto expect_at = [&](Word address, Word length_bytes, Status status, std::string_view what) {
        Args args = kGoodArgs;
        args.placement = static_cast<std::uint32_t>(Placement::at);
        args.address = address;
        args.length_bytes = length_bytes;
        checks.expect(allocate(args).status(), status, what);
    };
    expect_at(arch::kProgramBase, kPageBytes, Status::not_free, "allocating over the program");
    expect_at(0, kPageBytes, Status::outside_user_space, "allocating page 0");
    expect_at(kTop, kPageBytes, Status::outside_user_space, "allocating in the kernel's half");
    expect_at(kTop - kPageBytes, 2 * kPageBytes, Status::outside_user_space, "allocating across the end");
    expect_at(kLastPage, 2 * kPageBytes, Status::overflow, "allocating past the end of all addresses");
    expect_at(0x20000800, kPageBytes, Status::misaligned, "allocating in the middle of a page");
}

void check_ranges(Checks& checks) {
    const Unchanged unchanged(checks, "wrong ranges change nothing");
    for (const BadRange& range : kBadRanges) {
        checks.expect(release(range.base, range.length_bytes), range.status, "release");
        checks.expect(protect(range.base, range.length_bytes, Rights::read), range.status, "protect");
        checks.expect(guard(range.base, range.length_bytes), range.status, "guard");
        checks.expect(seal(range.base, range.length_bytes), range.status, "seal");
        for (const Word process : {Word{0}, Word{1}, Word{0xFFFFFFFF}, Word{12345678}}) {
            expect_failure(checks, raw_call(Call::move, process, range.base, range.length_bytes), "move fails");
            expect_failure(checks, raw_call(Call::share, process, range.base, range.length_bytes), "share fails");
        }
    }
    PageInfo info{};
    const Word out = detail::word(&info);
    checks.expect(raw_call(Call::query_page, kTop, out), Status::outside_user_space, "query_page of the kernel");
    checks.expect(raw_call(Call::query_page, kLastWord, out), Status::outside_user_space, "query_page of the end");
    const abi::PhysicalArgs screen{0xB8000, kPageBytes, static_cast<std::uint32_t>(kReadWrite), 0, 0};
    checks.expect(map_physical(screen).status(), Status::not_permitted, "device memory without the privilege");
}

void check_kinds_of_areas(Checks& checks) {
    const Unchanged unchanged(checks, "what an area's kind forbids changes nothing");
    auto area = Area::allocate(4 * kPageBytes);
    auto other = Area::allocate(kPageBytes);
    const auto port = Port::create();
    if (!checks.expect(area.ok() && other.ok() && port.ok(), "an area to be sealed")) return;
    for (const std::uint32_t rights : {2U, 4U, 6U, 7U, 8U, 0xFFU, 0x100U, 0xFFFFFFFFU}) {
        checks.expect(raw_call(Call::protect, other.value().base(), kPageBytes, rights), Status::bad_rights,
                      "protect with wrong rights");
    }
    const Word self = 0;
    expect_failure(checks, raw_call(Call::move, self, other.value().base(), kPageBytes), "moving to nobody fails");
    const auto sealed = static_cast<Area&&>(area.value()).seal();
    if (!checks.expect(sealed.status(), Status::ok, "sealing")) return;
    const Word base = sealed.value().base();
    checks.expect(protect(base, kPageBytes, kReadWrite), Status::sealed, "write permission for a sealed page");
    checks.expect(guard(base + kPageBytes, kPageBytes), Status::sealed, "a guard in a sealed area");
    checks.expect(raw_call(Call::clock, base), Status::sealed, "an answer into a sealed page");
}

void check_kept(Checks& checks) {
    const auto port = Port::create({.count_messages = 2, .message_bytes = 64});
    if (!checks.expect(port.status(), Status::ok, "a port")) return;
    const Unchanged unchanged(checks, "a port's buffer can't be changed");
    RegionInfo buffer[48];
    const auto count = regions(ProcessId::none, 0, buffer);
    for (Word i = 0; i < count.value_or(0); ++i) {
        const RegionInfo& region = buffer[i];
        if (region.state != RegionState::kept) continue;
        checks.expect(release(region.base, region.length_bytes), Status::kernel_kept, "releasing a port's buffer");
        checks.expect(protect(region.base, region.length_bytes, kReadWrite), Status::kernel_kept, "writing to it");
        checks.expect(seal(region.base, region.length_bytes), Status::kernel_kept, "sealing it");
        checks.expect(guard(region.base, kPageBytes), Status::kernel_kept, "a guard in it");
        expect_failure(checks, raw_call(Call::clock, region.base), "an answer into it fails");
    }
}

}  // namespace

void check_areas(Checks& checks) {
    check_allocate(checks);
    check_ranges(checks);
    check_kinds_of_areas(checks);
    check_kept(checks);
}

}  // namespace freehold::user
