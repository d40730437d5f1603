// SPDX-License-Identifier: MIT
// A terminal of 80 by 25 cells as VGA text memory has them: bytes go in, cells change. Knows newline, return,
// backspace, tab, and of the escape sequences the few that a shell's line editing uses:
//
//      ESC[nC ESC[nD right, left    ESC[H home    ESC[K clear to the line's end    ESC[2J clear all    others: ignored
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace freehold::user {

class Terminal {
  public:
    static constexpr std::size_t kColumns = 80;
    static constexpr std::size_t kRows = 25;
    static constexpr std::size_t kCells = kColumns * kRows;

    /// Clears the cells, which live elsewhere: in a screen's memory, for example.
    explicit Terminal(std::span<volatile std::uint16_t, kCells> cells);

    void write(std::string_view text);

  private:
    enum class State { text, escape, sequence };

    void put(char byte);
    void put_control(char byte);
    void put_sequence(char byte);
    void finish_sequence(char letter);
    void new_line();
    void clear(std::size_t first, std::size_t end);
    void invert_cursor();

    std::span<volatile std::uint16_t, kCells> cells_;
    std::size_t row_ = 0;
    std::size_t column_ = 0;  // kColumns: the next character begins a new line
    State state_ = State::text;
    std::size_t number_ = 0;  // of the sequence read so far
};

}  // namespace freehold::user
