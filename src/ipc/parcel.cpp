// SPDX-License-Identifier: MIT
// The areas of a message under way. A moved one stays in its sender's space, in transit, and is still charged there. A
// shared one is shared with the transit space, which keeps it alive whatever its sender does.
//
// Lock order among spaces holds: the transit space has the lowest index.
#include "src/base/canary.h"
#include "src/ipc/slots.h"
#include "src/space/books.h"

namespace freehold {

namespace {

using Kind = AreaToSend::Kind;

bool overlap(PageRange a, PageRange b) { return a.base() < b.end() && b.base() < a.end(); }

/// Drops what is shared with the transit space. @pre the transit space's lock is held
void drop_shared_locked(AddressSpace& transit, PageRange range) {
    unreserve_slots_locked(transit, 1);
    const Status status = release_locked(transit, range);
    FREEHOLD_ASSERT(status == Status::ok);
}

/// Plans to share all shared ranges of a parcel with the transit space, or none. The slots kept there let them go from
/// there at any time.
Status plan_shares_locked(AddressSpace& sender, const Parcel& parcel, AddressSpace& transit, Plan* plans) {
    for (std::uint32_t i = 0; i < parcel.count; ++i) {
        if (parcel.kinds[i] != Kind::share) continue;
        reserve_slots_locked(transit, 1);
        const ArrivalOptions options{.placement = Placement::lowest, .more_follow = parcel.count > 1, .share = true};
        const auto plan = plan_arrival_locked(sender, parcel.ranges[i], transit, options);
        if (plan.ok()) {
            plans[i] = plan.value();
            continue;
        }
        return_slots_locked(transit, 1);
        while (i-- > 0) {
            if (parcel.kinds[i] != Kind::share) continue;
            cancel_arrival_locked(parcel.ranges[i], transit, plans[i]);
            return_slots_locked(transit, 1);
        }
        return plan.status();
    }
    return Status::ok;
}

/// The space an area under way is in.
AddressSpace& home_of(System& system, const SlotHead& head, const SlotHead::Area& area) {
    if (!area.moved()) return *system.transit;
    return system.spaces[static_cast<std::uint32_t>(head.sender) & 0xFF];
}

}  // namespace

Result<Parcel> make_parcel(std::span<const AreaToSend> areas) {
    if (areas.size() > kMessageAreasMax) return Status::too_many_areas;
    Parcel parcel;
    for (const AreaToSend& area : areas) {
        if (area.kind != Kind::move && area.kind != Kind::share) return Status::bad_option;
        const auto range = PageRange::checked(area.base, area.length_bytes);
        if (!range.ok()) return range.status();
        for (std::uint32_t i = 0; i < parcel.count; ++i) {
            const bool both_shared = area.kind == Kind::share && parcel.kinds[i] == Kind::share;
            if (!both_shared && overlap(parcel.ranges[i], range.value())) return Status::not_free;
        }
        parcel.ranges[parcel.count] = range.value();
        parcel.kinds[parcel.count] = area.kind;
        ++parcel.count;
    }
    return parcel;
}

Status dispatch_parcel_locked(AddressSpace& sender, const Parcel& parcel, SlotHead& head) {
    AddressSpace& transit = *sender.system->transit;
    PageRange moved[kMessageAreasMax];
    std::size_t count_moved = 0;
    for (std::uint32_t i = 0; i < parcel.count; ++i) {
        const bool share = parcel.kinds[i] == Kind::share;
        const Status status = check_departure_locked(sender, parcel.ranges[i], share);
        if (status != Status::ok) return status;
        if (!share) moved[count_moved++] = parcel.ranges[i];
    }
    const std::span<const PageRange> departing(moved, count_moved);
    Result<Plan> departure = Plan();
    if (count_moved != 0) departure = plan_departure_locked(sender, departing);
    if (!departure.ok()) return departure.status();

    Plan shares[kMessageAreasMax];
    if (const Status status = plan_shares_locked(sender, parcel, transit, shares); status != Status::ok) {
        if (count_moved != 0) cancel_departure_locked(sender, departing, departure.value());
        return status;
    }
    if (count_moved != 0) depart_locked(sender, departing, departure.value());
    for (std::uint32_t i = 0; i < parcel.count; ++i) {
        const PageRange range = parcel.ranges[i];
        const bool share = parcel.kinds[i] == Kind::share;
        if (share) share_locked(sender, range, transit, shares[i]);
        const Word base = (share ? shares[i].target : range.base()).value();
        head.areas[i] = {base, range.length_bytes() | static_cast<Word>(parcel.kinds[i])};
    }
    head.area_count = static_cast<std::uint8_t>(parcel.count);
    return Status::ok;
}

Status deliver_parcel(System& system, const SlotHead& head, AddressSpace& owner, VirtAddr* bases) {
    const std::uint32_t count = head.area_count;
    if (count == 0) return Status::ok;
    AddressSpace& sender = system.spaces[static_cast<std::uint32_t>(head.sender) & 0xFF];
    std::uint32_t landed = 0;
    {
        const SpaceGuard transit_guard(*system.transit);
        const SpacesGuard guard(sender, owner);
        Plan plans[kMessageAreasMax];
        for (std::uint32_t i = 0; i < count; ++i) {
            const PageRange range = head.areas[i].range();
            AddressSpace& home = home_of(system, head, head.areas[i]);
            const auto plan =
                plan_arrival_locked(home, range, owner, {.placement = Placement::lowest, .more_follow = count > 1});
            if (!plan.ok()) {
                while (i-- > 0) cancel_arrival_locked(head.areas[i].range(), owner, plans[i]);
                return plan.status();
            }
            plans[i] = plan.value();
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            const PageRange range = head.areas[i].range();
            AddressSpace& home = home_of(system, head, head.areas[i]);
            arrive_locked(home, range, owner, plans[i]);
            record(home, LedgerEntry::Operation::arrive, range, &owner, plans[i].target);
            bases[i] = plans[i].target;
            landed += head.areas[i].moved() ? 1 : 0;
        }
    }
    for (; landed != 0; --landed) end_flight(sender);
    return Status::ok;
}

void return_parcel(System& system, const SlotHead& head) {
    const std::uint32_t count = lets_in(Canary::lost_area) ? 0 : head.area_count;
    for (std::uint32_t i = 0; i < count; ++i) {
        const PageRange range = head.areas[i].range();
        AddressSpace& home = home_of(system, head, head.areas[i]);
        {
            const SpaceGuard guard(home);
            if (head.areas[i].moved())
                come_back_locked(home, range);
            else
                drop_shared_locked(home, range);
        }
        if (head.areas[i].moved()) end_flight(home);
    }
}

}  // namespace freehold
