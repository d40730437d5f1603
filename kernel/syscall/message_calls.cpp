// SPDX-License-Identifier: MIT
// System calls on messages in memory.
#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/process/priority.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/senders.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"
#include "kernel/syscall/waiting.h"
#include "kernel/trace/trace.h"

namespace freehold::kernel {
namespace {

bool valid_flags(Word flags) { return (flags & ~abi::kWait) == 0; }

/// `args` must outlive the options: the areas stay where they are.
SendOptions options_of(const abi::SendArgs& args) {
    SendOptions options;
    options.to = args.to;
    options.payload = VirtAddr(args.payload);
    options.length_bytes = args.length_bytes;
    options.cookie = args.cookie;
    options.reply_to = args.reply_to;
    options.areas = {args.areas, args.area_count};
    return options;
}

/// Of Call::post.
[[gnu::always_inline]] inline SendOptions options_of_post(Word to, Word payload, Word length_bytes, Word cookie,
                                                          Word reply_to) {
    SendOptions options;
    options.to = static_cast<PortId>(to);
    options.payload = VirtAddr(payload);
    options.length_bytes = clamped(length_bytes);
    options.cookie = cookie;
    options.reply_to = static_cast<PortId>(reply_to);
    return options;
}

/// Of Call::post_area.
[[gnu::always_inline]] inline AreaOptions options_of_area(Word to, Word base, Word length_bytes, Word cookie,
                                                          Word reply_to) {
    return {static_cast<PortId>(to), base, length_bytes, cookie, static_cast<PortId>(reply_to)};
}

/// The message is posted: its receiver goes on if it waits.
[[gnu::always_inline]] inline bool finish_post(Process& caller, const Result<Posted>& posted, Outcome& outcome) {
    if (!posted.ok()) return false;
    ++caller.system_calls;
    const VirtAddr head = posted.value().head;
    if (head.value() != 0) {
        scheduler::hand_head(*reinterpret_cast<Process*>(posted.value().owner_token), head.value());
    }
    outcome = {Status::ok};
    return true;
}

}  // namespace

[[gnu::flatten]] bool post_briefly(const machine::CallFrame& frame, Outcome& outcome) {
    Process& caller = *scheduler::current();
    const SendOptions options =
        options_of_post(machine::call_word(frame, 0), machine::call_word(frame, 1), machine::call_word(frame, 2),
                        machine::call_word(frame, 3), machine::call_word(frame, 4));
    if (trace::is_on() || senders::others_wait(options.to)) return false;
    return finish_post(caller, post_message(*caller.space, options), outcome);
}

[[gnu::flatten]] bool post_area_briefly(const machine::CallFrame& frame, Outcome& outcome) {
    Process& caller = *scheduler::current();
    const AreaOptions options =
        options_of_area(machine::call_word(frame, 0), machine::call_word(frame, 1), machine::call_word(frame, 2),
                        machine::call_word(frame, 3), machine::call_word(frame, 4));
    if (trace::is_on() || senders::others_wait(options.to)) return false;
    return finish_post(caller, post_area(*caller.space, options), outcome);
}

[[gnu::flatten]] bool receive_briefly(const machine::CallFrame& frame, Outcome& outcome) {
    if (trace::is_on() || machine::call_word(frame, 1) != abi::kWait || machine::call_word(frame, 2) != 0) return false;
    Process& caller = *scheduler::current();
    const auto port = static_cast<PortId>(machine::call_word(frame, 0));
    const std::uint32_t done = low_bits(machine::call_word(frame, 3));
    const auto head = take_message(*caller.space, port, done);
    if (!head.ok()) return false;
    if (done != 0) slot_freed(caller, port);
    if (head.value().value() == 0) scheduler::wait_to_be_handed(caller, port);
    ++caller.system_calls;
    outcome = {Status::ok, head.value().value()};
    return true;
}

Outcome call_post(Process& caller, CallArguments a) {
    const SendOptions options = options_of_post(a[0], a[1], a[2], a[3], a[4]);
    return {senders::others_wait(options.to) ? Status::would_block : send_message(*caller.space, options)};
}

Outcome call_post_area(Process& caller, CallArguments a) {
    const AreaOptions area = options_of_area(a[0], a[1], a[2], a[3], a[4]);
    const AreaToSend one{area.base, area.length_bytes, AreaToSend::Kind::move};
    SendOptions options;
    options.to = area.to;
    options.cookie = area.cookie;
    options.reply_to = area.reply_to;
    options.areas = {&one, 1};
    return {senders::others_wait(options.to) ? Status::would_block : send_message(*caller.space, options)};
}

Outcome call_send(Process& caller, CallArguments a) {
    abi::SendArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (!valid_flags(a[1])) return {Status::bad_option};
    if (args.area_count > kMessageAreasMax) return {Status::too_many_areas};
    const SendOptions options = options_of(args);
    if ((a[1] & abi::kWait) == 0) return {send_message(*caller.space, options)};
    return {send_waiting(caller, options, deadline_after(clamped(a[2])))};
}

Outcome call_publish(Process& caller, CallArguments a) {
    abi::SendArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (args.area_count > kMessageAreasMax) return {Status::too_many_areas};
    const std::uint32_t count = clamped(a[2]);
    if (count > abi::kPublishPortsMax) return {Status::bad_option};
    // Ports, and then what became of them: two such arrays would be much for the kernel's stack.
    std::uint32_t words[abi::kPublishPortsMax];
    const std::span<std::uint32_t> each(words, count);
    Status status = copy_in(*caller.space, VirtAddr(a[1]), std::as_writable_bytes(each));
    if (status != Status::ok) return {status};
    // Before anything is sent, something is written to where the outcomes will be: so it is known that it can be.
    status = copy_out(*caller.space, VirtAddr(a[3]), std::as_bytes(each));
    if (status != Status::ok) return {status};
    SendOptions options = options_of(args);
    std::uint32_t sent = 0;
    for (std::uint32_t& word : each) {
        options.to = static_cast<PortId>(word);
        const Status outcome = send_message(*caller.space, options);
        if (outcome == Status::ok) ++sent;
        word = static_cast<std::uint32_t>(outcome);
    }
    // A page of the outcomes may have left with the first message; what was sent is sent.
    (void)copy_out(*caller.space, VirtAddr(a[3]), std::as_bytes(each));
    return {Status::ok, sent};
}

Outcome call_receive(Process& caller, CallArguments a) {
    const auto port = static_cast<PortId>(a[0]);
    if (!valid_flags(a[1])) return {Status::bad_option};
    if (a[3] != 0) {
        const Status status = discard_message(*caller.space, port, low_bits(a[3]));
        if (status != Status::ok) return {status};
        slot_freed(caller, port);
    }
    const bool wait = (a[1] & abi::kWait) != 0;
    return receive_waiting(caller, {.port = port, .wait = wait, .deadline = deadline_after(clamped(a[2]))});
}

Outcome call_reply(Process& caller, CallArguments a) {
    abi::ReplyArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (args.area_count > kMessageAreasMax) return {Status::too_many_areas};
    ReplyOptions options;
    options.port = args.port;
    options.message = args.message;
    options.payload = VirtAddr(args.payload);
    options.length_bytes = args.length_bytes;
    options.areas = {args.areas, args.area_count};
    const Status status = reply_message(*caller.space, options);
    if (status == Status::ok || status == Status::peer_gone) slot_freed(caller, args.port);
    return {status};
}

Outcome call_forward(Process& caller, CallArguments a) {
    abi::ForwardArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (args.area_count > kMessageAreasMax) return {Status::too_many_areas};
    ForwardOptions options;
    options.port = args.port;
    options.message = args.message;
    options.to = args.to;
    options.payload = VirtAddr(args.payload);
    options.length_bytes = args.length_bytes;
    options.areas = {args.areas, args.area_count};
    const Status status = forward_message(*caller.space, options);
    if (status == Status::ok) slot_freed(caller, args.port);
    return {status};
}

Outcome call_discard(Process& caller, CallArguments a) {
    const auto port = static_cast<PortId>(a[0]);
    const Status status = discard_message(*caller.space, port, low_bits(a[1]));
    if (status == Status::ok) slot_freed(caller, port);
    return {status};
}

}  // namespace freehold::kernel
