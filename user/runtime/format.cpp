// SPDX-License-Identifier: MIT
// Reads placeholders and writes values.
#include "user/runtime/format.h"

namespace freehold::user {
namespace {

enum class Align { natural, left, right };

struct Spec {
    Align align = Align::natural;
    bool zeros = false;
    bool hexadecimal = false;
    bool thousands = false;
    std::size_t width = 0;
};

/// Reads what stands between the colon and the closing brace; leaves `at` on that brace.
Spec read_spec(std::string_view format, std::size_t& at) {
    Spec spec;
    if (at < format.size() && format[at] == ':') ++at;
    for (; at < format.size() && format[at] != '}'; ++at) {
        const char letter = format[at];
        if (letter == '<') spec.align = Align::left;
        if (letter == '>') spec.align = Align::right;
        if (letter == 'x') spec.hexadecimal = true;
        if (letter == ',') spec.thousands = true;
        if (letter == '0' && spec.width == 0) spec.zeros = true;
        if (letter >= '0' && letter <= '9') spec.width = spec.width * 10 + static_cast<std::size_t>(letter - '0');
    }
    return spec;
}

void fill(Sink& sink, char character, std::size_t count) {
    for (; count > 0; --count) sink.write({&character, 1});
}

void write_aligned(Sink& sink, std::string_view text, const Spec& spec, bool to_the_right) {
    const std::size_t room = spec.width > text.size() ? spec.width - text.size() : 0;
    const bool right = spec.align == Align::right || (spec.align == Align::natural && to_the_right);
    if (right) fill(sink, spec.zeros ? '0' : ' ', room);
    sink.write(text);
    if (!right) fill(sink, ' ', room);
}

void write_number(Sink& sink, std::uint64_t number, bool negative, const Spec& spec) {
    char digits[32];
    std::size_t at = sizeof digits;
    const unsigned base = spec.hexadecimal ? 16 : 10;
    std::size_t written = 0;
    do {
        if (spec.thousands && written > 0 && written % 3 == 0) digits[--at] = ',';
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
        ++written;
    } while (number != 0);
    if (negative) digits[--at] = '-';
    write_aligned(sink, {digits + at, sizeof digits - at}, spec, true);
}

void write_argument(Sink& sink, const Argument& argument, const Spec& spec) {
    switch (argument.kind()) {
        case Argument::Kind::text:
            write_aligned(sink, argument.text(), spec, false);
            return;
        case Argument::Kind::character: {
            const char character = static_cast<char>(argument.number());
            write_aligned(sink, {&character, 1}, spec, false);
            return;
        }
        case Argument::Kind::number:
            write_number(sink, argument.number(), false, spec);
            return;
        case Argument::Kind::negative:
            write_number(sink, argument.number(), true, spec);
            return;
    }
}

}  // namespace

void format_arguments(Sink& sink, std::string_view format, std::span<const Argument> arguments) {
    std::size_t next = 0;
    std::size_t plain = 0;  // where the text not yet written begins
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '{' && format[at] != '}') continue;
        sink.write({format.data() + plain, at - plain});
        if (at + 1 < format.size() && format[at + 1] == format[at]) {
            plain = ++at;  // the second of a doubled brace begins the next stretch of text
            continue;
        }
        if (format[at] == '{') {
            ++at;
            const Spec spec = read_spec(format, at);
            if (next < arguments.size()) write_argument(sink, arguments[next++], spec);
        }
        plain = at + 1;
    }
    if (plain < format.size()) sink.write({format.data() + plain, format.size() - plain});
}

}  // namespace freehold::user
