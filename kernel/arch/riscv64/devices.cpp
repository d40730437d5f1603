// SPDX-License-Identifier: MIT
// The timer of the hart, the interrupt controller (PLIC), the serial line (16550) and the emulator's exit, where the
// device tree says they are.
//
//   PLIC specification 1.0: priorities at 4 * source; enable bits of a context at 0x2000 + 0x80 * context; its
//   threshold at 0x200000 + 0x1000 * context, and its claims 4 bytes on.
#include "devices.h"

#include "kernel/traps.h"
#include "registers.h"
#include "trap_frame.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint64_t kPlicEnables = 0x2000, kPlicEnablesOfContext = 0x80;
constexpr std::uint64_t kPlicContexts = 0x200000, kPlicContextBytes = 0x1000;

// Registers of the serial line.
constexpr std::uint32_t kData = 0, kInterruptEnable = 1, kLine = 3, kModem = 4, kStatus = 5;
constexpr std::uint8_t kHasData = 0x01;
constexpr std::uint8_t kTakesData = 0x20;
constexpr std::uint32_t kPatience = 1000000;  // status reads before a dead line is given up

constinit DeviceTree devices{};  // what of it is here to use
constinit bool serial_present = false;
constinit std::uint64_t ticks_apart = 0;
constinit std::uint64_t next_tick = 0;

template <typename T>
volatile T& device(const TreeDevice& where, std::uint64_t offset) {
    return *reinterpret_cast<volatile T*>(kWindowBase + where.base + offset);
}

volatile std::uint8_t& serial(std::uint32_t number) {
    return device<std::uint8_t>(devices.serial, std::uint64_t{number} << devices.serial_shift);
}

volatile std::uint32_t& plic_context(std::uint64_t offset) {
    return device<std::uint32_t>(devices.interrupts, kPlicContexts + kPlicContextBytes * devices.context + offset);
}

/// The word of enable bits that holds a line's.
volatile std::uint32_t& plic_enables(std::uint32_t line) {
    const std::uint64_t enables = kPlicEnables + kPlicEnablesOfContext * devices.context;
    return device<std::uint32_t>(devices.interrupts, enables + line / 32 * 4);
}

void set_timer(std::uint64_t when) {
    if (devices.has_timer_compare) {
        write_csr<kStimecmp>(when);
    } else {
        call_firmware(kSbiTimer, 0, when);
    }
}

void start_interrupts() {
    if (devices.interrupts.length_bytes == 0) return;
    const std::uint32_t line = devices.serial.interrupt;
    if (serial_present && line != 0) {
        unmask_line(line);
    }
    plic_context(0) = 0;
    set_csr<kSie>(kExternalBit);
}

}  // namespace

void adopt_devices(const DeviceTree& tree) {
    devices = tree;
    // The window shows the first GiB whatever is there, and beyond it only RAM.
    constexpr std::uint64_t kReach = std::uint64_t{1} << 30;
    for (TreeDevice* found : {&devices.serial, &devices.interrupts, &devices.finisher}) {
        if (found->base > kReach || found->length_bytes > kReach - found->base) *found = {};
    }
    serial_present = devices.serial.length_bytes >= std::uint64_t{8} << devices.serial_shift;
    if (!serial_present) return;
    serial(kInterruptEnable) = 0;
    serial(kLine) = 0x03;   // 8 bits, no parity, 1 stop bit; the speed is the firmware's
    serial(kModem) = 0x0B;  // ready, and interrupts go through
}

void put_character(char character) {
    if (!serial_present) return call_firmware(kSbiPutCharacter, 0, static_cast<std::uint8_t>(character));
    std::uint32_t patience = kPatience;
    while ((serial(kStatus) & kTakesData) == 0) {
        if (--patience == 0) {
            serial_present = false;
            return;
        }
    }
    serial(kData) = static_cast<std::uint8_t>(character);
}

// What finds no room stays in the device, which then takes no more from the line and is told to ask for no more
// interrupts; it is taken when there is room again.
void take_serial_input() {
    if (!serial_present) return;
    while (has_room_for_input() && (serial(kStatus) & kHasData) != 0) {
        input_character(static_cast<char>(serial(kData)));
    }
    serial(kInterruptEnable) = has_room_for_input() ? 0x01 : 0;
}

void timer_interrupt() {
    const std::uint64_t now = read_csr<kTime>();
    next_tick += ticks_apart;
    if (next_tick <= now) next_tick = now + ticks_apart;  // too late for the next one already
    set_timer(next_tick);
    timer_tick();
}

void external_interrupt() {
    while (const std::uint32_t source = plic_context(4)) {
        const bool is_kernels = source == devices.serial.interrupt;
        if (is_kernels) take_serial_input();
        if (!is_kernels) mask_line(source);
        plic_context(4) = source;
        if (!is_kernels) device_interrupt(source);
    }
}

bool is_line_for_programs(std::uint32_t line) {
    return devices.interrupts.length_bytes != 0 && line != 0 && line != devices.serial.interrupt;
}

void mask_line(std::uint32_t line) { plic_enables(line) = plic_enables(line) & ~(1U << line % 32); }

// A line that is raised still is raised again as soon as it is enabled.
void unmask_line(std::uint32_t line) {
    device<std::uint32_t>(devices.interrupts, 4 * std::uint64_t{line}) = 1;
    plic_enables(line) = plic_enables(line) | 1U << line % 32;
}

// All devices are in memory.
bool are_registers_for_programs(std::uint32_t /*first*/, std::uint32_t /*count*/) { return false; }
std::uint32_t read_register(std::uint32_t /*number*/, std::uint32_t /*width_bytes*/) { return 0; }
void write_register(std::uint32_t /*number*/, std::uint32_t /*width_bytes*/, std::uint32_t /*value*/) {}

void start_devices() {
    ticks_apart = devices.timebase_hertz / kTicksPerSecond;
    next_tick = read_csr<kTime>() + ticks_apart;
    set_timer(next_tick);
    set_csr<kSie>(kTimerBit);
    start_interrupts();
    take_serial_input();
}

// The word for success is an ordinary one, so that the exit status tells it from a machine that was just ended:
// the same status as on the other machines.
void exit_emulator(std::uint32_t value) {
    if (devices.finisher.length_bytes < 4) return;
    constexpr std::uint32_t kFail = 0x3333;
    device<std::uint32_t>(devices.finisher, 0) = (value << 1 | 1) << 16 | kFail;
}

}  // namespace freehold::kernel::machine
