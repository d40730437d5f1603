// SPDX-License-Identifier: MIT
#include "kernel/trace/trace.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <freehold/system.h>
#include <kernel_machine.h>

#include "kernel/memory/memory.h"
#include "kernel/process/scheduler.h"
#include "kernel/syscall/user_memory.h"

namespace freehold::kernel::trace {

constinit bool on = false;

namespace {

using abi::Call;

constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kTicksBetweenTimes = 32;
constexpr std::uint32_t kMillisecondsPerTick = 1000 / machine::kTicksPerSecond;

constinit std::uint64_t began = 0;     // the counter of cycles, when the trace was turned on
constinit std::uint64_t sequence = 0;  // of the ledger, as far as it was read

/// How long a call runs without letting interrupts in.
struct Stretch {
    std::uint64_t began = 0;
    std::uint64_t longest = 0;

    void begin() { began = machine::cycles(); }
    void end() { longest = std::max(longest, machine::cycles() - began); }
};
constinit Stretch stretch{};

/// One line: a letter, the time, numbers in hexadecimal, a space before each.
class Line {
  public:
    explicit Line(char kind, std::uint64_t cycles = machine::cycles()) {
        put(kind);
        number(cycles - began);
    }
    ~Line() { put('\n'); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    Line& number(std::uint64_t value) {
        char digits[16];
        std::size_t first = sizeof(digits);
        do {
            digits[--first] = "0123456789abcdef"[value & 15];
            value >>= 4;
        } while (value != 0);
        return text({digits + first, sizeof(digits) - first});
    }
    Line& id(ProcessId value) { return number(static_cast<std::uint32_t>(value)); }
    Line& text(std::string_view value) {
        put(' ');
        for (const char letter : value) put(letter);
        return *this;
    }

  private:
    // A port that takes no more ends the trace.
    static void put(char letter) {
        if (on && !machine::put_trace_character(letter)) on = false;
    }
};

/// What the library did since the last time. If it forgot some of it, the numbers tell.
void tell_ledger() {
    std::array<LedgerEntry, 8> entries;
    while (const std::uint32_t count = read_ledger(system(), sequence, entries)) {
        for (std::uint32_t i = 0; i < count; ++i) {
            const LedgerEntry& entry = entries[i];
            Line line('L', entry.timestamp);
            line.number(entry.sequence).number(static_cast<std::uint32_t>(entry.operation)).id(entry.from).id(entry.to);
            line.number(entry.base).number(entry.length_bytes).number(entry.arrived_at);
        }
        sequence = entries[count - 1].sequence;
    }
}

void tell_time() { Line('T').number(scheduler::ticks() * kMillisecondsPerTick); }

void tell_process(const Process& process) {
    const ProcessId parent = process.parent != nullptr ? process.parent->id : ProcessId::none;
    Line('P').id(process.id).id(parent).text(process.name);
}

using Said = std::array<Word, 3>;

/// What a call says: its first words, or of one with a message the chief parts of its structure. Where that can't be
/// read, the words stay, and the call will fail for it, too.
Said said_by(Process& caller, Call number, CallArguments arguments) {
    const Said words{arguments[0], arguments[1], arguments[2]};
    if (number == Call::send || number == Call::publish) {
        abi::SendArgs args;
        if (fetch(caller, words[0], args) != Status::ok) return words;
        return {static_cast<Word>(args.to), args.length_bytes, args.area_count};
    }
    if (number == Call::reply) {
        abi::ReplyArgs args;
        if (fetch(caller, words[0], args) != Status::ok) return words;
        return {static_cast<Word>(args.port), args.message, args.area_count};
    }
    if (number == Call::forward) {
        abi::ForwardArgs args;
        if (fetch(caller, words[0], args) != Status::ok) return words;
        return {static_cast<Word>(args.port), args.message, static_cast<Word>(args.to)};
    }
    return words;
}

// What tells stands on the stack while it tells, not while the call goes on: so it is not put into traced_call().
[[gnu::noinline]] void tell_call(Process& caller, Call number, CallArguments arguments) {
    const Said words = said_by(caller, number, arguments);
    Line line('C');
    line.id(caller.id).number(static_cast<std::uint32_t>(number));
    for (const Word word : words) line.number(word);
}

/// A message that the caller has just received.
[[gnu::noinline]] void tell_message(Process& caller, Word address) {
    MessageHead head;
    if (fetch(caller, address, head) != Status::ok) return;
    Line line('M');
    line.id(caller.id).number(head.message).id(head.sender).number(head.length_bytes).number(head.flags);
    line.number(head.area_count);
}

}  // namespace

Status turn_on() {
    if (on) return Status::ok;
    if (!machine::open_trace_line()) return Status::no_such_device;
    std::array<LedgerEntry, 8> entries;
    while (const std::uint32_t count = read_ledger(system(), sequence, entries)) sequence = entries[count - 1].sequence;
    scheduler::end_handovers();
    on = true;
    began = machine::cycles();
    Line('V').number(kVersion).text(arch::kName);
    tell_time();
    for (const Process& process : process_table()) {
        if (process.used && process.state != ProcessState::ended) tell_process(process);
    }
    switches(scheduler::current());
    return Status::ok;
}

void turn_off() {
    if (!on) return;
    tell_ledger();
    tell_time();
    Line('Q').number(sequence);
    on = false;
}

Outcome traced_call(Handler handler, Call number, Process& caller, CallArguments arguments) {
    tell_ledger();
    tell_call(caller, number, arguments);
    const std::uint64_t switches_before = scheduler::count_switches();
    stretch.longest = 0;
    stretch.begin();
    const Outcome outcome = handler(caller, arguments);
    stretch.end();
    if (!on) return outcome;
    // Of a call in whose middle others ran it isn't known.
    const std::uint64_t longest = scheduler::count_switches() == switches_before ? stretch.longest : 0;
    tell_ledger();
    const bool receives = number == Call::receive || number == Call::call || number == Call::receive_words;
    if (receives && outcome.status == Status::ok && outcome.value != 0) tell_message(caller, outcome.value);
    Line('R').id(caller.id).number(static_cast<std::uint32_t>(outcome.status)).number(outcome.value).number(longest);
    return outcome;
}

void switches(const Process* next) {
    tell_ledger();
    Line('S').id(next != nullptr ? next->id : ProcessId::none);
}

void starts(const Process& process) {
    tell_ledger();
    tell_process(process);
}

void ends(const Process& process, const ExitInfo& how) {
    stretch.end();
    tell_ledger();
    Line line('X');
    line.id(process.id).number(static_cast<std::uint32_t>(how.kind)).number(how.code).number(stretch.longest);
}

void fault(const Process& process, const Fault& fault, Status status) {
    tell_ledger();
    Line line('F');
    line.id(process.id).number(fault.vector).number(fault.address).number(static_cast<std::uint32_t>(fault.access));
    line.number(static_cast<std::uint32_t>(status)).number(fault.instruction);
}

void pauses() { stretch.end(); }
void goes_on() { stretch.begin(); }

void tick() {
    if (scheduler::ticks() % kTicksBetweenTimes == 0) tell_time();
}

}  // namespace freehold::kernel::trace
