// SPDX-License-Identifier: MIT
// Printing and the decoding of what comes in: numbers and formats beside the C library's, the terminal and the line
// editor by their own rules, lines of the serial port and names beside naive ones.
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "kernel/console/print.h"
#include "tests/fuzz/fuzz.h"
#include "user/programs/names/table.h"
#include "user/programs/screen/terminal.h"
#include "user/programs/serial/line.h"
#include "user/programs/shell/line_editor.h"
#include "user/runtime/text.h"

using namespace freehold;
using namespace freehold::user;

namespace {

std::string printed;  // by the kernel

std::string by_c_library(const char* format, std::uint64_t number) {
    char text[32];
    std::snprintf(text, sizeof(text), format, static_cast<unsigned long long>(number));
    return text;
}

void print_numbers(fuzz::Choices& choices) {
    const std::uint64_t number = choices.word() >> choices.byte() % 64U;
    printed.clear();
    kernel::print(number, ' ', kernel::Hex{static_cast<Word>(number)}, " end");
    const std::string hexadecimal = sizeof(Word) == 4 ? "0x%08llX end" : "0x%016llX end";
    fuzz::expect(
        printed == by_c_library("%llu ", number) + by_c_library(hexadecimal.c_str(), static_cast<Word>(number)),
        "the kernel prints another number");
    const std::string text = by_c_library("%llu", number);
    const auto parsed = parse_number(text);
    fuzz::expect(parsed.has_value() == (number <= 0xFFFFFFFF) && parsed.value_or(0) == (parsed ? number : 0),
                 "a number that was printed is read as another");
}

std::string with_thousands(const std::string& digits, bool wanted) {
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (wanted && i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

void format_numbers(fuzz::Choices& choices) {
    const std::uint32_t kind = choices.byte();
    const std::size_t width = choices.below(70);
    const std::uint64_t number = choices.word() >> choices.byte() % 64U;
    const bool negative = (kind & 1) != 0 && number != 0;
    const bool zeros = (kind & 8) != 0;
    std::string spec = "{:";
    if ((kind & 2) != 0) spec += '<';
    if (zeros) spec += '0';
    if (width != 0) spec += std::to_string(width);
    if ((kind & 4) != 0) spec += 'x';
    if ((kind & 16) != 0) spec += ',';
    const Argument argument = negative ? Argument(static_cast<std::int64_t>(0 - number)) : Argument(number);
    const std::uint64_t magnitude = argument.number();
    const std::string sign = argument.kind() == Argument::Kind::negative ? "-" : "";
    const std::string digits =
        sign + with_thousands(by_c_library((kind & 4) != 0 ? "%llx" : "%llu", magnitude), (kind & 16) != 0);
    const std::string room(width > digits.size() ? width - digits.size() : 0, zeros && (kind & 2) == 0 ? '0' : ' ');
    const std::string wanted = (kind & 2) != 0 ? digits + room : room + digits;
    std::array<char, 256> buffer{};
    BufferSink sink(buffer);
    format_arguments(sink, "{{" + spec + "}}}", {&argument, 1});
    fuzz::expect(sink.text() == "{" + wanted + "}", "a number is formatted otherwise");
}

/// What is typed is edited on one row; what a program prints goes anywhere.
void type_and_show(fuzz::Choices& choices) {
    class Screen final : public Sink {
      public:
        explicit Screen(Terminal& terminal) : terminal_(terminal) {}
        void write(std::string_view text) override { terminal_.write(text); }

      private:
        Terminal& terminal_;
    };
    const auto cells = std::make_unique<std::array<std::uint16_t, Terminal::kCells>>();
    Terminal terminal{std::span<volatile std::uint16_t, Terminal::kCells>(*cells)};
    Screen screen(terminal);
    const auto editor = std::make_unique<LineEditor>(screen, "> ");
    editor->begin();
    for (const char byte : choices.text(choices.below(600))) {
        if (editor->feed(byte) != LineEditor::Event::none) editor->begin();
        fuzz::expect(editor->line().size() <= LineEditor::kLineMax, "a line grew too long");
    }
    terminal.write(choices.text(choices.below(600)));
}

void assemble_lines(fuzz::Choices& choices) {
    const std::string_view bytes = choices.text(choices.below(600));
    serial::LineAssembler assembler;
    std::string line;
    bool after_return = false;
    for (const char byte : bytes) {
        const bool done = assembler.feed(static_cast<std::byte>(byte));
        const bool second = byte == '\n' && after_return;
        after_return = byte == '\r';
        const bool end = !second && (byte == '\r' || byte == '\n');
        fuzz::expect(done == end, "a line ends elsewhere");
        if (byte != '\r' && byte != '\n') line += byte;
        if (!done) continue;
        const auto got = assembler.bytes();
        fuzz::expect(std::string_view(reinterpret_cast<const char*>(got.data()), got.size()) == line, "another line");
        assembler.clear();
        line.clear();
    }
}

std::map<PortId, abi::ProcessId> owners;

/// Requests as the name service decodes them, beside a map.
void serve_names(fuzz::Choices& choices) {
    const auto table = std::make_unique<names::Table>([](PortId port) -> Result<abi::ProcessId> {
        const auto found = owners.find(port);
        if (found == owners.end()) return Status::unknown_port;
        return found->second;
    });
    owners.clear();
    std::map<std::string, PortId> published;
    std::set<PortId> known;
    for (std::uint32_t i = 0; choices.left() && i < 200; ++i) {
        const std::uint32_t head = choices.byte();
        const auto process = static_cast<abi::ProcessId>(1 + head % 4);
        const auto port = static_cast<PortId>(1 + choices.below(64));
        const std::string name(1, static_cast<char>('a' + choices.below(26)));
        if (head / 4 % 8 == 0 && known.insert(port).second) owners[port] = process;  // an id never comes back
        if (head / 4 % 8 == 1) owners.erase(port);
        std::erase_if(published, [](const auto& pair) { return !owners.contains(pair.second); });
        if (head / 4 % 8 >= 4 && table->publish(name, port, process) == Status::ok) {
            fuzz::expect(!published.contains(name) && owners.contains(port) && owners[port] == process, "a name twice");
            published[name] = port;
        }
        if (head / 4 % 8 == 2 && table->withdraw(name, process) == Status::ok) {
            fuzz::expect(published.erase(name) == 1, "a name was withdrawn that was none");
        }
        const auto* const entry = table->find(name);
        fuzz::expect((entry != nullptr) == published.contains(name), "a name is lost, or found though nobody has it");
        if (entry != nullptr) fuzz::expect(entry->port == published[name], "a name of another port");
    }
}

}  // namespace

namespace freehold::kernel::console {
void put(std::string_view text) { printed += text; }
void tell_watchers() {}
}  // namespace freehold::kernel::console

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices(data, size);
    constexpr std::array kTargets = {print_numbers, format_numbers, type_and_show, assemble_lines, serve_names};
    while (choices.left()) kTargets[choices.byte() % kTargets.size()](choices);
    return 0;
}
