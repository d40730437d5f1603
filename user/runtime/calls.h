// SPDX-License-Identifier: MIT
// Every system call as a typed function. What each does and why it may fail: kernel/abi/syscalls.h and docs/abi.md.
//
// These are the bare calls: nothing is owned, nothing is cleaned up. Area, SealedArea, Port and Message own.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <user_arch.h>

#include "kernel/abi/syscalls.h"

namespace freehold::user {

namespace arch {

/// A word of no meaning: whatever is in a register.
inline Word any_word() {
    Word word;
    asm volatile("" : "=r"(word));
    return word;
}

/// A system call of fewer than five words. Those it has not are whatever their registers hold.
template <typename... Words>
requires(sizeof...(Words) < 5) inline CallResult system_call(abi::Call call, Words... words) {
    return system_call(call, words..., any_word());
}

}  // namespace arch

using abi::Call;
using abi::ProcessId;

/// Whether a call that may have to wait does so.
enum class Wait : Word { no = 0, yes = abi::kWait };

namespace detail {

inline Word word(const void* pointer) { return static_cast<Word>(reinterpret_cast<std::uintptr_t>(pointer)); }

template <typename Enum>
requires std::is_enum_v<Enum>
constexpr Word word(Enum value) { return static_cast<Word>(value); }

inline Status status_of(arch::CallResult result) { return result.status; }

inline Result<Word> value_of(arch::CallResult result) {
    if (result.status != Status::ok) return result.status;
    return result.value;
}

/// Of a value that has 32 bits on all machines.
inline Result<std::uint32_t> number_of(arch::CallResult result) {
    if (result.status != Status::ok) return result.status;
    return static_cast<std::uint32_t>(result.value);
}

/// For calls that fill in one structure.
template <typename Info>
Result<Info> info_of(Call call) {
    Info info{};
    const Status status = arch::system_call(call, word(&info)).status;
    if (status != Status::ok) return status;
    return info;
}

}  // namespace detail

// --- the process itself ---------------------------------------------------------------------------------------------

[[noreturn]] inline void exit(std::uint32_t code) {
    for (;;) arch::system_call(Call::exit, code);
}
inline Status null_call() { return detail::status_of(arch::system_call(Call::null)); }
inline void yield() { arch::system_call(Call::yield); }
inline void sleep(std::uint32_t milliseconds) { arch::system_call(Call::sleep, milliseconds); }
inline Result<abi::ClockInfo> clock() { return detail::info_of<abi::ClockInfo>(Call::clock); }

// --- the console ----------------------------------------------------------------------------------------------------

inline Result<Word> console_write(std::string_view text) {
    return detail::value_of(
        arch::system_call(Call::console_write, detail::word(text.data()), static_cast<Word>(text.size())));
}
inline Result<Word> console_read(std::span<char> buffer) {
    return detail::value_of(
        arch::system_call(Call::console_read, detail::word(buffer.data()), static_cast<Word>(buffer.size())));
}
/// Waits for output at `position`; the bytes read. Status overflow: forgotten already; the value is what is not.
inline arch::CallResult console_watch(Word position, std::span<char> buffer) {
    return arch::system_call(Call::console_watch, position, detail::word(buffer.data()),
                             static_cast<Word>(buffer.size()));
}

// --- areas ----------------------------------------------------------------------------------------------------------

inline Result<Word> allocate(const abi::AllocateArgs& args) {
    return detail::value_of(arch::system_call(Call::allocate, detail::word(&args)));
}
inline Status release(Word base, Word length_bytes) {
    return detail::status_of(arch::system_call(Call::release, base, length_bytes));
}
inline Status protect(Word base, Word length_bytes, Rights rights) {
    return detail::status_of(arch::system_call(Call::protect, base, length_bytes, detail::word(rights)));
}
inline Status guard(Word base, Word length_bytes) {
    return detail::status_of(arch::system_call(Call::guard, base, length_bytes));
}
inline Result<Word> map_physical(const abi::PhysicalArgs& args) {
    return detail::value_of(arch::system_call(Call::map_physical, detail::word(&args)));
}
inline Status seal(Word base, Word length_bytes) {
    return detail::status_of(arch::system_call(Call::seal, base, length_bytes));
}
inline Result<Word> move(ProcessId child, Word base, Word length_bytes) {
    return detail::value_of(arch::system_call(Call::move, detail::word(child), base, length_bytes));
}
inline Result<Word> share(ProcessId child, Word base, Word length_bytes) {
    return detail::value_of(arch::system_call(Call::share, detail::word(child), base, length_bytes));
}
inline Result<PageInfo> query_page(Word address) {
    PageInfo info{};
    const auto self = detail::word(ProcessId::none);
    const Status status = arch::system_call(Call::query_page, address, detail::word(&info), self).status;
    if (status != Status::ok) return status;
    return info;
}
/// Regions of a process (SpaceId::none: the caller) from the one that holds `from` on; returns how many.
inline Result<Word> regions(ProcessId process, Word from, std::span<RegionInfo> out) {
    return detail::value_of(arch::system_call(Call::regions, detail::word(process), from, detail::word(out.data()),
                                              static_cast<Word>(out.size())));
}

// --- ports and messages ---------------------------------------------------------------------------------------------

inline Result<PortId> port_create(const abi::PortArgs& args) {
    const auto result = arch::system_call(Call::port_create, detail::word(&args));
    if (result.status != Status::ok) return result.status;
    return static_cast<PortId>(result.value);
}
inline Status port_destroy(PortId port) {
    return detail::status_of(arch::system_call(Call::port_destroy, detail::word(port)));
}
inline Status port_mode(PortId port, PortMode mode, ProcessId sender) {
    return detail::status_of(
        arch::system_call(Call::port_mode, detail::word(port), detail::word(mode), detail::word(sender)));
}
/// A message without areas. Never waits.
inline Status message_post(PortId port, Word payload, std::uint32_t length_bytes, Word cookie, PortId reply_port) {
    return detail::status_of(
        arch::system_call(Call::post, detail::word(port), payload, length_bytes, cookie, detail::word(reply_port)));
}
/// A message of nothing but one area, which moves. Never waits.
inline Status area_post(PortId port, Word base, Word length_bytes, Word cookie, PortId reply_port) {
    return detail::status_of(
        arch::system_call(Call::post_area, detail::word(port), base, length_bytes, cookie, detail::word(reply_port)));
}
/// `milliseconds` is how long to wait; 0: without end. timed_out when they are over.
inline Status message_send(const abi::SendArgs& args, Wait wait, std::uint32_t milliseconds = 0) {
    const abi::SendArgs& a = args;
    const bool only_area = a.area_count == 1 && a.length_bytes == 0 && a.areas[0].kind == AreaToSend::Kind::move;
    if (a.area_count == 0 || only_area) {
        const Status status = only_area
                                  ? area_post(a.to, a.areas[0].base, a.areas[0].length_bytes, a.cookie, a.reply_to)
                                  : message_post(a.to, a.payload, a.length_bytes, a.cookie, a.reply_to);
        if (status != Status::would_block || wait == Wait::no) return status;
    }
    return detail::status_of(arch::system_call(Call::send, detail::word(&args), detail::word(wait), milliseconds));
}
/// Gives the slot of message `done` back first, if that is not 0.
inline Result<Word> message_receive(PortId port, Wait wait, std::uint32_t milliseconds = 0, std::uint32_t done = 0) {
    return detail::value_of(
        arch::system_call(Call::receive, detail::word(port), detail::word(wait), milliseconds, done));
}
inline Status message_forward(const abi::ForwardArgs& args) {
    return detail::status_of(arch::system_call(Call::forward, detail::word(&args)));
}
/// Sends to all these ports; the value is to how many. outcomes[i] says how it went with ports[i].
inline Result<std::uint32_t> message_publish(const abi::SendArgs& args, std::span<const PortId> ports,
                                             Status* outcomes) {
    return detail::number_of(arch::system_call(Call::publish, detail::word(&args), detail::word(ports.data()),
                                               static_cast<Word>(ports.size()), detail::word(outcomes)));
}
/// Sends two words to `port` and waits at `reply_port`, a port of the caller's own, for the answer.
inline arch::WordsResult words_call(PortId port, PortId reply_port, Word first, Word second, Word cookie = 0) {
    return arch::words_call(Call::call, detail::word(port), detail::word(reply_port), first, second, cookie);
}
/// Answers message `done` with two words, unless that is 0, and waits for the next message at `port`.
inline arch::WordsResult words_receive(PortId port, std::uint32_t done = 0, Word first = 0, Word second = 0) {
    return arch::words_call(Call::receive_words, detail::word(port), done, first, second);
}
inline Status message_reply(const abi::ReplyArgs& args) {
    return detail::status_of(arch::system_call(Call::reply, detail::word(&args)));
}
inline Status message_discard(PortId port, std::uint32_t message) {
    return detail::status_of(arch::system_call(Call::discard, detail::word(port), message));
}

// --- signals --------------------------------------------------------------------------------------------------------

/// Which of the caller's signals others may raise; `from` none: anyone.
inline Status signal_allow(std::uint32_t signals, ProcessId from = ProcessId::none) {
    return detail::status_of(arch::system_call(Call::signal_allow, signals, detail::word(from)));
}
inline Status signal_raise(ProcessId process, std::uint32_t signals) {
    return detail::status_of(arch::system_call(Call::signal_raise, detail::word(process), signals));
}
/// Whether there is a process of that id and it has not ended.
inline bool is_alive(ProcessId process) { return signal_raise(process, 0) == Status::ok; }
/// Takes those of the signals that were raised; waits for one of them if none was.
inline Result<std::uint32_t> signal_wait(std::uint32_t signals, Wait wait = Wait::yes, std::uint32_t milliseconds = 0) {
    return detail::number_of(arch::system_call(Call::wait, signals, detail::word(wait), milliseconds));
}
/// Raises signals of the caller's after that time, once; 0: no more.
inline void timer(std::uint32_t milliseconds, std::uint32_t signals) {
    arch::system_call(Call::timer, milliseconds, signals);
}

/// Turns the trace on or off. not_permitted; no_such_device: the machine has no line for it.
inline Status trace(bool on) {
    return detail::status_of(arch::system_call(Call::trace, static_cast<Word>(on ? 1 : 0)));
}

// --- devices --------------------------------------------------------------------------------------------------------

/// Interrupts of that line raise these signals of the caller's; 0: no more.
inline Status interrupt_attach(std::uint32_t line, std::uint32_t signals) {
    return detail::status_of(arch::system_call(Call::interrupt_attach, line, signals));
}
/// The device of that line has been served: its next interrupt may come.
inline Status interrupt_done(std::uint32_t line) {
    return detail::status_of(arch::system_call(Call::interrupt_done, line));
}
/// Device registers [first, first + count), outside memory, become the caller's alone.
inline Status registers_claim(std::uint32_t first, std::uint32_t count) {
    return detail::status_of(arch::system_call(Call::registers_claim, first, count));
}
inline Result<Word> register_read(std::uint32_t number, std::uint32_t width_bytes = 1) {
    return detail::value_of(arch::system_call(Call::register_read, number, width_bytes));
}
inline Status register_write(std::uint32_t number, std::uint32_t value, std::uint32_t width_bytes = 1) {
    return detail::status_of(arch::system_call(Call::register_write, number, width_bytes, value));
}

// --- processes ------------------------------------------------------------------------------------------------------

inline Result<ProcessId> process_start(const abi::StartArgs& args) {
    const auto result = arch::system_call(Call::process_start, detail::word(&args));
    if (result.status != Status::ok) return result.status;
    return static_cast<ProcessId>(result.value);
}
/// Takes note of the end of a child (SpaceId::none: of any).
inline Result<abi::ExitInfo> process_wait(ProcessId child, Wait wait) {
    abi::ExitInfo info{};
    const auto result =
        arch::system_call(Call::process_wait, detail::word(child), detail::word(&info), detail::word(wait));
    if (result.status != Status::ok) return result.status;
    return info;
}
inline Status process_kill(ProcessId process) {
    return detail::status_of(arch::system_call(Call::process_kill, detail::word(process)));
}

// --- looking --------------------------------------------------------------------------------------------------------

/// The first process with an index of at least `index`; `index` becomes the one after it.
inline Result<abi::ProcessInfo> next_process(Word& index) {
    abi::ProcessInfo info{};
    const auto result = arch::system_call(Call::process_info, index, detail::word(&info));
    if (result.status != Status::ok) return result.status;
    index = result.value;
    return info;
}
/// The first port with an index of at least `index`; `index` becomes the one after it.
inline Result<abi::PortRecord> next_port(Word& index) {
    abi::PortRecord info{};
    const auto result = arch::system_call(Call::port_info, index, detail::word(&info));
    if (result.status != Status::ok) return result.status;
    index = result.value;
    return info;
}
/// What there is to know of a port. Status unknown_port: it is no more, or never was.
inline Result<abi::PortRecord> port_record(PortId port) {
    Word index = detail::word(port) & abi::kPortIndexMask;
    auto record = next_port(index);
    if (record.ok() && record.value().port.id != port) return Status::unknown_port;
    return record;
}
inline Result<abi::SystemInfo> system_info() { return detail::info_of<abi::SystemInfo>(Call::system_info); }
inline Result<Word> ledger(Word after, std::span<LedgerEntry> out) {
    return detail::value_of(
        arch::system_call(Call::ledger, after, detail::word(out.data()), static_cast<Word>(out.size())));
}
inline Result<abi::AuditInfo> audit() { return detail::info_of<abi::AuditInfo>(Call::audit); }
inline Result<abi::ArchiveInfo> boot_archive() { return detail::info_of<abi::ArchiveInfo>(Call::boot_archive); }
inline Status shutdown(std::uint32_t code) { return detail::status_of(arch::system_call(Call::shutdown, code)); }

}  // namespace freehold::user
