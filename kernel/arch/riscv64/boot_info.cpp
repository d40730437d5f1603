// SPDX-License-Identifier: MIT
// What the firmware left: the id of the hart that boots, and a device tree.
#include <algorithm>
#include <iterator>

#include <kernel_machine.h>

#include "devices.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint64_t kTreeBytesMax = 1U << 20;

constinit DeviceTree tree{};

static_assert(std::size(decltype(tree.memory){}) == std::size(decltype(BootInfo::memory){}));
static_assert(sizeof(DeviceTree::command_line) <= sizeof(BootInfo::command_line));

}  // namespace

Status read_boot_info(Word hart, Word address, BootInfo& info) {
    constexpr std::uint64_t kReach = std::uint64_t{kWindowFrames} << kPageShift;
    if (address >= kReach) return Status::memory_map_invalid;
    const std::span blob(reinterpret_cast<const std::byte*>(kWindowBase + address),
                         std::min<std::uint64_t>(kTreeBytesMax, kReach - address));
    const Status status = read_device_tree(blob, hart, tree);
    if (status != Status::ok) return status;
    adopt_devices(tree);
    std::copy_n(tree.memory, tree.count_memory, info.memory);
    info.count_memory = tree.count_memory;
    std::copy(std::begin(tree.command_line), std::end(tree.command_line), info.command_line);
    info.count_modules = 0;
    if (tree.archive_end > tree.archive_base)
        info.modules[info.count_modules++] = {tree.archive_base, tree.archive_end};
    return Status::ok;
}

}  // namespace freehold::kernel::machine
