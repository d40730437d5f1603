// SPDX-License-Identifier: MIT
// The end of the machine.
#include "kernel/power.h"

#include <kernel_machine.h>

#include "kernel/panic.h"

namespace freehold::kernel {

namespace {

constinit bool panics_at_the_end = false;

}  // namespace

void panic_at_the_end() { panics_at_the_end = true; }

void shut_down(std::uint32_t code) {
    if (panics_at_the_end) panic("asked for at the end");
    machine::exit_emulator(exit_value(code));
    print("It is now safe to turn the machine off.\n");
    machine::halt();
}

}  // namespace freehold::kernel
