// SPDX-License-Identifier: MIT
// Starting programs, and the words for their ends.
#include "user/runtime/process.h"

#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

/// The words one after the other, each ended by 0.
class ArgumentBlock {
  public:
    bool add(std::string_view word) {
        if (word.size() + 1 > sizeof bytes_ - length_) return false;
        for (const char letter : word) bytes_[length_++] = letter;
        bytes_[length_++] = 0;
        return true;
    }
    [[nodiscard]] std::span<const char> bytes() const { return {bytes_, length_}; }
    void clear() { length_ = 0; }

  private:
    char bytes_[abi::kArgumentBytesMax];
    std::size_t length_ = 0;
};

ArgumentBlock block;  // a page: too much for a stack that is not deep

}  // namespace

Result<ProcessId> start_program(const BootArchive& archive, std::span<const std::string_view> words,
                                const ProgramOptions& options) {
    if (words.empty() || words[0].empty()) return Status::no_such_file;
    char path[64];
    if (words[0].size() + 4 > sizeof path) return Status::no_such_file;
    const auto image = archive.find(format_into(path, "bin/{}", words[0]));
    if (!image.ok()) return image.status();

    block.clear();
    for (const std::string_view word : words) {
        if (!block.add(word)) return Status::arguments_too_long;
    }
    abi::StartArgs args{};
    args.image = detail::word(image.value().data());
    args.image_bytes = static_cast<Word>(image.value().size());
    args.arguments = detail::word(block.bytes().data());
    args.argument_bytes = static_cast<std::uint32_t>(block.bytes().size());
    args.priority = options.priority;
    args.privileges = options.privileges;
    args.limit_frames = options.limit_frames;
    args.port = options.names != PortId::none ? options.names : names_port();
    return process_start(args);
}

void describe_end(Sink& sink, const abi::ExitInfo& info) {
    switch (info.kind) {
        case abi::ExitKind::exited:
            format_to(sink, "exited with {}", info.code);
            return;
        case abi::ExitKind::killed:
            format_to(sink, "was killed");
            return;
        case abi::ExitKind::faulted:
            break;
    }
    format_to(sink, "died of {} ", arch::exception_name(info.vector));
    if (arch::is_page_fault(info.vector)) format_to(sink, "on 0x{:08x} ({}) ", info.address, info.status);
    format_to(sink, "at instruction 0x{:08x}", info.instruction);
}

std::uint32_t status_of_end(const abi::ExitInfo& info) {
    switch (info.kind) {
        case abi::ExitKind::exited:
            return info.code;
        case abi::ExitKind::killed:
            return 128;
        case abi::ExitKind::faulted:
            return 128 + 1 + info.vector;
    }
    return 128;
}

}  // namespace freehold::user
