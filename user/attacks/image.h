// SPDX-License-Identifier: MIT
// Programs made in memory: an ELF file of one segment with a few instructions, to be started as it is, or spoilt first.
//
//      kBase │ file header │ segments │ ... │ kArgument: a word the code may read │ kCode: the first instruction │ ...
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <type_traits>

#include "user/runtime/calls.h"

namespace freehold::user {

/// Of both widths; the segment's flags stand where they leave no gap (ELF specification, "Program Header").
struct ImageHeader {
    std::uint8_t ident[16];
    std::uint16_t type, machine;
    std::uint32_t version;
    Word entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_bytes, program_header_bytes, count_program_headers;
    std::uint16_t section_header_bytes, count_section_headers, names_section;
};

struct ImageSegment32 {
    std::uint32_t type;
    Word offset, address, physical_address, file_bytes, memory_bytes;
    std::uint32_t flags;
    Word align;
};

struct ImageSegment64 {
    std::uint32_t type, flags;
    Word offset, address, physical_address, file_bytes, memory_bytes, align;
};

using ImageSegment = std::conditional_t<sizeof(Word) == 4, ImageSegment32, ImageSegment64>;

struct Image {
    static constexpr Word kBase = arch::kProgramBase;
    static constexpr Word kArgument = kBase + 0x200;
    static constexpr Word kCode = kBase + 0x210;
    static constexpr std::size_t kCodeBytes = 496;
    static constexpr std::uint32_t kReadExecute = 5;

    ImageHeader file;
    std::array<ImageSegment, 4> segments;
    std::array<std::byte, kArgument - kBase - sizeof(ImageHeader) - 4 * sizeof(ImageSegment)> unused;
    Word argument;
    std::array<std::byte, kCode - kArgument - sizeof(Word)> unused_too;
    std::array<std::byte, kCodeBytes> code;
};

/// A program of that code, which ends with code 0 if it runs on to its end.
Image image_of(std::span<const std::byte> code, Word argument = 0);

/// The first `image_bytes` of it become a process. Its name is what the kernel's line about it begins with.
Result<ProcessId> start_image(const Image& image, std::string_view name, Word image_bytes = sizeof(Image));

/// How a program of that code ends.
abi::ExitInfo end_of(std::span<const std::byte> code, std::string_view name, Word argument = 0);

/// Instructions with names, as arch/*/hostile_code.cpp lists them: a length, the bytes, the name and a 0; in the end a
/// length of 0.
class CodeList {
  public:
    explicit CodeList(const unsigned char* at) : at_(at) {}
    [[nodiscard]] bool done() const { return *at_ == 0; }
    [[nodiscard]] std::span<const std::byte> code() const {
        return std::as_bytes(std::span<const unsigned char>(at_ + 1, *at_));
    }
    [[nodiscard]] std::string_view name() const { return reinterpret_cast<const char*>(at_ + 1 + *at_); }
    void next() { at_ += 1 + *at_ + name().size() + 1; }

  private:
    const unsigned char* at_;
};

extern "C" {
extern const unsigned char freehold_code_to_exit[];       ///< exit, with code 0
extern const unsigned char freehold_privileged_code[];    ///< instructions for the kernel only
extern const unsigned char freehold_absent_code[];        ///< instructions there are not, or not for programs
extern const unsigned char freehold_code_on_stack[];      ///< takes the argument for a stack, and makes a call
extern const unsigned char freehold_push_on_stack[];      ///< takes the argument for a stack, and writes there
extern const unsigned char freehold_code_of_registers[];  ///< exits with 1 if a general register is not 0
extern const unsigned char freehold_call_alone[];         ///< a call, and no more
extern const unsigned char freehold_call_by_number[];     ///< makes the call of that number; exits with its status
}

}  // namespace freehold::user
