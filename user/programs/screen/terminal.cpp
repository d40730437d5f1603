// SPDX-License-Identifier: MIT
// The terminal's cells. The cursor is a cell with its two colours swapped: moving the hardware's own would need I/O
// ports, which no user process has.
#include "user/programs/screen/terminal.h"

namespace freehold::user {
namespace {

constexpr std::uint16_t kColours = 0x07;  // light grey on black
constexpr std::uint16_t kBlank = static_cast<std::uint16_t>(kColours << 8 | ' ');
constexpr std::size_t kTab = 8;
static_assert(Terminal::kColumns % kTab == 0, "a tab ends within its line");
constexpr char kEscape = 0x1B;

}  // namespace

Terminal::Terminal(std::span<volatile std::uint16_t, kCells> cells) : cells_(cells) {
    clear(0, kCells);
    invert_cursor();
}

void Terminal::write(std::string_view text) {
    invert_cursor();
    for (const char byte : text) put(byte);
    invert_cursor();
}

void Terminal::put(char byte) {
    switch (state_) {
        case State::escape:
            state_ = byte == '[' ? State::sequence : State::text;
            number_ = 0;
            return;
        case State::sequence:
            put_sequence(byte);
            return;
        case State::text:
            break;
    }
    if (static_cast<unsigned char>(byte) < ' ') {
        put_control(byte);
        return;
    }
    if (column_ == kColumns) new_line();
    cells_[row_ * kColumns + column_] = static_cast<std::uint16_t>(kColours << 8 | static_cast<unsigned char>(byte));
    ++column_;
}

void Terminal::put_control(char byte) {
    if (byte == '\n') new_line();
    if (byte == '\r') column_ = 0;
    if (byte == '\b' && column_ > 0) --column_;
    if (byte == '\t' && column_ < kColumns) column_ = column_ / kTab * kTab + kTab;
    if (byte == kEscape) state_ = State::escape;
}

void Terminal::put_sequence(char byte) {
    if (byte >= '0' && byte <= '9') {
        number_ = number_ * 10 + static_cast<std::size_t>(byte - '0');
        if (number_ > kCells) number_ = kCells;
    } else if (byte >= '@' && byte <= '~') {
        finish_sequence(byte);
        state_ = State::text;
    }
}

void Terminal::finish_sequence(char letter) {
    const std::size_t count = number_ == 0 ? 1 : number_;
    const std::size_t line = row_ * kColumns;
    if (letter == 'C') column_ = column_ + count < kColumns ? column_ + count : kColumns - 1;
    if (letter == 'D') column_ = column_ > count ? column_ - count : 0;
    if (letter == 'H') row_ = column_ = 0;
    if (letter == 'K') clear(line + column_, line + kColumns);
    if (letter == 'J') clear(0, kCells);
}

void Terminal::new_line() {
    column_ = 0;
    if (row_ + 1 < kRows) {
        ++row_;
        return;
    }
    for (std::size_t cell = kColumns; cell < kCells; ++cell) {
        const std::uint16_t value = cells_[cell];
        cells_[cell - kColumns] = value;
    }
    clear(kCells - kColumns, kCells);
}

void Terminal::clear(std::size_t first, std::size_t end) {
    for (; first < end; ++first) cells_[first] = kBlank;
}

void Terminal::invert_cursor() {
    const std::size_t column = column_ < kColumns ? column_ : kColumns - 1;
    const std::size_t cell = row_ * kColumns + column;
    const std::uint16_t value = cells_[cell];
    const unsigned swapped = (value & 0x0F00U) << 4 | (value & 0xF000U) >> 4 | (value & 0x00FFU);
    cells_[cell] = static_cast<std::uint16_t>(swapped);
}

}  // namespace freehold::user
