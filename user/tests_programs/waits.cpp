// SPDX-License-Identifier: MIT
// waits: every call that waits: its time-out, its caller's kill, its partner's end; signals, of which none is lost; and
// a server that works with the priority of its client.
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kTickMilliseconds = 4;
constexpr std::uint32_t kForEver = 0xFFFF'FFFF;
constexpr std::uint64_t kWorkCycles = 20'000'000;  // longer than a time slice
constexpr std::uint32_t kRallies = 20'000;

// --- children that wait ---------------------------------------------------------------------------------------------

struct Way {
    std::string_view name;
    abi::ProcessState state;
    bool partner;  // whether its partner's end ends the wait
};

/// In the order of the numbers that `@waiter` gets.
constexpr Way kWays[] = {
    {"sending to a full port", abi::ProcessState::sending, true},
    {"sending with a time", abi::ProcessState::sending, true},
    {"receiving", abi::ProcessState::receiving, false},
    {"receiving with a time", abi::ProcessState::receiving, false},
    {"receiving words", abi::ProcessState::receiving, false},
    {"a call", abi::ProcessState::receiving, true},
    {"a request and its answer", abi::ProcessState::receiving, true},
    {"a call to a full port", abi::ProcessState::sending, true},
    {"waiting for signals", abi::ProcessState::awaiting, false},
    {"waiting for signals with a time", abi::ProcessState::awaiting, false},
    {"waiting for the timer", abi::ProcessState::awaiting, false},
    {"sleeping", abi::ProcessState::sleeping, false},
    {"receiving the answer to a request of its own", abi::ProcessState::receiving, false},
    {"waiting for the signal of that answer", abi::ProcessState::awaiting, false},
};

/// Sends a request to itself. When it dies, one port of its own answers the other, and it must not go on for that.
int run_own_partner(PortId port, Wait at_port) {
    const PortId answers = open_port(2, 64, 0, 1);
    must(message_send(letter_to(port, 0, answers), Wait::no));
    if (at_port == Wait::yes) return message_receive(answers, Wait::yes).ok() ? 1 : 2;
    return signal_wait(1).ok() ? 1 : 2;
}

/// Waits in the given way, with `partner` as its partner; ends with 0 if the partner's end was told as it should be.
int run_waiter(PortId partner, std::uint32_t way) {
    const PortId port = open_port(2, 64);
    Status status = Status::ok;
    switch (way) {
        case 0:
        case 1:
            while (status == Status::ok) status = message_send(letter_to(partner), Wait::yes, way == 0 ? 0 : kForEver);
            return status == Status::unknown_port ? 0 : 1;
        case 2:
        case 3:
            return message_receive(port, Wait::yes, way == 2 ? 0 : kForEver).ok() ? 1 : 2;
        case 4:
            return words_receive(port).status == Status::ok ? 1 : 2;
        case 5:
            break;
        case 6: {
            must(message_send(letter_to(partner, 0, port), Wait::yes));
            const auto head = message_receive(port, Wait::yes);
            return head.ok() && head_at(head.value()).status == Status::peer_gone ? 0 : 1;
        }
        case 7:
            while (status == Status::ok) status = message_send(letter_to(partner), Wait::no);
            break;
        case 8:
        case 9:
            return signal_wait(1, Wait::yes, way == 8 ? 0 : kForEver).ok() ? 1 : 2;
        case 10:
            timer(kForEver, 1);
            return signal_wait(1).ok() ? 1 : 2;
        case 11:
            sleep(kForEver);
            return 1;
        default:
            return run_own_partner(port, way == 12 ? Wait::yes : Wait::no);
    }
    const auto answer = words_call(partner, port, 1, 2);
    if (answer.status == Status::unknown_port) return way == 7 ? 0 : 1;
    return answer.status == Status::ok && answer.head != 0 && head_at(answer.head).status == Status::peer_gone ? 0 : 1;
}

[[noreturn]] void run_idler(PortId parent) {
    introduce(parent, open_port(4, 64, 4));
    for (;;) sleep(kForEver);
}

/// Raises signal 1 of the parent each time signal 1 of its own was raised.
[[noreturn]] void run_rally(ProcessId parent) {
    must(signal_allow(1, parent));
    must(signal_raise(parent, 2));
    for (;;) {
        (void)must(signal_wait(1));
        must(signal_raise(parent, 1));
    }
}

/// Works long for each request: a server of low priority.
[[noreturn]] void run_worker(PortId parent) {
    const PortId port = open_port(4, 64);
    introduce(parent, port);
    auto request = words_receive(port);
    for (;;) {
        for (const std::uint64_t start = arch::cycles(); arch::cycles() - start < kWorkCycles;) {
        }
        request = words_receive(port, number_of_request(request), 1);
    }
}

