// SPDX-License-Identifier: MIT
// Reads what a Multiboot 1 loader left in memory. Pure: every address in it is checked against the memory given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/boot/memory_map.h"

namespace freehold::kernel {

inline constexpr std::uint32_t kMultibootMagic = 0x2BADB002;  ///< what a loader passes beside the address
inline constexpr std::uint32_t kBootModulesMax = 8;
inline constexpr std::uint32_t kCommandLineBytes = 1024;

/// Physical bytes [base, end).
struct BootModule {
    std::uint32_t base;
    std::uint32_t end;
};

/// A copy of all the kernel wants to know, because the loader's own lies in memory that is used soon.
struct BootInfo {
    MemoryRange memory[kMemoryRangesMax];
    std::uint32_t count_memory;
    BootModule modules[kBootModulesMax];
    std::uint32_t count_modules;
    char command_line[kCommandLineBytes];  ///< without the kernel's own name; ended by 0
};

/// @param memory physical memory from address 0 on, as far as the kernel reaches
/// memory_map_invalid: no Multiboot loader, no map of memory, a map of too many ranges, or any of it out of reach.
Status read_multiboot(std::span<const std::byte> memory, std::uint32_t magic, std::uint32_t info_address,
                      BootInfo& info);

}  // namespace freehold::kernel
