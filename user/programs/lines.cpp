// SPDX-License-Identifier: MIT
// lines [COUNT]: prints so many lines as they are typed on the second serial port. lines --sum COUNT: only how many
// there were, their bytes, and the SHA-256 of all of them, each with a newline at its end.
#include "user/runtime/print.h"
#include "user/runtime/serial.h"
#include "user/runtime/sha256.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kMilliseconds = 5000;

constexpr std::size_t kPieceBytes = 60;

/// Prints a line with everything a terminal would not print as \x and two digits. One that is not long goes out at
/// once, so that others who print meanwhile don't come in between.
void print_visibly(const SerialLine& line) {
    char buffer[6 + 4 * kPieceBytes + 24];
    BufferSink sink(buffer);
    sink.write("line: ");
    std::string_view text = line.text();
    for (;;) {
        for (const char letter : take(text, kPieceBytes)) {
            if (letter >= ' ' && letter <= '~' && letter != '\\') {
                sink.write({&letter, 1});
            } else {
                format_to(sink, "\\x{:02x}", static_cast<unsigned char>(letter));
            }
        }
        text = drop(text, kPieceBytes);
        if (text.empty()) break;
        print_text(sink.text());
        sink.clear();
    }
    format_to(sink, "{}{}\n", line.goes_on() ? " (goes on)" : "", line.damaged() ? " (damaged)" : "");
    print_text(sink.text());
}

class Reader {
  public:
    virtual void take(const SerialLine& line) = 0;
    virtual void end(std::uint32_t count) = 0;

  protected:
    ~Reader() = default;
};

class Printer final : public Reader {
  public:
    void take(const SerialLine& line) override { print_visibly(line); }
    void end(std::uint32_t /*count*/) override {}
};

class Summer final : public Reader {
  public:
    void take(const SerialLine& line) override {
        sum_.update(bytes_of(line.text()));
        if (!line.goes_on()) sum_.update(bytes_of(std::string_view("\n")));
        length_bytes_ += line.text().size();
        if (line.damaged()) ++damaged_;
    }
    void end(std::uint32_t count) override {
        const auto digits = hexadecimal(sum_.finish());
        print("lines: {} of {} bytes, {} damaged, sha256 {}\n", count, length_bytes_, damaged_,
              std::string_view(digits.data(), digits.size()));
    }

  private:
    Sha256 sum_;
    std::uint64_t length_bytes_ = 0;
    std::uint32_t damaged_ = 0;
};

int complain(Status status) {
    print("lines: {}\n", status);
    return 1;
}

/// Reads so many lines, over the driver's death and its restart.
int read_lines(Reader& reader, std::uint32_t count) {
    auto lines = SerialLines::subscribe(kMilliseconds);
    if (!lines.ok()) return complain(lines.status());
    print("lines: listening\n");
    for (std::uint32_t read = 0; read < count;) {
        const auto line = lines.value().next();
        if (line.ok()) {
            reader.take(line.value());
            if (!line.value().goes_on()) ++read;
            continue;
        }
        if (line.status() != Status::peer_gone) return complain(line.status());
        lines = SerialLines::subscribe(kMilliseconds);
        if (!lines.ok()) return complain(lines.status());
        print("lines: the driver died; listening to the next one\n");
    }
    reader.end(count);
    return 0;
}

}  // namespace

int program_main(const Arguments& arguments) {
    const bool sums = arguments[1] == "--sum";
    const std::uint32_t place = sums ? 2 : 1;
    const auto count = arguments.count() > place ? parse_number(arguments[place]) : 1;
    if (arguments.count() > place + 1 || !count.has_value() || *count == 0) {
        print("usage: lines [--sum] [COUNT]\n");
        return 2;
    }
    if (sums) {
        Summer summer;
        return read_lines(summer, *count);
    }
    Printer printer;
    return read_lines(printer, *count);
}

}  // namespace freehold::user
