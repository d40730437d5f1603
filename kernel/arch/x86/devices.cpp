// SPDX-License-Identifier: MIT
// The PC's interrupt controllers (8259A), timer (8254), first serial line (16550) and keyboard (8042, scan code set 1).
#include <initializer_list>

#include <kernel_machine.h>

#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/traps.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint16_t kPicMaster = 0x20;
constexpr std::uint16_t kPicSlave = 0xA0;
constexpr std::uint8_t kPicEndOfInterrupt = 0x20;
constexpr std::uint8_t kPicReadInService = 0x0B;
constexpr std::uint8_t kFirstVector = 32;

constexpr std::uint32_t kLineTimer = 0;
constexpr std::uint32_t kLineKeyboard = 1;
constexpr std::uint32_t kLineCascade = 2;
constexpr std::uint32_t kLineSerial = 4;
constexpr std::uint32_t kLineSpuriousMaster = 7;
constexpr std::uint32_t kLineSpuriousSlave = 15;

constexpr std::uint32_t kLinesOfKernel =
    1U << kLineTimer | 1U << kLineKeyboard | 1U << kLineCascade | 1U << kLineSerial;

constexpr std::uint16_t kTimerCounter = 0x40;
constexpr std::uint16_t kTimerCommand = 0x43;
constexpr std::uint8_t kTimerRateGenerator = 0x34;  // counter 0, both bytes, mode 2
constexpr std::uint32_t kTimerHertz = 1193182;

constexpr std::uint16_t kSerial = 0x3F8;
constexpr std::uint16_t kSerialData = kSerial;
constexpr std::uint16_t kSerialInterruptEnable = kSerial + 1;
constexpr std::uint16_t kSerialFifo = kSerial + 2;
constexpr std::uint16_t kSerialLine = kSerial + 3;
constexpr std::uint16_t kSerialModem = kSerial + 4;
constexpr std::uint16_t kSerialStatus = kSerial + 5;
constexpr std::uint16_t kSerialScratch = kSerial + 7;
constexpr std::uint8_t kSerialHasData = 0x01;
constexpr std::uint8_t kSerialTakesData = 0x20;
constexpr std::uint32_t kSerialQuiet = 1000;  // status reads without data: about a millisecond
constexpr std::uint32_t kSerialEarlyBytesMax = 512;
constexpr std::uint32_t kSerialPatience = 1000000;  // status reads before a dead line is given up

constinit bool serial_present = false;

/// The register of a line's mask bit.
constexpr std::uint16_t mask_register(std::uint32_t line) { return (line < 8 ? kPicMaster : kPicSlave) + 1; }

bool in_service(std::uint16_t controller) {
    out8(controller, kPicReadInService);
    return (in8(controller) & 0x80) != 0;
}

void initialise_controllers() {
    for (const std::uint16_t controller : {kPicMaster, kPicSlave}) {
        const bool master = controller == kPicMaster;
        const auto data = static_cast<std::uint16_t>(controller + 1);
        out8(controller, 0x11);  // edge-triggered, cascaded, four words follow
        out8(data, master ? kFirstVector : kFirstVector + 8);
        out8(data, master ? 1 << kLineCascade : kLineCascade);
        out8(data, 0x01);  // 8086 mode
        out8(data, static_cast<std::uint8_t>(master ? ~kLinesOfKernel : 0xFF));
    }
}

void initialise_timer() {
    constexpr std::uint32_t kDivisor = (kTimerHertz + kTicksPerSecond / 2) / kTicksPerSecond;
    out8(kTimerCommand, kTimerRateGenerator);
    out8(kTimerCounter, kDivisor & 0xFF);
    out8(kTimerCounter, kDivisor >> 8);
}

/// Takes what was sent before the kernel was there, until the line is quiet; says whether there was anything.
bool take_early_input() {
    std::uint32_t taken = 0;
    for (std::uint32_t quiet = 0; quiet < kSerialQuiet && taken < kSerialEarlyBytesMax; ++quiet) {
        if ((in8(kSerialStatus) & kSerialHasData) == 0) continue;
        input_character(static_cast<char>(in8(kSerialData)));
        ++taken;
        quiet = 0;
    }
    return taken != 0;
}

}  // namespace

void initialise_serial() {
    out8(kSerialScratch, 0x5A);
    serial_present = in8(kSerialScratch) == 0x5A;
    if (!serial_present) return;
    // Turning the FIFO on empties it. If somebody sends already, the next byte may be there at that very moment, so the
    // line does without.
    if (!take_early_input()) out8(kSerialFifo, 0x01);  // an interrupt for each byte all the same
    out8(kSerialInterruptEnable, 0);
    out8(kSerialLine, 0x80);  // the divisor is next: 1, for 115200 baud
    out8(kSerialData, 1);
    out8(kSerialInterruptEnable, 0);
    out8(kSerialLine, 0x03);   // 8 bits, no parity, 1 stop bit
    out8(kSerialModem, 0x0B);  // ready, and interrupts go through
}

void put_character(char character) {
    if (!serial_present) return;
    std::uint32_t patience = kSerialPatience;
    while ((in8(kSerialStatus) & kSerialTakesData) == 0) {
        if (--patience == 0) {
            serial_present = false;
            return;
        }
    }
    out8(kSerialData, static_cast<std::uint8_t>(character));
}

// What finds no room stays in the device, which then takes no more from the line, and asks for no more interrupts; it
// is taken when there is room again.
void take_serial_input() {
    if (!serial_present) return;
    while (has_room_for_input() && (in8(kSerialStatus) & kSerialHasData) != 0) {
        input_character(static_cast<char>(in8(kSerialData)));
    }
}

void handle_interrupt(std::uint32_t line) {
    // A request that went away too early shows up as line 7 or 15, and is not in service.
    if (line == kLineSpuriousMaster && !in_service(kPicMaster)) return;
    if (line == kLineSpuriousSlave && !in_service(kPicSlave)) return out8(kPicMaster, kPicEndOfInterrupt);
    if (is_line_for_programs(line)) mask_line(line);
    if (line >= 8) out8(kPicSlave, kPicEndOfInterrupt);
    out8(kPicMaster, kPicEndOfInterrupt);
    if (line == kLineTimer) return timer_tick();
    if (line == kLineKeyboard) return keyboard_interrupt();
    if (line == kLineSerial) return take_serial_input();
    device_interrupt(line);
}

bool is_line_for_programs(std::uint32_t line) { return (kLinesOfKernel & 1U << line) == 0; }

void mask_line(std::uint32_t line) {
    const std::uint16_t mask = mask_register(line);
    out8(mask, static_cast<std::uint8_t>(in8(mask) | 1U << line % 8));
}

// The controller keeps an edge that came while the line was masked, and raises it now.
void unmask_line(std::uint32_t line) {
    const std::uint16_t mask = mask_register(line);
    out8(mask, static_cast<std::uint8_t>(in8(mask) & ~(1U << line % 8)));
}

void start_devices() {
    initialise_controllers();
    initialise_timer();
    if (serial_present) out8(kSerialInterruptEnable, 0x01);
    keyboard_interrupt();  // takes what was typed before, so that new keys raise the line
}

}  // namespace freehold::kernel::machine
