// SPDX-License-Identifier: MIT
// Multiboot Specification 0.6.96, section 3.3 "Boot information format".
#include "kernel/boot/multiboot.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace freehold::kernel {
namespace {

constexpr std::uint32_t kHasMemorySize = 1U << 0;
constexpr std::uint32_t kHasCommandLine = 1U << 2;
constexpr std::uint32_t kHasModules = 1U << 3;
constexpr std::uint32_t kHasMap = 1U << 6;
constexpr std::uint32_t kHasLoaderName = 1U << 9;
constexpr std::uint32_t kTypeUsable = 1;

/// The head of the information; what stands between is not for us.
struct Head {
    std::uint32_t flags;
    std::uint32_t lower_kib;
    std::uint32_t upper_kib;
    std::uint32_t boot_device;
    std::uint32_t command_line;
    std::uint32_t module_count;
    std::uint32_t modules;
    std::uint32_t symbols[4];
    std::uint32_t map_bytes;
    std::uint32_t map;
    std::uint32_t drives[2];
    std::uint32_t config_table;
    std::uint32_t loader_name;
};

struct ModuleEntry {
    std::uint32_t base;
    std::uint32_t end;
    std::uint32_t name;
    std::uint32_t reserved;
};

/// `size` counts the bytes that follow it.
struct MapEntry {
    std::uint32_t size;
    std::uint32_t base_low;
    std::uint32_t base_high;
    std::uint32_t length_low;
    std::uint32_t length_high;
    std::uint32_t type;
};

template <typename T>
bool read(std::span<const std::byte> memory, std::uint64_t address, T& out) {
    if (address > memory.size() || memory.size() - address < sizeof(T)) return false;
    std::memcpy(&out, memory.data() + address, sizeof(T));
    return true;
}

/// The string at `address`, cut off at the kernel's reach and at kCommandLineBytes.
std::string_view text_at(std::span<const std::byte> memory, std::uint32_t address) {
    std::size_t length = 0;
    while (address + std::uint64_t{length} < memory.size() && length + 1 < kCommandLineBytes &&
           memory[address + length] != std::byte{0}) {
        ++length;
    }
    return length == 0 ? std::string_view{}
                       : std::string_view{reinterpret_cast<const char*>(memory.data() + address), length};
}

bool read_map(std::span<const std::byte> memory, const Head& head, BootInfo& info) {
    std::uint64_t position = head.map;
    const std::uint64_t end = position + head.map_bytes;
    MapEntry entry;
    while (position + sizeof(MapEntry) <= end && read(memory, position, entry)) {
        if (entry.size < sizeof(MapEntry) - sizeof(entry.size)) return false;
        if (info.count_memory == kMemoryRangesMax) return false;
        info.memory[info.count_memory++] = {std::uint64_t{entry.base_high} << 32 | entry.base_low,
                                            std::uint64_t{entry.length_high} << 32 | entry.length_low,
                                            entry.type == kTypeUsable};
        position += std::uint64_t{entry.size} + sizeof(entry.size);
    }
    return info.count_memory != 0;
}

void read_modules(std::span<const std::byte> memory, const Head& head, BootInfo& info) {
    ModuleEntry entry;
    for (std::uint32_t i = 0; i < head.module_count && i < kBootModulesMax; ++i) {
        if (!read(memory, head.modules + std::uint64_t{i} * sizeof(entry), entry)) return;
        info.modules[info.count_modules++] = {entry.base, entry.end};
    }
}

void read_command_line(std::span<const std::byte> memory, const Head& head, BootInfo& info) {
    std::string_view line = text_at(memory, head.command_line);
    // By the specification the line starts with the kernel's own name; GRUB 2 leaves it out.
    const bool by_grub = (head.flags & kHasLoaderName) != 0 && text_at(memory, head.loader_name).starts_with("GRUB 2");
    while (!by_grub && !line.empty() && line.front() != ' ') line.remove_prefix(1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    std::copy(line.begin(), line.end(), info.command_line);
    info.command_line[line.size()] = '\0';
}

}  // namespace

Status read_multiboot(std::span<const std::byte> memory, std::uint32_t magic, std::uint32_t info_address,
                      BootInfo& info) {
    info.count_memory = 0;
    info.count_modules = 0;
    info.command_line[0] = '\0';
    Head head;
    if (magic != kMultibootMagic || !read(memory, info_address, head)) return Status::memory_map_invalid;
    if ((head.flags & kHasMap) != 0) {
        if (!read_map(memory, head, info)) return Status::memory_map_invalid;
    } else if ((head.flags & kHasMemorySize) != 0) {
        info.memory[info.count_memory++] = {0, std::uint64_t{head.lower_kib} << 10, true};
        info.memory[info.count_memory++] = {1U << 20, std::uint64_t{head.upper_kib} << 10, true};
    } else {
        return Status::memory_map_invalid;
    }
    if ((head.flags & kHasModules) != 0) read_modules(memory, head, info);
    if ((head.flags & kHasCommandLine) != 0) read_command_line(memory, head, info);
    return Status::ok;
}

}  // namespace freehold::kernel
