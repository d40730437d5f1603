// SPDX-License-Identifier: MIT
// in_flight: what becomes of messages and their areas when a side dies, has no room, forwards, or shows an area to
// many.
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr Word kAreaBytes = 5 * kPageBytes;
constexpr std::uint32_t kReaders = 16;
constexpr std::uint32_t kMark = 4711;

Area marked_area(Word length_bytes = kAreaBytes) {
    auto area = Area::allocate(length_bytes);
    must(area.status());
    for (Word at = 0; at < length_bytes; at += kPageBytes)
        word_at(area.value().base() + at) = kMark + static_cast<std::uint32_t>(at);
    return static_cast<Area&&>(area.value());
}

bool is_marked(Word base, Word length_bytes = kAreaBytes) {
    for (Word at = 0; at < length_bytes; at += kPageBytes) {
        if (word_at(base + at) != kMark + at) return false;
    }
    return true;
}

abi::SendArgs with_area(PortId to, const OwnedRange& area, AreaToSend::Kind kind, PortId reply_to = PortId::none) {
    abi::SendArgs args = letter_to(to, 7, reply_to);
    args.area_count = 1;
    args.areas[0] = {area.base(), area.length_bytes(), kind};
    return args;
}

[[noreturn]] void stay() {
    for (;;) sleep(1000);
}

// --- children -------------------------------------------------------------------------------------------------------

/// Has a port and never looks at it.
[[noreturn]] void run_idler(PortId parent) {
    introduce(parent, open_port(8, 64, 8));
    stay();
}

/// Answers requests: with the process that sent and the process that asked.
int run_answerer(PortId parent) {
    const PortId port = open_port(8, 64);
    introduce(parent, port);
    for (;;) {
        const MessageHead& head = head_at(must(message_receive(port, Wait::yes)));
        const Word words[] = {detail::word(head.sender), detail::word(head.origin)};
        abi::ReplyArgs args{};
        args.port = port;
        args.message = head.message;
        args.payload = detail::word(words);
        args.length_bytes = sizeof(words);
        must(message_reply(args));
    }
}

/// Sends the port an area and ends; with a second number, fills the port and waits there.
int run_sender(PortId to, bool fills) {
    do {
        Area area = marked_area();
        if (message_send(with_area(to, area, AreaToSend::Kind::move), Wait::yes) == Status::ok) (void)area.forget();
    } while (fills);
    return 0;
}

/// A reader: takes a shown area, looks at it, says so, and keeps it.
int run_reader(PortId parent) {
    const PortId port = open_port(2, 64, 2);
    introduce(parent, port);
    const MessageHead& head = head_at(must(message_receive(port, Wait::yes)));
    must(message_send(letter_to(parent, is_marked(head.areas[0].base) ? 1 : 0), Wait::yes));
    stay();
}

/// Has little memory: what receiving says without room, and with.
int run_poor(PortId parent) {
    const PortId port = open_port(4, 64);
    Word held = 0;
    std::uint32_t pages = 0;
    abi::AllocateArgs args{};
    args.alignment_bytes = kPageBytes;
    args.rights = static_cast<std::uint32_t>(kReadWrite);
    args.populate = 1;
    for (pages = 512; pages > 0; pages /= 2) {  // as much of its limit as it gets in one piece, and the rest
        args.length_bytes = pages * kPageBytes;
        for (;;) {
            const auto base = allocate(args);
            if (!base.ok()) break;
            if (held == 0) held = base.value();
        }
    }
    introduce(parent, port);
    while (queued_at(port) == 0) sleep(1);
    const Status without_room = message_receive(port, Wait::yes).status();
    must(release(held, 128 * kPageBytes));
    const auto head = message_receive(port, Wait::no);
    const bool whole = head.ok() && is_marked(head_at(head.value()).areas[0].base);
    must(message_send(letter_to(parent, static_cast<Word>(without_room)), Wait::yes));
    must(message_send(letter_to(parent, whole ? 1 : 0), Wait::yes));
    return 0;
}

/// Sends to its own port, names it for the answer too, and ends with all of it under way.
int run_own(PortId) {
    const PortId port = open_port(8, 64, 8);
    for (std::uint32_t i = 0; i < 3; ++i) {
        Area area = marked_area();
        must(message_send(with_area(port, area, AreaToSend::Kind::move, port), Wait::no));
        (void)area.forget();
    }
    (void)must(message_receive(port, Wait::no));
    return 0;
}

