// SPDX-License-Identifier: MIT
// raii_check: what owns a port, an area or a message gives it back, whatever happens; and what it is good for works.
#include "user/runtime/names.h"
#include "user/runtime/port.h"
#include "user/tests_programs/checks.h"
#include "user/tests_programs/raii_peers.h"

namespace freehold::user {
namespace {

constexpr Word kAreaBytes = 5 * kPageBytes;
constexpr std::uint32_t kShort = 40;  // milliseconds
constexpr std::uint32_t kHang = 20000;

Port new_port(PortMode mode = PortMode::open, std::uint32_t signals = 0) {
    auto port =
        Port::create({.mode = mode, .count_messages = 8, .message_bytes = 64, .credits = 8, .signals = signals});
    if (!port.ok()) fail("no port");
    return static_cast<Port&&>(port.value());
}

std::span<std::uint32_t> words_of(const Area& area) {
    return {reinterpret_cast<std::uint32_t*>(static_cast<std::uintptr_t>(area.base())),
            area.length_bytes() / sizeof(std::uint32_t)};
}

Area counted_area(std::uint32_t guard_pages = 0) {
    auto area = Area::allocate(kAreaBytes, {.guard_pages_above = guard_pages});
    if (!area.ok()) fail("no memory for an area");
    const auto words = words_of(area.value());
    for (std::uint32_t i = 0; i < words.size() - guard_pages * kPageBytes / sizeof(words[0]); ++i) words[i] = i;
    return static_cast<Area&&>(area.value());
}

SealedArea<> counted_seal(std::uint32_t guard_pages = 0) {
    auto sealed = counted_area(guard_pages).seal();
    if (!sealed.ok()) fail("an area could not be sealed");
    return static_cast<SealedArea<>&&>(sealed.value());
}

bool counts(std::span<const std::uint32_t> words) {
    for (std::uint32_t i = 0; i < words.size(); ++i) {
        if (words[i] != i) return false;
    }
    return true;
}

std::uint32_t count_ports() {
    const auto info = system_info();
    return info.ok() ? info.value().memory.ports : 0;
}

/// One of everything, each in the middle of something, left to itself.
void abandon_everything(Checks& checks) {
    const Port port = new_port();
    const Port replies = new_port(PortMode::closed);
    Area area = counted_area();
    const SealedArea<> sealed = counted_seal();
    Cargo cargo;
    checks.expect(cargo.move(counted_area()), Status::ok, "an area that is never sent");
    checks.expect(cargo.share(sealed), Status::ok, "one that is shared with nobody");
    const Outgoing message{.to = port.id(), .reply_to = replies.id()};
    for (int i = 0; i < 2; ++i) checks.expect(counted_area().send(message), Status::ok, "moving an area");
    checks.expect(sealed.send(message), Status::ok, "sharing one");
    auto held = port.receive();
    auto second = port.receive();
    const auto taken = second.ok() ? second.value().take_area() : second.status();
    checks.expect(held.ok() && taken.ok(), "two messages are held, a third is queued with a shared area under way");
    Area other = static_cast<Area&&>(area);
    checks.expect(!area && other, "what was moved from is empty");
    other = Area();
    Port moved = new_port();
    Port target = static_cast<Port&&>(moved);
    checks.expect(moved.id() == PortId::none && target.id() != PortId::none, "a port has one owner");
    target = new_port();
}

void check_abandoned(Checks& checks) {
    const std::uint32_t regions = fingerprint_of_regions();
    const std::uint32_t frames = frames_in_use_now();
    const std::uint32_t ports = count_ports();
    for (int i = 0; i < 100; ++i) abandon_everything(checks);
    checks.expect(fingerprint_of_regions() == regions, "all regions are given back");
    checks.expect(frames_in_use_now() == frames, "all frames are given back");
    checks.expect(count_ports() == ports, "all ports are given back");
}

void check_sealed(Checks& checks) {
    using Numbers = SealedArea<std::uint32_t>;
    constexpr Word kCount = kAreaBytes / sizeof(std::uint32_t);
    const Port port = new_port();
    checks.expect(counted_seal().send({.to = port.id()}), Status::ok, "sharing a sealed area");
    auto message = port.receive();
    if (!checks.expect(message.status(), Status::ok, "receiving it")) return;
    checks.expect(message.value().take_sealed<std::uint32_t>(0, kCount + 1).status(), Status::overflow,
                  "more values than fit");
    checks.expect(message.value().take_sealed<std::uint32_t>(0, 0x40000001).status(), Status::overflow,
                  "values whose bytes wrap around");
    checks.expect(message.value().take_sealed<std::uint32_t>(0, kCount, [](auto) { return false; }).status(),
                  Status::bad_option, "values that are not right");
    const auto numbers = message.value().take_sealed<std::uint32_t>(0, kCount, counts);
    if (!checks.expect(numbers.status(), Status::ok, "values that are right")) return;
    checks.expect(numbers.value().count() == kCount && numbers.value()[7] == 7, "they can be read");
    checks.expect(message.value().take_sealed<std::uint32_t>(0, 1).status(), Status::not_mapped, "taking them twice");
    const Word base = numbers.value().base();
    checks.expect(protect(base, kAreaBytes, kReadWrite), Status::sealed, "writing them");

    checks.expect(counted_area().send({.to = port.id()}), Status::ok, "moving a plain area");
    auto plain = port.receive();
    if (!checks.expect(plain.status(), Status::ok, "receiving it")) return;
    checks.expect(plain.value().take_sealed<std::uint32_t>(0, 1).status(), Status::not_sealed, "a plain area");
    const auto area = plain.value().take_area();
    checks.expect(area.ok() && counts(words_of(area.value())), "it is still there to be taken as what it is");

    auto guarded = counted_seal(1);
    checks.expect(Numbers::check(static_cast<SealedArea<>&&>(guarded), 1).status(), Status::not_sealed,
                  "a sealed area with a guard page in it");
    checks.expect(guarded && guarded.length_bytes() != 0, "it is as before");
    auto nothing = SealedArea<>::adopt(arch::kProgramBase - kPageBytes, kPageBytes);
    checks.expect(Numbers::check(static_cast<SealedArea<>&&>(nothing), 1).status(), Status::not_mapped, "a hole");
    nothing.forget();
}

void check_cargo(Checks& checks) {
    const Port port = new_port();
    const SealedArea<> sealed = counted_seal();
    Cargo cargo;
    checks.expect(cargo.move(counted_area()), Status::ok, "the first area");
    checks.expect(cargo.share(sealed), Status::ok, "the second");
    checks.expect(cargo.move(counted_area()), Status::ok, "the third");
    checks.expect(cargo.share(sealed), Status::ok, "the fourth");
    Area fifth = counted_area();
    checks.expect(cargo.move(static_cast<Area&&>(fifth)), Status::too_many_areas, "the fifth");
    checks.expect(fifth && cargo.count() == 4, "it stays where it was");
    const Port closed = new_port(PortMode::closed);
    checks.expect(static_cast<Cargo&&>(cargo).send({.to = closed.id()}), Status::port_closed, "to a closed port");
    checks.expect(static_cast<Cargo&&>(cargo).send({.to = port.id()}), Status::ok, "to an open one");
    auto message = port.receive();
    if (!checks.expect(message.status(), Status::ok, "receiving them")) return;
    checks.expect(message.value().count_areas() == 4, "all four arrive");
    const auto third = message.value().take_area(2);
    const auto fourth = message.value().take_sealed<std::uint32_t>(3, 8, counts);
    checks.expect(third.ok() && counts(words_of(third.value())) && fourth.ok(), "with what was in them");
}

void check_forward(Checks& checks) {
    const Port front = new_port();
    const Port back = new_port();
    const Port client = new_port(PortMode::closed);
    checks.expect(send({.to = front.id(), .cookie = 5, .reply_to = client.id()}), Status::ok, "a request");
    {
        auto request = front.receive();
        if (!checks.expect(request.status(), Status::ok, "receiving it")) return;
        Cargo cargo;
        checks.expect(cargo.move(counted_area()), Status::ok, "an area to go with it");
        checks.expect(
            static_cast<Message&&>(request.value()).forward(back.id(), bytes_of(7), static_cast<Cargo&&>(cargo)),
            Status::ok, "forwarding it");
    }
    auto request = back.receive();
    if (!checks.expect(request.status(), Status::ok, "receiving it there")) return;
    const int* const payload = request.value().payload_as<int>();
    checks.expect(payload != nullptr && *payload == 7 && request.value().wants_reply(), "it still wants a reply");
    Cargo answer;
    auto area = request.value().take_area();
    checks.expect(area.ok() && answer.move(static_cast<Area&&>(area.value())) == Status::ok, "the area came along");
    checks.expect(static_cast<Message&&>(request.value()).reply({}, static_cast<Cargo&&>(answer)), Status::ok,
                  "replying");
    auto reply = client.receive(Wait::no);
    if (!checks.expect(reply.status(), Status::ok, "the reply is there")) return;
    checks.expect(reply.value().is_reply() && reply.value().cookie() == 5, "it answers the request");
    checks.expect(reply.value().take_area().ok(), "and brings the area");
}

void check_publish(Checks& checks) {
    const Port first = new_port();
    const Port closed = new_port(PortMode::closed);
    const Port last = new_port();
    const SealedArea<> sealed = counted_seal();
    const PortId ports[] = {first.id(), closed.id(), last.id()};
    Status outcomes[3] = {};
    const auto sent = sealed.publish({.payload = bytes_of(3)}, ports, outcomes);
    checks.expect(sent.ok() && sent.value() == 2, "two of three get it");
    checks.expect(outcomes[0] == Status::ok && outcomes[1] == Status::port_closed && outcomes[2] == Status::ok,
                  "each outcome is told");
    for (const Port* const port : {&first, &last}) {
        auto message = port->receive(Wait::no);
        checks.expect(message.ok() && message.value().take_sealed<std::uint32_t>(0, 9, counts).ok(), "a reader reads");
    }
    checks.expect(sealed.publish({}, ports, std::span(outcomes).first(2)).status(), Status::buffer_too_small,
                  "no room for the outcomes");
}

void check_waiting(Checks& checks) {
    constexpr std::uint32_t kFirst = 1;
    constexpr std::uint32_t kSecond = 2;
    constexpr std::uint32_t kTimer = 4;
    const Port first = new_port(PortMode::open, kFirst);
    const Port second = new_port(PortMode::open, kSecond);
    const Port mute = new_port();
    const Port* const ports[] = {&first, &second};
    const Port* const wrong[] = {&mute};
    checks.expect(wait_any(wrong, 0).status(), Status::bad_option, "a port without signals");
    const std::uint64_t before = now_milliseconds();
    checks.expect(wait_any(ports, 0, kShort).status(), Status::timed_out, "nothing comes");
    checks.expect(now_milliseconds() - before >= kShort, "it waited as long as it was told");
    timer(kShort, kTimer);
    auto arrival = wait_any(ports, kTimer, kHang);
    checks.expect(arrival.ok() && arrival.value().signals == kTimer, "the timer's signal");
    checks.expect(send({.to = second.id(), .cookie = 1}), Status::ok, "a message for the second port");
    checks.expect(send({.to = second.id(), .cookie = 2}), Status::ok, "and another");
    for (Word cookie = 1; cookie <= 2; ++cookie) {
        const auto message = wait_any(ports, kTimer, kHang);
        checks.expect(message.ok() && message.value().signals == 0 && message.value().port == 1 &&
                          message.value().message.cookie() == cookie,
                      "it comes in order");
    }
    checks.expect(first.receive(Wait::yes, kShort).status(), Status::timed_out, "receiving with a time");
    checks.expect(ask({.to = first.id()}, kShort).status(), Status::timed_out, "asking who does not answer");
    auto late = first.receive(Wait::no);
    checks.expect(late.ok() && static_cast<Message&&>(late.value()).reply() == Status::peer_gone, "answering too late");
}

class Peer {
  public:
    Peer(Checks& checks, std::string_view role) : archive_(BootArchive::open()), checks_(checks) {
        const std::string_view words[] = {"raii_check", role};
        const auto child = start_program(archive_.value(), words);
        const auto port = await_name(raii::kPeerName, kHang);
        checks_.expect(child.ok() && port.ok(), "a peer starts");
        port_ = port.value_or(PortId::none);
    }
    ~Peer() {
        const auto ended = process_wait(ProcessId::none, Wait::yes);
        checks_.expect(ended.ok() && status_of_end(ended.value()) == 0, "the peer ends well");
    }
    [[nodiscard]] PortId port() const { return port_; }

