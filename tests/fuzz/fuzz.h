// SPDX-License-Identifier: MIT
// What the fuzz targets share: bytes are turned into choices, and what goes wrong ends the program, so that libFuzzer
// keeps the bytes. Each target is a program of its own, fuzz_NAME; ./test fuzz runs them all.
//
// To repeat a failure: build/host-clang-asan/tests/fuzz_NAME FILE
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace freehold::fuzz {

/// Choices, one byte or a few each; zeros behind the last byte.
class Choices {
  public:
    Choices(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

    [[nodiscard]] bool left() const { return !rest_.empty(); }

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    std::uint32_t below(std::uint32_t bound) {
        const std::uint32_t low = byte();
        return (bound <= 256 ? low : low | std::uint32_t{byte()} << 8) % bound;
    }
    std::uint64_t word() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8 | byte();
        return value;
    }

    /// The next bytes, as many as are left at most.
    std::string_view text(std::size_t length) {
        const auto taken = rest_.first(length < rest_.size() ? length : rest_.size());
        rest_ = rest_.subspan(taken.size());
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }

  private:
    std::span<const std::uint8_t> rest_;
};

/// Bytes in a block of their exact size, so that the address sanitizer sees any look beyond them.
class Block {
  public:
    Block(const void* data, std::size_t size) : bytes_(new std::byte[size]), size_(size) {
        if (size != 0) __builtin_memcpy(bytes_.get(), data, size);
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

/// Ends the program if there is something wrong.
inline void expect_nothing(std::string_view wrong) {
    if (wrong.empty()) return;
    std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(wrong.size()), wrong.data());
    std::abort();
}
inline void expect(bool holds, std::string_view otherwise) {
    if (!holds) expect_nothing(otherwise);
}

}  // namespace freehold::fuzz
