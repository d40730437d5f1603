// SPDX-License-Identifier: MIT
// The third serial line of a PC (16550), for the trace: National Semiconductor's PC16550D data sheet, section 8. It
// raises no interrupt.
#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint16_t kLine = 0x3E8;
constexpr std::uint16_t kData = kLine;
constexpr std::uint16_t kInterruptEnable = kLine + 1;
constexpr std::uint16_t kFifo = kLine + 2;
constexpr std::uint16_t kLineControl = kLine + 3;
constexpr std::uint16_t kModemControl = kLine + 4;
constexpr std::uint16_t kStatus = kLine + 5;
constexpr std::uint16_t kScratch = kLine + 7;
constexpr std::uint8_t kTakesData = 0x20;
constexpr std::uint32_t kPatience = 1000000;  // status reads before a dead line is given up

}  // namespace

bool open_trace_line() {
    out8(kScratch, 0xA5);
    if (in8(kScratch) != 0xA5) return false;
    out8(kInterruptEnable, 0);
    out8(kLineControl, 0x80);  // the divisor is next: 1, for 115200 baud
    out8(kData, 1);
    out8(kInterruptEnable, 0);
    out8(kLineControl, 0x03);   // 8 bits, no parity, 1 stop bit
    out8(kFifo, 0x07);          // on, and empty
    out8(kModemControl, 0x03);  // ready
    return true;
}

bool put_trace_character(char character) {
    for (std::uint32_t patience = kPatience; patience != 0; --patience) {
        if ((in8(kStatus) & kTakesData) == 0) continue;
        out8(kData, static_cast<std::uint8_t>(character));
        return true;
    }
    return false;
}

}  // namespace freehold::kernel::machine
