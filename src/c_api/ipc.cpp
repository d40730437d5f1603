// SPDX-License-Identifier: MIT
// ipc.h for C.
#include "src/c_api/convert.h"

using namespace freehold;

namespace {

/// What a send, a reply and a forward have in common.
template <typename Options>
Options with_contents(const freehold_contents& contents) {
    Options options;
    options.payload = VirtAddr(contents.payload);
    options.length_bytes = contents.length_bytes;
    options.words = {static_cast<const std::byte*>(contents.words), contents.words_bytes};
    options.areas = c::as<const AreaToSend>(contents.areas, contents.area_count);
    return options;
}

SendOptions told(const freehold_send_options& options) {
    auto send = with_contents<SendOptions>(options.contents);
    send.to = static_cast<PortId>(options.to);
    send.cookie = options.cookie;
    send.reply_to = static_cast<PortId>(options.reply_to);
    return send;
}

}  // namespace

extern "C" {

uint32_t freehold_default_credits(uint32_t mode, uint32_t count_messages) {
    return default_credits(static_cast<PortMode>(mode), count_messages);
}

freehold_port_options freehold_default_port_options() { return c::copied<freehold_port_options>(PortOptions{}); }

freehold_status freehold_create_port(freehold_space* owner, const freehold_port_options* options, uint32_t* out) {
    return c::give(create_port(*owner, c::copied<PortOptions>(*options)), out);
}

freehold_status freehold_destroy_port(freehold_space* owner, uint32_t port) {
    return c::number(destroy_port(*owner, static_cast<PortId>(port)));
}

freehold_status freehold_set_port_mode(freehold_space* owner, uint32_t port, uint32_t mode, uint32_t sender) {
    return c::number(
        set_port_mode(*owner, static_cast<PortId>(port), static_cast<PortMode>(mode), static_cast<SpaceId>(sender)));
}

freehold_status freehold_send_message(freehold_space* sender, const freehold_send_options* options) {
    return c::number(send_message(*sender, told(*options)));
}

freehold_status freehold_check_send(freehold_space* sender, uint32_t to, uint32_t reply_to) {
    return c::number(check_send(*sender, static_cast<PortId>(to), static_cast<PortId>(reply_to)));
}

uint32_t freehold_publish_message(freehold_space* sender, const freehold_send_options* options, const uint32_t* to,
                                  freehold_status* outcomes, size_t count) {
    return publish_message(*sender, told(*options), c::as<const PortId>(to, count), c::as<Status>(outcomes, count));
}

freehold_status freehold_receive_message(freehold_space* owner, uint32_t port, freehold_word* out) {
    return c::give(receive_message(*owner, static_cast<PortId>(port)), out);
}

freehold_status freehold_reply_message(freehold_space* owner, const freehold_reply_options* options) {
    auto reply = with_contents<ReplyOptions>(options->contents);
    reply.port = static_cast<PortId>(options->port);
    reply.message = options->message;
    return c::number(reply_message(*owner, reply));
}

freehold_status freehold_discard_message(freehold_space* owner, uint32_t port, uint32_t message) {
    return c::number(discard_message(*owner, static_cast<PortId>(port), message));
}

freehold_status freehold_forward_message(freehold_space* owner, const freehold_forward_options* options) {
    auto forward = with_contents<ForwardOptions>(options->contents);
    forward.port = static_cast<PortId>(options->port);
    forward.message = options->message;
    forward.to = static_cast<PortId>(options->to);
    return c::number(forward_message(*owner, forward));
}

freehold_status freehold_post_message(freehold_space* sender, const freehold_send_options* options,
                                      freehold_posted* out) {
    return c::give(post_message(*sender, told(*options)), out);
}

freehold_status freehold_post_area(freehold_space* sender, const freehold_area_options* options, freehold_posted* out) {
    const AreaOptions told{.to = static_cast<PortId>(options->to),
                           .base = options->base,
                           .length_bytes = options->length_bytes,
                           .cookie = options->cookie,
                           .reply_to = static_cast<PortId>(options->reply_to)};
    return c::give(post_area(*sender, told), out);
}

freehold_status freehold_take_message(freehold_space* owner, uint32_t port, uint32_t done, freehold_word* head) {
    return c::give(take_message(*owner, static_cast<PortId>(port), done), head);
}

freehold_status freehold_hand_over_request(freehold_space* sender, uint32_t to, uint32_t reply_to, freehold_word cookie,
                                           freehold_handover* out) {
    return c::give(hand_over_request(*sender, static_cast<PortId>(to), static_cast<PortId>(reply_to), cookie), out);
}

freehold_status freehold_hand_over_reply(freehold_space* owner, uint32_t port, uint32_t message,
                                         freehold_handover* out) {
    return c::give(hand_over_reply(*owner, static_cast<PortId>(port), message), out);
}

freehold_status freehold_allow_signals(freehold_space* owner, uint32_t signals, uint32_t from) {
    return c::number(allow_signals(*owner, signals, static_cast<SpaceId>(from)));
}

freehold_status freehold_raise_signals(freehold_system* system, uint32_t by, uint32_t to, uint32_t signals) {
    return c::number(raise_signals(*system, static_cast<SpaceId>(by), static_cast<SpaceId>(to), signals));
}

uint32_t freehold_take_signals(freehold_space* owner, uint32_t wanted) { return take_signals(*owner, wanted); }

freehold_status freehold_next_port(freehold_system* system, uint32_t* index, freehold_port_info* out) {
    return c::give(next_port(*system, *index), out);
}

freehold_status freehold_get_port_info(freehold_system* system, uint32_t port, freehold_port_info* out) {
    return c::give(port_info(*system, static_cast<PortId>(port)), out);
}

}  // extern "C"
