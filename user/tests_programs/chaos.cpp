// SPDX-License-Identifier: MIT
// chaos [MESSAGES] [SEED]: servers and clients exchange requests, payloads and areas while their parent kills one of
// them after the other, chosen at random, and starts it anew; until a million messages were sent, if not told
// otherwise. Afterwards nothing of it is left.
//
//      clients ──calls, areas moved and shared──▶ servers ──forward──▶ other servers
//         └──a report every kTurn operations──▶ parent, which kills somebody then
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kServers = 5;
constexpr std::uint32_t kClients = 10;
constexpr std::uint32_t kMembers = kServers + kClients;
constexpr std::uint32_t kMessages = 1'000'000;
constexpr std::uint32_t kTurn = 128;
constexpr std::uint32_t kServerSlots = 7;
constexpr std::uint32_t kServerBytes = 136;  // by which clients know servers' ports
constexpr std::uint32_t kPagesMax = 4;

enum class Kind : Word { words = 1, area, note };

Word sum_of(Word first, Word second) { return first * 3 + second; }

/// A server's port, any of them but `not_this`; none if there is none now.
PortId some_server(Random& random, PortId not_this = PortId::none) {
    PortId found = PortId::none;
    std::uint32_t count = 0;
    for (Word index = 0;;) {
        const auto info = next_port(index);
        if (!info.ok()) return found;
        const bool fits = info.value().port.message_bytes == kServerBytes && info.value().port.id != not_this;
        if (fits && random.below(++count) == 0) found = info.value().port.id;
    }
}

void release_areas(const MessageHead& head) {
    for (std::uint32_t i = 0; i < head.area_count; ++i) {
        if (head.areas[i].base != 0) (void)release(head.areas[i].base, head.areas[i].length_bytes);
    }
}

// --- servers --------------------------------------------------------------------------------------------------------

class Server {
  public:
    explicit Server(std::uint32_t seed) : random_(seed), port_(open_port(kServerSlots, kServerBytes)) {}

    [[noreturn]] void serve() {
        auto request = words_receive(port_);
        for (;;) {
            must(request.status);
            const MessageHead* const head = request.head != 0 ? &head_at(request.head) : nullptr;
            const bool is_words = head == nullptr || head->cookie == static_cast<Word>(Kind::words);
            request = is_words ? answer_words(request, head) : answer_message(*head);
        }
    }

  private:
    arch::WordsResult answer_words(const arch::WordsResult& request, const MessageHead* head) {
        Word words[] = {request.first, request.second};
        if (head != nullptr) __builtin_memcpy(words, head + 1, sizeof(words));
        const auto message = head != nullptr ? head->message : static_cast<std::uint32_t>(request.message);
        const std::uint32_t chance = random_.below(16);
        if (chance == 0) {
            must(message_discard(port_, message));
            return words_receive(port_);
        }
        if (chance <= 2) {
            const abi::ForwardArgs args{port_, message, some_server(random_, port_), detail::word(words), sizeof(words),
                                        0,     {}};
            if (message_forward(args) == Status::ok) return words_receive(port_);
        }
        return words_receive(port_, message, sum_of(words[0], words[1]));
    }

    /// Areas of a request go back with the reply, others are released.
    arch::WordsResult answer_message(const MessageHead& head) {
        if ((head.flags & kMessageWantsReply) != 0 && random_.below(4) != 0) {
            abi::ReplyArgs args{};
            args.port = port_;
            args.message = head.message;
            args.area_count = head.area_count;
            if (head.area_count != 0) {
                args.areas[0] = {head.areas[0].base, head.areas[0].length_bytes, AreaToSend::Kind::move};
                ++word_at(head.areas[0].base);
            }
            const Word base = head.area_count != 0 ? head.areas[0].base : 0;
            const Word length_bytes = base != 0 ? head.areas[0].length_bytes : 0;
            const Status replied = message_reply(args);
            if (replied == Status::peer_gone && base != 0) must(release(base, length_bytes));
            if (replied != Status::ok && replied != Status::peer_gone) fail(status_name(replied));
        } else {
            release_areas(head);
            must(message_discard(port_, head.message));
        }
        return words_receive(port_);
    }

    Random random_;
    PortId port_;
};

// --- clients --------------------------------------------------------------------------------------------------------

/// What may go wrong with a message while servers come and go.
bool may_fail_with(Status status) {
    return status == Status::ok || status == Status::unknown_port || status == Status::would_block ||
           status == Status::timed_out;
}

class Client {
  public:
    Client(std::uint32_t seed, PortId parent) : random_(seed), parent_(parent), answers_(closed_port(2, 64)) {}

    [[noreturn]] void work() {
        for (;;) {
            for (std::uint32_t i = 0; i < kTurn; ++i) {
                if (server_ == PortId::none || random_.below(64) == 0) server_ = some_server(random_);
                const Status status = operation();
                if (!may_fail_with(status)) fail(status_name(status));
                if (status == Status::unknown_port) server_ = PortId::none;
            }
            must(message_send(letter_to(parent_), Wait::yes));
        }
    }

  private:
    Status operation() {
        switch (random_.below(8)) {
            case 0:
                return send_payload();
            case 1:
                return lend_area();
            case 2:
                return show_area();
            default:
                return call();
        }
    }

