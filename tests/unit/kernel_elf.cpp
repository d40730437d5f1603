// SPDX-License-Identifier: MIT
// The reader of executables, given good ones, and everything else. Headers lie in heap blocks of their exact size, so
// that a sanitizer sees any look beyond them.
#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <random>
#include <vector>

#include "kernel/process/elf.h"

namespace freehold::kernel {
namespace {

// Values and layout: Tool Interface Standard (TIS) ELF Specification, version 1.2, book I, figures 1-3 and 2-1.
constexpr std::uint32_t kLoad = 1;
constexpr std::uint32_t kInterpreter = 3;
constexpr std::uint32_t kNote = 4;
constexpr std::uint32_t kExecute = 1;
constexpr std::uint32_t kWrite = 2;
constexpr std::uint32_t kRead = 4;
constexpr Word kImageBytes = 0x6000;

/// A program header, with names for what a test may want to spoil.
struct Program {
    std::uint32_t type = kLoad;
    std::uint32_t offset = 0;
    std::uint32_t address = 0x08048000;
    std::uint32_t physical_address = 0;
    std::uint32_t file_bytes = 0x1000;
    std::uint32_t memory_bytes = 0x1000;
    std::uint32_t flags = kRead | kExecute;
    std::uint32_t align = 0x1000;
};
static_assert(sizeof(Program) == ElfI386::kProgramHeaderBytes);

/// A file header, likewise.
struct File {
    unsigned char ident[16] = {0x7F, 'E', 'L', 'F', 1, 1, 1};
    std::uint16_t type = 2, machine = 3;
    std::uint32_t version = 1, entry = 0x08048010, program_headers = 52, section_headers = 0, flags = 0;
    std::uint16_t header_bytes = 52, program_header_bytes = 32, count_program_headers = 1;
    std::uint16_t section_header_bytes = 40, count_section_headers = 0, names_section = 0;
};
static_assert(sizeof(File) == ElfI386::kHeaderBytes);

constexpr Program kCode{};
constexpr Program kData{
    .offset = 0x1234, .address = 0x0804A234, .file_bytes = 0x800, .memory_bytes = 0x3000, .flags = kRead | kWrite};

template <typename T>
std::unique_ptr<std::byte[]> on_heap(const T* items, std::size_t count) {
    std::unique_ptr<std::byte[]> bytes(new std::byte[count * sizeof(T)]);
    if (count != 0) std::memcpy(bytes.get(), items, count * sizeof(T));
    return bytes;
}

Result<ElfHeader> header_of(const File& file, Word image_bytes = kImageBytes) {
    const auto bytes = on_heap(&file, 1);
    return read_elf_header<ElfI386>(
        std::span<const std::byte, ElfI386::kHeaderBytes>(bytes.get(), ElfI386::kHeaderBytes), image_bytes);
}

/// What the segments of an image with these program headers are, the entry at the code's start.
Status segments_of(const std::vector<Program>& programs, ElfPlan& plan, Word image_bytes = kImageBytes) {
    const auto bytes = on_heap(programs.data(), programs.size());
    const ElfHeader header{VirtAddr(0x08048010), 52, static_cast<std::uint32_t>(programs.size())};
    return read_elf_segments<ElfI386>(header, {bytes.get(), programs.size() * ElfI386::kProgramHeaderBytes},
                                      image_bytes, plan);
}
Status segments_of(const std::vector<Program>& programs) {
    ElfPlan plan;
    return segments_of(programs, plan);
}

/// A second segment beside good code: is it taken?
Status with_second(const Program& second) { return segments_of({kCode, second}); }

Program changed(Program program, std::uint32_t Program::*field, std::uint32_t value) {
    program.*field = value;
    return program;
}

template <typename T>
Status with_file_field(T File::*field, std::type_identity_t<T> value) {
    File file;
    file.*field = value;
    return header_of(file).status();
}

TEST(KernelElf, says_where_the_program_headers_are) {
    const auto header = header_of(File());
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header.value().entry, VirtAddr(0x08048010));
    EXPECT_EQ(header.value().program_headers_offset_bytes, 52U);
    EXPECT_EQ(header.value().count_program_headers, 1U);
}

TEST(KernelElf, takes_no_file_of_another_kind) {
    for (std::size_t i = 0; i < 7; ++i) {
        File file;
        file.ident[i] ^= 2;
        EXPECT_EQ(header_of(file).status(), Status::bad_image) << "ident " << i;
    }
    EXPECT_EQ(with_file_field(&File::type, 1), Status::bad_image) << "an object file";
    EXPECT_EQ(with_file_field(&File::type, 3), Status::bad_image) << "a shared object";
    EXPECT_EQ(with_file_field(&File::machine, 62), Status::bad_image) << "for x86-64";
    EXPECT_EQ(with_file_field(&File::version, 0), Status::bad_image);
    EXPECT_EQ(with_file_field(&File::header_bytes, 51), Status::bad_image);
    EXPECT_EQ(with_file_field(&File::program_header_bytes, 31), Status::bad_image);
    EXPECT_EQ(with_file_field(&File::program_header_bytes, 56), Status::bad_image);
}

TEST(KernelElf, takes_only_a_sensible_number_of_program_headers) {
    EXPECT_EQ(with_file_field(&File::count_program_headers, 0), Status::bad_image);
    EXPECT_EQ(with_file_field(&File::count_program_headers, kProgramHeadersMax), Status::ok);
    EXPECT_EQ(with_file_field(&File::count_program_headers, kProgramHeadersMax + 1), Status::bad_image);
    EXPECT_EQ(with_file_field(&File::count_program_headers, 0xFFFF), Status::bad_image);
}

TEST(KernelElf, program_headers_must_lie_in_the_image_and_no_sum_wraps) {
    EXPECT_EQ(with_file_field(&File::program_headers, kImageBytes - 32), Status::ok);
    for (const std::uint32_t at : {kImageBytes - 31, kImageBytes, 0xFFFFFFE0U, 0xFFFFFFFFU, 0x80000000U}) {
        EXPECT_EQ(with_file_field(&File::program_headers, at), Status::bad_image) << at;
    }
    File file;
    for (Word image_bytes = 0; image_bytes < 52 + 32; ++image_bytes) {
        ASSERT_EQ(header_of(file, image_bytes).status(), Status::bad_image) << image_bytes;
    }
    EXPECT_TRUE(header_of(file, 52 + 32).ok());
}

TEST(KernelElf, plans_each_segment_to_load) {
    ElfPlan plan;
    ASSERT_EQ(segments_of({kCode, changed(kCode, &Program::type, kNote), kData}, plan), Status::ok);
    ASSERT_EQ(plan.count_segments, 2U);
    EXPECT_EQ(plan.segments[0].pages, PageRange(VirtAddr(0x08048000), VirtAddr(0x08049000)));
    EXPECT_EQ(plan.segments[0].rights, Rights::read | Rights::execute);
    EXPECT_EQ(plan.segments[1].pages, PageRange(VirtAddr(0x0804A000), VirtAddr(0x0804E000)));
    EXPECT_EQ(plan.segments[1].address, VirtAddr(0x0804A234));
    EXPECT_EQ(plan.segments[1].file_offset_bytes, 0x1234U);
    EXPECT_EQ(plan.segments[1].file_bytes, 0x800U);
    EXPECT_EQ(plan.segments[1].rights, kReadWrite);
}

TEST(KernelElf, a_plan_is_made_anew_each_time) {
    ElfPlan plan;
    ASSERT_EQ(segments_of({kCode, kData}, plan), Status::ok);
    ASSERT_EQ(segments_of({kCode}, plan), Status::ok);
    EXPECT_EQ(plan.count_segments, 1U);
}

TEST(KernelElf, program_headers_cut_off_anywhere_are_refused) {
    const Program programs[] = {kCode, kData};
    for (std::size_t length = 0; length < sizeof programs; ++length) {
        std::unique_ptr<std::byte[]> bytes(new std::byte[length]);
        std::memcpy(bytes.get(), programs, length);
        ElfPlan plan;
        const ElfHeader header{VirtAddr(0x08048010), 52, 2};
        ASSERT_EQ(read_elf_segments<ElfI386>(header, {bytes.get(), length}, kImageBytes, plan), Status::bad_image)
            << length;
    }
}

TEST(KernelElf, an_absurd_count_reads_no_further_than_the_headers) {
    const auto bytes = on_heap(&kCode, 1);
    for (const std::uint32_t count : {2U, 16U, 17U, 0x08000000U, 0x08000001U, 0xFFFFFFFFU}) {
        ElfPlan plan;
        const ElfHeader header{VirtAddr(0x08048010), 52, count};
        EXPECT_EQ(read_elf_segments<ElfI386>(header, {bytes.get(), ElfI386::kProgramHeaderBytes}, kImageBytes, plan),
                  Status::bad_image);
    }
}

TEST(KernelElf, takes_as_many_segments_as_it_says) {
    std::vector<Program> programs;
    for (std::uint32_t i = 0; i < kSegmentsMax; ++i) {
        programs.push_back(changed(kCode, &Program::address, 0x08048000 + 0x1000 * i));
    }
    ElfPlan plan;
    EXPECT_EQ(segments_of(programs, plan), Status::ok);
    EXPECT_EQ(plan.count_segments, kSegmentsMax);
    programs.push_back(changed(kCode, &Program::address, 0x10000000));
    EXPECT_EQ(segments_of(programs), Status::bad_image);
}

TEST(KernelElf, no_two_segments_share_a_page) {
    EXPECT_EQ(with_second(changed(kData, &Program::address, 0x08049234)), Status::ok) << "the next page";
    EXPECT_EQ(with_second(changed(kData, &Program::address, 0x08048234)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::address, 0x08046234)), Status::bad_image) << "ends in it";
    EXPECT_EQ(with_second(changed(kData, &Program::address, 0x08045234)), Status::bad_image) << "by a few bytes";
    EXPECT_EQ(with_second(changed(kData, &Program::address, 0x08044234)), Status::ok);
    EXPECT_EQ(with_second(kCode), Status::bad_image) << "twice the same";
    Program around = changed(kData, &Program::address, 0x08040234);
    around.memory_bytes = 0x100000;
    EXPECT_EQ(with_second(around), Status::bad_image);
}

