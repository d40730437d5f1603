// SPDX-License-Identifier: MIT
// Wrong ports, messages, payloads and areas for the calls that work on ports.
#include "user/tests_programs/badcalls.h"

namespace freehold::user {
namespace {

constexpr PortId kUnknownPorts[] = {PortId{0}, PortId{1}, PortId{0x3FF}, PortId{0x12345678}, PortId{0xFFFFFFFF}};

void check_create(Checks& checks) {
    const Unchanged unchanged(checks, "ports that can't be change nothing");
    const auto create = [](std::uint32_t mode, std::uint32_t messages, std::uint32_t bytes) {
        const abi::PortArgs args{mode, ProcessId::none, messages, bytes, 0, 0};
        return port_create(args).status();
    };
    checks.expect(create(1, 0, 64), Status::bad_option, "a port without slots");
    checks.expect(create(1, kPortMessagesMax + 1, 64), Status::bad_option, "a port with too many slots");
    checks.expect(create(1, 0xFFFFFFFF, 64), Status::bad_option, "a port with all the slots there are");
    checks.expect(create(3, 4, 64), Status::bad_option, "a port of an unknown mode");
    checks.expect(create(1, 4, kMessageBytesMax + 1), Status::message_too_long, "slots that are too long");
    checks.expect(create(1, 4, 0xFFFFFFFF), Status::message_too_long, "slots of all bytes there are");
}

void check_unknown_ports(Checks& checks) {
    const Unchanged unchanged(checks, "unknown ports change nothing");
    for (const PortId port : kUnknownPorts) {
        checks.expect(port_destroy(port), Status::unknown_port, "destroying");
        checks.expect(port_mode(port, PortMode::open, ProcessId::none), Status::unknown_port, "a mode");
        checks.expect(message_receive(port, Wait::yes).status(), Status::unknown_port, "receiving");
        checks.expect(message_discard(port, 1), Status::unknown_port, "discarding");
        checks.expect(send({.to = port}), Status::unknown_port, "sending");
        abi::ReplyArgs reply_args{};
        reply_args.port = port;
        checks.expect(message_reply(reply_args), Status::unknown_port, "replying");
    }
}

void check_send(Checks& checks, const Port& port) {
    const Unchanged unchanged(checks, "messages that can't be sent change nothing");
    abi::SendArgs good{};
    good.to = port.id();
    const auto expect = [&](auto change, std::string_view what, Status status = Status::ok) {
        abi::SendArgs args = good;
        change(args);
        const Status found = message_send(args, Wait::no);
        if (status == Status::ok) {
            expect_failure(checks, found, what);
        } else {
            checks.expect(found, status, what);
        }
    };
    using Args = abi::SendArgs;
    for (const Word pointer : kBadPointers) {
        expect([=](Args& a) { a.payload = pointer, a.length_bytes = 32; }, "a payload from nowhere fails");
    }
    expect([](Args& a) { a.payload = arch::kProgramBase, a.length_bytes = 65; }, "a payload longer than the slots",
           Status::message_too_long);
    expect([](Args& a) { a.payload = arch::kProgramBase, a.length_bytes = 0xFFFFFFFF; }, "a payload of all bytes",
           Status::message_too_long);
    expect([](Args& a) { a.reply_to = PortId{0x12345678}; }, "an unknown reply port fails");
    expect([](Args& a) { a.area_count = kMessageAreasMax + 1; }, "five areas", Status::too_many_areas);
    expect([](Args& a) { a.area_count = 0xFFFFFFFF; }, "all areas there are", Status::too_many_areas);
    const auto area_of = [&](Word base, Word length_bytes, Word kind) {
        return [=](Args& a) {
            a.area_count = 1;
            a.areas[0] = {base, length_bytes, static_cast<AreaToSend::Kind>(kind)};
        };
    };
    const Word stack = detail::word(&good) & ~Word{kPageBytes - 1};
    expect(area_of(stack, kPageBytes, 0), "an area of no kind", Status::bad_option);
    expect(area_of(stack, kPageBytes, 3), "an area of an unknown kind", Status::bad_option);
    expect(area_of(stack, kPageBytes, 2), "sharing what is not sealed", Status::not_sealed);
    expect(area_of(stack, 0, 1), "moving nothing", Status::zero_length);
    expect(area_of(stack + 8, kPageBytes, 1), "moving a part of a page", Status::misaligned);
    expect(area_of(0, kPageBytes, 1), "moving page 0", Status::outside_user_space);
    expect(area_of(freehold::arch::kUserEnd, kPageBytes, 1), "moving the kernel", Status::outside_user_space);
    expect(area_of(kLastPage, 2 * kPageBytes, 1), "moving past the end", Status::overflow);
    expect(area_of(arch::kProgramBase, 0x10000000, 1), "moving a range with holes", Status::not_mapped);
    expect(
        [&](Args& a) {
            a.area_count = 2;
            a.areas[0] = a.areas[1] = {stack, kPageBytes, AreaToSend::Kind::move};
        },
        "moving the same area twice", Status::not_free);
    for (const Word flags : {2U, 0x80000000U, 0xFFFFFFFEU}) {
        checks.expect(raw_call(Call::send, detail::word(&good), flags), Status::bad_option, "an unknown flag");
    }
}

void check_messages(Checks& checks, const Port& port) {
    const Unchanged unchanged(checks, "messages that aren't there change nothing");
    checks.expect(port.receive(Wait::no).status(), Status::would_block, "receiving from an empty port");
    checks.expect(raw_call(Call::receive, detail::word(port.id()), 2), Status::bad_option, "an unknown flag");
    checks.expect(raw_call(Call::port_mode, detail::word(port.id()), 3), Status::bad_option, "an unknown mode");
    for (const std::uint32_t message : {0U, 1U, 3U, 1000U, 0xFFFFFFFFU}) {
        checks.expect(message_discard(port.id(), message), Status::unknown_message, "discarding");
        abi::ReplyArgs args{};
        args.port = port.id();
        args.message = message;
        checks.expect(message_reply(args), Status::unknown_message, "replying");
    }
    checks.expect(send({.to = port.id()}), Status::ok, "sending to oneself");
    auto message = port.receive();
    if (!checks.expect(message.status(), Status::ok, "receiving it")) return;
    abi::ReplyArgs args{};
    args.port = port.id();
    args.message = message.value().head().message;
    checks.expect(message_reply(args), Status::no_reply_wanted, "replying to what wants no reply");
    checks.expect(message.value().discard(), Status::ok, "discarding it");
    checks.expect(message_discard(port.id(), args.message), Status::unknown_message, "discarding it again");
}

/// A port that takes replies only.
void check_closed(Checks& checks) {
    const auto port = Port::create({.mode = PortMode::closed});
    if (!checks.expect(port.status(), Status::ok, "a closed port")) return;
    checks.expect(send({.to = port.value().id()}), Status::port_closed, "sending to a closed port");
}

}  // namespace

void check_ports(Checks& checks) {
    check_create(checks);
    check_unknown_ports(checks);
    check_closed(checks);
    const auto port = Port::create({.count_messages = 4, .message_bytes = 64});
    if (!checks.expect(port.status(), Status::ok, "a port")) return;
    check_send(checks, port.value());
    check_messages(checks, port.value());
}

}  // namespace freehold::user
