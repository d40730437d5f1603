// SPDX-License-Identifier: MIT
// The console as a sink of text.
#include "user/runtime/print.h"

#include "user/runtime/calls.h"

namespace freehold::user {
namespace {

class ConsoleSink final : public Sink {
  public:
    ConsoleSink() = default;
    ConsoleSink(const ConsoleSink&) = delete;
    ConsoleSink& operator=(const ConsoleSink&) = delete;
    ~ConsoleSink() { flush(); }

    void write(std::string_view text) override {
        for (const char character : text) {
            if (length_ == sizeof buffer_) flush();
            buffer_[length_++] = character;
        }
    }

  private:
    void flush() {
        print_text({buffer_, length_});
        length_ = 0;
    }

    char buffer_[512];
    std::size_t length_ = 0;
};

}  // namespace

void print_text(std::string_view text) {
    while (!text.empty()) {
        const auto written = console_write(text);
        if (!written.ok() || written.value() == 0) return;  // nobody to tell
        text = {text.data() + written.value(), text.size() - written.value()};
    }
}

void print_arguments(std::string_view format, std::span<const Argument> arguments) {
    ConsoleSink console;
    format_arguments(console, format, arguments);
}

}  // namespace freehold::user
