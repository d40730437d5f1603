// SPDX-License-Identifier: MIT
// still: makes areas of every kind, says `still: ready`, and sleeps, so that a test can compare what the processor's
// page tables hold with what the kernel believes.
#include "user/runtime/area.h"
#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

constexpr Word kTableBytes = 4U << 20;  // what one page table covers
constexpr std::uint32_t kLongTime = 1'000'000;

Area area_of(Word length_bytes, const AreaOptions& options = {}) {
    auto area = Area::allocate(length_bytes, options);
    if (!area.ok()) fail(status_name(area.status()));
    return static_cast<Area&&>(area.value());
}

void require(Status status) {
    if (status != Status::ok) fail(status_name(status));
}

void touch(const Area& area, Word step_bytes) {
    for (Word at = 0; at < area.length_bytes(); at += step_bytes) area.bytes()[at] = std::byte{1};
}

SealedArea<> sealed(Area area) {
    auto result = static_cast<Area&&>(area).seal();
    if (!result.ok()) fail(status_name(result.status()));
    return static_cast<SealedArea<>&&>(result.value());
}

/// Areas that stay here, with all rights, wholly and partly present, with guards and with a hole.
void make_plain_areas() {
    Area whole = area_of(6 * kPageBytes, {.populate = true});
    Area sparse = area_of(64 * kPageBytes);
    touch(sparse, 3 * kPageBytes);
    Area read_only = area_of(5 * kPageBytes);
    touch(read_only, kPageBytes);
    require(read_only.protect(Rights::read));
    Area unreachable = area_of(3 * kPageBytes);
    touch(unreachable, kPageBytes);
    require(unreachable.protect(Rights::none));
    Area guarded = area_of(9 * kPageBytes, {.populate = true, .guard_pages_below = 2, .guard_pages_above = 1});
    Area with_hole = area_of(7 * kPageBytes, {.populate = true});
    require(user::release(with_hole.base() + 2 * kPageBytes, 3 * kPageBytes));
    Area never_touched = area_of(10 * kPageBytes);
    Area tables = area_of(2 * kTableBytes + 3 * kPageBytes, {.alignment_bytes = kTableBytes});
    touch(tables, 100 * kPageBytes);
    for (Area* area : {&whole, &sparse, &read_only, &unreachable, &guarded, &with_hole, &never_touched, &tables}) {
        area->forget();
    }
}

/// Areas sealed wholly and in part.
void make_sealed_areas() {
    Area part = area_of(8 * kPageBytes, {.populate = true});
    require(user::seal(part.base() + 2 * kPageBytes, 4 * kPageBytes));
    part.forget();
    Area large = area_of(kTableBytes + 5 * kPageBytes, {.alignment_bytes = kTableBytes});
    touch(large, 7 * kPageBytes);
    sealed(static_cast<Area&&>(large)).forget();
}

/// Areas under way: one moved, one moved that is sealed, one shared.
void send_areas(Port& port) {
    Area moved = area_of(4 * kPageBytes, {.populate = true});
    require(static_cast<Area&&>(moved).send({.to = port.id()}));
    Area sealed_before = area_of(3 * kPageBytes, {.populate = true});
    require(user::seal(sealed_before.base(), sealed_before.length_bytes()));
    require(static_cast<Area&&>(sealed_before).send({.to = port.id()}));
    Area large = area_of(kTableBytes, {.alignment_bytes = kTableBytes});
    touch(large, 9 * kPageBytes);
    SealedArea<> shared = sealed(static_cast<Area&&>(large));
    require(shared.send({.to = port.id()}));
    shared.forget();
}

}  // namespace

int program_main(const Arguments&) {
    make_plain_areas();
    make_sealed_areas();
    auto port = Port::create();
    auto mailbox = Port::create();
    if (!port.ok() || !mailbox.ok()) fail("no ports");
    send_areas(port.value());

    // And the same once more, taken out at the other end: what was moved and shared is here now.
    send_areas(mailbox.value());
    for (int i = 0; i < 3; ++i) {
        auto message = mailbox.value().receive(Wait::no);
        if (!message.ok()) fail(status_name(message.status()));
        auto area = message.value().take_area();
        if (!area.ok()) fail(status_name(area.status()));
        area.value().forget();
    }
    print("still: ready\n");
    for (;;) sleep(kLongTime);
}

}  // namespace freehold::user
