// SPDX-License-Identifier: MIT
// ipc_check: messages and the areas they carry, within one process and to a child and back.
#include "user/runtime/port.h"
#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr Word kAreaBytes = 5 * kPageBytes;

enum class Kind : Word { plain = 1, introduce, change, look, leave };

ProcessId self;

std::span<std::uint32_t> words_at(Word base) {
    return {reinterpret_cast<std::uint32_t*>(static_cast<std::uintptr_t>(base)), kAreaBytes / sizeof(std::uint32_t)};
}

Area filled_area(std::uint32_t seed) {
    auto area = Area::allocate(kAreaBytes);
    if (!area.ok()) fail("no memory for an area");
    std::uint32_t index = 0;
    for (std::uint32_t& word : words_at(area.value().base())) word = seed + index++;
    return static_cast<Area&&>(area.value());
}

bool is_filled(Word base, std::uint32_t seed) {
    std::uint32_t index = 0;
    for (const std::uint32_t word : words_at(base)) {
        if (word != seed + index++) return false;
    }
    return true;
}

Port new_port(std::uint32_t count_messages = 4, PortMode mode = PortMode::open) {
    auto port =
        Port::create({.mode = mode, .count_messages = count_messages, .message_bytes = 128, .credits = count_messages});
    if (!port.ok()) fail("no port");
    return static_cast<Port&&>(port.value());
}

void check_payload(Checks& checks) {
    const Port port = new_port(3);
    constexpr std::string_view kText = "as it was sent";
    for (Word cookie = 1; cookie <= 3; ++cookie) {
        checks.expect(send({.to = port.id(), .payload = bytes_of(kText), .cookie = cookie}), Status::ok, "sending");
    }
    checks.expect(send({.to = port.id()}, Wait::no), Status::would_block, "sending to a full port");
    for (Word cookie = 1; cookie <= 3; ++cookie) {
        const auto message = port.receive(Wait::no);
        if (!checks.expect(message.status(), Status::ok, "receiving")) return;
        const auto payload = message.value().payload();
        checks.expect(message.value().cookie() == cookie, "messages keep their order");
        checks.expect(message.value().sender() == self, "the sender is stamped");
        checks.expect(!message.value().is_reply() && !message.value().wants_reply(), "it is no request and no reply");
        checks.expect(
            payload.size() == kText.size() && __builtin_memcmp(payload.data(), kText.data(), kText.size()) == 0,
            "the payload is as it was sent");
        if (cookie > 1) continue;
        checks.expect(send({.to = port.id()}, Wait::no), Status::would_block, "a held message keeps its slot");
    }
    checks.expect(port.receive(Wait::no).status(), Status::would_block, "receiving from an empty port");
}

void check_modes(Checks& checks) {
    Port port = new_port(4, PortMode::closed);
    checks.expect(send({.to = port.id()}, Wait::no), Status::port_closed, "sending to a closed port");
    checks.expect(port.set_mode(PortMode::dedicated, self), Status::ok, "dedicating a port");
    checks.expect(send({.to = port.id()}, Wait::no), Status::ok, "the dedicated sender");
    checks.expect(port.receive(Wait::no).status(), Status::ok, "and what was sent is there");
}

void check_move(Checks& checks) {
    const Port port = new_port();
    Area area = filled_area(100);
    const Word base = area.base();
    checks.expect(static_cast<Area&&>(area).send({.to = port.id()}), Status::ok, "moving an area");
    checks.expect(release(base, kAreaBytes), Status::in_transit, "releasing what is under way");
    checks.expect(send({.to = port.id(), .payload = {reinterpret_cast<const std::byte*>(std::uintptr_t{base}), 16}}),
                  Status::in_transit, "a payload that is under way");
    auto message = port.receive();
    if (!checks.expect(message.status(), Status::ok, "receiving it")) return;
    const auto arrived = message.value().take_area();
    if (!checks.expect(arrived.status(), Status::ok, "taking the area")) return;
    checks.expect(is_filled(arrived.value().base(), 100), "its contents are as they were");
    checks.expect(arrived.value().length_bytes() == kAreaBytes, "its length is as it was");
    words_at(arrived.value().base())[0] = 1;  // and it is mine to write
}

