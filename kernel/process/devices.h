// SPDX-License-Identifier: MIT
// What drivers in user space have of the machine: interrupt lines, and device registers outside memory. Each has one
// process at most, until that lets go of it or ends.
//
//      device ──line──▶ kernel: masks the line, raises the driver's signals ──▶ driver: wakes, serves the device
//                                unmasks the line ◀──────interrupt_done────────────┘
//
// So a driver that is slow, or dead, or wrong, is not called again and again: the kernel spends one interrupt on it.
#pragma once

#include <cstdint>

#include <freehold/status.h>

namespace freehold::kernel {

struct Process;

namespace devices {

/// The line's interrupts raise these signals of the driver's from now on; 0: it lets go of the line. What was not yet
/// served of it is forgotten. no_such_device; device_taken.
Status attach(Process& driver, std::uint32_t line, std::uint32_t signals);

/// The line's next interrupt may come. no_such_device; not_permitted: not the driver's line.
Status finish(const Process& driver, std::uint32_t line);

/// Registers [first, first + count) are the driver's. zero_length; no_such_device; device_taken: the driver itself may
/// have some of them already, too; device_table_full.
Status claim(Process& driver, std::uint32_t first, std::uint32_t count);

/// Whether that many registers from `first` on are the driver's.
bool has_registers(const Process& driver, std::uint32_t first, std::uint32_t count);

/// Raises the signals of lines whose interrupt came while the library was in the middle of something.
void raise_noted();

/// The process ends: its lines are masked, its registers free.
void forget(const Process& process);

}  // namespace devices
}  // namespace freehold::kernel
