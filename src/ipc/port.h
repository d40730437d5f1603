// SPDX-License-Identifier: MIT
// Port: a fixed number of slots. What the kernel must trust of a message lies in a SlotHead, in frames only the kernel
// sees; the payload and a MessageHead lie in the port's buffer, a kept area of its owner's, read-only to it.
//
//                    send: queue's end            receive: oldest           reply, forward, discard
//     free slots  ---------------------> queued ------------------> held --------------------------> free slots
//          |                                ^
//          |  some are promised to replies  |
//          `----------------- reply --------'
//
// Invariants: free + queued + held = count_messages; promised <= free. A slot's generation changes each time it is
// freed, so an old message number never names a new message. A sender's credit is how many slots its messages have,
// replies not counted; the credits lie in front of the heads.
//
// Lock order: ports by index, then spaces. A port's lock guards all of it; an id is checked under the lock.
#pragma once

#include <cstdint>

#include <freehold/ipc.h>

#include "src/space/system.h"

namespace freehold {

inline constexpr std::uint16_t kNoSlot = 0xFFFF;

enum class SlotState : std::uint8_t {
    free = 0,
    filling = 1,  ///< between the two, within one call
    queued = 2,
    held = 3
};

/// A message, as the kernel knows it; all zero at first. Of a free slot only what it sees, its number, next and state
/// mean anything.
struct alignas(64) SlotHead {
    SpaceId sender;
    SpaceId origin;  ///< who made the request, if it was forwarded since
    Word cookie;
    MessageHead* seen;  ///< what the receiver sees of it, in the port's buffer; its payload follows
    PortId reply_to;
    std::uint32_t number;  ///< names the message: a generation, and below it the slot's index
    std::uint16_t next;    ///< in the queue, or among the free slots
    SlotState state;
    std::uint8_t area_count;
    bool is_reply;
    bool peer_gone;

    /// An area under way: where it lies in its sender's space, or, shared, in the transit space.
    struct Area {
        Word base;
        Word length_and_kind;  ///< a length is whole pages, so the kind fits below it

        [[nodiscard]] PageRange range() const {
            return {VirtAddr(base), VirtAddr(base) + (length_and_kind & ~Word{kPageBytes - 1})};
        }
        [[nodiscard]] bool moved() const {
            return static_cast<AreaToSend::Kind>(length_and_kind % kPageBytes) == AreaToSend::Kind::move;
        }
    } areas[kMessageAreasMax];
};

/// A port's id: its index, and a generation that is never 0.
inline constexpr std::uint32_t kPortIndexBits = 10;

/// A message's number: the slot's index, and a generation that is never 0.
inline constexpr std::uint32_t kSlotIndexBits = 8;
inline constexpr std::uint32_t kOneGeneration = 1U << kSlotIndexBits;
static_assert(kPortMessagesMax <= kOneGeneration);

inline constexpr std::uint32_t kSlotsPerFrame = kPageBytes / sizeof(SlotHead);
inline constexpr std::uint32_t kCreditSlots = (kSpacesMax + sizeof(SlotHead) - 1) / sizeof(SlotHead);
static_assert(sizeof(SlotHead) == 64 || sizeof(void*) > 4);

/// Frames for so many heads, and the credits in front of them.
constexpr std::uint32_t head_frames(std::uint32_t count_messages) {
    return (count_messages + kCreditSlots + kSlotsPerFrame - 1) / kSlotsPerFrame;
}
inline constexpr std::uint32_t kHeadFramesMax = head_frames(kPortMessagesMax);

struct Port {
    HostLock lock;
    AddressSpace* owner = nullptr;  ///< nullptr: unused; changes under the table's lock too
    PortId id = PortId::none;       ///< that finds it; nobodys_id() while it is being made or ended
    std::uint32_t generation = 0;
    PortMode mode = PortMode::closed;

    // All that follows is set when the port is made.
    SpaceId dedicated_to;
    std::uint32_t count_messages;
    std::uint32_t message_bytes;
    std::uint32_t slot_bytes;  ///< of the buffer, for head and payload
    std::uint32_t credits;     ///< slots that one sender's messages may have
    std::uint32_t signals;     ///< raised at the owner when a message is queued
    PageRange buffer;
    FrameNumber head_frames[kHeadFramesMax];
    SlotHead* heads[kHeadFramesMax];  ///< where they are; the first ones are credits
    std::uint16_t first_free;
    std::uint16_t oldest;
    std::uint16_t newest;
    std::uint16_t count_free;
    std::uint16_t count_queued;
    std::uint16_t count_promised;  ///< of the free ones: to replies

    /// Whether its id finds it.
    [[nodiscard]] bool found() const { return static_cast<std::uint32_t>(id) >> kPortIndexBits != 0; }
    [[nodiscard]] std::uint32_t count_held() const { return count_messages - count_free - count_queued; }
    [[nodiscard]] std::uint32_t count_available() const { return count_free - count_promised; }
};

/// What the port at an index has for an id while none finds it. It has another index than the port, so whoever names it
/// looks elsewhere: no id needs a look of its own to see whether it names anything.
constexpr PortId nobodys_id(std::uint32_t index) { return static_cast<PortId>(index ^ 1); }

struct PortTable {
    Port ports[kPortsMax];
    HostLock lock;  ///< for unused ports

    PortTable() {
        for (std::uint32_t i = 0; i < kPortsMax; ++i) ports[i].id = nobodys_id(i);
    }
};

// --- parcels (parcel.cpp): the areas of a message --------------------------------------------------------------------

/// The areas a sender named, checked one by one and against each other.
struct Parcel {
    PageRange ranges[kMessageAreasMax];
    AreaToSend::Kind kinds[kMessageAreasMax];
    std::uint32_t count = 0;
};

/// @error too_many_areas, bad_option, not_free: two overlap; what PageRange::checked says
Result<Parcel> make_parcel(std::span<const AreaToSend> areas);

/// Sends the areas off; on failure nothing has changed. @pre the sender's lock is held, and the transit space's if
/// something is shared  @error what check_departure, plan_departure and share say
Status dispatch_parcel_locked(AddressSpace& sender, const Parcel& parcel, SlotHead& head);

/// Delivers the areas of a message to `owner`, or none of them. Takes the locks of the spaces concerned.
/// `bases` gets where they are. @error what plan_arrival says
Status deliver_parcel(System& system, const SlotHead& head, AddressSpace& owner, VirtAddr* bases);

/// Sends the areas of a message back to where they were, or drops what was shared. Can't fail.
void return_parcel(System& system, const SlotHead& head);

}  // namespace freehold
