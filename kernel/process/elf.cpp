// SPDX-License-Identifier: MIT
// The checks of an ELF executable's headers. No sum is made that could wrap.
#include "kernel/process/elf.h"

#include <cstring>

namespace freehold::kernel {
namespace {

constexpr unsigned char kMagic[] = {0x7F, 'E', 'L', 'F'};
constexpr unsigned char kLittleEndian = 1;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint16_t kTypeExecutable = 2;

constexpr std::uint32_t kSegmentLoad = 1;
constexpr std::uint32_t kSegmentInterpreter = 3;
constexpr std::uint32_t kFlagExecute = 1;
constexpr std::uint32_t kFlagWrite = 2;
constexpr std::uint32_t kFlagRead = 4;

template <typename Number>
struct FileHeader {
    unsigned char ident[16];
    std::uint16_t type, machine;
    std::uint32_t version;
    Number entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_bytes, program_header_bytes, count_program_headers;
    std::uint16_t section_header_bytes, count_section_headers, names_section;
};
static_assert(sizeof(FileHeader<std::uint32_t>) == ElfI386::kHeaderBytes);
static_assert(sizeof(FileHeader<std::uint64_t>) == ElfX86_64::kHeaderBytes);

/// The flags stand where they leave no gap.
template <typename Number>
struct ProgramHeader;

template <>
struct ProgramHeader<std::uint32_t> {
    std::uint32_t type, offset, address, physical_address, file_bytes, memory_bytes, flags, align;
};
static_assert(sizeof(ProgramHeader<std::uint32_t>) == ElfI386::kProgramHeaderBytes);

template <>
struct ProgramHeader<std::uint64_t> {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical_address, file_bytes, memory_bytes, align;
};
static_assert(sizeof(ProgramHeader<std::uint64_t>) == ElfX86_64::kProgramHeaderBytes);

template <typename Kind>
bool for_this_machine(const FileHeader<typename Kind::Number>& file) {
    return std::memcmp(file.ident, kMagic, sizeof(kMagic)) == 0 && file.ident[4] == Kind::kClass &&
           file.ident[5] == kLittleEndian && file.ident[6] == kVersion && file.type == kTypeExecutable &&
           file.machine == Kind::kMachine && file.version == kVersion;
}

/// Whether [first, first + length) lies in [0, end).
constexpr bool lies_below(std::uint64_t first, std::uint64_t length, std::uint64_t end) {
    return length <= end && first <= end - length;
}

Result<Rights> rights_of(std::uint32_t flags) {
    if ((flags & ~(kFlagRead | kFlagWrite | kFlagExecute)) != 0 || flags == 0) return Status::bad_image;
    if ((flags & kFlagWrite) != 0 && (flags & kFlagExecute) != 0) return Status::bad_image;
    Rights rights = Rights::read;
    if ((flags & kFlagWrite) != 0) rights = rights | Rights::write;
    if ((flags & kFlagExecute) != 0) rights = rights | Rights::execute;
    return rights;
}

template <typename Header>
Result<ElfSegment> segment_of(const Header& header, Word image_bytes) {
    const auto rights = rights_of(header.flags);
    if (!rights.ok()) return rights.status();
    const bool in_image = lies_below(header.offset, header.file_bytes, image_bytes);
    const bool in_user_space =
        header.address >= kUserBase.value() && lies_below(header.address, header.memory_bytes, kUserEnd.value());
    if (header.file_bytes > header.memory_bytes || !in_image || !in_user_space) return Status::bad_image;
    const std::uint64_t end = std::uint64_t{header.address} + header.memory_bytes;
    const std::uint64_t last_page_end = (end + kPageBytes - 1) & ~std::uint64_t{kPageBytes - 1};
    const bool power_of_two = (header.align & (header.align - 1)) == 0;
    if (!power_of_two || (header.align > 1 && (header.address - header.offset) % header.align != 0)) {
        return Status::bad_image;
    }
    const VirtAddr address(static_cast<Word>(header.address));
    ElfSegment segment;
    segment.pages = PageRange(address.page_base(), VirtAddr(static_cast<Word>(last_page_end)));
    segment.address = address;
    segment.file_offset_bytes = static_cast<Word>(header.offset);
    segment.file_bytes = static_cast<Word>(header.file_bytes);
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

template <typename Kind>
Result<ElfHeader> read_elf_header(std::span<const std::byte, Kind::kHeaderBytes> bytes, Word image_bytes) {
    FileHeader<typename Kind::Number> file;
    std::memcpy(&file, bytes.data(), sizeof(file));
    if (!for_this_machine<Kind>(file) || file.header_bytes < Kind::kHeaderBytes ||
        file.program_header_bytes != Kind::kProgramHeaderBytes || file.count_program_headers == 0 ||
        file.count_program_headers > kProgramHeadersMax) {
        return Status::bad_image;
    }
    const std::uint64_t table_bytes = std::uint64_t{file.count_program_headers} * Kind::kProgramHeaderBytes;
    if (!lies_below(file.program_headers, table_bytes, image_bytes)) return Status::bad_image;
    if (file.entry >= kUserEnd.value()) return Status::bad_image;
    return ElfHeader{VirtAddr(static_cast<Word>(file.entry)), static_cast<Word>(file.program_headers),
                     file.count_program_headers};
}

template <typename Kind>
Status read_elf_segments(const ElfHeader& header, std::span<const std::byte> program_headers, Word image_bytes,
                         ElfPlan& plan) {
    plan.count_segments = 0;
    if (program_headers.size() < std::size_t{header.count_program_headers} * Kind::kProgramHeaderBytes ||
        header.count_program_headers > kProgramHeadersMax) {
        return Status::bad_image;
    }
    for (std::uint32_t i = 0; i < header.count_program_headers; ++i) {
        ProgramHeader<typename Kind::Number> program;
        std::memcpy(&program, program_headers.data() + std::size_t{i} * Kind::kProgramHeaderBytes, sizeof(program));
        if (program.type == kSegmentInterpreter) return Status::bad_image;
        if (program.type != kSegmentLoad || (program.memory_bytes | program.file_bytes) == 0) continue;
        const auto segment = segment_of(program, image_bytes);
        if (!segment.ok()) return segment.status();
        if (overlaps_one_of(plan, segment.value().pages)) return Status::bad_image;
        plan.segments[plan.count_segments++] = segment.value();
    }
    return entry_is_code(plan, header.entry) ? Status::ok : Status::bad_image;
}

#define INSTANTIATE(Kind)                                                                                   \
    template Result<ElfHeader> read_elf_header<Kind>(std::span<const std::byte, Kind::kHeaderBytes>, Word); \
    template Status read_elf_segments<Kind>(const ElfHeader&, std::span<const std::byte>, Word, ElfPlan&);
INSTANTIATE(ElfI386)
INSTANTIATE(ElfX86_64)
INSTANTIATE(ElfRiscv64)
#undef INSTANTIATE

}  // namespace freehold::kernel
