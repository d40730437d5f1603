// SPDX-License-Identifier: MIT
// What test programs of several processes need: children that are the same program in another role, with a few numbers.
//
//      start("@server", port)  ──▶  program_main: arguments[1] == "@server", number_in(arguments, 2)
#pragma once

#include "user/runtime/must.h"
#include "user/runtime/port.h"
#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {

/// The number of a request that came in registers or in memory.
inline std::uint32_t number_of_request(const arch::WordsResult& request) {
    return request.head == 0 ? static_cast<std::uint32_t>(request.message) : head_at(request.head).message;
}

inline std::uint32_t& word_at(Word address) {
    return *reinterpret_cast<std::uint32_t*>(static_cast<std::uintptr_t>(address));
}

inline std::uint32_t number_in(const Arguments& arguments, std::uint32_t index, std::uint32_t otherwise = 0) {
    return arguments.count() > index ? parse_number(arguments[index]).value_or(otherwise) : otherwise;
}

inline PortId port_in(const Arguments& arguments, std::uint32_t index) {
    return static_cast<PortId>(number_in(arguments, index));
}

class Family {
  public:
    Family() : archive_(must(BootArchive::open())) {}

    /// Starts this program in a role, with two numbers.
    ProcessId start(std::string_view role, std::uint32_t first = 0, std::uint32_t second = 0,
                    const ProgramOptions& options = {}) const {
        char numbers[2][16];
        const std::string_view words[] = {program_name(), role, format_into(numbers[0], "{}", first),
                                          format_into(numbers[1], "{}", second)};
        return must(start_program(archive_, words, options));
    }

    ProcessId start(std::string_view role, PortId port, std::uint32_t second = 0,
                    const ProgramOptions& options = {}) const {
        return start(role, static_cast<std::uint32_t>(port), second, options);
    }

  private:
    BootArchive archive_;
};

/// Waits for a child's end; its status as a shell counts it.
inline std::uint32_t await_end(ProcessId child) { return status_of_end(must(process_wait(child, Wait::yes))); }

inline void end_child(ProcessId child) {
    must(process_kill(child));
    (void)must(process_wait(child, Wait::yes));
}

inline Result<abi::ProcessInfo> info_of(ProcessId wanted) {
    for (Word index = 0;;) {
        auto info = next_process(index);
        if (!info.ok() || info.value().process == wanted) return info;
    }
}

inline abi::ProcessState state_of(ProcessId process) {
    const auto info = info_of(process);
    return info.ok() ? info.value().state : abi::ProcessState::ended;
}

/// Whether the process comes to be in that state before a second is over.
inline bool comes_to(ProcessId process, abi::ProcessState state) {
    for (std::uint32_t i = 0; i < 10000 && state_of(process) != state; ++i) sleep(1);
    return state_of(process) == state;
}

inline PortId open_port(std::uint32_t count_messages, std::uint32_t message_bytes, std::uint32_t credits = 0,
                        std::uint32_t signals = 0) {
    return must(port_create({static_cast<std::uint32_t>(PortMode::open), ProcessId::none, count_messages, message_bytes,
                             credits, signals}));
}

inline PortId closed_port(std::uint32_t count_messages, std::uint32_t message_bytes) {
    return must(port_create(
        {static_cast<std::uint32_t>(PortMode::closed), ProcessId::none, count_messages, message_bytes, 0, 0}));
}

inline abi::SendArgs letter_to(PortId to, Word cookie = 0, PortId reply_to = PortId::none) {
    abi::SendArgs args{};
    args.to = to;
    args.cookie = cookie;
    args.reply_to = reply_to;
    return args;
}

/// Messages queued at a port.
inline std::uint32_t queued_at(PortId wanted) {
    for (Word index = 0;;) {
        const auto info = next_port(index);
        if (!info.ok()) return 0;
        if (info.value().port.id == wanted) return info.value().port.queued;
    }
}

/// Tells `parent` a port of the caller's, by the cookie of a message.
inline void introduce(PortId parent, PortId own) {
    must(message_send(letter_to(parent, static_cast<Word>(own)), Wait::yes));
}

/// The next message's cookie; the message is given back.
inline Word next_cookie(PortId port) {
    const MessageHead& head = head_at(must(message_receive(port, Wait::yes)));
    const Word cookie = head.cookie;
    must(message_discard(port, head.message));
    return cookie;
}

/// Numbers that are the same in every run (Marsaglia's xorshift).
class Random {
  public:
    explicit Random(std::uint32_t seed) : state_(seed * 2654435761U | 1U) {}

    std::uint32_t below(std::uint32_t bound) {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 17U;
        state_ ^= state_ << 5U;
        return state_ % bound;
    }

  private:
    std::uint32_t state_;
};

}  // namespace freehold::user
