// SPDX-License-Identifier: MIT
// The end of the machine.
#include "kernel/power.h"

#include <kernel_machine.h>

#include "kernel/console/print.h"

namespace freehold::kernel {

void shut_down(std::uint32_t code) {
    machine::exit_emulator(exit_value(code));
    print("It is now safe to turn the machine off.\n");
    machine::halt();
}

}  // namespace freehold::kernel
