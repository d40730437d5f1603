// SPDX-License-Identifier: MIT
// What traps.S leaves on the kernel stack, and what the parts of the machine need of each other.
#pragma once

#include <cstdint>

#include <kernel_machine.h>

namespace freehold::kernel::machine {

/// User code's registers x1 to x31, and where it goes on.
struct TrapFrame {
    Word ra, sp, gp, tp, t0, t1, t2, s0, s1;
    Word a[8];
    Word s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
    Word pc;
};
static_assert(sizeof(TrapFrame) == 256);

/// Why a trap came: RISC-V privileged specification 1.12, table 4.2.
enum Cause : std::uint64_t {
    kIllegalInstruction = 2,
    kFetchPageFault = 12,
    kLoadPageFault = 13,
    kStorePageFault = 15,
    kInterrupt = std::uint64_t{1} << 63,
    kTimerInterrupt = kInterrupt | 5,
    kExternalInterrupt = kInterrupt | 9,
};

/// Bits of sie and sip.
inline constexpr Word kTimerBit = 1U << 5;
inline constexpr Word kExternalBit = 1U << 9;

void print_registers(const TrapFrame& frame);
void print_backtrace(const TrapFrame& frame);

/// Handles the interrupts of the timer and of devices.
void timer_interrupt();
void external_interrupt();

/// If floating point is off for the current process, gives it its registers and says true: the instruction may go on.
bool load_fpu();

}  // namespace freehold::kernel::machine