/// Takes one request and never answers it.
[[noreturn]] void run_holder(PortId parent) {
    const PortId port = open_port(4, 64);
    introduce(parent, port);
    (void)words_receive(port);
    for (;;) (void)must(signal_wait(1));
}

/// Waits for an answer at a port where others may send requests, takes one of these instead, and keeps it.
[[noreturn]] void run_distracted(PortId parent, PortId holder) {
    const PortId port = open_port(4, 64);
    introduce(parent, port);
    (void)words_call(holder, port, 1, 2);
    for (;;) (void)must(signal_wait(1));
}

[[noreturn]] void run_spinner() {
    for (;;) arch::relax();
}

/// A client of high priority: tells the parent when it has its answer.
int run_client(PortId parent, PortId server) {
    const PortId answers = closed_port(2, 64);
    const auto answer = words_call(server, answers, 1, 2);
    must(message_send(letter_to(parent, answer.status == Status::ok ? 1 : 0), Wait::yes));
    return 0;
}

// --- the tests ------------------------------------------------------------------------------------------------------

void check_ends(Checks& checks, const Family& family, PortId inbox) {
    for (std::uint32_t i = 0; i < std::size(kWays); ++i) {
        const Way& way = kWays[i];
        for (const bool partner_ends : {false, true}) {
            if (partner_ends && !way.partner) continue;
            const std::uint32_t frames = frames_in_use_now();
            const ProcessId idler = family.start("@idler", inbox);
            const PortId port = static_cast<PortId>(next_cookie(inbox));
            const ProcessId waiter = family.start("@waiter", port, i);
            bool right = comes_to(waiter, way.state);
            if (partner_ends) {
                end_child(idler);
                right = comes_to(waiter, abi::ProcessState::ended) && right;
                if (state_of(waiter) != abi::ProcessState::ended) (void)process_kill(waiter);
                right = await_end(waiter) == 0 && right;
            } else {
                end_child(waiter);
                right = state_of(idler) == abi::ProcessState::sleeping && right;
                end_child(idler);
            }
            right = right && frames_in_use_now() == frames;
            checks.expect(right && audit_is_clean(), way.name);
        }
    }
}

/// How long `act` takes, in milliseconds; it gives the status wanted.
template <typename Act>
std::uint32_t time_of(Checks& checks, Status wanted, Act act) {
    const std::uint64_t start = must(clock()).milliseconds;
    const Status found = act();
    checks.expect(found, wanted, "waiting");
    return static_cast<std::uint32_t>(must(clock()).milliseconds - start);
}

void check_times(Checks& checks, const Family& family, PortId inbox) {
    const ProcessId idler = family.start("@idler", inbox);
    const PortId full = static_cast<PortId>(next_cookie(inbox));
    while (message_send(letter_to(full), Wait::no) == Status::ok) {
    }
    const auto expect_time = [&](std::string_view name, std::uint32_t wanted, std::uint32_t found) {
        const bool right = found >= wanted && found <= wanted + 3 * kTickMilliseconds;
        if (!checks.expect(right, name)) print("waits: {} ms wanted, {} ms found\n", wanted, found);
    };
    for (const std::uint32_t t : {1U, 4U, 5U, 50U, 333U}) {
        expect_time("receiving times out", t,
                    time_of(checks, Status::timed_out, [&] { return message_receive(inbox, Wait::yes, t).status(); }));
        expect_time("sending times out", t,
                    time_of(checks, Status::timed_out, [&] { return message_send(letter_to(full), Wait::yes, t); }));
        expect_time("waiting for signals times out", t,
                    time_of(checks, Status::timed_out, [&] { return signal_wait(4, Wait::yes, t).status(); }));
        expect_time("the timer comes", t, time_of(checks, Status::ok, [&] {
                        timer(t, 4);
                        return signal_wait(4).status();
                    }));
        // Times without end, and the longest, end with what they wait for and not before.
        for (const std::uint32_t longest : {0U, kForEver}) {
            expect_time("the longest wait is ended by a signal", t, time_of(checks, Status::ok, [&] {
                            timer(t, 4);
                            return signal_wait(4, Wait::yes, longest).status();
                        }));
        }
    }
    expect_time("who does not wait comes back at once", 0,
                time_of(checks, Status::would_block, [&] { return message_receive(inbox, Wait::no, 1000).status(); }));
    timer(1, 4);
    timer(0, 0);
    checks.expect(signal_wait(4, Wait::yes, 20).status(), Status::timed_out, "waiting for a timer that was stopped");
    end_child(idler);
}