    Status call() {
        const Word first = random_.below(1000);
        const Word second = random_.below(1000);
        const auto answer = words_call(server_, answers_, first, second, static_cast<Word>(Kind::words));
        if (answer.status != Status::ok) return answer.status;
        if (answer.head == 0) {
            if (answer.first != sum_of(first, second)) fail("a wrong answer");
            return Status::ok;
        }
        const MessageHead& head = head_at(answer.head);
        const bool told = head.status == Status::peer_gone;
        if (!told && *reinterpret_cast<const Word*>(&head + 1) != sum_of(first, second)) fail("a wrong answer");
        return message_discard(answers_, head.message);
    }

    Status send_payload() {
        static const std::byte payload[kServerBytes]{};
        abi::SendArgs args = letter_to(server_, static_cast<Word>(Kind::note));
        args.payload = detail::word(payload);
        args.length_bytes = random_.below(kServerBytes + 1);
        return message_send(args, random_.below(2) == 0 ? Wait::yes : Wait::no, 8);
    }

    Area new_area() {
        auto area = Area::allocate((1 + random_.below(kPagesMax)) * kPageBytes);
        must(area.status());
        word_at(area.value().base()) = 41;
        return static_cast<Area&&>(area.value());
    }

    /// Moves an area and gets it back: with the reply, or whole where it was, or not at all if the server had it.
    Status lend_area() {
        Area area = new_area();
        abi::SendArgs args = letter_to(server_, static_cast<Word>(Kind::area), answers_);
        args.area_count = 1;
        args.areas[0] = {area.base(), area.length_bytes(), AreaToSend::Kind::move};
        const Status sent = message_send(args, Wait::no);
        if (sent != Status::ok) return sent;
        const Word length_bytes = area.length_bytes();
        const Word base = area.forget();
        const MessageHead& head = head_at(must(message_receive(answers_, Wait::yes)));
        if (head.status == Status::ok) {
            if (head.area_count != 1 || word_at(head.areas[0].base) != 42) fail("another area came back");
            release_areas(head);
        } else if (release(base, length_bytes) == Status::ok) {
            ++came_back_;
        }
        return message_discard(answers_, head.message);
    }

    Status show_area() {
        const SealedArea sealed = must(new_area().seal());
        return sealed.send({.to = server_, .cookie = static_cast<Word>(Kind::note)}, Wait::no);
    }

    Random random_;
    PortId parent_;
    PortId answers_;
    PortId server_ = PortId::none;
    std::uint32_t came_back_ = 0;
};

// --- the parent -----------------------------------------------------------------------------------------------------

class Killer {
  public:
    Killer(Checks& checks, std::uint32_t seed)
        : checks_(checks), random_(seed), port_(open_port(2 * kClients, 64)), seed_(seed) {
        for (std::uint32_t i = 0; i < kMembers; ++i) start(i);
    }

    /// Kills one after the other until that many messages were sent, and then all.
    void run(std::uint32_t messages) {
        const std::uint64_t at_start = sent();
        for (std::uint32_t tenths = 1; sent() - at_start < messages;) {
            (void)next_cookie(port_);
            if ((sent() - at_start) * 10 >= std::uint64_t{messages} * tenths) print("chaos: {} %\n", 10 * tenths++);
            const std::uint32_t victim = random_.below(kMembers);
            end(victim);
            start(victim);
            if (++kills_ % 512 == 0) checks_.expect(audit_is_clean(), "the audit is clean in between");
        }
        for (std::uint32_t i = 0; i < kMembers; ++i) end(i);
        must(port_destroy(port_));
        print("chaos: {:,} messages, {:,} processes killed, {} of them while blocked, {} ended by themselves\n",
              sent() - at_start, kills_ + kMembers, blocked_, failed_);
        checks_.expect(failed_ == 0, "no process fails");
        checks_.expect(blocked_ > 0, "some are killed while they wait");
    }

  private:
    static std::uint64_t sent() { return must(system_info()).counters.messages_sent; }

    void start(std::uint32_t index) {
        const bool serves = index < kServers;
        members_[index] =
            family_.start(serves ? "@server" : "@client", port_, ++seed_, {.priority = abi::kPriorityDefault - 1});
    }

    void end(std::uint32_t index) {
        const auto state = state_of(members_[index]);
        if (state == abi::ProcessState::receiving || state == abi::ProcessState::sending) ++blocked_;
        (void)process_kill(members_[index]);
        const auto ended = must(process_wait(members_[index], Wait::yes));
        if (ended.kind != abi::ExitKind::killed) ++failed_;
    }

    Checks& checks_;
    Family family_;
    Random random_;
    PortId port_;
    ProcessId members_[kMembers]{};
    std::uint32_t seed_;
    std::uint32_t kills_ = 0;
    std::uint32_t blocked_ = 0;
    std::uint32_t failed_ = 0;
};

std::uint32_t ports_now() {
    std::uint32_t count = 0;
    for (Word index = 0; next_port(index).ok();) ++count;
    return count;
}

int run_killer(std::uint32_t messages, std::uint32_t seed) {
    Checks checks;
    const std::uint32_t frames = frames_in_use_now();
    const std::uint32_t ports = ports_now();
    Killer(checks, seed).run(messages);
    checks.expect(frames_in_use_now() <= frames, "no more frames are in use than before");
    checks.expect(ports_now() == ports, "the system programs' ports are left, and no others");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@server") Server(number_in(arguments, 3)).serve();
    if (arguments[1] == "@client") Client(number_in(arguments, 3), port_in(arguments, 2)).work();
    return run_killer(number_in(arguments, 1, kMessages), number_in(arguments, 2, 1));
}

}  // namespace freehold::user
