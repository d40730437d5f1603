// SPDX-License-Identifier: MIT
// long_calls: makes each call that can be made long, as long as memory and tables allow. What it measures is not here:
// the trace says for how long each let no interrupt in.
#include "user/runtime/area.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr Word kMuchBytes = Word{40} << 20;
constexpr Word kRaggedBytes = 0x5FE000;  // with no table of pages whole, or as few as can be
constexpr std::uint32_t kPorts = 8;
constexpr std::uint32_t kAreasOfAMessage = 4;

Result<Word> allocate_much(Word length_bytes, bool populate) {
    abi::AllocateArgs args{};
    args.length_bytes = length_bytes;
    args.alignment_bytes = kPageBytes;
    args.placement = static_cast<std::uint32_t>(Placement::lowest);
    args.rights = static_cast<std::uint32_t>(kReadWrite);
    args.populate = populate ? 1 : 0;
    return allocate(args);
}

void change_much(Checks& checks) {
    const auto base = allocate_much(kMuchBytes, true);
    if (!checks.expect(base.status(), Status::ok, "allocating much")) return;
    const Word inner = base.value() + kPageBytes;
    const Word inner_bytes = kMuchBytes - 2 * kPageBytes;
    checks.expect(protect(inner, inner_bytes, Rights::read), Status::ok, "protecting much");
    checks.expect(protect(inner, inner_bytes, kReadWrite), Status::ok, "protecting much back");
    checks.expect(guard(inner, inner_bytes / 2), Status::ok, "guarding much");
    checks.expect(release(base.value(), kMuchBytes), Status::ok, "releasing much");
}

/// As many regions side by side as the table has room for, every second one sealed.
void change_many(Checks& checks) {
    constexpr Word kRegions = abi::kProcessRegionsMax - 100;
    const auto base = allocate_much(kRegions * kPageBytes, true);
    if (!checks.expect(base.status(), Status::ok, "allocating for many regions")) return;
    for (Word i = 0; i < kRegions; i += 2) {
        if (!checks.expect(protect(base.value() + i * kPageBytes, kPageBytes, Rights::read), Status::ok, "many"))
            return;
    }
    for (Word i = 0; i < kRegions; i += 4) {
        if (!checks.expect(seal(base.value() + i * kPageBytes, kPageBytes), Status::ok, "many sealed")) return;
    }
    RegionInfo infos[64];
    checks.expect(regions(ProcessId::none, base.value(), infos).ok(), "looking at many");
    checks.expect(protect(base.value(), kRegions * kPageBytes, Rights::read), Status::ok, "protecting many");
    checks.expect(seal(base.value(), kRegions / 2 * kPageBytes), Status::ok, "sealing many");
    checks.expect(release(base.value(), kRegions * kPageBytes), Status::ok, "releasing many");
}

abi::PortArgs greatest_port() {
    abi::PortArgs args{};
    args.mode = static_cast<std::uint32_t>(PortMode::open);
    args.count_messages = kPortMessagesMax;
    args.message_bytes = kPageBytes;
    args.credits = kPortMessagesMax;
    return args;
}

/// A port full of messages with four areas each, destroyed; and messages of areas that have ragged ends.
void send_much(Checks& checks) {
    const auto port = port_create(greatest_port());
    if (!checks.expect(port.status(), Status::ok, "a great port")) return;
    const auto small = allocate_much(kPortMessagesMax * kAreasOfAMessage * 2 * kPageBytes, true);
    if (!checks.expect(small.status(), Status::ok, "many small areas")) return;
    abi::SendArgs args{};
    args.to = port.value();
    args.area_count = kAreasOfAMessage;
    std::uint32_t sent = 0;
    for (; sent < 100; ++sent) {
        for (Word i = 0; i < kAreasOfAMessage; ++i) {
            const Word base = small.value() + (sent * kAreasOfAMessage + i) * 2 * kPageBytes;
            args.areas[i] = {base, kPageBytes, AreaToSend::Kind::move};
        }
        if (message_send(args, Wait::no) != Status::ok) break;
    }
    checks.expect(sent > 50, "many messages are queued");
    checks.expect(port_destroy(port.value()), Status::ok, "destroying a full port");
    checks.expect(release(small.value(), kPortMessagesMax * kAreasOfAMessage * 2 * kPageBytes), Status::ok,
                  "releasing small areas");
}

void send_ragged(Checks& checks) {
    const auto port = port_create(greatest_port());
    if (!checks.expect(port.status(), Status::ok, "another great port")) return;
    abi::SendArgs args{};
    args.to = port.value();
    args.area_count = kAreasOfAMessage;
    for (AreaToSend& area : args.areas) {
        const auto base = allocate_much(kRaggedBytes, true);
        if (!checks.expect(base.status(), Status::ok, "a ragged area")) return;
        area = {base.value(), kRaggedBytes, AreaToSend::Kind::move};
    }
    checks.expect(message_send(args, Wait::no), Status::ok, "sending ragged areas");
    const auto head = message_receive(port.value(), Wait::no);
    checks.expect(head.status(), Status::ok, "receiving ragged areas");
    checks.expect(port_destroy(port.value()), Status::ok, "destroying the port");
}

void end_much(Checks& checks, bool by_kill) {
    const auto archive = BootArchive::open();
    if (!checks.expect(archive.status(), Status::ok, "the archive")) return;
    const std::string_view words[] = {"long_calls", by_kill ? "@wait" : "@much"};
    const auto child = start_program(archive.value(), words);
    if (!checks.expect(child.status(), Status::ok, "starting a child")) return;
    if (by_kill) {
        sleep(2000);
        checks.expect(process_kill(child.value()), Status::ok, "killing it");
    }
    checks.expect(process_wait(child.value(), Wait::yes).status(), Status::ok, "waiting for it");
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@much" || arguments[1] == "@wait") {
        (void)allocate_much(kMuchBytes, true);
        if (arguments[1] == "@wait") sleep(1000000);
        return 0;
    }
    Checks checks;
    change_much(checks);
    change_many(checks);
    send_much(checks);
    send_ragged(checks);
    end_much(checks, false);
    end_much(checks, true);
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
