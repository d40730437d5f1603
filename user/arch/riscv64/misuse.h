// SPDX-License-Identifier: MIT
// Instructions a user program must not get away with, for programs that try.
#pragma once

#include <cstdint>

namespace freehold::user::arch {

inline void privileged_instruction() { asm volatile("csrci sstatus, 2"); }

inline void undefined_instruction() { asm volatile("unimp"); }

inline void breakpoint() { asm volatile("ebreak"); }

/// An interrupt is raised in a register of the kernel's.
inline void raise_interrupt() { asm volatile("csrsi sip, 2"); }

inline void jump_to(std::uintptr_t address) { asm volatile("jr %0" : : "r"(address)); }

/// Waiting for interrupts is a user's right only where the kernel says so; on this machine it may time out at once.
inline void halt() { asm volatile("sret"); }

}  // namespace freehold::user::arch
