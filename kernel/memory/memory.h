// SPDX-License-Identifier: MIT
// The kernel's one System, and the boot archive in an address space of the kernel's own.
#pragma once

#include <cstddef>
#include <span>

#include <freehold/space.h>

#include "kernel/boot/boot_info.h"

namespace freehold::kernel {

/// Builds the system from what the boot loader said. Panics where the machine can't be used.
void initialise_memory(const BootInfo& boot);

System& system();
bool has_system();  ///< false until initialise_memory() has built it

/// RAM that the loader reported and the kernel's window does not reach.
std::uint32_t frames_unreachable();

/// The boot archive: the bytes, and the sealed area they are in the kernel's own space; empty without one.
struct BootArchive {
    std::span<const std::byte> bytes;
    AddressSpace* space = nullptr;
    VirtAddr base;

    /// The area, in whole pages. There must be an archive.
    [[nodiscard]] PageRange pages() const;
};
const BootArchive& boot_archive();

}  // namespace freehold::kernel
