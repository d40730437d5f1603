// SPDX-License-Identifier: MIT
// See image.h.
#include "user/attacks/image.h"

#include <algorithm>
#include <cstring>

#include "kernel/archive/cpio.h"
#include "user/runtime/must.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kSegmentLoad = 1;
constexpr std::uint32_t kPriority = abi::kPriorityDefault;

/// The header of a program of this machine's, this one. The archive may be open already, and stays so.
ImageHeader own_header() {
    const auto info = must(boot_archive());
    const auto* const bytes = reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(info.base));
    ImageHeader header;
    std::memcpy(&header, must(archive::find_file({bytes, info.length_bytes}, "bin/attack")).data.data(), sizeof header);
    return header;
}

}  // namespace

Image image_of(std::span<const std::byte> code, Word argument) {
    static const ImageHeader kOwn = own_header();
    Image image{};
    image.file = kOwn;
    image.file.entry = Image::kCode;
    image.file.program_headers = sizeof(ImageHeader);
    image.file.count_program_headers = 1;
    ImageSegment& segment = image.segments[0];
    segment.type = kSegmentLoad;
    segment.flags = Image::kReadExecute;
    segment.address = Image::kBase;
    segment.file_bytes = segment.memory_bytes = sizeof(Image);
    segment.align = kPageBytes;
    image.argument = argument;
    const auto end = CodeList(freehold_code_to_exit).code();
    std::copy(end.begin(), end.end(), std::copy(code.begin(), code.end(), image.code.begin()));
    return image;
}

Result<ProcessId> start_image(const Image& image, std::string_view name, Word image_bytes) {
    char arguments[abi::kNameBytes] = {};
    std::copy_n(name.begin(), std::min(name.size(), sizeof arguments - 1), arguments);
    abi::StartArgs args{};
    args.image = detail::word(&image);
    args.image_bytes = image_bytes;
    args.arguments = detail::word(arguments);
    args.argument_bytes = sizeof arguments;
    args.priority = kPriority;
    return process_start(args);
}

abi::ExitInfo end_of(std::span<const std::byte> code, std::string_view name, Word argument) {
    return must(process_wait(must(start_image(image_of(code, argument), name)), Wait::yes));
}

}  // namespace freehold::user
