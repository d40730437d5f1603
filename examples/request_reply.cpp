// SPDX-License-Identifier: MIT
// A service in 20 lines: answers a text with the same text in capitals. `request_reply &`, then `ask capitals hello`.
#include "user/runtime/names.h"
#include "user/runtime/port.h"
#include "user/runtime/start.h"

namespace freehold::user {

int program_main(const Arguments&) {
    const auto port = Port::create({.message_bytes = 256});
    if (!port.ok() || publish_name("capitals", port.value().id()) != Status::ok) return 1;
    for (;;) {
        auto request = port.value().receive();
        if (!request.ok()) return 1;
        std::byte answer[256];
        std::size_t length_bytes = 0;
        for (const std::byte letter : request.value().payload()) {
            const bool small = letter >= std::byte{'a'} && letter <= std::byte{'z'};
            answer[length_bytes++] = small ? letter ^ std::byte{0x20} : letter;
        }
        (void)static_cast<Message&&>(request.value()).reply({answer, length_bytes});
    }
}

}  // namespace freehold::user
