// SPDX-License-Identifier: MIT
// What an ELF executable wants in memory. Pure: looks at the headers alone, believes nothing, is tested on the host.
//
// Accepted: of this machine's kind, little-endian, ET_EXEC, statically linked, with 1 to kSegmentsMax segments to load
// that lie in user space and share no page, none both writable and executable, the entry in an executable one.
// ELF: "Tool Interface Standard (TIS) Executable and Linking Format Specification", version 1.2; for 64 bits, "System V
// Application Binary Interface", chapter 4 "Object Files".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <freehold/types.h>

namespace freehold::kernel {

/// The kinds of file there are, and which is whose.
struct ElfI386 {
    using Number = std::uint32_t;
    static constexpr unsigned char kClass = 1;
    static constexpr std::uint16_t kMachine = 3;
    static constexpr std::uint32_t kHeaderBytes = 52;
    static constexpr std::uint32_t kProgramHeaderBytes = 32;
};
struct ElfX86_64 {
    using Number = std::uint64_t;
    static constexpr unsigned char kClass = 2;
    static constexpr std::uint16_t kMachine = 62;
    static constexpr std::uint32_t kHeaderBytes = 64;
    static constexpr std::uint32_t kProgramHeaderBytes = 56;
};
struct ElfRiscv64 : ElfX86_64 {
    static constexpr std::uint16_t kMachine = 243;
};

inline constexpr std::uint32_t kProgramHeadersMax = 16;
inline constexpr std::uint32_t kSegmentsMax = kProgramHeadersMax;

struct ElfSegment {
    PageRange pages;             ///< all it touches
    VirtAddr address;            ///< of its first byte
    Word file_offset_bytes = 0;  ///< where its contents stand in the image
    Word file_bytes = 0;         ///< the rest of its pages is zero
    Rights rights = Rights::none;
};

/// Where the program headers are.
struct ElfHeader {
    VirtAddr entry;
    Word program_headers_offset_bytes;
    std::uint32_t count_program_headers;
};

struct ElfPlan {
    ElfSegment segments[kSegmentsMax];
    std::uint32_t count_segments = 0;
};

/// bad_image: not an executable as above, or its program headers lie outside of the image.
template <typename Kind>
Result<ElfHeader> read_elf_header(std::span<const std::byte, Kind::kHeaderBytes> bytes, Word image_bytes);

/// @param program_headers the bytes at the place the header names
/// bad_image
template <typename Kind>
Status read_elf_segments(const ElfHeader& header, std::span<const std::byte> program_headers, Word image_bytes,
                         ElfPlan& plan);

}  // namespace freehold::kernel
