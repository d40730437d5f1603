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

/// Waits for an ordinary reply: whoever is answered in words does not come back to here.
Outcome await_reply(Process& caller, PortId reply_to) {
    const Outcome outcome = receive_waiting(caller, {.port = reply_to, .wait = true, .takes_words = true});
    caller.works_for_it = nullptr;
    return outcome;
}

/// The request is queued: its receiver does not wait, or not for words.
Outcome send_and_wait(Process& caller, const CallArguments& a) {
    const Payload payload{{a.word[2], a.word[3]}};
    SendOptions options;
    options.to = static_cast<PortId>(a.word[0]);
    options.reply_to = static_cast<PortId>(a.word[1]);
    options.words = payload.bytes();
    options.cookie = a.word[4];
    const Status status = send_waiting(caller, options, kNever);
    if (status != Status::ok) return {status};
    if (const auto info = port_info(system(), options.to); info.ok() && info.value().owner != caller.id) {
        if (Process* const server = find_process(info.value().owner); server != nullptr) work_for(caller, *server);
    }
    return await_reply(caller, options.reply_to);
}

/// The reply is queued: its receiver does not wait, or not for words; or is no more.
Status send_reply(Process& caller, const CallArguments& a) {
    const Payload payload{{a.word[2], a.word[3]}};
    ReplyOptions options;
    options.port = static_cast<PortId>(a.word[0]);
    options.message = a.word[1];
    options.words = payload.bytes();
    const Status status = reply_message(*caller.space, options);
    return status == Status::peer_gone ? Status::ok : status;
}

/// The client goes on in user code with the reply in registers, but somebody else runs first.
void make_answered(Process& client, const machine::Words& words) {
    client.takes_words = false;
    client.works_for_it = nullptr;
    client.context = machine::make_answered_context(client.stack_slot, words);
    scheduler::make_ready(client);
}

/// All that is not in the fast path's way.
[[gnu::noinline]] Outcome reply_slowly(Process& caller, const CallArguments& a, Status status) {
    const auto port = static_cast<PortId>(a.word[0]);
    if (a.word[1] != 0) {
        if (status == Status::would_block) status = send_reply(caller, a);
        if (status != Status::ok) return {status};
        senders::wake_one(port);
        settle_priority(caller);
    }
    return receive_waiting(caller, {.port = port, .wait = true, .takes_words = true});
}

[[gnu::noinline]] Outcome call_slowly(Process& caller, const CallArguments& a, Status status) {
    return status == Status::would_block ? send_and_wait(caller, a) : Outcome{status};
}

}  // namespace

Outcome call_call(Process& caller, const CallArguments& a) {
    const auto reply_to = static_cast<PortId>(a.word[1]);
    const auto handed = hand_over_request(*caller.space, static_cast<PortId>(a.word[0]), reply_to, a.word[4]);
    if (!handed.ok()) return call_slowly(caller, a, handed.status());
    Process& server = owner_of(handed.value());
    work_for(caller, server);
    caller.receives_from = reply_to;
    scheduler::run_instead(server, {handed.value().word, static_cast<Word>(caller.id), a.word[2], a.word[3]});
}

Outcome call_receive_words(Process& caller, const CallArguments& a) {
    const auto port = static_cast<PortId>(a.word[0]);
    if (a.word[1] == 0) return reply_slowly(caller, a, Status::ok);
    const auto handed = hand_over_reply(*caller.space, port, a.word[1]);
    if (!handed.ok()) return reply_slowly(caller, a, handed.status());
    Process& client = owner_of(handed.value());
    const machine::Words words{handed.value().word, static_cast<Word>(caller.id), a.word[2], a.word[3]};
    senders::wake_one(port);
    settle_priority(caller);
    if (!handed.value().more && scheduler::is_first(client)) {
        caller.receives_from = port;
        scheduler::run_instead(client, words);
    }
    make_answered(client, words);
    return receive_waiting(caller, {.port = port, .wait = true, .takes_words = true});
}

Outcome receive_again() {
    enter_process();
    Process& self = *scheduler::current();
    self.takes_words = false;
    self.works_for_it = nullptr;
    return receive_waiting(self, {.port = self.receives_from, .wait = true, .takes_words = true});
}

}  // namespace freehold::kernel