/// Tells its port, learns its twin's, and sends it areas until there is no room, then waits for room.
int run_twin(PortId parent) {
    const PortId port = open_port(8, 64, 8);
    introduce(parent, port);
    const PortId other = static_cast<PortId>(next_cookie(port));
    return run_sender(other, true);
}

// --- the tests ------------------------------------------------------------------------------------------------------

struct Test {
    Checks& checks;
    Family family{};
    PortId inbox = open_port(2 * kReaders, 64, 2 * kReaders);
    PortId answers = closed_port(4, 64);

    ProcessId start(std::string_view role, PortId& port, const ProgramOptions& options = {}) {
        const ProcessId child = family.start(role, inbox, 0, options);
        port = static_cast<PortId>(next_cookie(inbox));
        return child;
    }

    void port_dies() {
        PortId port{};
        const ProcessId idler = start("@idler", port);
        Area area = marked_area();
        must(message_send(with_area(port, area, AreaToSend::Kind::move, answers), Wait::no));
        checks.expect(release(area.base(), kAreaBytes), Status::in_transit, "releasing what is under way");
        end_child(idler);
        const auto head = message_receive(answers, Wait::yes, 1000);
        checks.expect(head.ok() && head_at(head.value()).status == Status::peer_gone, "the sender is told");
        if (head.ok()) must(message_discard(answers, head_at(head.value()).message));
        checks.expect(is_marked(area.base()), "the area is whole, where it was, when its port died");
    }

    void sender_dies() {
        const PortId port = open_port(4, 64);
        const ProcessId sender = family.start("@sender", port, 0);
        checks.expect(await_end(sender) == 0, "the sender ends after it has sent");
        const auto head = message_receive(port, Wait::no);
        const bool arrived = head.ok() && is_marked(head_at(head.value()).areas[0].base);
        checks.expect(arrived && head_at(head.value()).sender == sender, "its message survives it, with its area");
        if (arrived) must(release(head_at(head.value()).areas[0].base, kAreaBytes));
        must(port_destroy(port));
    }

    void both_die() {
        for (const bool sender_first : {true, false}) {
            const std::uint32_t frames = frames_in_use_now();
            PortId port{};
            const ProcessId idler = start("@idler", port);
            const ProcessId sender = family.start("@sender", port, 1);
            checks.expect(comes_to(sender, abi::ProcessState::sending), "the sender fills the port and waits");
            end_child(sender_first ? sender : idler);
            end_child(sender_first ? idler : sender);
            checks.expect(frames_in_use_now() == frames, "both die, and all frames are free");
        }
    }

    void no_room() {
        PortId port{};
        const ProcessId poor = start("@poor", port, {.limit_frames = 400});
        Area area = marked_area(64 * kPageBytes);
        must(message_send(with_area(port, area, AreaToSend::Kind::move), Wait::no));
        (void)area.forget();
        checks.expect(static_cast<Status>(next_cookie(inbox)), Status::over_limit, "receiving without room");
        checks.expect(next_cookie(inbox) == 1, "the message stayed, and arrives whole when there is room");
        checks.expect(await_end(poor) == 0, "the receiver without room ends well");
    }

    void forwarding() {
        PortId port{};
        const ProcessId answerer = start("@answerer", port);
        const PortId middle = open_port(4, 64);
        must(message_send(letter_to(middle, 99, answers), Wait::no));
        const MessageHead& request = head_at(must(message_receive(middle, Wait::no)));
        abi::ForwardArgs args{};
        args.port = middle;
        args.message = request.message;
        args.to = port;
        checks.expect(message_forward(args), Status::ok, "forwarding");
        const MessageHead& head = head_at(must(message_receive(answers, Wait::yes, 1000)));
        const Word* const words = reinterpret_cast<const Word*>(&head + 1);
        checks.expect(head.cookie == 99 && head.sender == answerer && head.status == Status::ok,
                      "who was forwarded a request answers who made it");
        checks.expect(words[1] == detail::word(self_), "and knows who made it");
        must(message_discard(answers, head.message));

        must(message_send(letter_to(middle, 98, answers), Wait::no));
        args.message = head_at(must(message_receive(middle, Wait::no))).message;
        end_child(answerer);
        checks.expect(message_forward(args), Status::unknown_port, "forwarding to a port that is gone");
        must(message_discard(middle, args.message));
        const MessageHead& told = head_at(must(message_receive(answers, Wait::no)));
        checks.expect(told.cookie == 98 && told.status == Status::peer_gone, "the request was still held");
        must(message_discard(answers, told.message));
        must(port_destroy(middle));
    }

