// SPDX-License-Identifier: MIT
#include "user/tests_programs/raii_peers.h"

#include "user/runtime/names.h"
#include "user/runtime/port.h"

namespace freehold::user::raii {
namespace {

constexpr std::uint32_t kNap = 30;  // milliseconds

int serve_words(const Port& port) {
    auto request = port.receive_words();
    while (request.ok()) {
        Words& words = request.value();
        const Word count = words.second();
        switch (words.first()) {
            case kAdd:
                request = port.reply_and_receive(static_cast<Words&&>(words), count + 1, words.first());
                break;
            case kDrop:
                request = Status::would_block;
                request = port.receive_words();
                break;
            default:
                return 0;
        }
    }
    return 1;
}

}  // namespace

int run_peer(const Arguments& arguments) {
    const auto port = Port::create();
    if (!port.ok() || publish_name(kPeerName, port.value().id()) != Status::ok) return 1;
    if (arguments[1] == "@words") return serve_words(port.value());
    sleep(kNap);
    if (arguments[1] == "@asleep") {
        sleep(5 * kNap);
        return 0;
    }
    // Both leave without an answer; the first without a look at the request, the second after it has the area.
    if (arguments[1] == "@deaf") return 0;
    auto request = port.value().receive();
    if (!request.ok()) return 1;
    auto area = request.value().take_area();
    return area.ok() ? 0 : 1;
}

}  // namespace freehold::user::raii
