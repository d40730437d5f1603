// SPDX-License-Identifier: MIT
// What a kernel does with the library, the same on every machine.
#include <freehold/audit.h>
#include <freehold/ipc.h>

#include "examples/minimal_port/port.h"

namespace minimal {

using namespace freehold;

namespace {

constexpr Word kValue = 0x5EA1;
constexpr Word kAreaBytes = Word{8} << 20;
bool good = true;

/// Says what is not so.
void expect(bool condition, const char* what) {
    if (!condition) print(what);
    good = good && condition;
}

bool holds_value(const Result<Word>& loaded) { return loaded.ok() && loaded.value() == kValue; }

}  // namespace

bool demonstrate(System& system) {
    const auto sender = create_space(system, {}), receiver = create_space(system, {});
    if (!sender.ok() || !receiver.ok()) return false;
    AddressSpace &from = *sender.value(), &to = *receiver.value();

    const auto area = allocate_area(from, {.length_bytes = kAreaBytes});
    const auto port = create_port(to, {});
    if (!area.ok() || !port.ok()) return false;
    expect(user_store(from, area.value(), kValue) == Status::ok, "not so: a first touch is given a page\n");

    const AreaToSend sent{area.value().value(), kAreaBytes, AreaToSend::Kind::move};
    SendOptions message;
    message.to = port.value();
    message.areas = {&sent, 1};
    expect(send_message(from, message) == Status::ok, "not so: an area is sent\n");
    expect(!user_load(from, area.value()).ok(), "not so: what is sent is the sender's no more\n");
    const auto head_at = receive_message(to, port.value());
    MessageHead head{};
    if (!head_at.ok() || copy_in(to, head_at.value(), std::as_writable_bytes(std::span(&head, 1))) != Status::ok) {
        return false;
    }
    const VirtAddr arrived(head.areas[0].base);
    expect(holds_value(user_load(to, arrived)), "not so: it arrives with what was in it\n");

    const PageRange range(arrived, arrived + kAreaBytes);
    expect(seal_area(to, range) == Status::ok, "not so: it is sealed\n");
    expect(user_store(to, arrived, 0) == Status::sealed, "not so: nobody writes what is sealed\n");
    const auto shared = share_area(to, range, from);
    expect(shared.ok() && holds_value(user_load(from, shared.value())), "not so: it is shared\n");

    expect(audit(system).clean, "not so: the audit is clean\n");
    return good;
}

}  // namespace minimal
