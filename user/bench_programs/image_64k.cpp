// SPDX-License-Identifier: MIT
// image_64k: ends at once. Its segments take 16 pages, most of them constants: what starting a program costs is
// measured by it.
#include <array>
#include <cstdint>

#include "user/runtime/start.h"

namespace freehold::user {
namespace {

constexpr std::size_t kFillingBytes = 54 << 10;

constexpr auto filling = [] {
    std::array<std::uint8_t, kFillingBytes> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 251);
    return bytes;
}();

}  // namespace

int program_main(const Arguments& arguments) { return filling[(arguments.count() - 1) % kFillingBytes]; }

}  // namespace freehold::user
