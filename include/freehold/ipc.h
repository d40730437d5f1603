// SPDX-License-Identifier: MIT
// Ports and messages: asynchronous, copied once, and carrying areas that are moved or shared.
//
//   sender's pages ──(one copy)──▶ slot of the port's buffer, in the receiver's space, which it reads in place
//   sender's area  ──(in transit, unreachable for both)──▶ receiver's space, when it takes the message
//
// A port has a fixed number of slots. A message takes a slot when it is sent, is held by the receiver from receive to
// reply or discard, and gives the slot back then. A request that wants a reply is promised a slot of its sender's reply
// port when it is sent, so that the reply can't fail for lack of room. If a port dies, requests it holds are answered
// with peer_gone, and areas under way come back to where they were.
#pragma once

#include <cstdint>
#include <span>

#include <freehold/space.h>

namespace freehold {

enum class PortMode : std::uint32_t {
    closed = 0,    ///< takes replies only
    open = 1,      ///< takes messages from anyone
    dedicated = 2  ///< takes messages from one sender
};

struct PortOptions {
    PortMode mode = PortMode::open;
    SpaceId sender = SpaceId::none;     ///< of a dedicated port
    std::uint32_t count_messages = 16;  ///< slots, at most kPortMessagesMax
    std::uint32_t message_bytes = 256;  ///< greatest payload, at most kMessageBytesMax
    std::uint32_t credits = 0;          ///< slots that one sender's messages may have at a time; 0: default_credits()
    std::uint32_t signals = 0;          ///< raised at the owner whenever a message is queued
};

/// So that one sender can't shut all others out: three quarters of a port's slots, rounded up, but at least one slot
/// less than there are; all of a dedicated port's.
constexpr std::uint32_t default_credits(PortMode mode, std::uint32_t count_messages) {
    if (mode == PortMode::dedicated || count_messages == 1) return count_messages;
    return count_messages - (count_messages + 3) / 4;
}

/// Makes a port. Its buffer becomes a kept, readable area of the owner, populated and charged at once.
/// @pre none
/// @error bad_option: no slots, more credits than slots, or a mode that is none; message_too_long: message_bytes above
/// the limit;
///        port_table_full; no_address_range; region_table_full; over_limit; out_of_memory
/// @state success: the port's id; failure: as before  @cost O(R + buffer)  @context takes locks of port, space, pool
Result<PortId> create_port(AddressSpace& owner, const PortOptions& options);

/// Ends a port: queued areas come back to their senders, requests get a peer_gone reply, the buffer is released.
/// @pre none  @error unknown_port; not_permitted: not the owner's
/// @state success: the id is stale; failure: as before  @cost O(messages)  @context takes locks of ports, spaces
Status destroy_port(AddressSpace& owner, PortId port);

/// Opens, closes or dedicates a port. Messages already queued stay.
/// @pre none  @error unknown_port; not_permitted; bad_option  @state failure: as before  @cost O(1)
/// @context takes the port's lock
Status set_port_mode(AddressSpace& owner, PortId port, PortMode mode, SpaceId sender);

/// An area to send with a message.
struct AreaToSend {
    enum class Kind : std::uint32_t { none = 0, move = 1, share = 2 };
    Word base;
    Word length_bytes;
    Kind kind;
};

inline constexpr std::uint32_t kShortMessageBytesMax = 64;  ///< of `words`, below

struct SendOptions {
    PortId to = PortId::none;
    VirtAddr payload = {};  ///< in the sender's space; ignored for 0 bytes
    std::uint32_t length_bytes = 0;
    std::span<const std::byte> words = {};  ///< the payload, instead, in the kernel's own memory: it came in registers
    Word cookie = 0;                        ///< handed to the receiver, and back with the reply
    PortId reply_to = PortId::none;         ///< a port of the sender's own that shall get the reply
    std::span<const AreaToSend> areas = {};
};

/// Queues a message. Never waits.
/// @pre none
/// @error unknown_port; port_closed; message_too_long: longer than the port's slots; too_many_areas; would_block: no
///        slot free, there or in reply_to, or no credit left; not_permitted: reply_to is not the sender's; bad_address
///        and what copy_in says: the payload; for each area what move_area and share_area say of the sender's side,
///        bad_option: a kind that is none; not_free: two areas overlap
/// @state success: queued, the areas gone (moved) or held (shared); failure: as before
/// @cost O(bytes + R + T + P)  @context takes locks of ports, then spaces, then pool
Status send_message(AddressSpace& sender, const SendOptions& options);

/// Whether send_message() would find room now, for this sender: what one who waits to send asks.
/// @pre none  @error unknown_port; port_closed; not_permitted; would_block  @state none  @cost O(1)
/// @context takes locks of ports
Status check_send(AddressSpace& sender, PortId to, PortId reply_to);

/// Sends one message to many ports, `options.to` aside: each gets an entry of its own, or does not for a reason of its
/// own. Areas are best shared: what is moved is gone with the first.
/// @pre none  @error none: outcomes[i] is what send_message() said of to[i]
/// @state how many were sent  @cost of as many sends  @context as send_message
std::uint32_t publish_message(AddressSpace& sender, const SendOptions& options, std::span<const PortId> to,
                              std::span<Status> outcomes);

/// What a receiver finds at the head of a slot, in its own space, read-only. The payload follows it directly.
struct MessageHead {
    std::uint32_t message;  ///< number to reply to or discard it by
    SpaceId sender;         ///< stamped by the kernel
    Word cookie;
    std::uint32_t length_bytes;  ///< of the payload
    Status status;               ///< of a reply: ok, or peer_gone; else ok
    std::uint32_t flags;         ///< kMessage...
    std::uint32_t area_count;
    SpaceId origin;  ///< who made the request, if it was forwarded since; else the sender
    struct Area {
        Word base;  ///< in the receiver's space; 0: came back to its sender
        Word length_bytes;
    } areas[kMessageAreasMax];
};
inline constexpr std::uint32_t kMessageIsReply = 1;     ///< answers a request of the receiver's
inline constexpr std::uint32_t kMessageWantsReply = 2;  ///< ends with a reply
static_assert(sizeof(MessageHead) == 32 + 8 * kMessageAreasMax || sizeof(Word) > 4);

/// Takes the oldest message: its areas arrive in the owner's space. It stays held until reply or discard.
/// @pre none
/// @error unknown_port; not_permitted; would_block: none queued; no_address_range, region_table_full, over_limit,
///        out_of_memory: no room for an area; the message stays the oldest
/// @state success: where its MessageHead is; failure: as before  @cost O(areas * (R + T + P))
/// @context takes locks of port, both spaces, pool
Result<VirtAddr> receive_message(AddressSpace& owner, PortId port);

struct ReplyOptions {
    PortId port = PortId::none;  ///< the port the request came to
    std::uint32_t message = 0;   ///< MessageHead::message
    VirtAddr payload = {};       ///< these three as in SendOptions
    std::uint32_t length_bytes = 0;
    std::span<const std::byte> words = {};
    std::span<const AreaToSend> areas = {};
};

/// Answers a held request, in a slot promised when it was sent, and gives the request's slot back.
/// @pre none
/// @error unknown_port; not_permitted; unknown_message: not held; no_reply_wanted; peer_gone: the requester or its
///        reply port is no more (the request's slot is given back all the same); message_too_long; too_many_areas;
///        and what send_message says of payload and areas
/// @state failure but peer_gone: as before  @cost as send_message  @context as send_message
Status reply_message(AddressSpace& owner, const ReplyOptions& options);

/// Gives a held message's slot back. A request's sender is told by a peer_gone reply.
/// @pre none  @error unknown_port; not_permitted; unknown_message  @state failure: as before  @cost O(1)
/// @context takes locks of ports
Status discard_message(AddressSpace& owner, PortId port, std::uint32_t message);

struct ForwardOptions {
    PortId port = PortId::none;  ///< the port the message came to
    std::uint32_t message = 0;   ///< MessageHead::message
    PortId to = PortId::none;
    VirtAddr payload = {};  ///< these three as in SendOptions
    std::uint32_t length_bytes = 0;
    std::span<const std::byte> words = {};
    std::span<const AreaToSend> areas = {};
};

/// Hands a held message on to another port, with a payload and areas of the forwarder's choice (the message's own
/// payload can be read where it lies). A request's reply goes to who made it, whoever answers in the end. Never waits.
/// @pre none
/// @error unknown_port: one of the two; not_permitted; unknown_message: not held; and what send_message says
/// @state success: queued there, its slot here given back; failure: as before, still held  @cost as send_message
/// @context as send_message
Status forward_message(AddressSpace& owner, const ForwardOptions& options);

// --- the short way: what most messages are -------------------------------------------------------------------------

/// What became of a message that took the short way.
struct Posted {
    std::uintptr_t owner_token;  ///< of the port's owner
    VirtAddr head;               ///< held by it already, since it waits there: what its receive gives; 0: queued
};

/// As send_message() for a message without areas whose payload lies in one page that is there. If the port's owner
/// waits there and nothing is queued, it holds the message at once; the kernel gives it the head's address.
/// @pre none
/// @error as send_message; would_block also: it has areas or words, or this way is not for it, so it is to be sent by
/// send_message()
/// @state success: queued or held; failure: as before  @cost O(bytes)  @context takes locks of ports, then space, pool
Result<Posted> post_message(AddressSpace& sender, const SendOptions& options);

struct AreaOptions {
    PortId to = PortId::none;
    Word base = 0;
    Word length_bytes = 0;
    Word cookie = 0;
    PortId reply_to = PortId::none;
};

/// As send_message() of nothing but one area that moves. Only where the port's owner waits there and nothing is queued:
/// it has the area at once, without transit, and holds the message; the kernel gives it the head's address.
/// @pre none
/// @error as send_message; would_block also: this way is not for it (several processors, a receiver that does not wait,
/// an area that is not plain or not of one region, page tables or regions that must grow, split or be copied), so it is
/// to be sent by send_message()
/// @state success: held, its areas there; failure: as before  @cost O(pages) entries, whole tables as one
/// @context takes locks of ports, then of both spaces, pool
Result<Posted> post_area(AddressSpace& sender, const AreaOptions& options);

/// As discard_message() and receive_message() at once, if message `done`, unless that is 0, is no request, and the
/// oldest has no areas. Success without an address: `done` is given back, and nothing is queued.
/// @pre none
/// @error unknown_port; not_permitted; unknown_message; would_block: this way is not for it, so the two are to be
/// called
/// @state failure: as before  @cost O(1)  @context takes the port's lock
Result<VirtAddr> take_message(AddressSpace& owner, PortId port, std::uint32_t done);

// --- from hand to hand: short requests and replies that the kernel carries over in registers ------------------------

struct Handover {
    std::uintptr_t owner_token;  ///< of the space that waited
    Word word;                   ///< of a request: its number, to reply by; of a reply: the request's cookie
    bool more;                   ///< of a reply: further messages are queued at the port the request came to
};

/// As send_message() and receive_message() at once, if the port's owner waits there and nothing is queued: the request
/// is held by it already, and has no MessageHead in memory. The kernel hands it its words.
/// @pre none  @error as send_message; would_block also: nobody waits there, so it is to be sent
/// @state success: held; failure: as before  @cost O(1)  @context takes locks of ports
Result<Handover> hand_over_request(AddressSpace& sender, PortId to, PortId reply_to, Word cookie);

/// As reply_message() and the requester's receive_message() at once, if it waits at its reply port and nothing is
/// queued there. @pre none
/// @error unknown_port; not_permitted; unknown_message; no_reply_wanted; would_block: it does not wait, or is gone, so
///        reply_message() is to be called
/// @state success: the request's slot is given back; failure: as before  @cost O(1)  @context takes locks of ports
Result<Handover> hand_over_reply(AddressSpace& owner, PortId port, std::uint32_t message);

// --- signals --------------------------------------------------------------------------------------------------------

/// Which of a space's 32 signals others may raise, and who: one space, or anyone where `from` is none.
/// @pre none  @error none  @state as told  @cost O(1)  @context takes the space's lock
Status allow_signals(AddressSpace& owner, std::uint32_t signals, SpaceId from);

/// Raises signals of `to`. `by` none: the kernel, which may raise any (of its timer, of interrupts); a space may always
/// raise its own. A signal raised twice before it is taken is one signal; none is lost.
/// @pre none  @error unknown_space; not_permitted: one of them is not for `by` to raise
/// @state success: raised, the owner woken; failure: as before  @cost O(1)  @context takes the space's lock; interrupts
Status raise_signals(System& system, SpaceId by, SpaceId to, std::uint32_t signals);

/// Which of the wanted signals were raised; they are taken, the others stay.
/// @pre none  @error none  @state those returned are no longer raised  @cost O(1)  @context any
std::uint32_t take_signals(AddressSpace& owner, std::uint32_t wanted);

struct PortInfo {
    PortId id;
    SpaceId owner;
    PortMode mode;
    SpaceId dedicated_to;
    std::uint32_t count_messages;  ///< slots
    std::uint32_t message_bytes;
    std::uint32_t queued;    ///< sent, not yet received
    std::uint32_t held;      ///< received, not yet given back
    std::uint32_t promised;  ///< slots kept for replies to come
    std::uint32_t credits;   ///< slots that one sender's messages may have
    std::uint32_t signals;   ///< raised when a message is queued
};

/// The first port alive with an index of at least `index`; `index` becomes the one after it.
/// @pre none  @error unknown_port: none left  @state none  @cost O(ports)  @context takes the port's lock
Result<PortInfo> next_port(System& system, std::uint32_t& index);

/// @pre none  @error unknown_port  @state none  @cost O(1)  @context takes the port's lock
Result<PortInfo> port_info(System& system, PortId port);

}  // namespace freehold
