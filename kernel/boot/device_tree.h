// SPDX-License-Identifier: MIT
// Reads a flattened device tree: what memory there is, what the loader passes, and the few devices the kernel drives.
// Pure, so it is tested on the host: every offset, length, name and count in the tree is checked against the bytes
// given.
//
// Devicetree Specification 0.4, chapters 3 "Device node requirements" and 5 "Flattened devicetree format". Numbers are
// big-endian. Only nodes whose addresses are the processor's own are looked at: those below the root, and below buses
// that have an empty `ranges`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/boot/memory_map.h"

namespace freehold::kernel {

inline constexpr std::uint32_t kTreeDepthMax = 12;
inline constexpr std::uint32_t kTreeArgumentsBytes = 1024;

/// A device's registers, physical bytes [base, base + length_bytes); length 0: there is no such device.
struct TreeDevice {
    std::uint64_t base;
    std::uint64_t length_bytes;
    std::uint32_t interrupt;  ///< its line at the interrupt controller; 0: none
};

struct DeviceTree {
    MemoryRange memory[kMemoryRangesMax];  ///< RAM, and what of it is reserved
    std::uint32_t count_memory;
    std::uint64_t archive_base;  ///< linux,initrd: physical bytes [base, end)
    std::uint64_t archive_end;
    char command_line[kTreeArgumentsBytes];  ///< ended by 0
    std::uint32_t timebase_hertz;            ///< of the time counter; 0: unknown
    TreeDevice serial;                       ///< ns16550a
    std::uint32_t serial_shift;              ///< its registers lie 1 << shift bytes apart
    TreeDevice interrupts;                   ///< PLIC
    TreeDevice finisher;                     ///< sifive,test0: ends the emulator
    std::uint32_t context;                   ///< of the boot hart's supervisor mode at the PLIC
    bool has_timer_compare;                  ///< Sstc: stimecmp, on every hart that is described
};

/// @param blob the bytes that may be read at the tree's address; the tree may be shorter
/// @param boot_hart the id of the hart that runs
/// memory_map_invalid: not a tree of a version we know, or one that breaks its own rules or limits, or without memory.
Status read_device_tree(std::span<const std::byte> blob, std::uint64_t boot_hart, DeviceTree& tree);

}  // namespace freehold::kernel