  private:
    Result<BootArchive> archive_;
    PortId port_;
    Checks& checks_;
};

void check_words(Checks& checks) {
    const Peer peer(checks, "@words");
    const Port mine = new_port(PortMode::closed);
    Word count = 0;
    for (int i = 0; i < 100; ++i) {
        const auto answer = mine.call(peer.port(), raii::kAdd, count);
        if (!checks.expect(answer.ok() && answer.value().second == raii::kAdd, "a call is answered")) break;
        count = answer.value().first;
    }
    checks.expect(count == 100, "the words arrive");
    constexpr WordPair kAsMessage{raii::kAdd, 41};
    const auto answer = mine.request({.to = peer.port(), .payload = bytes_of(kAsMessage)});
    const auto* const words = answer.ok() ? answer.value().payload_as<WordPair>() : nullptr;
    checks.expect(words != nullptr && words->first == 42, "a message of two words is served likewise");
    checks.expect(mine.call(peer.port(), raii::kDrop).status(), Status::peer_gone, "a call given back unanswered");
    checks.expect(mine.call(peer.port(), raii::kLeave).status(), Status::peer_gone, "a call whose server dies");
    checks.expect(mine.call(peer.port(), raii::kAdd).status(), Status::unknown_port, "a call to the dead");
}

void check_full_port(Checks& checks) {
    const Peer peer(checks, "@asleep");
    Status status = Status::ok;
    while (status == Status::ok) status = send({.to = peer.port()}, Wait::no);
    checks.expect(status, Status::would_block, "sending until there is no room");
    const std::uint64_t before = now_milliseconds();
    checks.expect(send({.to = peer.port()}, Wait::yes, kShort), Status::timed_out, "waiting for room");
    checks.expect(now_milliseconds() - before >= kShort, "it waited for as long as it was told");
    checks.expect(send({.to = peer.port()}), Status::unknown_port, "waiting at a port that dies");
}

void check_area_comes_back(Checks& checks) {
    const Port mine = new_port(PortMode::closed);
    Area area = counted_area();
    {
        const Peer peer(checks, "@deaf");
        checks.expect(mine.request({.to = peer.port()}, area).status(), Status::peer_gone, "a server that dies");
        checks.expect(area && counts(words_of(area)), "the area is back");
    }
    const Peer peer(checks, "@taker");
    checks.expect(mine.request({.to = peer.port()}, area).status(), Status::peer_gone, "one that dies later");
    checks.expect(!area, "the area it had taken is not");
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments.count() > 1) return raii::run_peer(arguments);
    Checks checks;
    const std::uint32_t regions_before = fingerprint_of_regions();
    const std::uint32_t frames_before = frames_in_use_now();
    check_abandoned(checks);
    check_sealed(checks);
    check_cargo(checks);
    check_forward(checks);
    check_publish(checks);
    check_waiting(checks);
    check_words(checks);
    check_full_port(checks);
    check_area_comes_back(checks);
    checks.expect(fingerprint_of_regions() == regions_before, "all regions are as before");
    checks.expect(frames_in_use_now() == frames_before, "as many frames are in use as before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
