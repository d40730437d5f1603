// SPDX-License-Identifier: MIT
// The reader of executables of 64 bits: what differs from 32. Headers are written byte by byte, as the manual has them.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "kernel/process/elf.h"

namespace freehold::kernel {
namespace {

constexpr Word kImageBytes = 0x6000;
constexpr std::uint64_t kLargest = ~std::uint64_t{0};

template <std::size_t kBytes>
void put(std::array<std::byte, kBytes>& bytes, std::size_t offset, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) bytes[offset + i] = static_cast<std::byte>(value >> (8 * i) & 0xFF);
}

// System V Application Binary Interface, figures 4-3 and 5-1, for 64 bits.
std::array<std::byte, 64> file_header(std::uint16_t machine) {
    std::array<std::byte, 64> bytes{};
    constexpr unsigned char kIdent[] = {0x7F, 'E', 'L', 'F', 2, 1, 1};
    std::memcpy(bytes.data(), kIdent, sizeof(kIdent));
    put(bytes, 16, 2, 2);  // executable
    put(bytes, 18, machine, 2);
    put(bytes, 20, 1, 4);         // version
    put(bytes, 24, 0x400010, 8);  // entry
    put(bytes, 32, 64, 8);        // program headers
    put(bytes, 52, 64, 2);
    put(bytes, 54, 56, 2);
    put(bytes, 56, 1, 2);
    return bytes;
}

std::array<std::byte, 56> program_header() {
    std::array<std::byte, 56> bytes{};
    put(bytes, 0, 1, 4);          // to load
    put(bytes, 4, 5, 4);          // read, execute
    put(bytes, 8, 0x1000, 8);     // offset
    put(bytes, 16, 0x400000, 8);  // address
    put(bytes, 32, 0x800, 8);     // bytes in the file
    put(bytes, 40, 0x1800, 8);    // bytes in memory
    put(bytes, 48, 0x1000, 8);
    return bytes;
}

Status segment_with(std::size_t offset, std::uint64_t value) {
    auto bytes = program_header();
    put(bytes, offset, value, 8);
    ElfPlan plan;
    return read_elf_segments<ElfX86_64>({VirtAddr(0x400010), 64, 1}, bytes, kImageBytes, plan);
}

TEST(KernelElf64, each_machine_takes_its_own_files_alone) {
    EXPECT_TRUE(read_elf_header<ElfX86_64>(file_header(62), kImageBytes).ok());
    EXPECT_TRUE(read_elf_header<ElfRiscv64>(file_header(243), kImageBytes).ok());
    EXPECT_FALSE(read_elf_header<ElfX86_64>(file_header(243), kImageBytes).ok());
    EXPECT_FALSE(read_elf_header<ElfRiscv64>(file_header(62), kImageBytes).ok());
    EXPECT_FALSE(read_elf_header<ElfX86_64>(file_header(3), kImageBytes).ok());
}

TEST(KernelElf64, a_segment_is_what_its_header_says) {
    ElfPlan plan;
    ASSERT_EQ(read_elf_segments<ElfX86_64>({VirtAddr(0x400010), 64, 1}, program_header(), kImageBytes, plan),
              Status::ok);
    ASSERT_EQ(plan.count_segments, 1U);
    EXPECT_EQ(plan.segments[0].pages, PageRange(VirtAddr(0x400000), VirtAddr(0x402000)));
    EXPECT_EQ(plan.segments[0].file_offset_bytes, 0x1000U);
    EXPECT_EQ(plan.segments[0].file_bytes, 0x800U);
    EXPECT_EQ(plan.segments[0].rights, Rights::read | Rights::execute);
}

TEST(KernelElf64, no_sum_of_two_numbers_wraps) {
    for (const std::uint64_t number : {kLargest, kLargest - 0xFFF, std::uint64_t{1} << 63, std::uint64_t{1} << 32}) {
        EXPECT_EQ(segment_with(8, number & ~std::uint64_t{0xFFF}), Status::bad_image) << "offset " << number;
        EXPECT_EQ(segment_with(16, number & ~std::uint64_t{0xFFF}), Status::bad_image) << "address " << number;
        EXPECT_EQ(segment_with(32, number), Status::bad_image) << "bytes in the file " << number;
        EXPECT_EQ(segment_with(40, number), Status::bad_image) << "bytes in memory " << number;
        auto header = file_header(62);
        put(header, 32, number, 8);
        EXPECT_FALSE(read_elf_header<ElfX86_64>(header, kImageBytes).ok()) << "program headers " << number;
        header = file_header(62);
        put(header, 24, number, 8);
        EXPECT_FALSE(read_elf_header<ElfX86_64>(header, kImageBytes).ok()) << "entry " << number;
    }
}

}  // namespace
}  // namespace freehold::kernel