void check_share(Checks& checks) {
    const Port port = new_port();
    Area area = filled_area(200);
    abi::SendArgs args{};
    args.to = port.id();
    args.area_count = 1;
    args.areas[0] = {area.base(), area.length_bytes(), AreaToSend::Kind::share};
    checks.expect(message_send(args, Wait::no), Status::not_sealed, "sharing what is not sealed");
    const auto sealed = static_cast<Area&&>(area).seal();
    if (!checks.expect(sealed.status(), Status::ok, "sealing")) return;
    checks.expect(sealed.value().send({.to = port.id()}), Status::ok, "sharing it");
    auto message = port.receive();
    if (!checks.expect(message.status(), Status::ok, "receiving it")) return;
    const auto other = message.value().take_sealed();
    if (!checks.expect(other.status(), Status::ok, "taking it")) return;
    checks.expect(other.value().base() != sealed.value().base(), "it is there twice");
    checks.expect(is_filled(other.value().base(), 200), "its contents are the same");
    const auto here = query_page(sealed.value().base());
    const auto there = query_page(other.value().base());
    checks.expect(here.ok() && there.ok() && here.value().physical == there.value().physical, "nothing was copied");
    checks.expect(protect(other.value().base(), kAreaBytes, kReadWrite), Status::sealed, "writing the shared one");
}

void check_request(Checks& checks) {
    const Port server = new_port();
    const Port client = new_port(2, PortMode::closed);
    checks.expect(send({.to = server.id(), .cookie = 77, .reply_to = client.id()}), Status::ok, "a request");
    auto request = server.receive();
    if (!checks.expect(request.status(), Status::ok, "receiving it")) return;
    checks.expect(request.value().wants_reply(), "it wants a reply");
    constexpr std::uint32_t kAnswer = 42;
    checks.expect(static_cast<Message&&>(request.value()).reply(bytes_of(kAnswer), filled_area(300)), Status::ok,
                  "replying with an area");
    auto answer = client.receive();
    if (!checks.expect(answer.status(), Status::ok, "receiving the reply")) return;
    const std::uint32_t* const payload = answer.value().payload_as<std::uint32_t>();
    checks.expect(answer.value().is_reply() && answer.value().cookie() == 77, "it answers the request");
    checks.expect(payload != nullptr && *payload == kAnswer, "it says what was replied");
    const auto area = answer.value().take_area();
    checks.expect(area.ok() && is_filled(area.value().base(), 300), "it brings the area");
}

void check_unanswered(Checks& checks) {
    const Port client = new_port(4, PortMode::closed);
    Port server = new_port();
    const Outgoing request{.to = server.id(), .reply_to = client.id()};
    checks.expect(send(request), Status::ok, "a request");
    checks.expect(server.receive().status(), Status::ok, "a request that is received and dropped");
    const auto dropped = client.receive(Wait::no);
    checks.expect(dropped.ok() && dropped.value().status() == Status::peer_gone, "a dropped request is answered");

    Area area = filled_area(400);
    const Word base = area.base();
    checks.expect(static_cast<Area&&>(area).send(request), Status::ok, "a request with an area");
    checks.expect(server.destroy(), Status::ok, "destroying the port it waits at");
    const auto gone = client.receive(Wait::no);
    checks.expect(gone.ok() && gone.value().status() == Status::peer_gone, "its sender is told");
    area = Area::adopt(base, kAreaBytes);
    checks.expect(is_filled(base, 400), "the area is back where it was");
    checks.expect(send(request), Status::unknown_port, "sending to a port that is no more");
}

