// SPDX-License-Identifier: MIT
// From the firmware's tree to what the kernel uses: trees compiled by `dtc`, the emulator's own, and trees that lie.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernel/boot/device_tree.h"

namespace freehold::kernel {
namespace {

using Blob = std::vector<std::byte>;

/// A file of this test's own, gone with it.
class TemporaryFile {
  public:
    TemporaryFile() : path_(::testing::TempDir() + "freehold-tree-XXXXXX") { close_file(mkstemp(path_.data())); }
    ~TemporaryFile() { std::remove(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Blob bytes() const {
        std::ifstream file(path_, std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        const auto* const data = reinterpret_cast<const std::byte*>(text.data());
        return {data, data + text.size()};
    }

  private:
    static void close_file(int descriptor) {
        ASSERT_GE(descriptor, 0);
        fclose(fdopen(descriptor, "w"));
    }
    std::string path_;
};

/// The tree that `dtc` makes of a source.
Blob compiled(const std::string& source) {
    const TemporaryFile from, to;
    std::ofstream(from.path()) << "/dts-v1/;\n" << source;
    const std::string command = "dtc -q -I dts -O dtb -o " + to.path() + " " + from.path();
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return to.bytes();
}

/// The tree that QEMU would hand over, with some file for a kernel, without the room behind it.
Blob of_qemu(const std::string& options) {
    const TemporaryFile to, kernel;
    std::ofstream(kernel.path()) << "kernel";
    const std::string command = "qemu-system-riscv64 -machine virt,dumpdtb=" + to.path() + " -display none -kernel " +
                                kernel.path() + " " + options + " >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    Blob blob = to.bytes();
    std::size_t total = 0;
    for (std::size_t i = 4; i < 8 && i < blob.size(); ++i) total = total << 8 | std::to_integer<std::size_t>(blob[i]);
    EXPECT_LE(total, blob.size());
    blob.resize(total);
    return blob;
}

/// What is read of exactly these bytes: anything read beyond them is an error of the address sanitizer.
Status read(const Blob& blob, DeviceTree& tree, std::uint64_t hart = 0) {
    const auto copy = std::make_unique<std::byte[]>(blob.size());
    std::copy(blob.begin(), blob.end(), copy.get());
    return read_device_tree({copy.get(), blob.size()}, hart, tree);
}

DeviceTree tree_of(const Blob& blob, std::uint64_t hart = 0) {
    DeviceTree tree;
    EXPECT_EQ(read(blob, tree, hart), Status::ok);
    return tree;
}

Status status_of(const std::string& source) {
    DeviceTree tree;
    return read(compiled(source), tree);
}

std::string memory_of(const DeviceTree& tree) {
    std::string text;
    for (std::uint32_t i = 0; i < tree.count_memory; ++i) {
        char line[64];
        std::snprintf(line, sizeof(line), "%s%s %llx+%llx", i == 0 ? "" : ", ", tree.memory[i].usable ? "ram" : "kept",
                      static_cast<unsigned long long>(tree.memory[i].base),
                      static_cast<unsigned long long>(tree.memory[i].length_bytes));
        text += line;
    }
    return text;
}

constexpr const char* kMemory = "memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x1000000>; };";

std::string root(const std::string& inside) { return "/ { #address-cells = <2>; #size-cells = <2>;" + inside + "};"; }

TEST(KernelDeviceTree, reads_memory_of_several_banks_and_what_of_it_is_reserved) {
    const DeviceTree tree = tree_of(compiled("/memreserve/ 0x80100000 0x2000;\n" + root(R"(
        memory@80000000 { reg = <0 0x80000000 0 0x10000000>, <4 0 2 0>; device_type = "memory"; };
        reserved-memory { #address-cells = <2>; #size-cells = <1>; ranges;
            firmware@80000000 { reg = <0 0x80000000 0x40000>; no-map; };
            gone { reg = <0 0x81000000 0x1000>; status = "disabled"; };
        };)")));
    EXPECT_EQ(memory_of(tree),
              "kept 80100000+2000, ram 80000000+10000000, ram 400000000+200000000, kept 80000000+40000");
}

TEST(KernelDeviceTree, reads_the_loaders_words_of_either_width) {
    const DeviceTree narrow = tree_of(compiled(root(std::string(kMemory) + R"(
        chosen { bootargs = "quiet panic=1";
            linux,initrd-start = <0x88000000>; linux,initrd-end = <0x88001234>; };)")));
    EXPECT_STREQ(narrow.command_line, "quiet panic=1");
    EXPECT_EQ(narrow.archive_base, 0x88000000U);
    EXPECT_EQ(narrow.archive_end, 0x88001234U);
    const DeviceTree wide = tree_of(compiled(root(std::string(kMemory) + R"(
        chosen { linux,initrd-start = <1 0>; linux,initrd-end = <1 0x10>; };)")));
    EXPECT_EQ(wide.archive_base, 0x100000000U);
    EXPECT_EQ(wide.archive_end, 0x100000010U);
    EXPECT_STREQ(wide.command_line, "");
}

TEST(KernelDeviceTree, cuts_a_command_line_that_has_no_room) {
    const DeviceTree tree =
        tree_of(compiled(root(std::string(kMemory) + "chosen { bootargs = \"" + std::string(5000, 'x') + "\"; };")));
    EXPECT_EQ(std::string(tree.command_line), std::string(kTreeArgumentsBytes - 1, 'x'));
}

TEST(KernelDeviceTree, finds_the_devices_and_the_context_of_the_hart_that_boots) {
    const std::string source = root(std::string(kMemory) + R"(
        cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <1000000>;
            cpu@0 { device_type = "cpu"; reg = <0>; riscv,isa = "rv64imac";
                c0: interrupt-controller { compatible = "riscv,cpu-intc"; #interrupt-cells = <1>; phandle = <7>; }; };
            cpu@5 { device_type = "cpu"; reg = <5>; riscv,isa = "rv64imac_sstc";
                c5: interrupt-controller { compatible = "riscv,cpu-intc"; #interrupt-cells = <1>; phandle = <9>; }; };
        };
        soc { #address-cells = <2>; #size-cells = <1>; ranges;
            serial@10 { reg = <0 0x10000000 0x100>; interrupts = <33>; reg-shift = <2>;
                compatible = "x", "ns16550a"; };
            plic@c { reg = <0 0xc000000 0x400000>; compatible = "riscv,plic0";
                interrupts-extended = <&c0 11>, <&c5 11>, <&c5 9>; };
            test@1 { reg = <0 0x100000 0x1000>; compatible = "sifive,test1", "sifive,test0"; };
        };)");
    const DeviceTree tree = tree_of(compiled(source), 5);
    EXPECT_EQ(tree.timebase_hertz, 1000000U);
    EXPECT_TRUE(tree.has_timer_compare);
    EXPECT_EQ(tree.serial.base, 0x10000000U);
    EXPECT_EQ(tree.serial.length_bytes, 0x100U);
    EXPECT_EQ(tree.serial.interrupt, 33U);
    EXPECT_EQ(tree.serial_shift, 2U);
    EXPECT_EQ(tree.interrupts.base, 0xC000000U);
    EXPECT_EQ(tree.context, 2U);
    EXPECT_EQ(tree.finisher.base, 0x100000U);
    const DeviceTree other = tree_of(compiled(source), 0);
    EXPECT_FALSE(other.has_timer_compare);
    EXPECT_EQ(other.interrupts.length_bytes, 0U) << "no supervisor interrupts come to hart 0";
}

TEST(KernelDeviceTree, leaves_alone_devices_behind_a_bus_with_addresses_of_its_own) {
    const DeviceTree tree = tree_of(compiled(root(std::string(kMemory) + R"(
        bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x4000000 0x1000>;
            serial@0 { reg = <0 0x100>; compatible = "ns16550a"; };
            inner { #address-cells = <1>; #size-cells = <1>; ranges;
                test@0 { reg = <0 0x100>; compatible = "sifive,test0"; }; }; };)")));
    EXPECT_EQ(tree.serial.length_bytes, 0U);
    EXPECT_EQ(tree.finisher.length_bytes, 0U);
}

TEST(KernelDeviceTree, refuses_trees_without_memory_too_deep_or_of_too_many_ranges) {
    EXPECT_EQ(status_of(root("")), Status::memory_map_invalid);
    EXPECT_EQ(status_of(root(R"(memory { device_type = "memory"; };)")), Status::memory_map_invalid);
    std::string deep = kMemory;
    for (std::uint32_t i = 1; i < kTreeDepthMax - 1; ++i) deep.insert(0, "n { ").append("};");
    EXPECT_EQ(status_of(root(std::string(kMemory) + deep)), Status::ok);
    EXPECT_EQ(status_of(root(std::string(kMemory) + "n {" + deep + "};")), Status::memory_map_invalid);
    std::string many = "memory { device_type = \"memory\"; reg = ";
    for (std::uint32_t i = 0; i < kMemoryRangesMax; ++i)
        many += (i == 0 ? "<0 " : ", <0 ") + std::to_string(i) + " 0 1>";
    EXPECT_EQ(status_of(root(many + "; };")), Status::ok);
    EXPECT_EQ(status_of(root(many + ", <0 9 0 9>; };")), Status::memory_map_invalid);
}

TEST(KernelDeviceTree, reads_what_the_emulator_hands_over) {
    const DeviceTree tree = tree_of(of_qemu("-m 16384 -append 'some words'"));
    EXPECT_EQ(memory_of(tree), "ram 80000000+400000000");
    EXPECT_STREQ(tree.command_line, "some words");
    EXPECT_EQ(tree.timebase_hertz, 10000000U);
    EXPECT_EQ(tree.serial.base, 0x10000000U);
    EXPECT_EQ(tree.serial.interrupt, 10U);
    EXPECT_EQ(tree.interrupts.base, 0xC000000U);
    EXPECT_EQ(tree.context, 1U);
    EXPECT_EQ(tree.finisher.base, 0x100000U);
    EXPECT_TRUE(tree.has_timer_compare);
}

TEST(KernelDeviceTree, takes_the_context_of_each_of_several_harts) {
    const Blob blob = of_qemu("-smp 4");
    for (std::uint32_t hart = 0; hart < 4; ++hart) EXPECT_EQ(tree_of(blob, hart).context, 2 * hart + 1);
}

TEST(KernelDeviceTree, refuses_every_tree_that_is_cut_short) {
    const Blob blob = of_qemu("");
    DeviceTree tree;
    for (std::size_t length = 0; length < blob.size(); length += length < 256 ? 1 : 61) {
        EXPECT_EQ(read({blob.begin(), blob.begin() + static_cast<std::ptrdiff_t>(length)}, tree),
                  Status::memory_map_invalid);
    }
}

/// Whatever a tree says, what is read of it keeps its own rules.
void expect_sound(const DeviceTree& tree) {
    ASSERT_LE(tree.count_memory, kMemoryRangesMax);
    ASSERT_LT(std::string_view(tree.command_line, kTreeArgumentsBytes).find('\0'), kTreeArgumentsBytes);
    ASSERT_LT(tree.serial_shift, 8U);
}

TEST(KernelDeviceTree, survives_trees_with_wrong_bytes_anywhere) {
    DeviceTree tree;
    std::mt19937 random(20261125);
    std::uint32_t accepted = 0;
    const std::vector<Blob> trees = {of_qemu("-append words"),
                                     compiled(root(std::string(kMemory) + "chosen { bootargs = \"a\"; };"))};
    for (std::uint32_t round = 0; round < 20000; ++round) {
        Blob blob = trees[round % 16 == 0 ? 0 : 1];
        for (std::uint32_t i = 0; i <= random() % 4; ++i) {
            const std::size_t at = random() % blob.size();
            // Large and small numbers break bounds; single bits break structure.
            const std::size_t kind = random() % 3;
            blob[at] = kind == 0   ? std::byte{0xFF}
                       : kind == 1 ? std::byte{0}
                                   : blob[at] ^ std::byte(1U << random() % 8);
        }
        if (read(blob, tree, random() % 2) == Status::ok) {
            ++accepted;
            expect_sound(tree);
        }
    }
    EXPECT_GT(accepted, 1000U) << "the corruption hits too hard to get far";
}

}  // namespace
}  // namespace freehold::kernel