void check_signals(Checks& checks, const Family& family, ProcessId self) {
    must(signal_allow(3));
    const ProcessId other = family.start("@rally", static_cast<std::uint32_t>(self));
    (void)must(signal_wait(2));
    std::uint32_t taken = 0;
    for (std::uint32_t i = 0; i < kRallies; ++i) {
        must(signal_raise(other, 1));
        if (i % 3 == 0) yield();  // it may come before the wait, or in it
        if (signal_wait(1, Wait::yes, 1000).value_or(0) == 1) ++taken;
    }
    checks.expect(taken == kRallies, "each of 20,000 signals is taken once");
    checks.expect(signal_wait(3, Wait::no).status(), Status::would_block, "waiting when all are taken");
    checks.expect(signal_raise(other, 2), Status::not_permitted, "raising what is not allowed");
    end_child(other);
    checks.expect(signal_raise(other, 1), Status::unknown_process, "raising a signal of one that is gone");

    std::uint32_t together = 0;
    for (std::uint32_t bit = 0; bit < 32; ++bit) must(signal_raise(self, 1U << bit));
    for (std::uint32_t bit = 0; bit < 32; bit += 2) together |= must(signal_wait(3U << bit, Wait::no));
    checks.expect(together == 0xFFFF'FFFF, "all 32 can be raised, and each taken by itself");

    const PortId port = open_port(8, 64, 8, 1U << 9U);
    for (std::uint32_t i = 0; i < 5; ++i) must(message_send(letter_to(port, i), Wait::no));
    checks.expect(must(signal_wait(1U << 9U)) == 1U << 9U, "a port's signal comes with its messages");
    std::uint32_t received = 0;
    for (; message_receive(port, Wait::no).ok(); ++received) {
    }
    checks.expect(received == 5, "and all of them are there");
    must(port_destroy(port));
}

void check_priority(Checks& checks, const Family& family, PortId inbox) {
    const ProcessId server = family.start("@worker", inbox, 0, {.priority = 1});
    const PortId port = static_cast<PortId>(next_cookie(inbox));
    sleep(20);  // it comes to receive
    const ProcessId middle = family.start("@spinner", 0, 0, {.priority = 2});
    const ProcessId client = family.start("@client", inbox, static_cast<std::uint32_t>(port), {.priority = 3});
    const auto answer = message_receive(inbox, Wait::yes, 500);
    checks.expect(answer.ok() && head_at(answer.value()).cookie == 1,
                  "a middle priority does not hold up a low server that works for a high client");
    checks.expect(state_of(middle) != abi::ProcessState::ended, "though the middle one runs all the time");
    for (const ProcessId child : {client, middle, server}) {
        (void)process_kill(child);
        (void)must(process_wait(child, Wait::yes));
    }
}

void check_distraction(Checks& checks, const Family& family, PortId inbox) {
    const ProcessId holder = family.start("@holder", inbox, 0, {.priority = 1});
    const auto held_at = static_cast<std::uint32_t>(next_cookie(inbox));
    const ProcessId distracted = family.start("@distracted", inbox, held_at, {.priority = 1});
    const auto port = static_cast<std::uint32_t>(next_cookie(inbox));
    checks.expect(comes_to(holder, abi::ProcessState::awaiting) && comes_to(distracted, abi::ProcessState::receiving),
                  "one holds a request, one waits for the answer");
    const ProcessId client = family.start("@client", inbox, port, {.priority = 3});
    checks.expect(comes_to(distracted, abi::ProcessState::awaiting), "another request comes to where it waits");
    checks.expect(must(info_of(distracted)).priority == 3, "so it works for its client");
    checks.expect(must(info_of(holder)).priority == 1, "and whom it does not wait for any more does not");
    for (const ProcessId child : {client, distracted, holder}) {
        (void)process_kill(child);
        (void)must(process_wait(child, Wait::yes));
    }
}

int run_all(ProcessId self) {
    Checks checks;
    const std::uint32_t frames = frames_in_use_now();
    {
        const Family family;
        const PortId inbox = open_port(4, 64);
        check_ends(checks, family, inbox);
        check_times(checks, family, inbox);
        check_signals(checks, family, self);
        check_priority(checks, family, inbox);
        check_distraction(checks, family, inbox);
        must(port_destroy(inbox));
    }
    checks.expect(frames_in_use_now() <= frames, "no more frames are in use than before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    const std::string_view role = arguments[1];
    const PortId port = port_in(arguments, 2);
    if (role == "@waiter") return run_waiter(port, number_in(arguments, 3));
    if (role == "@idler") run_idler(port);
    if (role == "@rally") run_rally(static_cast<ProcessId>(number_in(arguments, 2)));
    if (role == "@worker") run_worker(port);
    if (role == "@holder") run_holder(port);
    if (role == "@distracted") run_distracted(port, port_in(arguments, 3));
    if (role == "@spinner") run_spinner();
    if (role == "@client") return run_client(port, port_in(arguments, 3));
    return run_all(arguments.info().self);
}

}  // namespace freehold::user
