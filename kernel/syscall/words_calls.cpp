// SPDX-License-Identifier: MIT
// Calls and replies of two words. If the other side waits already, they are in its registers when it goes on, and it
// goes on at once: nothing is written to memory that a process sees, and the scheduler is not asked.
//
//   client                            server
//     call ── words, registers ─────▶   returns from receive_words
//      ┆  blocked                         works, with the client's priority if that is higher
//     returns ◀───── words, registers ── receive_words(message): replies and waits for the next
//
// Otherwise the words become an ordinary message.
#include "kernel/memory/memory.h"
#include "kernel/process/priority.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/senders.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/waiting.h"

namespace freehold::kernel {
namespace {

Process& owner_of(const Handover& handover) { return *reinterpret_cast<Process*>(handover.owner_token); }

/// Two words as a payload.
struct Payload {
    Word words[2];
    [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(words)); }
};

/// Waits for a message, or for a short one in registers: then this does not return.
[[gnu::noinline]] Outcome receive_words(Process& caller, PortId port) {
    return receive_waiting(caller, {.port = port, .wait = true, .takes_words = true});
}

/// Waits for an ordinary reply: whoever is answered in words does not come back to here.
Outcome await_reply(Process& caller, PortId reply_to) {
    const Outcome outcome = receive_words(caller, reply_to);
    caller.works_for_it = nullptr;
    return outcome;
}

/// The reply is queued: its receiver does not wait, or not for words; or is no more.
Status send_reply(Process& caller, CallArguments a) {
    const Payload payload{{a[2], a[3]}};
    ReplyOptions options;
    options.port = static_cast<PortId>(a[0]);
    options.message = low_bits(a[1]);
    options.words = payload.bytes();
    const Status status = reply_message(*caller.space, options);
    return status == Status::peer_gone ? Status::ok : status;
}

/// The client goes on in user code with the reply in registers, but somebody else runs first.
[[gnu::noinline]] Outcome answer_and_receive(Process& server, Process& client, const machine::CallFrame& frame,
                                             Word cookie) {
    ++server.system_calls;
    client.takes_words_at = PortId::none;
    machine::make_answered(client.context, {frame, cookie, static_cast<Word>(server.id)});
    scheduler::make_ready(client);
    return receive_words(server, static_cast<PortId>(machine::call_word(frame, 0)));
}

}  // namespace

[[gnu::flatten]] bool hand_request(const machine::CallFrame& frame) {
    Process& caller = *scheduler::current();
    const auto reply_to = static_cast<PortId>(machine::call_word(frame, 1));
    const auto handed = hand_over_request(*caller.space, static_cast<PortId>(machine::call_word(frame, 0)), reply_to,
                                          machine::call_word(frame, 4));
    if (!handed.ok()) return false;
    Process& server = owner_of(handed.value());
    server.works_for_it = nullptr;  // of whomever it waited for an answer, it has a request instead
    work_for(caller, server);
    scheduler::run_instead(caller, server, {frame, handed.value().word, static_cast<Word>(caller.id)}, reply_to);
}

[[gnu::flatten]] bool hand_reply(const machine::CallFrame& frame, Outcome& outcome) {
    Process& caller = *scheduler::current();
    const auto port = static_cast<PortId>(machine::call_word(frame, 0));
    const auto handed = hand_over_reply(*caller.space, port, low_bits(machine::call_word(frame, 1)));
    if (!handed.ok()) return false;
    Process& client = owner_of(handed.value());
    const Word cookie = handed.value().word;
    client.works_for_it = nullptr;
    slot_freed(caller, port);
    if (!handed.value().more && scheduler::is_first(client)) {
        scheduler::run_instead(caller, client, {frame, cookie, static_cast<Word>(caller.id)}, port);
    }
    outcome = answer_and_receive(caller, client, frame, cookie);
    return true;
}

Outcome call_call(Process& caller, CallArguments a) {
    const auto reply_to = static_cast<PortId>(a[1]);
    const Payload payload{{a[2], a[3]}};
    SendOptions options;
    options.to = static_cast<PortId>(a[0]);
    options.reply_to = reply_to;
    options.words = payload.bytes();
    options.cookie = a[4];
    // Whoever has no port for the answer can't wait for it, so the request is not sent.
    if (reply_to == PortId::none) return {Status::unknown_port};
    const Status status = send_waiting(caller, options, kNever);
    if (status != Status::ok) return {status};
    if (const auto info = port_info(system(), options.to); info.ok() && info.value().owner != caller.id) {
        if (Process* const server = find_process(info.value().owner); server != nullptr) work_for(caller, *server);
    }
    return await_reply(caller, reply_to);
}

Outcome call_receive_words(Process& caller, CallArguments a) {
    const auto port = static_cast<PortId>(a[0]);
    if (a[1] != 0) {
        const Status status = send_reply(caller, a);
        if (status != Status::ok) return {status};
        slot_freed(caller, port);
    }
    return receive_words(caller, port);
}

Outcome receive_again() {
    enter_process();
    Process& self = *scheduler::current();
    self.works_for_it = nullptr;
    return receive_waiting(self, {.port = self.receives_from, .wait = true, .takes_words = self.received_words});
}

}  // namespace freehold::kernel
