// SPDX-License-Identifier: MIT
// The reader of device trees: whatever a tree says, what is read of it keeps its own rules.
#include "kernel/boot/device_tree.h"

#include <cstring>

#include "tests/fuzz/fuzz.h"

using namespace freehold;
using namespace freehold::kernel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Block blob(data, size);
    for (std::uint64_t hart = 0; hart < 2; ++hart) {
        DeviceTree tree;
        if (read_device_tree(blob.bytes(), hart, tree) != Status::ok) continue;
        fuzz::expect(tree.count_memory >= 1 && tree.count_memory <= kMemoryRangesMax, "no memory, or too many ranges");
        fuzz::expect(std::memchr(tree.command_line, 0, kTreeArgumentsBytes) != nullptr,
                     "a command line without an end");
        fuzz::expect(tree.serial_shift < 8, "registers too far apart");
        MemoryPlan plan;
        (void)plan_memory({tree.memory, tree.count_memory}, {FrameNumber(0x80000), 0x100000}, plan);
    }
    return 0;
}
