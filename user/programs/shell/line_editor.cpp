// SPDX-License-Identifier: MIT
// Line editing. Typing at the end of a line that fits echoes the one character; everything else draws the line anew.
#include "user/programs/shell/line_editor.h"

#include "user/runtime/text.h"

namespace freehold::user {
namespace {

constexpr char kEscape = 0x1B;
constexpr char kDelete = 0x7F;

/// The code a letter's key gives with control held.
constexpr char control(char letter) { return static_cast<char>(letter & 0x1F); }

}  // namespace

void LineEditor::begin() {
    length_ = cursor_ = shown_from_ = age_ = 0;
    state_ = State::text;
    terminal_.write(prompt_);
}

LineEditor::Event LineEditor::feed(char byte) {
    const bool second_of_pair = byte == '\n' && after_return_;
    after_return_ = byte == '\r';
    if (second_of_pair) return Event::none;
    switch (state_) {
        case State::text:
            return feed_text(byte);
        case State::escape:
            // O announces the same keys as [ on terminals in application mode.
            state_ = byte == '[' || byte == 'O' ? State::sequence : State::text;
            parameter_ = 0;
            return Event::none;
        case State::sequence:
            feed_sequence(byte);
            return Event::none;
    }
    return Event::none;
}

LineEditor::Event LineEditor::feed_text(char byte) {
    switch (byte) {
        case '\r':
        case '\n':
            move_to(length_);
            terminal_.write("\n");
            remember();
            return Event::line;
        case control('C'):
            terminal_.write("^C\n");
            return Event::abandoned;
        case control('D'):
            if (length_ == 0) return Event::end;
            erase(cursor_, cursor_ + 1);
            break;
        case kEscape:
            state_ = State::escape;
            break;
        case '\t':
            insert(' ');
            break;
        case kDelete:
            feed_key(control('H'));
            break;
        default:
            static_cast<unsigned char>(byte) >= ' ' ? insert(byte) : feed_key(byte);
            break;
    }
    return Event::none;
}

/// The keys that edit.
void LineEditor::feed_key(char key) {
    switch (key) {
        case control('A'):
            return move_to(0);
        case control('E'):
            return move_to(length_);
        case control('B'):
            return move_to(cursor_ > 0 ? cursor_ - 1 : 0);
        case control('F'):
            return move_to(cursor_ + 1);
        case control('P'):
            return show_history(age_ + 1);
        case control('N'):
            return show_history(age_ > 0 ? age_ - 1 : 0);
        case control('U'):
            return erase(0, cursor_);
        case control('K'):
            return erase(cursor_, length_);
        case control('W'):
            return erase_word();
        case control('H'):
            if (cursor_ > 0) erase(cursor_ - 1, cursor_);
            return;
        case control('L'):
            terminal_.write("\x1b[2J\x1b[H");
            return redraw();
        default:
            return;
    }
}

void LineEditor::feed_sequence(char byte) {
    if (byte < '@') {
        if (parameter_ == 0) parameter_ = byte;
        return;
    }
    state_ = State::text;
    if (byte == 'A') show_history(age_ + 1);
    if (byte == 'B' && age_ > 0) show_history(age_ - 1);
    if (byte == 'C') move_to(cursor_ + 1);
    if (byte == 'D' && cursor_ > 0) move_to(cursor_ - 1);
    if (byte == 'H') move_to(0);
    if (byte == 'F') move_to(length_);
    if (byte != '~') return;
    if (parameter_ == '1' || parameter_ == '7') move_to(0);
    if (parameter_ == '4' || parameter_ == '8') move_to(length_);
    if (parameter_ == '3') erase(cursor_, cursor_ + 1);
}

void LineEditor::insert(char byte) {
    if (length_ == kLineMax) return;
    for (std::size_t i = length_; i > cursor_; --i) line_[i] = line_[i - 1];
    line_[cursor_] = byte;
    ++length_;
    ++cursor_;
    if (cursor_ == length_ && cursor_ - shown_from_ <= window()) {
        terminal_.write({&byte, 1});
    } else {
        redraw();
    }
}

void LineEditor::erase(std::size_t from, std::size_t end) {
    if (end > length_) end = length_;
    if (from >= end) return;
    const bool last_character = end == length_ && from + 1 == end && cursor_ == end && from >= shown_from_;
    for (std::size_t i = end; i < length_; ++i) line_[from + i - end] = line_[i];
    length_ -= end - from;
    cursor_ = from;
    if (last_character) {
        terminal_.write("\b \b");
    } else {
        redraw();
    }
}

void LineEditor::erase_word() {
    std::size_t from = cursor_;
    while (from > 0 && is_blank(line_[from - 1])) --from;
    while (from > 0 && !is_blank(line_[from - 1])) --from;
    erase(from, cursor_);
}

void LineEditor::move_to(std::size_t cursor) {
    if (cursor > length_) cursor = length_;
    if (cursor == cursor_) return;
    cursor_ = cursor;
    redraw();
}

void LineEditor::show_history(std::size_t age) {
    const std::size_t kept = remembered_ < kHistoryMax ? remembered_ : kHistoryMax;
    if (age > kept) return;
    age_ = age;
    length_ = 0;
    if (age > 0) {
        const Entry& entry = history_[(remembered_ - age) % kHistoryMax];
        length_ = entry.length;
        __builtin_memcpy(line_, entry.text, entry.length);
    }
    cursor_ = length_;
    redraw();
}

void LineEditor::remember() {
    if (trim(line()).empty()) return;
    if (remembered_ > 0) {
        const Entry& last = history_[(remembered_ - 1) % kHistoryMax];
        if (line() == std::string_view(last.text, last.length)) return;
    }
    Entry& entry = history_[remembered_ % kHistoryMax];
    entry.length = length_;
    __builtin_memcpy(entry.text, line_, length_);
    ++remembered_;
}

std::size_t LineEditor::window() const { return kColumns - prompt_.size(); }

void LineEditor::redraw() {
    if (cursor_ < shown_from_) shown_from_ = cursor_;
    if (cursor_ - shown_from_ > window()) shown_from_ = cursor_ - window();
    const std::string_view shown = take(drop(line(), shown_from_), window());
    format_to(terminal_, "\r{}{}\x1b[K", prompt_, shown);
    const std::size_t behind = shown_from_ + shown.size() - cursor_;
    if (behind > 0) format_to(terminal_, "\x1b[{}D", behind);
}

}  // namespace freehold::user
