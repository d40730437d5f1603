// SPDX-License-Identifier: MIT
// names: the name service. init starts it first, and everybody learns of its port at the start.
#include "user/programs/names/service.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kMessageCame = 1;
constexpr std::uint32_t kTimeToLook = 2;

// How late somebody may learn that his time is over, and how long the dead keep a place.
constexpr std::uint32_t kLookMilliseconds = 50;

names::Service service;  // static: more than a stack should hold

void look_again_soon() { timer(service.has_waiting() ? kLookMilliseconds : 0, kTimeToLook); }

[[noreturn]] void serve(const Port& port) {
    const Port* const ports[] = {&port};
    for (bool looking = false;;) {
        auto arrival = wait_any(ports, kTimeToLook);
        if (!arrival.ok()) {
            // A message brings areas there is no room for. Others may make room.
            sleep(kLookMilliseconds);
            service.look_after_waiting();
            continue;
        }
        if (arrival.value().signals != 0) {
            service.look_after_waiting();
            looking = false;
        } else {
            service.serve(static_cast<Message&&>(arrival.value().message));
        }
        if (!looking) look_again_soon();
        looking = service.has_waiting();
    }
}

}  // namespace

int program_main(const Arguments& arguments) {
    const auto port = Port::create({.count_messages = names::kRequestsMax,
                                    .message_bytes = sizeof(NameRequest),
                                    .credits = names::kRequestsOfProcessMax,
                                    .signals = kMessageCame});
    if (!port.ok()) fail("no port");
    const PortId id = port.value().id();
    if (send({.to = arguments.info().port, .payload = bytes_of(id)}) != Status::ok) fail("nobody to tell");
    serve(port.value());
}

}  // namespace freehold::user
