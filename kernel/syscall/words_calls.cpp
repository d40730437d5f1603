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

/// The process goes on in user code, with a message in registers, when it runs next.
void hand_words(Process& receiver, const machine::Words& words) {
    receiver.receives_from = PortId::none;
    receiver.takes_words = false;
    receiver.works_for_it = nullptr;
    receiver.deadline = kNever;
    receiver.context = machine::make_answered_context(receiver.stack_slot, words);
}

void wait_for_words(Process& caller, PortId port) {
    caller.receives_from = port;
    caller.takes_words = true;
}

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

}  // namespace

Outcome call_call(Process& caller, const CallArguments& a) {
    const auto reply_to = static_cast<PortId>(a.word[1]);
    const auto handed = hand_over_request(*caller.space, static_cast<PortId>(a.word[0]), reply_to, a.word[4]);
    if (handed.status() == Status::would_block) return send_and_wait(caller, a);
    if (!handed.ok()) return {handed.status()};
    Process& server = owner_of(handed.value());
    hand_words(server, {handed.value().word, static_cast<Word>(caller.id), a.word[2], a.word[3]});
    work_for(caller, server);
    wait_for_words(caller, reply_to);
    scheduler::block_for(server);
    return await_reply(caller, reply_to);
}

Outcome call_receive_words(Process& caller, const CallArguments& a) {
    const auto port = static_cast<PortId>(a.word[0]);
    const ReceiveOptions next{.port = port, .wait = true, .takes_words = true};
    if (a.word[1] == 0) return receive_waiting(caller, next);
    const auto handed = hand_over_reply(*caller.space, port, a.word[1]);
    if (handed.status() == Status::would_block) {
        if (const Status status = send_reply(caller, a); status != Status::ok) return {status};
        senders::wake_one(port);
        settle_priority(caller);
        return receive_waiting(caller, next);
    }
    if (!handed.ok()) return {handed.status()};
    Process& client = owner_of(handed.value());
    hand_words(client, {handed.value().word, static_cast<Word>(caller.id), a.word[2], a.word[3]});
    senders::wake_one(port);
    settle_priority(caller);
    if (handed.value().more || !scheduler::is_first(client)) {
        scheduler::make_ready(client);
        return receive_waiting(caller, next);
    }
    wait_for_words(caller, port);
    scheduler::block_for(client);
    return receive_waiting(caller, next);
}

}  // namespace freehold::kernel
