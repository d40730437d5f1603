// SPDX-License-Identifier: MIT
// Text from values, checked when compiled: format("{} of {:>8x}", a, b).
//
//      {}  {:8}  {:<8}  {:>8}  {:08x}  {:,}      {{ and }} for the braces themselves
//
// `<` and `>` align within a width (text to the left and numbers to the right if not told), `0` fills with zeros,
// `x` writes hexadecimal, `,` separates thousands. A wrong number of arguments does not compile.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include <freehold/types.h>

namespace freehold::user {

/// One value to print.
class Argument {
  public:
    enum class Kind { text, character, number, negative };

    constexpr Argument(std::string_view text) : kind_(Kind::text), text_(text) {}                      // NOLINT
    constexpr Argument(const char* text) : kind_(Kind::text), text_(text) {}                           // NOLINT
    constexpr Argument(bool value) : kind_(Kind::text), text_(value ? "yes" : "no") {}                 // NOLINT
    constexpr Argument(char value) : kind_(Kind::character), number_(static_cast<unsigned>(value)) {}  // NOLINT
    constexpr Argument(std::unsigned_integral auto value) : kind_(Kind::number), number_(value) {}     // NOLINT
    constexpr Argument(std::signed_integral auto value)                                                // NOLINT
        : kind_(value < 0 ? Kind::negative : Kind::number),
          number_(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value)) {}
    Argument(Status status) : kind_(Kind::text), text_(status_name(status)) {}                        // NOLINT
    constexpr Argument(SpaceId id) : kind_(Kind::number), number_(static_cast<std::uint32_t>(id)) {}  // NOLINT
    constexpr Argument(PortId id) : kind_(Kind::number), number_(static_cast<std::uint32_t>(id)) {}   // NOLINT
    constexpr Argument(VirtAddr address) : kind_(Kind::number), number_(address.value()) {}           // NOLINT

    [[nodiscard]] constexpr Kind kind() const { return kind_; }
    [[nodiscard]] constexpr std::string_view text() const { return text_; }
    [[nodiscard]] constexpr std::uint64_t number() const { return number_; }

  private:
    Kind kind_;
    std::string_view text_;
    std::uint64_t number_ = 0;
};

/// Where text goes.
class Sink {
  public:
    virtual void write(std::string_view text) = 0;

  protected:
    ~Sink() = default;
};

/// Text in a buffer; what does not fit is dropped.
class BufferSink final : public Sink {
  public:
    explicit BufferSink(std::span<char> buffer) : buffer_(buffer) {}
    void write(std::string_view text) override {
        for (const char character : text) {
            if (length_ < buffer_.size()) buffer_[length_++] = character;
        }
    }
    [[nodiscard]] std::string_view text() const { return {buffer_.data(), length_}; }
    void clear() { length_ = 0; }

  private:
    std::span<char> buffer_;
    std::size_t length_ = 0;
};

void format_arguments(Sink& sink, std::string_view format, std::span<const Argument> arguments);

/// A format string whose placeholders were counted by the compiler.
template <std::size_t count_arguments>
class FormatString {
  public:
    template <std::size_t size>
    consteval FormatString(const char (&text)[size]) : text_(text, size - 1) {  // NOLINT(google-explicit-constructor)
        std::size_t placeholders = 0;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            const bool doubled = i + 1 < text_.size() && text_[i + 1] == text_[i];
            if ((text_[i] == '{' || text_[i] == '}') && doubled) {
                ++i;
            } else if (text_[i] == '{') {
                ++placeholders;
                while (i < text_.size() && text_[i] != '}') ++i;
                if (i == text_.size()) placeholder_is_not_closed();
            }
        }
        if (placeholders != count_arguments) number_of_arguments_is_wrong();
    }
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

  private:
    // Not constexpr: reaching one ends the compilation with its name.
    static void placeholder_is_not_closed() {}
    static void number_of_arguments_is_wrong() {}

    std::string_view text_;
};

template <typename... Values>
void format_to(Sink& sink, FormatString<sizeof...(Values)> format, const Values&... values) {
    if constexpr (sizeof...(Values) == 0) {
        format_arguments(sink, format.text(), {});
    } else {
        const std::array<Argument, sizeof...(Values)> arguments{Argument(values)...};
        format_arguments(sink, format.text(), arguments);
    }
}

/// Formats into a buffer and returns what was written.
template <typename... Values>
std::string_view format_into(std::span<char> buffer, FormatString<sizeof...(Values)> format, const Values&... values) {
    BufferSink sink(buffer);
    format_to(sink, format, values...);
    return sink.text();
}

}  // namespace freehold::user
