// SPDX-License-Identifier: MIT
// The user runtime's parts that are pure: SHA-256, formatting, numbers and words.
#include <gtest/gtest.h>

#include <string>

#include "user/runtime/format.h"
#include "user/runtime/sha256.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

std::string digest_of(std::string_view text, std::size_t piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        hash.update(std::as_bytes(std::span(text.substr(at, piece))));
    }
    const auto digits = hexadecimal(hash.finish());
    return {digits.begin(), digits.end()};
}

// Values: FIPS 180-4's examples (NIST, "SHA-256" example values), and coreutils' sha256sum for the long one.
TEST(UserSha256, gives_the_digests_of_the_standards_examples) {
    EXPECT_EQ(digest_of("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(digest_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(digest_of(std::string(1000000, 'a'), 4096),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(UserSha256, gives_the_same_digest_however_the_bytes_are_cut) {
    std::string text;
    for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto whole = digest_of(text.substr(0, length), 1000);
        for (const std::size_t piece : {1U, 3U, 63U, 64U, 65U}) {
            ASSERT_EQ(digest_of(text.substr(0, length), piece), whole) << length << " in pieces of " << piece;
        }
    }
}

template <typename... Values>
std::string text_of(FormatString<sizeof...(Values)> format, const Values&... values) {
    char buffer[200];
    return std::string(format_into(buffer, format, values...));
}

TEST(UserFormat, writes_values_between_the_text) {
    EXPECT_EQ(text_of("nothing"), "nothing");
    EXPECT_EQ(text_of("{} and {}", 1, "two"), "1 and two");
    EXPECT_EQ(text_of("{}{}{}", 'a', true, -5), "ayes-5");
    EXPECT_EQ(text_of("{{{}}}", 7U), "{7}");
    EXPECT_EQ(text_of("{}", ~std::uint64_t{0}), "18446744073709551615");
    EXPECT_EQ(text_of("{}", std::int64_t{-9223372036854775807} - 1), "-9223372036854775808");
    EXPECT_EQ(text_of("{}", Status::sealed), "sealed");
}

TEST(UserFormat, aligns_and_fills_as_told) {
    EXPECT_EQ(text_of("[{:6}] [{:6}]", 42, "ab"), "[    42] [ab    ]");
    EXPECT_EQ(text_of("[{:<6}] [{:>6}]", 42, "ab"), "[42    ] [    ab]");
    EXPECT_EQ(text_of("0x{:08x}", 0xBEEFU), "0x0000beef");
    EXPECT_EQ(text_of("{:,} {:,} {:,}", 1, 1000, 1234567), "1 1,000 1,234,567");
    EXPECT_EQ(text_of("[{:2}]", 12345), "[12345]");
}

TEST(UserFormat, drops_what_the_buffer_has_no_room_for) {
    char buffer[4];
    EXPECT_EQ(format_into(buffer, "{}", 123456), "1234");
}

TEST(UserText, reads_numbers_and_nothing_else) {
    EXPECT_EQ(parse_number("0"), 0U);
    EXPECT_EQ(parse_number("4294967295"), 4294967295U);
    EXPECT_EQ(parse_number("0xFf"), 255U);
    for (const char* const wrong : {"", "x", "-1", "1 ", "4294967296", "0x", "12a", "99999999999999999999"}) {
        EXPECT_FALSE(parse_number(wrong).has_value()) << wrong;
    }
}

TEST(UserText, cuts_text_into_words_and_parts) {
    std::string_view line = "  one two\tthree ";
    EXPECT_EQ(next_word(line), "one");
    EXPECT_EQ(next_word(line), "two");
    EXPECT_EQ(next_word(line), "three");
    EXPECT_EQ(next_word(line), "");
    std::string_view commands = "a b; c;;d";
    EXPECT_EQ(cut(commands, ";"), "a b");
    EXPECT_EQ(trim(cut(commands, ";")), "c");
    EXPECT_EQ(cut(commands, ";"), "");
    EXPECT_EQ(cut(commands, ";"), "d");
    EXPECT_TRUE(commands.empty());
}

}  // namespace
}  // namespace freehold::user