/// The other side: changes areas that are moved here, and looks at areas its parent moves or shares by a call.
int run_child(PortId parent) {
    const Port port = new_port();
    const PortId id = port.id();
    if (send({.to = parent, .payload = bytes_of(id), .cookie = static_cast<Word>(Kind::introduce)}) != Status::ok) {
        return 1;
    }
    for (;;) {
        auto message = port.receive();
        if (!message.ok()) return 1;
        Message& request = message.value();
        switch (static_cast<Kind>(request.cookie())) {
            case Kind::change: {
                auto area = request.take_area();
                if (!area.ok()) return 1;
                for (std::uint32_t& word : words_at(area.value().base())) word += 1;
                if (static_cast<Message&&>(request).reply({}, static_cast<Area&&>(area.value())) != Status::ok) {
                    return 1;
                }
                break;
            }
            case Kind::look: {
                const Word* const base = request.payload_as<Word>();
                if (base == nullptr) return 1;
                const std::uint32_t first = words_at(*base)[0];
                const std::uint32_t same = is_filled(*base, first) ? first : 0;
                if (static_cast<Message&&>(request).reply(bytes_of(same)) != Status::ok) return 1;
                break;
            }
            default:
                return 0;
        }
    }
}

/// Asks the child what it sees at `base`.
std::uint32_t ask(const Port& mine, PortId theirs, Word base) {
    const auto answer =
        mine.request({.to = theirs, .payload = bytes_of(base), .cookie = static_cast<Word>(Kind::look)});
    if (!answer.ok() || answer.value().payload_as<std::uint32_t>() == nullptr) return 0;
    return *answer.value().payload_as<std::uint32_t>();
}

void check_child(Checks& checks) {
    const auto archive = BootArchive::open();
    const Port mine = new_port();
    char number[16];
    const std::string_view words[] = {"ipc_check", "@child", format_into(number, "{}", mine.id())};
    const auto child = start_program(archive.value(), words);
    if (!checks.expect(child.status(), Status::ok, "starting a child")) return;
    PortId theirs = PortId::none;
    {
        const auto word = mine.receive();
        if (!checks.expect(word.ok() && word.value().payload_as<PortId>() != nullptr, "its first word")) return;
        checks.expect(word.value().sender() == child.value(), "the kernel says who sent it");
        theirs = *word.value().payload_as<PortId>();
    }
    Area area = filled_area(500);
    checks.expect(static_cast<Area&&>(area).send(
                      {.to = theirs, .cookie = static_cast<Word>(Kind::change), .reply_to = mine.id()}),
                  Status::ok, "moving an area to it");
    auto answer = mine.receive();
    auto changed = answer.ok() ? answer.value().take_area() : answer.status();
    checks.expect(changed.ok() && is_filled(changed.value().base(), 501), "it comes back changed");

    const auto there = filled_area(600).move_to(child.value());
    checks.expect(there.ok() && ask(mine, theirs, there.value()) == 600, "an area moved by a call is there");
    const auto sealed = filled_area(700).seal();
    const auto shared = sealed.ok() ? sealed.value().share_with(child.value()) : sealed.status();
    checks.expect(shared.ok() && ask(mine, theirs, shared.value()) == 700, "an area shared by a call is there");
    checks.expect(send({.to = theirs, .cookie = static_cast<Word>(Kind::leave)}), Status::ok, "the last word");
    const auto ended = process_wait(child.value(), Wait::yes);
    checks.expect(ended.ok() && status_of_end(ended.value()) == 0, "the child ends well");
    checks.expect(send({.to = theirs}), Status::unknown_port, "sending to a port whose owner is gone");
}

}  // namespace

int program_main(const Arguments& arguments) {
    self = arguments.info().self;
    if (arguments[1] == "@child") return run_child(static_cast<PortId>(*parse_number(arguments[2])));
    Checks checks;
    const std::uint32_t regions_before = fingerprint_of_regions();
    check_payload(checks);
    check_modes(checks);
    check_move(checks);
    check_share(checks);
    check_request(checks);
    check_unanswered(checks);
    check_child(checks);
    checks.expect(fingerprint_of_regions() == regions_before, "all regions are as before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
