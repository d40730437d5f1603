// SPDX-License-Identifier: MIT
// ask NAME TEXT: waits for a server of that name, sends it the text, and prints what it answers.
#include "user/runtime/names.h"
#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kMilliseconds = 2000;

int complain(std::string_view name, Status status) {
    print("ask: {}: {}\n", name, status);
    return 1;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments.count() != 3) {
        print("usage: ask NAME TEXT\n");
        return 2;
    }
    const auto port = await_name(arguments[1], kMilliseconds);
    if (!port.ok()) return complain(arguments[1], port.status());
    const auto answer = ask({.to = port.value(), .payload = bytes_of(arguments[2])}, kMilliseconds);
    if (!answer.ok()) return complain(arguments[1], answer.status());
    const auto text = answer.value().message.payload();
    print("{}\n", std::string_view(reinterpret_cast<const char*>(text.data()), text.size()));
    return 0;
}

}  // namespace freehold::user