    void publishing() {
        ProcessId readers[kReaders];
        PortId ports[kReaders];
        for (std::uint32_t i = 0; i < kReaders; ++i) readers[i] = start("@reader", ports[i]);
        const std::uint32_t sealed_before = must(system_info()).memory.frames_sealed;
        {
            const SealedArea sealed = must(marked_area().seal());
            Status outcomes[kReaders];
            const auto reached =
                message_publish(with_area(PortId::none, sealed, AreaToSend::Kind::share), ports, outcomes);
            checks.expect(reached.ok() && reached.value() == kReaders, "one call publishes to 16 readers");
        }
        std::uint32_t seen = 0;
        for (std::uint32_t i = 0; i < kReaders; ++i) seen += static_cast<std::uint32_t>(next_cookie(inbox));
        checks.expect(seen == kReaders, "all 16 see it whole");
        const std::uint32_t pages = kAreaBytes / kPageBytes;
        for (const ProcessId reader : readers) {
            const std::uint32_t sealed_now = must(system_info()).memory.frames_sealed;
            checks.expect(sealed_now >= sealed_before + pages, "its frames stay while there is a reader");
            end_child(reader);
        }
        checks.expect(must(system_info()).memory.frames_sealed == sealed_before, "they go with the last reader");
    }

    void circles() {
        checks.expect(await_end(family.start("@own", inbox)) == 0, "a process ends with its messages to itself");
        PortId ports[2];
        const ProcessId twins[] = {start("@twin", ports[0]), start("@twin", ports[1])};
        introduce(ports[0], ports[1]);
        introduce(ports[1], ports[0]);
        for (const ProcessId twin : twins) {
            checks.expect(comes_to(twin, abi::ProcessState::sending), "two who send each other everything wait");
        }
        for (const ProcessId twin : twins) end_child(twin);
    }

    void own_port() {
        const PortId port = open_port(4, 64, 4);
        Area area = marked_area();
        must(message_send(with_area(port, area, AreaToSend::Kind::move, port), Wait::no));
        (void)area.forget();
        const MessageHead& request = head_at(must(message_receive(port, Wait::no)));
        const Word base = request.areas[0].base;
        abi::ReplyArgs args{};
        args.port = port;
        args.message = request.message;
        args.area_count = 1;
        args.areas[0] = {base, kAreaBytes, AreaToSend::Kind::move};
        checks.expect(message_reply(args), Status::ok, "answering oneself at the same port");
        const MessageHead& answer = head_at(must(message_receive(port, Wait::no)));
        checks.expect(is_marked(answer.areas[0].base), "the area comes around whole");
        must(release(answer.areas[0].base, kAreaBytes));
        must(port_destroy(port));
    }

    ProcessId self_ = ProcessId::none;
};

/// Runs one test; afterwards as many frames are in use as before, and the audit is clean.
template <typename Act>
void balanced(Checks& checks, std::string_view name, Act act) {
    const std::uint32_t frames = frames_in_use_now();
    act();
    const std::uint32_t now = frames_in_use_now();
    if (!checks.expect(now == frames, "all frames are free again")) {
        print("in_flight: {}: {} frames in use, {} before\n", name, now, frames);
    }
    checks.expect(audit_is_clean(), name);
}

int run_all(ProcessId self) {
    Checks checks;
    {
        Test test{checks};
        test.self_ = self;
        test.sender_dies();  // the first time, tables come to be that stay
        balanced(checks, "a port dies", [&] { test.port_dies(); });
        balanced(checks, "a sender dies", [&] { test.sender_dies(); });
        balanced(checks, "both die", [&] { test.both_die(); });
        balanced(checks, "a receiver has no room", [&] { test.no_room(); });
        balanced(checks, "a request is forwarded", [&] { test.forwarding(); });
        balanced(checks, "an area is published", [&] { test.publishing(); });
        balanced(checks, "messages go in circles", [&] { test.circles(); });
        balanced(checks, "a port is sent to by its owner", [&] { test.own_port(); });
        must(port_destroy(test.inbox));
        must(port_destroy(test.answers));
    }
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    const std::string_view role = arguments[1];
    const PortId port = port_in(arguments, 2);
    if (role == "@idler") run_idler(port);
    if (role == "@answerer") return run_answerer(port);
    if (role == "@sender") return run_sender(port, number_in(arguments, 3) != 0);
    if (role == "@reader") return run_reader(port);
    if (role == "@poor") return run_poor(port);
    if (role == "@own") return run_own(port);
    if (role == "@twin") return run_twin(port);
    return run_all(arguments.info().self);
}

}  // namespace freehold::user
