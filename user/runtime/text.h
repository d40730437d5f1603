// SPDX-License-Identifier: MIT
// Small things to do with text, none of which allocates.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace freehold::user {

/// The text without its first `count` characters.
constexpr std::string_view drop(std::string_view text, std::size_t count) {
    if (count > text.size()) count = text.size();
    return {text.data() + count, text.size() - count};
}

/// The first `count` characters of the text.
constexpr std::string_view take(std::string_view text, std::size_t count) {
    return {text.data(), count < text.size() ? count : text.size()};
}

constexpr bool is_blank(char character) {
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text = drop(text, 1);
    while (!text.empty() && is_blank(text.back())) text = take(text, text.size() - 1);
    return text;
}

/// Cuts off and returns the text up to the first character in `ends`, which is dropped.
constexpr std::string_view cut(std::string_view& text, std::string_view ends) {
    std::size_t length = 0;
    while (length < text.size() && ends.find(text[length]) == std::string_view::npos) ++length;
    const std::string_view head = take(text, length);
    text = drop(text, length + 1);
    return head;
}

/// Cuts off and returns the next word; empty if there is none.
constexpr std::string_view next_word(std::string_view& text) {
    while (!text.empty() && is_blank(text.front())) text = drop(text, 1);
    return cut(text, " \t\r\n");
}

/// A decimal number, or one in hexadecimal after 0x; nothing else may stand beside it.
constexpr std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint64_t base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text = drop(text, 2);
    }
    if (text.empty()) return std::nullopt;
    std::uint64_t number = 0;
    for (const char letter : text) {
        std::uint64_t digit = 16;
        if (letter >= '0' && letter <= '9') digit = static_cast<std::uint64_t>(letter - '0');
        if (letter >= 'a' && letter <= 'f') digit = static_cast<std::uint64_t>(letter - 'a') + 10;
        if (letter >= 'A' && letter <= 'F') digit = static_cast<std::uint64_t>(letter - 'A') + 10;
        if (digit >= base) return std::nullopt;
        number = number * base + digit;
        if (number > 0xFFFFFFFF) return std::nullopt;
    }
    return static_cast<std::uint32_t>(number);
}

}  // namespace freehold::user