TEST(KernelElf, a_segment_lies_in_user_space_page_0_excepted) {
    Program data = changed(kData, &Program::align, 1);
    const auto at = [&](std::uint32_t address, std::uint32_t memory_bytes) {
        data.address = address;
        data.memory_bytes = memory_bytes;
        data.file_bytes = 1;
        return with_second(data);
    };
    const std::uint32_t end = kUserEnd.value();
    EXPECT_EQ(at(0x1000, 0x1000), Status::ok);
    EXPECT_EQ(at(0xFFF, 0x1000), Status::bad_image);
    EXPECT_EQ(at(0, 1), Status::bad_image);
    EXPECT_EQ(at(end - 0x1000, 0x1000), Status::ok);
    EXPECT_EQ(at(end - 1, 1), Status::ok);
    EXPECT_EQ(at(end - 0x1000, 0x1001), Status::bad_image);
    EXPECT_EQ(at(end, 1), Status::bad_image) << "the kernel's half";
    EXPECT_EQ(at(0xFFFFF000, 0x1000), Status::bad_image);
    EXPECT_EQ(at(0xFFFFFFFF, 1), Status::bad_image);
}

TEST(KernelElf, no_address_and_length_wrap_together) {
    const auto second = [](std::uint32_t address, std::uint32_t memory_bytes) {
        Program data = changed(kData, &Program::address, address);
        data.memory_bytes = memory_bytes;
        data.align = 1;
        return with_second(data);
    };
    EXPECT_EQ(second(0x10000000, 0xF0000000), Status::bad_image) << "ends at 0";
    EXPECT_EQ(second(0x10000000, 0xF0002000), Status::bad_image) << "ends at 0x2000";
    EXPECT_EQ(second(0x10000000, 0xFFFFFFFF), Status::bad_image);
    EXPECT_EQ(second(0xFFFFFFFF, 0xFFFFFFFF), Status::bad_image);
    EXPECT_EQ(second(0xFFFFF001, 0xFFF), Status::bad_image);
}

