// SPDX-License-Identifier: MIT
// I/O ports for drivers in user space, one by one: Intel SDM vol. 1, chapter 19 "Input/Output".
#include <algorithm>
#include <iterator>

#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"

namespace freehold::kernel::machine {
namespace {

struct Ports {
    std::uint32_t first, end;
    [[nodiscard]] bool touch(std::uint32_t other_first, std::uint32_t other_end) const {
        return other_first < end && first < other_end;
    }
};

// What the kernel drives itself, what reaches all of memory, and what ends the machine or starts it anew.
constexpr Ports kNotForPrograms[] = {
    {0x00, 0x22},    // DMA controller, interrupt controller
    {0x40, 0x44},    // timer
    {0x60, 0x65},    // keyboard, its reset line, the timer's gate
    {0x70, 0x72},    // the mask of non-maskable interrupts, beside the clock
    {0x80, 0xA2},    // DMA pages, fast reset, interrupt controller
    {0xC0, 0xE0},    // DMA controller
    {0xF4, 0xF8},    // isa-debug-exit
    {0x3E8, 0x3F0},  // third serial line: the trace's
    {0x3F8, 0x400},  // first serial line: the console's
    {0xCF8, 0xD00},  // PCI configuration, reset
};

}  // namespace

bool are_registers_for_programs(std::uint32_t first, std::uint32_t count) {
    return std::none_of(std::begin(kNotForPrograms), std::end(kNotForPrograms),
                        [=](const Ports& ports) { return ports.touch(first, first + count); });
}

std::uint32_t read_register(std::uint32_t number, std::uint32_t width_bytes) {
    const auto port = static_cast<std::uint16_t>(number);
    if (width_bytes == 1) return in8(port);
    return width_bytes == 2 ? in16(port) : in32(port);
}

void write_register(std::uint32_t number, std::uint32_t width_bytes, std::uint32_t value) {
    const auto port = static_cast<std::uint16_t>(number);
    if (width_bytes == 1) return out8(port, static_cast<std::uint8_t>(value));
    if (width_bytes == 2) return out16(port, static_cast<std::uint16_t>(value));
    out32(port, value);
}

}  // namespace freehold::kernel::machine
