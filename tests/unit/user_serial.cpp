// SPDX-License-Identifier: MIT
// Bytes of a serial port become lines.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "user/programs/serial/line.h"

namespace freehold::user::serial {
namespace {

/// The lines of a text; pieces of one are joined by `+`.
std::vector<std::string> lines_of(LineAssembler& assembler, const std::string& text) {
    std::vector<std::string> lines;
    bool joined = false;
    for (const char letter : text) {
        if (!assembler.feed(static_cast<std::byte>(letter))) continue;
        const auto bytes = assembler.bytes();
        const std::string line(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (joined) {
            lines.back() += "+" + line;
        } else {
            lines.push_back(line);
        }
        joined = (assembler.flags() & kSerialLineGoesOn) != 0;
        assembler.clear();
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(UserSerial, a_line_ends_with_return_newline_or_both) {
    LineAssembler assembler;
    EXPECT_EQ(lines_of(assembler, "one\rtwo\nthree\r\nfour\n\r"), (Lines{"one", "two", "three", "four", ""}));
    EXPECT_EQ(lines_of(assembler, "\n\r\n\r\r\n\n"), (Lines{"", "", "", ""}))
        << "a newline right after the return of before belongs to it";
}

TEST(UserSerial, every_other_byte_is_part_of_the_line) {
    LineAssembler assembler;
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        if (byte != '\r' && byte != '\n') all += static_cast<char>(byte);
    }
    EXPECT_EQ(lines_of(assembler, all + "\n"), Lines{all});
}

TEST(UserSerial, a_line_that_is_too_long_comes_in_pieces) {
    LineAssembler assembler;
    const std::string area(kSerialLineMax, 'a');
    EXPECT_EQ(lines_of(assembler, area + "\n"), Lines{area + "+"});
    EXPECT_EQ(lines_of(assembler, area + "b\nc\n"), (Lines{area + "+b", "c"}));
    EXPECT_EQ(lines_of(assembler, area + area + "b\n"), Lines{area + "+" + area + "+b"});
}

TEST(UserSerial, damage_is_told_of_its_own_line_only) {
    LineAssembler assembler;
    assembler.feed(std::byte{'a'});
    assembler.damage();
    EXPECT_TRUE(assembler.feed(std::byte{'\n'}));
    EXPECT_EQ(assembler.flags(), kSerialLineDamaged);
    assembler.clear();
    EXPECT_TRUE(assembler.feed(std::byte{'\n'}));
    EXPECT_EQ(assembler.flags(), 0U);
}

TEST(UserSerial, whatever_comes_no_byte_but_the_ends_is_lost) {
    std::mt19937 random(5);
    LineAssembler assembler;
    std::string sent;
    std::string wanted;
    for (int i = 0; i < 200'000; ++i) {
        const char letter = "ab\r\n"[random() % (random() % 5000 == 0 ? 4 : 2)];
        sent += letter;
        if (letter != '\r' && letter != '\n') wanted += letter;
    }
    std::string got;
    for (const std::string& line : lines_of(assembler, sent + "\n")) {
        for (const char letter : line) {
            if (letter != '+') got += letter;
        }
    }
    EXPECT_EQ(got, wanted);
}

}  // namespace
}  // namespace freehold::user::serial