TEST(KernelElf, what_a_segment_loads_lies_in_the_image) {
    const auto second = [](std::uint32_t offset, std::uint32_t file_bytes) {
        Program data = kData;
        data.offset = offset;
        data.file_bytes = file_bytes;
        data.align = 1;
        return with_second(data);
    };
    EXPECT_EQ(second(kImageBytes - 0x800, 0x800), Status::ok);
    EXPECT_EQ(second(kImageBytes, 0), Status::ok) << "zeros alone";
    EXPECT_EQ(second(kImageBytes - 0x800, 0x801), Status::bad_image);
    EXPECT_EQ(second(kImageBytes, 1), Status::bad_image);
    EXPECT_EQ(second(0xFFFFF800, 0x800), Status::bad_image) << "ends at 0";
    EXPECT_EQ(second(0xFFFFFFFF, 2), Status::bad_image);
}

TEST(KernelElf, a_segment_loads_no_more_than_it_has_memory_for) {
    EXPECT_EQ(with_second(changed(kData, &Program::memory_bytes, 0x800)), Status::ok);
    EXPECT_EQ(with_second(changed(kData, &Program::memory_bytes, 0x7FF)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::memory_bytes, 0)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::file_bytes, 0xFFFFFFFF)), Status::bad_image);
}

TEST(KernelElf, a_segment_of_nothing_is_left_out) {
    Program nothing = changed(kData, &Program::memory_bytes, 0);
    nothing.file_bytes = 0;
    ElfPlan plan;
    EXPECT_EQ(segments_of({kCode, nothing}, plan), Status::ok);
    EXPECT_EQ(plan.count_segments, 1U);
}

