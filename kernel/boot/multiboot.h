// SPDX-License-Identifier: MIT
// Reads what a Multiboot 1 loader left in memory. Pure: every address in it is checked against the memory given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/boot/boot_info.h"

namespace freehold::kernel {

inline constexpr std::uint32_t kMultibootMagic = 0x2BADB002;  ///< what a loader passes beside the address

/// @param memory physical memory from address 0 on, as far as the kernel reaches
/// memory_map_invalid: no Multiboot loader, no map of memory, a map of too many ranges, or any of it out of reach.
Status read_multiboot(std::span<const std::byte> memory, std::uint32_t magic, std::uint32_t info_address,
                      BootInfo& info);

}  // namespace freehold::kernel
