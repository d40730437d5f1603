// SPDX-License-Identifier: MIT
// The kernel found itself in the wrong, or the machine: it says why and where, and ends the machine with a status of
// its own (power.h). Nothing a user process does leads here.
#pragma once

#include "kernel/console/print.h"

namespace freehold::kernel {

/// A panic's first words. A panic within a panic ends the machine at once.
void begin_panic();

/// A panic's end, after all has been said.
[[noreturn]] void end_panic();

/// Prints the registers and the backtrace of where it is called, and ends.
[[noreturn]] void end_panic_here();

template <typename... Parts>
[[noreturn, gnu::noinline]] void panic(const Parts&... parts) {
    begin_panic();
    print(parts..., '\n');
    end_panic_here();
}

/// Prints " in process 3 (shell)" for the owner of a kernel stack's slot.
void describe_stack_owner(std::uint32_t slot);

}  // namespace freehold::kernel