TEST(KernelElf, address_and_offset_agree_in_alignment) {
    EXPECT_EQ(with_second(changed(kData, &Program::offset, 0x1235)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::align, 3)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::align, 0xFFFFFFFF)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::align, 0x80000000)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::align, 0)), Status::ok) << "0 and 1 ask for none";
    Program anywhere = changed(kData, &Program::offset, 0x1235);
    anywhere.align = 1;
    EXPECT_EQ(with_second(anywhere), Status::ok);
}

TEST(KernelElf, nothing_is_both_writable_and_executable) {
    EXPECT_EQ(with_second(changed(kData, &Program::flags, kRead | kWrite | kExecute)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::flags, kWrite | kExecute)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::flags, 0)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::flags, kRead | 8)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::flags, 0xFFFFFFFF)), Status::bad_image);
    EXPECT_EQ(with_second(changed(kData, &Program::flags, kWrite)), Status::ok) << "what is written can be read";
}

TEST(KernelElf, no_interpreter_is_asked_for) {
    EXPECT_EQ(with_second(changed(kData, &Program::type, kInterpreter)), Status::bad_image);
}

TEST(KernelElf, the_entry_is_code_from_the_file) {
    const auto entry_at = [](std::uint32_t entry) {
        const Program programs[] = {changed(kCode, &Program::memory_bytes, 0x2000), kData};
        const auto bytes = on_heap(programs, 2);
        ElfPlan plan;
        return read_elf_segments<ElfI386>({VirtAddr(entry), 52, 2}, {bytes.get(), sizeof programs}, kImageBytes, plan);
    };
    EXPECT_EQ(entry_at(0x08048000), Status::ok);
    EXPECT_EQ(entry_at(0x08048FFF), Status::ok);
    EXPECT_EQ(entry_at(0x08049000), Status::bad_image) << "zeros behind the code";
    EXPECT_EQ(entry_at(0x08047FFF), Status::bad_image);
    EXPECT_EQ(entry_at(0x0804A234), Status::bad_image) << "data";
    EXPECT_EQ(entry_at(0), Status::bad_image);
    EXPECT_EQ(entry_at(kUserEnd.value()), Status::bad_image);
    EXPECT_EQ(segments_of({changed(kCode, &Program::type, kNote)}), Status::bad_image) << "nothing to load at all";
}

