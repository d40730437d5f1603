// SPDX-License-Identifier: MIT
// The client's side of the serial driver.
#include "user/runtime/serial.h"

#include "user/runtime/names.h"

namespace freehold::user {

Result<SerialLines> SerialLines::subscribe(std::uint32_t milliseconds) {
    const auto driver = await_name(kSerialName, milliseconds);
    if (!driver.ok()) return driver.status();
    const auto record = port_record(driver.value());
    if (!record.ok()) return record.status();
    auto port = Port::create({.mode = PortMode::dedicated,
                              .sender = record.value().port.owner,
                              .count_messages = kSerialLinesUnderWay + 1,
                              .message_bytes = sizeof(SerialLineHead)});
    if (!port.ok()) return port.status();
    const PortId id = port.value().id();
    const SerialRequest request{.kind = SerialRequest::Kind::subscribe, .lines = id};
    const Outgoing message{.to = driver.value(), .payload = bytes_of(request), .reply_to = id};
    const Status sent = send(message, Wait::yes, milliseconds);
    if (sent != Status::ok) return sent;
    return SerialLines(static_cast<Port&&>(port.value()));
}

Result<SerialLine> SerialLines::next(std::uint32_t milliseconds) {
    auto message = port_.receive(Wait::yes, milliseconds);
    if (!message.ok()) return message.status();
    Message& came = message.value();
    if (came.is_reply()) {
        const auto* const said = came.payload_as<Status>();
        if (came.status() != Status::ok) return came.status();
        return said != nullptr && *said != Status::ok ? *said : Status::bad_option;
    }
    const auto* const head = came.payload_as<SerialLineHead>();
    auto area = came.take_area();
    if (head == nullptr || !area.ok() || head->length_bytes > area.value().length_bytes()) return Status::bad_option;
    SerialLine line(static_cast<Area&&>(area.value()), *head);
    // A driver that has died meanwhile: that is told by the next one.
    (void)static_cast<Message&&>(came).reply();
    return line;
}

}  // namespace freehold::user
