// SPDX-License-Identifier: MIT
// What a boot loader says, whichever it is: a copy of all the kernel wants to know, because the loader's own lies in
// memory that is used soon. Multiboot (multiboot.h) and a device tree (device_tree.h) are read into it.
#pragma once

#include <cstdint>

#include "kernel/boot/memory_map.h"

namespace freehold::kernel {

inline constexpr std::uint32_t kBootModulesMax = 8;
inline constexpr std::uint32_t kCommandLineBytes = 1024;

/// Physical bytes [base, end).
struct BootModule {
    std::uint64_t base;
    std::uint64_t end;
};

struct BootInfo {
    MemoryRange memory[kMemoryRangesMax];
    std::uint32_t count_memory;
    BootModule modules[kBootModulesMax];
    std::uint32_t count_modules;
    char command_line[kCommandLineBytes];  ///< without the kernel's own name; ended by 0
};

}  // namespace freehold::kernel
