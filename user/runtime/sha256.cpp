// SPDX-License-Identifier: MIT
// SHA-256, FIPS 180-4 section 6.2. The eight working words rotate through the rounds by name instead of being shifted,
// and the message schedule is a ring of 16 words, made as it is used up: both keep the work in registers and cache.
#include "user/runtime/sha256.h"

#include <bit>
#include <utility>

namespace freehold::user {
namespace {

constexpr std::array<std::uint32_t, 64> kRoundConstants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t load_big_endian(const std::byte* at) {
    std::uint32_t word = 0;
    __builtin_memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap32(word);
    return word;
}

// The standard's sums of rotations, nested: rotations add up, so each needs one copy of x less.
constexpr std::uint32_t small_sigma_0(std::uint32_t x) { return std::rotr(std::rotr(x, 11) ^ x, 7) ^ (x >> 3); }
constexpr std::uint32_t small_sigma_1(std::uint32_t x) { return std::rotr(std::rotr(x, 2) ^ x, 17) ^ (x >> 10); }
constexpr std::uint32_t big_sigma_0(std::uint32_t x) {
    return std::rotr(std::rotr(std::rotr(x, 9) ^ x, 11) ^ x, 2);  // by 2, 13 and 22
}
constexpr std::uint32_t big_sigma_1(std::uint32_t x) {
    return std::rotr(std::rotr(std::rotr(x, 14) ^ x, 5) ^ x, 6);  // by 6, 11 and 25
}

/// Round `round` (0 to 15) of a turn of 16. Word a of the standard is at index -round of the ring `s`, and so on.
template <unsigned round, bool first_turn>
[[gnu::always_inline]] inline void one_round(std::uint32_t (&s)[8], std::uint32_t (&w)[16], const std::byte* block,
                                             const std::uint32_t* constants) {
    constexpr auto at = [](unsigned index) { return (index + 16 - round) % 8; };
    const std::uint32_t a = s[at(0)], b = s[at(1)], c = s[at(2)];
    const std::uint32_t e = s[at(4)], f = s[at(5)], g = s[at(6)];
    if constexpr (first_turn) {
        w[round] = load_big_endian(block + 4 * round);
    } else {
        w[round] += small_sigma_0(w[(round + 1) % 16]) + w[(round + 9) % 16] + small_sigma_1(w[(round + 14) % 16]);
    }
    const std::uint32_t choice = g ^ (e & (f ^ g));
    const std::uint32_t majority = (a & b) | (c & (a | b));
    const std::uint32_t sum = s[at(7)] + big_sigma_1(e) + choice + constants[round] + w[round];
    s[at(3)] += sum;
    s[at(7)] = sum + big_sigma_0(a) + majority;
}

template <bool first_turn, unsigned... rounds>
[[gnu::always_inline]] inline void one_turn(std::uint32_t (&s)[8], std::uint32_t (&w)[16], const std::byte* block,
                                            const std::uint32_t* constants,
                                            std::integer_sequence<unsigned, rounds...>) {
    (one_round<rounds, first_turn>(s, w, block, constants), ...);
}

}  // namespace

void Sha256::digest_block(const std::byte* block) {
    constexpr auto kRounds = std::make_integer_sequence<unsigned, 16>{};
    std::uint32_t s[8];
    std::uint32_t w[16];
    __builtin_memcpy(s, state_.data(), sizeof s);
    one_turn<true>(s, w, block, kRoundConstants.data(), kRounds);
    for (unsigned turn = 16; turn < 64; turn += 16) {
        one_turn<false>(s, w, nullptr, kRoundConstants.data() + turn, kRounds);
    }
    for (unsigned i = 0; i < 8; ++i) state_[i] += s[i];
}

void Sha256::update(std::span<const std::byte> bytes) {
    const std::size_t held = static_cast<std::size_t>(length_bytes_ % kBlock);
    length_bytes_ += bytes.size();
    if (held > 0) {
        const std::size_t wanted = kBlock - held;
        const std::size_t count = bytes.size() < wanted ? bytes.size() : wanted;
        __builtin_memcpy(rest_.data() + held, bytes.data(), count);
        bytes = bytes.subspan(count);
        if (count < wanted) return;
        digest_block(rest_.data());
    }
    for (; bytes.size() >= kBlock; bytes = bytes.subspan(kBlock)) digest_block(bytes.data());
    if (!bytes.empty()) __builtin_memcpy(rest_.data(), bytes.data(), bytes.size());
}

Sha256::Digest Sha256::finish() {
    // One bit, zeros, and the length in bits, big-endian, at the end of a block.
    const std::uint64_t length_bits = length_bytes_ * 8;
    std::array<std::byte, 2 * kBlock> padding{std::byte{0x80}};
    const std::size_t held = static_cast<std::size_t>(length_bytes_ % kBlock);
    const std::size_t count = (held < kBlock - 8 ? kBlock : 2 * kBlock) - held;
    for (std::size_t i = 0; i < 8; ++i) padding[count - 1 - i] = static_cast<std::byte>(length_bits >> (8 * i));
    update(std::span(padding).first(count));

    Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
}

std::array<char, 64> hexadecimal(const Sha256::Digest& digest) {
    std::array<char, 64> text{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return text;
}

}  // namespace freehold::user
