// SPDX-License-Identifier: MIT
// What a Multiboot loader left, and the plan made of its memory map: no frame is used that the map does not offer
// whole.
#include "kernel/boot/memory_map.h"

#include <cstring>
#include <limits>

#include "kernel/boot/command_line.h"
#include "kernel/boot/multiboot.h"
#include "tests/fuzz/fuzz.h"

using namespace freehold;
using namespace freehold::kernel;

namespace {

constexpr FrameRange kReach{FrameNumber(256), 0x30000};

/// Whether the range has a byte of [base, end), or all of it.
bool touches(const MemoryRange& range, std::uint64_t base, std::uint64_t end) {
    return range.length_bytes != 0 && range.base < end && range.length_bytes - 1 >= base - std::min(base, range.base) &&
           (range.base >= base || base - range.base < range.length_bytes);
}
bool holds_all(const MemoryRange& range, std::uint64_t base, std::uint64_t end) {
    return range.base <= base && range.length_bytes >= end - range.base;
}

void expect_usable(std::span<const MemoryRange> map, std::uint64_t frame) {
    const std::uint64_t base = frame * kPageBytes;
    bool offered = false;
    for (const MemoryRange& range : map) {
        if (range.usable) offered |= holds_all(range, base, base + kPageBytes);
        if (!range.usable) fuzz::expect(!touches(range, base, base + kPageBytes), "a reserved frame is used");
    }
    fuzz::expect(offered, "a frame is used that no range offers whole");
}

void expect_sound(std::span<const MemoryRange> map, const MemoryPlan& plan) {
    std::uint64_t before = kReach.first.value();
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < plan.count_ranges; ++i) {
        const FrameRange range = plan.usable[i];
        const std::uint64_t first = range.first.value();
        fuzz::expect(range.count != 0 && first >= before && (i == 0 || first > before), "ranges overlap or touch");
        before = first + range.count;
        sum += range.count;
        expect_usable(map, first);
        expect_usable(map, before - 1);
    }
    fuzz::expect(before <= std::uint64_t{kReach.first.value()} + kReach.count, "a range beyond the reach");
    fuzz::expect(sum == plan.frames_usable, "frames were miscounted");
    const FrameRange taken{plan.usable[0].first, 1};
    const auto run = find_free_run({plan.usable, plan.count_ranges}, {&taken, 1}, 3);
    if (run.ok())
        fuzz::expect(holds({plan.usable, plan.count_ranges}, {run.value(), 3}), "a run of frames from nowhere");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Block memory(data, size);
    std::uint32_t address = 0;
    if (size >= sizeof(address)) std::memcpy(&address, data, sizeof(address));
    BootInfo info;
    if (read_multiboot(memory.bytes(), kMultibootMagic, address, info) != Status::ok) return 0;
    fuzz::expect(info.count_memory <= kMemoryRangesMax && info.count_modules <= kBootModulesMax, "too many of them");
    fuzz::expect(std::memchr(info.command_line, 0, kCommandLineBytes) != nullptr, "a command line without an end");
    char arguments[64];
    const std::size_t length = make_arguments("init", info.command_line, arguments);
    fuzz::expect(length <= sizeof(arguments) && arguments[length - 1] == '\0', "arguments without an end");
    (void)has_word(info.command_line, "quiet");
    MemoryPlan plan;
    const std::span<const MemoryRange> map(info.memory, info.count_memory);
    if (plan_memory(map, kReach, plan) == Status::ok) expect_sound(map, plan);
    return 0;
}