/// What a caller relies on, whatever the headers were.
void expect_sound(const ElfPlan& plan, VirtAddr entry) {
    ASSERT_LE(plan.count_segments, kSegmentsMax);
    bool entry_in_code = false;
    for (std::uint32_t i = 0; i < plan.count_segments; ++i) {
        const ElfSegment& segment = plan.segments[i];
        ASSERT_TRUE(PageRange::checked(segment.pages.base().value(), segment.pages.length_bytes()).ok());
        ASSERT_TRUE(segment.pages.contains(segment.address));
        ASSERT_LE(segment.file_bytes, segment.pages.end() - segment.address);
        ASSERT_LE(std::uint64_t{segment.file_offset_bytes} + segment.file_bytes, kImageBytes);
        ASSERT_TRUE(valid(segment.rights) && !has(segment.rights, Rights::write | Rights::execute));
        entry_in_code |= segment.pages.contains(entry) && has(segment.rights, Rights::execute);
        for (std::uint32_t j = 0; j < i; ++j) {
            const PageRange other = plan.segments[j].pages;
            ASSERT_TRUE(other.end() <= segment.pages.base() || segment.pages.end() <= other.base());
        }
    }
    ASSERT_TRUE(entry_in_code);
}

TEST(KernelElf, whatever_it_takes_of_randomly_changed_headers_is_sound) {
    std::mt19937 random(40);
    const std::uint32_t numbers[] = {0,          1,          2,          4,           7,          8,
                                     0xFFF,      0x1000,     0x1001,     kImageBytes, 0x08048000, 0x08048FFF,
                                     0x7FFFFFFF, 0xEFFFF000, 0xF0000000, 0xFFFFF000,  0xFFFFFFFF, 0x08049000};
    std::uint32_t taken = 0;
    for (int round = 0; round < 40000; ++round) {
        Program programs[3] = {kCode, kData, changed(kCode, &Program::address, 0x09000000)};
        std::uint32_t words[sizeof programs / 4];
        std::memcpy(words, programs, sizeof programs);
        for (auto changes = random() % 3 + 1; changes != 0; --changes) {
            std::uint32_t& word = words[random() % std::size(words)];
            const auto kind = random() % 4;
            word = kind == 1 ? word ^ 1U << random() % 32 : numbers[random() % std::size(numbers)];
            if (kind == 0) word = static_cast<std::uint32_t>(random());
        }
        const auto bytes = on_heap(words, std::size(words));
        const ElfHeader header{VirtAddr(0x08048010), 52, 3};
        ElfPlan plan;
        if (read_elf_segments<ElfI386>(header, {bytes.get(), sizeof words}, kImageBytes, plan) != Status::ok) continue;
        ++taken;
        ASSERT_NO_FATAL_FAILURE(expect_sound(plan, header.entry)) << "round " << round;
    }
    EXPECT_GT(taken, 1000U) << "some must pass, or nothing is tested";
}

TEST(KernelElf, whatever_it_takes_of_a_randomly_changed_file_header_lies_in_the_image) {
    std::mt19937 random(41);
    std::uint32_t taken = 0;
    for (int round = 0; round < 40000; ++round) {
        const File file;
        auto bytes = on_heap(&file, 1);
        for (auto changes = random() % 3 + 1; changes != 0; --changes) {
            bytes[random() % ElfI386::kHeaderBytes] = static_cast<std::byte>(random());
        }
        const std::span<const std::byte, ElfI386::kHeaderBytes> span(bytes.get(), ElfI386::kHeaderBytes);
        const auto header = read_elf_header<ElfI386>(span, kImageBytes);
        if (!header.ok()) continue;
        ++taken;
        const ElfHeader got = header.value();
        ASSERT_TRUE(got.count_program_headers >= 1 && got.count_program_headers <= kProgramHeadersMax);
        ASSERT_LE(got.program_headers_offset_bytes + got.count_program_headers * ElfI386::kProgramHeaderBytes,
                  kImageBytes);
    }
    EXPECT_GT(taken, 1000U) << "some must pass, or nothing is tested";
}

}  // namespace
}  // namespace freehold::kernel
