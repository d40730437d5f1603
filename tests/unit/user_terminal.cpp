// SPDX-License-Identifier: MIT
// The shell's line editor, watched on the terminal that the screen shows: what is typed is what is seen.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>

#include "user/programs/screen/terminal.h"
#include "user/programs/shell/line_editor.h"

namespace freehold::user {
namespace {

class Screen final : public Sink {
  public:
    void write(std::string_view text) override { terminal_.write(text); }

    std::string row(std::size_t row) const {
        std::string text;
        for (std::size_t column = 0; column < Terminal::kColumns; ++column) {
            text += static_cast<char>(cells_[row * Terminal::kColumns + column] & 0xFF);
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }

    /// Column of the cell with swapped colours in that row; kColumns if there is none.
    std::size_t cursor(std::size_t row) const {
        std::size_t column = 0;
        while (column < Terminal::kColumns && cells_[row * Terminal::kColumns + column] >> 8 != 0x70) ++column;
        return column;
    }

  private:
    std::array<std::uint16_t, Terminal::kCells> cells_{};
    Terminal terminal_{std::span<volatile std::uint16_t, Terminal::kCells>(cells_)};
};

const std::string kLeft = "\x1b[D", kRight = "\x1b[C", kUp = "\x1b[A", kDown = "\x1b[B", kHome = "\x1b[H",
                  kEnd = "\x1b[F", kDelete = "\x1b[3~", kBackspace = "\x7f";

class UserLineEditor : public testing::Test {
  protected:
    UserLineEditor() { editor.begin(); }

    LineEditor::Event type(const std::string& keys) {
        auto event = LineEditor::Event::none;
        for (const char key : keys) event = editor.feed(key);
        return event;
    }
    void enter(const std::string& keys) {
        EXPECT_EQ(type(keys + "\r"), LineEditor::Event::line);
        editor.begin();
        ++row;
    }
    /// The line as it is, as it is shown, and where the cursor is.
    void expect(const std::string& line, std::size_t cursor) {
        EXPECT_EQ(editor.line(), line);
        const std::string shown = "> " + line;
        EXPECT_EQ(screen.row(row), shown.substr(0, shown.find_last_not_of(' ') + 1));
        EXPECT_EQ(screen.cursor(row), 2 + cursor);
    }

    Screen screen;
    LineEditor editor{screen, "> "};
    std::size_t row = 0;
};

TEST_F(UserLineEditor, gives_the_line_that_was_typed) {
    EXPECT_EQ(type("ls /bin"), LineEditor::Event::none);
    expect("ls /bin", 7);
    EXPECT_EQ(type("\r"), LineEditor::Event::line);
    EXPECT_EQ(editor.line(), "ls /bin");
    EXPECT_EQ(type("\n"), LineEditor::Event::none) << "the newline after a return is part of it";
}

TEST_F(UserLineEditor, edits_in_the_middle) {
    type("helo" + kLeft + "l");
    expect("hello", 4);
    type(kHome + "\"" + kEnd + "\"" + kLeft + kLeft + kDelete);
    expect("\"hell\"", 5);
    type(kBackspace + kBackspace + kRight);
    expect("\"he\"", 4);
}

TEST_F(UserLineEditor, clears_to_either_end_and_by_word) {
    type("one two  three\x17");
    expect("one two  ", 9);
    type("\x17");
    expect("one ", 4);
    type(kLeft + kLeft + "\x0b");
    expect("on", 2);
    type("x" + kLeft + "\x15");
    expect("x", 0);
    type("\x01y\x05z");
    expect("yxz", 3);
}

TEST_F(UserLineEditor, walks_through_its_history) {
    enter("first");
    enter("second");
    enter("second");
    enter("  ");
    type(kUp);
    expect("second", 6);
    type(kUp);
    expect("first", 5);
    type(kUp);
    expect("first", 5);
    type(kDown + kDown);
    expect("", 0);
    type(kUp + "!");
    expect("second!", 7);
}

TEST_F(UserLineEditor, forgets_the_oldest_lines_first) {
    for (int i = 0; i < 40; ++i) enter(std::to_string(i));
    for (int i = 0; i < 100; ++i) type(kUp);
    EXPECT_EQ(editor.line(), "8");
}

TEST_F(UserLineEditor, abandons_a_line_on_ctrl_c_and_ends_on_ctrl_d_where_it_is_empty) {
    EXPECT_EQ(type("abc\x03"), LineEditor::Event::abandoned);
    editor.begin();
    EXPECT_EQ(type("ab" + kLeft + "\x04"), LineEditor::Event::none);
    EXPECT_EQ(editor.line(), "a");
    EXPECT_EQ(type(kBackspace + "\x04"), LineEditor::Event::end);
}

TEST_F(UserLineEditor, shows_a_part_of_a_line_that_is_too_long) {
    std::string line;
    for (int i = 0; i < 100; ++i) line += static_cast<char>('a' + i % 26);
    type(line);
    EXPECT_EQ(editor.line(), line);
    EXPECT_EQ(screen.row(0), "> " + line.substr(100 - 77));
    type(kHome);
    EXPECT_EQ(screen.row(0), "> " + line.substr(0, 77));
    EXPECT_EQ(screen.cursor(0), 2U);
}

TEST_F(UserLineEditor, survives_any_bytes_and_never_leaves_its_row) {
    std::mt19937 random(1);
    const std::string likely = "ab \x01\x05\x0b\x15\x17\x7f\x1b[ABCDH3~";
    for (int i = 0; i < 200000; ++i) {
        const char byte = random() % 8 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
        if (byte == '\n' || byte == '\r' || byte == 3 || byte == 12) continue;
        if (editor.feed(byte) != LineEditor::Event::none) continue;
        ASSERT_LE(editor.line().size(), LineEditor::kLineMax);
    }
    EXPECT_EQ(screen.row(1), "");
}

TEST(UserTerminal, scrolls_when_the_last_row_is_left) {
    Screen screen;
    for (int i = 0; i < 30; ++i) format_to(screen, "line {}\n", i);
    EXPECT_EQ(screen.row(0), "line 6");
    EXPECT_EQ(screen.row(23), "line 29");
    EXPECT_EQ(screen.row(24), "");
    EXPECT_EQ(screen.cursor(24), 0U);
}

TEST(UserTerminal, wraps_a_line_only_when_more_follows) {
    Screen screen;
    screen.write(std::string(80, 'x'));
    EXPECT_EQ(screen.cursor(0), 79U);
    screen.write("\ny");
    EXPECT_EQ(screen.row(1), "y");
    screen.write(std::string(81, 'z'));
    EXPECT_EQ(screen.row(2), "zz");
}

TEST(UserTerminal, a_tab_behind_the_last_column_stays_in_the_line) {
    Screen screen;
    screen.write(std::string(80, 'x') + "\ty");
    EXPECT_EQ(screen.row(1), "y");
    EXPECT_EQ(screen.cursor(1), 1U);
}

TEST(UserTerminal, survives_any_bytes) {
    Screen screen;
    std::mt19937 random(2);
    for (int i = 0; i < 300000; ++i) {
        const char byte =
            random() % 3 == 0 ? "\x1b[0123456789CDHKJm;\b\t\r\n"[random() % 22] : static_cast<char>(random());
        screen.write({&byte, 1});
    }
    screen.write("\x1b[m\x1b[m\x1b[2J\x1b[Hdone");
    EXPECT_EQ(screen.row(0), "done");
}

}  // namespace
}  // namespace freehold::user
