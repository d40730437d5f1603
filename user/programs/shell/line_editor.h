// SPDX-License-Identifier: MIT
// Editing one line on a terminal, with history. Pure: bytes of the keyboard go in, bytes for the terminal come out.
//
//      left right home end, backspace delete     ctrl-A ctrl-E line's start, end     ctrl-U ctrl-K ctrl-W clear to the
//      up down: history                          ctrl-L clear the screen             start, to the end, a word
//      enter: done                               ctrl-C: not this one                ctrl-D: done for good, if empty
//
// A line longer than the terminal is wide is shown in part, the cursor always within it.
#pragma once

#include <cstddef>
#include <string_view>

#include "user/runtime/format.h"

namespace freehold::user {

class LineEditor {
  public:
    static constexpr std::size_t kLineMax = 512;
    static constexpr std::size_t kHistoryMax = 32;
    static constexpr std::size_t kColumns = 79;  // one less than the terminal's: writing the last one may wrap

    enum class Event { none, line, abandoned, end };

    LineEditor(Sink& terminal, std::string_view prompt) : terminal_(terminal), prompt_(prompt) {}

    /// Shows the prompt and an empty line.
    void begin();

    /// One byte of input. After Event::line, line() is what was typed.
    Event feed(char byte);

    [[nodiscard]] std::string_view line() const { return {line_, length_}; }

  private:
    enum class State { text, escape, sequence };

    struct Entry {
        char text[kLineMax];
        std::size_t length;
    };

    Event feed_text(char byte);
    void feed_key(char key);
    void feed_sequence(char byte);
    void insert(char byte);
    void erase(std::size_t from, std::size_t end);
    void erase_word();
    void move_to(std::size_t cursor);
    void show_history(std::size_t age);
    void remember();
    void redraw();
    [[nodiscard]] std::size_t window() const;

    Sink& terminal_;
    std::string_view prompt_;
    char line_[kLineMax];
    std::size_t length_ = 0;
    std::size_t cursor_ = 0;
    std::size_t shown_from_ = 0;  // the first character of the line that is on the terminal
    State state_ = State::text;
    char parameter_ = 0;          // the first digit of an escape sequence
    bool after_return_ = false;   // a newline right after a carriage return belongs to it
    Entry history_[kHistoryMax];  // a ring
    std::size_t remembered_ = 0;  // entries ever made
    std::size_t age_ = 0;         // 0: the line typed now; n: the n-th youngest entry is shown
};

}  // namespace freehold::user
