// SPDX-License-Identifier: MIT
// screen: shows on the VGA text screen what goes to the console. A process like any other, but that it may map device
// memory; if it dies the machine goes on without a picture.
#include "user/programs/screen/terminal.h"
#include "user/runtime/calls.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

// VGA text memory: one page holds 80 x 25 cells of two bytes.
constexpr std::uint64_t kScreenAddress = 0xB8000;

}  // namespace

int program_main(const Arguments&) {
    const auto base = map_physical({.address = kScreenAddress,
                                    .length_bytes = kPageBytes,
                                    .rights = static_cast<std::uint32_t>(kReadWrite),
                                    .cached = 0,
                                    .reserved = 0});
    if (!base.ok()) {
        print("screen: no screen: {}\n", base.status());
        return 1;
    }
    auto* const cells = reinterpret_cast<volatile std::uint16_t*>(static_cast<std::uintptr_t>(base.value()));
    Terminal terminal(std::span<volatile std::uint16_t, Terminal::kCells>(cells, Terminal::kCells));

    char text[1024];
    for (Word position = 0;;) {
        const auto count = console_watch(position, text);
        if (count.status == Status::overflow) {
            position = count.value;  // too late for a part of it: the console keeps only the latest output
            continue;
        }
        if (count.status != Status::ok) return 1;
        terminal.write({text, count.value});
        position += count.value;
    }
}

}  // namespace freehold::user
