// SPDX-License-Identifier: MIT
// The audit, lied to about ports and messages: each test makes one thing wrong.
#include "tests/unit/audit_lies.h"

namespace freehold {
namespace {

class AuditPortTest : public AuditTest {
  protected:
    AuditPortTest() {
        id = create_port(a, {.mode = PortMode::open, .count_messages = 8, .message_bytes = 64}).value();
        port = port_at(system(), id);
        name = "port " + std::to_string(static_cast<std::uint32_t>(id));
    }

    /// A message from b, with an area of 3 pages if that is wanted; the area's base.
    VirtAddr send(bool with_area, AreaToSend::Kind kind = AreaToSend::Kind::move) {
        SendOptions options;
        options.to = id;
        AreaToSend area;
        if (with_area) {
            const VirtAddr base = allocate(b, 3);
            if (kind == AreaToSend::Kind::share) {
                EXPECT_EQ(seal_area(b, pages(base, 3)), Status::ok);
            }
            area = {base.value(), 3 * kPage, kind};
            options.areas = {&area, 1};
        }
        EXPECT_EQ(send_message(b, options), Status::ok);
        return VirtAddr(area.base);
    }
    SlotHead& slot(std::uint16_t index) { return slot_locked(*port, index); }

    PortId id = PortId::none;
    Port* port = nullptr;
    std::string name;
};

TEST_F(AuditPortTest, names_a_port_that_miscounts_its_slots) {
    send(false);
    send(false);
    ASSERT_TRUE(receive_message(a, id).ok());
    expect_clean();
    for (std::uint16_t* const count : {&port->count_free, &port->count_queued}) {
        ++*count;
        expect_named(name + " miscounts its slots");
        *count = static_cast<std::uint16_t>(*count - 2);
        expect_named(name + " miscounts its slots");
        ++*count;
    }
    slot(port->oldest).state = SlotState::held;
    expect_named(name + " miscounts its slots");
}

TEST_F(AuditPortTest, names_a_queue_that_lost_a_message) {
    send(false);
    send(false);
    send(false);
    expect_clean();
    SlotHead& first = slot(port->oldest);
    const std::uint16_t next = first.next;
    for (const std::uint16_t wrong : {kNoSlot, port->oldest, port->newest, port->first_free, std::uint16_t{8}}) {
        first.next = wrong;
        expect_named(name + " has lost a queued message");
    }
    first.next = next;
    const std::uint16_t newest = port->newest;
    port->newest = port->oldest;
    expect_named(name + " has lost a queued message");
    port->newest = newest;
    port->oldest = kNoSlot;
    expect_named(name + " has lost a queued message");
}

TEST_F(AuditPortTest, names_free_slots_that_are_lost) {
    send(false);
    const std::uint16_t free_slot = port->first_free;
    for (const std::uint16_t wrong : {kNoSlot, free_slot, port->oldest, std::uint16_t{8}}) {
        slot(free_slot).next = wrong;
        expect_named(name + " has lost a free slot");
    }
}

TEST_F(AuditPortTest, names_areas_in_flight_that_no_message_carries) {
    send(true);
    expect_clean();
    ++b.areas_in_flight;
    expect_named("space 2 has 2 areas in flight, but its ports and messages say 1");
    --b.areas_in_flight;
    slot(port->oldest).area_count = 0;
    expect_named("space 2 has 1 areas in flight, but its ports and messages say 0");
    b.areas_in_flight = 0;
    expect_named("space 2 has 3 pages in transit, but its ports and messages say 0");
}

TEST_F(AuditPortTest, names_slots_that_are_kept_for_nothing_and_those_that_are_missing) {
    send(true);
    send(true, AreaToSend::Kind::share);
    expect_clean();
    const auto kept_by = [&](AddressSpace& space, std::uint32_t kept, std::uint32_t needed) {
        ASSERT_EQ(space.regions.reserved(), needed);
        space.regions.set_reserved(kept);
        expect_named("has " + std::to_string(kept) +
                     " slots kept in its region table, but its ports and messages say " + std::to_string(needed));
        space.regions.set_reserved(needed);
    };
    kept_by(a, 4, 2);                  // a port
    kept_by(b, 1, 2);                  // a moved area under way
    kept_by(*system().transit, 0, 2);  // a shared one
    expect_clean();
}

TEST_F(AuditPortTest, names_an_area_in_flight_that_can_be_reached) {
    const VirtAddr base = send(true);
    page_entry(b, base) = Paging::from_transit(page_entry(b, base));
    expect_named("is in transit but can be reached");
}

TEST_F(AuditPortTest, names_a_whole_table_in_flight_that_can_be_reached) {
    const VirtAddr base = allocate(b, SpacePmap::kUnitPages, kUnit);
    const AreaToSend area{base.value(), kUnit, AreaToSend::Kind::move};
    ASSERT_EQ(send_message(b, {.to = id, .areas = {&area, 1}}), Status::ok);
    expect_clean();
    unit_entry(b, base) = Paging::from_transit(unit_entry(b, base));
    expect_named("space 2: page 0x400000 is in transit but can be reached");
}

TEST_F(AuditPortTest, names_a_message_whose_area_is_not_in_transit) {
    send(true);
    SlotHead::Area& area = slot(port->oldest).areas[0];
    const SlotHead::Area good = area;
    area.base += 16 * kPage;
    expect_named(name + " has a message with an area that is not in transit");
    for (const Word wrong : {Word{0}, kUserEnd.value(), Word{0xFFFFF000}, Word{1}}) {
        area.base = wrong;
        expect_named(name + " has a message with an area that is no range");
    }
    area = good;
    area.length_and_kind &= kPage - 1;
    expect_named(name + " has a message with an area that is no range");
}

TEST_F(AuditPortTest, names_a_shared_area_that_the_transit_space_does_not_hold) {
    send(true, AreaToSend::Kind::share);
    expect_clean();
    slot(port->oldest).areas[0].base += 16 * kPage;
    expect_named(name + " has a message with an area that is not in transit");
}

TEST_F(AuditPortTest, names_a_message_with_areas_it_can_not_have) {
    send(true);
    SlotHead& head = slot(port->oldest);
    head.area_count = 7;
    expect_named(name + " has a message with too many areas");
    head.area_count = 1;
    head.sender = static_cast<SpaceId>(0xFF);
    expect_named(name + " has a message with an area from no space");
    head.sender = static_cast<SpaceId>(77);
    expect_named(name + " has a message with an area from no space");
}

TEST_F(AuditPortTest, names_a_port_whose_frames_are_not_its_own) {
    const FrameNumber good = port->head_frames[0];
    for (const FrameNumber wrong : {FrameNumber(0), FrameNumber(0xFFFFFFFF), system().zero_frame}) {
        port->head_frames[0] = wrong;
        expect_named(name + " keeps slots in a frame not its own");
    }
    port->head_frames[0] = good;
    port->count_messages = kPortMessagesMax + 1;
    expect_named(name + " has more slots than a port may have");
}

TEST_F(AuditPortTest, names_a_port_of_no_space_and_a_space_that_miscounts_its_ports) {
    port->owner = system().spaces + kSpacesMax;
    expect_named(name + " belongs to no space");
    port->owner = &system().spaces[9];
    expect_named(name + " belongs to no space");
    port->owner = nullptr;
    expect_named("space 1 has 1 ports, but its ports and messages say 0");
    port->owner = &a;
    ++a.count_ports;
    expect_named("space 1 has 2 ports, but its ports and messages say 1");
    --a.count_ports;
    ++a.port_frames;
    ++a.charged_frames;
    expect_named("space 1 has 2 frames of ports, but its ports and messages say 1");
}

TEST_F(AuditPortTest, names_a_port_whose_owner_or_slots_are_nonsense) {
    // The space before the first: by numbers, for a pointer may not even be computed that far.
    port->owner =
        reinterpret_cast<AddressSpace*>(reinterpret_cast<std::uintptr_t>(system().spaces) - sizeof(AddressSpace));
    expect_named(name + " belongs to no space");
    port->owner = &a;
    ++port->heads[0];
    expect_named(name + " keeps slots in a frame not its own");
    --port->heads[0];
    slot(port->first_free).state = static_cast<SlotState>(1);
    --port->count_free;
    expect_named(name + " miscounts its slots");
}

TEST_F(AuditPortTest, names_promises_and_credits_that_do_not_add_up) {
    send(false);
    expect_clean();
    slot(port->oldest).sender = static_cast<SpaceId>(0xFF);
    expect_named(name + " has a message from no space");
    slot(port->oldest).sender = space_id(b);
    port->count_promised = static_cast<std::uint16_t>(port->count_free + 1);
    expect_named(name + " promised more slots than free");
    port->count_promised = 0;
    ++credit_used_locked(*port, space_id(b));
    expect_named(name + " miscounts a sender's credit");
}

}  // namespace
}  // namespace freehold
