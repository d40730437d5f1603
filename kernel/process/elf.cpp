// SPDX-License-Identifier: MIT
// The checks of an ELF executable's headers. Sums are made in 64 bits, so none can wrap.
#include "kernel/process/elf.h"

#include <cstring>

namespace freehold::kernel {
namespace {

constexpr unsigned char kMagic[] = {0x7F, 'E', 'L', 'F'};
constexpr unsigned char kClass32 = 1;
constexpr unsigned char kLittleEndian = 1;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint16_t kTypeExecutable = 2;
constexpr std::uint16_t kMachine386 = 3;

constexpr std::uint32_t kSegmentLoad = 1;
constexpr std::uint32_t kSegmentInterpreter = 3;
constexpr std::uint32_t kFlagExecute = 1;
constexpr std::uint32_t kFlagWrite = 2;
constexpr std::uint32_t kFlagRead = 4;

struct FileHeader {
    unsigned char ident[16];
    std::uint16_t type, machine;
    std::uint32_t version, entry, program_headers, section_headers, flags;
    std::uint16_t header_bytes, program_header_bytes, count_program_headers;
    std::uint16_t section_header_bytes, count_section_headers, names_section;
};
static_assert(sizeof(FileHeader) == kElfHeaderBytes);

struct ProgramHeader {
    std::uint32_t type, offset, address, physical_address, file_bytes, memory_bytes, flags, align;
};
static_assert(sizeof(ProgramHeader) == kProgramHeaderBytes);

bool for_this_machine(const FileHeader& file) {
    return std::memcmp(file.ident, kMagic, sizeof(kMagic)) == 0 && file.ident[4] == kClass32 &&
           file.ident[5] == kLittleEndian && file.ident[6] == kVersion && file.type == kTypeExecutable &&
           file.machine == kMachine386 && file.version == kVersion;
}

Result<Rights> rights_of(std::uint32_t flags) {
    if ((flags & ~(kFlagRead | kFlagWrite | kFlagExecute)) != 0 || flags == 0) return Status::bad_image;
    if ((flags & kFlagWrite) != 0 && (flags & kFlagExecute) != 0) return Status::bad_image;
    Rights rights = Rights::read;
    if ((flags & kFlagWrite) != 0) rights = rights | Rights::write;
    if ((flags & kFlagExecute) != 0) rights = rights | Rights::execute;
    return rights;
}

Result<ElfSegment> segment_of(const ProgramHeader& header, Word image_bytes) {
    const auto rights = rights_of(header.flags);
    if (!rights.ok()) return rights.status();
    const std::uint64_t end = std::uint64_t{header.address} + header.memory_bytes;
    const std::uint64_t last_page_end = (end + kPageBytes - 1) & ~std::uint64_t{kPageBytes - 1};
    const bool in_image = std::uint64_t{header.offset} + header.file_bytes <= image_bytes;
    const bool in_user_space = header.address >= kUserBase.value() && last_page_end <= kUserEnd.value();
    if (header.file_bytes > header.memory_bytes || !in_image || !in_user_space) return Status::bad_image;
    const bool power_of_two = (header.align & (header.align - 1)) == 0;
    if (!power_of_two || (header.align > 1 && (header.address - header.offset) % header.align != 0)) {
        return Status::bad_image;
    }
    ElfSegment segment;
    segment.pages = PageRange(VirtAddr(header.address).page_base(), VirtAddr(static_cast<Word>(last_page_end)));
    segment.address = VirtAddr(header.address);
    segment.file_offset_bytes = header.offset;
    segment.file_bytes = header.file_bytes;
    segment.rights = rights.value();
    return segment;
}

bool overlaps_one_of(const ElfPlan& plan, PageRange pages) {
    for (std::uint32_t i = 0; i < plan.count_segments; ++i) {
        const PageRange other = plan.segments[i].pages;
        if (pages.base() < other.end() && other.base() < pages.end()) return true;
    }
    return false;
}

bool entry_is_code(const ElfPlan& plan, VirtAddr entry) {
    for (std::uint32_t i = 0; i < plan.count_segments; ++i) {
        const ElfSegment& segment = plan.segments[i];
        const bool inside = entry >= segment.address && entry - segment.address < segment.file_bytes;
        if (inside && has(segment.rights, Rights::execute)) return true;
    }
    return false;
}

}  // namespace

Result<ElfHeader> read_elf_header(std::span<const std::byte, kElfHeaderBytes> bytes, Word image_bytes) {
    FileHeader file;
    std::memcpy(&file, bytes.data(), sizeof(file));
    if (!for_this_machine(file) || file.header_bytes < kElfHeaderBytes ||
        file.program_header_bytes != kProgramHeaderBytes || file.count_program_headers == 0 ||
        file.count_program_headers > kProgramHeadersMax) {
        return Status::bad_image;
    }
    const std::uint64_t headers_end =
        file.program_headers + std::uint64_t{file.count_program_headers} * kProgramHeaderBytes;
    if (headers_end > image_bytes) return Status::bad_image;
    return ElfHeader{VirtAddr(file.entry), file.program_headers, file.count_program_headers};
}

Status read_elf_segments(const ElfHeader& header, std::span<const std::byte> program_headers, Word image_bytes,
                         ElfPlan& plan) {
    plan.count_segments = 0;
    if (program_headers.size() < std::size_t{header.count_program_headers} * kProgramHeaderBytes ||
        header.count_program_headers > kProgramHeadersMax) {
        return Status::bad_image;
    }
    for (std::uint32_t i = 0; i < header.count_program_headers; ++i) {
        ProgramHeader program;
        std::memcpy(&program, program_headers.data() + std::size_t{i} * kProgramHeaderBytes, sizeof(program));
        if (program.type == kSegmentInterpreter) return Status::bad_image;
        if (program.type != kSegmentLoad || (program.memory_bytes | program.file_bytes) == 0) continue;
        const auto segment = segment_of(program, image_bytes);
        if (!segment.ok()) return segment.status();
        if (overlaps_one_of(plan, segment.value().pages)) return Status::bad_image;
        plan.segments[plan.count_segments++] = segment.value();
    }
    return entry_is_code(plan, header.entry) ? Status::ok : Status::bad_image;
}

}  // namespace freehold::kernel
