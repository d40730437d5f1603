// SPDX-License-Identifier: MIT
// SHA-256 (FIPS 180-4): Sha256 hash; hash.update(bytes) as often as wanted; hash.finish().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace freehold::user {

class Sha256 {
  public:
    using Digest = std::array<std::uint8_t, 32>;

    void update(std::span<const std::byte> bytes);

    /// The digest of all that was put in. The object is used up.
    [[nodiscard]] Digest finish();

  private:
    static constexpr std::size_t kBlock = 64;

    void digest_block(const std::byte* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::uint64_t length_bytes_ = 0;
    std::array<std::byte, kBlock> rest_{};  // length_bytes_ % kBlock bytes that fill no block yet
};

/// The digest as 64 hexadecimal digits.
std::array<char, 64> hexadecimal(const Sha256::Digest& digest);

}  // namespace freehold::user
