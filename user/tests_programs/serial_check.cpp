// SPDX-License-Identifier: MIT
// serial_check: what the serial driver says to subscribers who are wrong, too many, or don't read. Somebody must type
// ten lines when it says `type now`.
#include "user/runtime/names.h"
#include "user/runtime/serial.h"
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kMilliseconds = 10000;
constexpr std::uint32_t kLines = 10;

/// What the driver answers to a payload.
Status answer_to(PortId driver, std::span<const std::byte> payload) {
    auto answer = ask({.to = driver, .payload = payload}, kMilliseconds, sizeof(Status));
    if (!answer.ok()) return answer.status();
    const auto* const said = answer.value().message.payload_as<Status>();
    return said != nullptr ? *said : Status::ok;
}

Status answer_to(PortId driver, std::uint32_t kind, PortId lines) {
    const SerialRequest request{static_cast<SerialRequest::Kind>(kind), lines};
    return answer_to(driver, bytes_of(request));
}

void check_requests(Checks& checks, PortId driver) {
    const auto own = must(Port::create());
    checks.expect(answer_to(driver, {}), Status::bad_option, "a request of no bytes");
    checks.expect(answer_to(driver, bytes_of(std::uint32_t{1})), Status::bad_option, "half a request");
    checks.expect(answer_to(driver, 0, own.id()), Status::bad_option, "a request for nothing");
    checks.expect(answer_to(driver, 99, own.id()), Status::bad_option, "a request for what there is not");
    checks.expect(answer_to(driver, 1, PortId::none), Status::unknown_port, "lines to no port");
    checks.expect(answer_to(driver, 1, PortId{0x12345678}), Status::unknown_port, "lines to a port that is none");
    checks.expect(answer_to(driver, 1, driver), Status::not_permitted, "lines to another's port");
    const SerialRequest good{SerialRequest::Kind::subscribe, own.id()};
    checks.expect(send({.to = driver, .payload = bytes_of(good)}), Status::ok, "sending a request without a reply");
    auto area = must(Area::allocate(3 * kPageBytes));
    checks.expect(static_cast<Area&&>(area).send({.to = driver}), Status::ok, "sending an area nobody asked for");
}

void check_too_many(Checks& checks) {
    SerialLines all[kSerialSubscriptionsMax];
    for (SerialLines& one : all) {
        one = must(SerialLines::subscribe(kMilliseconds));
        checks.expect(one.next(50).status(), Status::timed_out, "a subscription while nobody types");
    }
    auto one_more = must(SerialLines::subscribe(kMilliseconds));
    checks.expect(one_more.next(kMilliseconds).status(), Status::would_block, "one subscription too many");
}

/// One that does not read holds up the other for a second, and is dropped then.
void check_idle(Checks& checks) {
    auto idle = must(SerialLines::subscribe(kMilliseconds));
    checks.expect(idle.next(50).status(), Status::timed_out, "subscriptions that ended make room");
    auto reader = must(SerialLines::subscribe(kMilliseconds));
    print("serial_check: type now\n");
    for (std::uint32_t i = 0; i < kLines; ++i) {
        checks.expect(reader.next(kMilliseconds).status(), Status::ok, "a line for who reads, though another does not");
    }
    auto again = must(SerialLines::subscribe(kMilliseconds));
    checks.expect(again.next(kMilliseconds).status(), Status::would_block, "subscribing with lines not yet read");
    for (std::uint32_t i = 0; i < kSerialLinesUnderWay; ++i) {
        checks.expect(idle.next(kMilliseconds).status(), Status::ok, "a line that was sent in time");
    }
    checks.expect(idle.next(kMilliseconds).status(), Status::timed_out, "not reading while others wait");
    again = must(SerialLines::subscribe(kMilliseconds));
    checks.expect(again.next(50).status(), Status::timed_out, "subscribing when all was read");
}

}  // namespace

int program_main(const Arguments&) {
    Checks checks;
    const PortId driver = must(await_name(kSerialName, kMilliseconds));
    check_requests(checks, driver);
    check_too_many(checks);
    check_idle(checks);
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
