// SPDX-License-Identifier: MIT
// The panic. It uses nothing that could wait, allocate or fail.
#include "kernel/panic.h"

#include <freehold/host.h>
#include <kernel_machine.h>

#include "kernel/power.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"

namespace freehold::kernel {
namespace {

constinit bool in_panic = false;

}  // namespace

void begin_panic() {
    if (in_panic) end_panic();
    in_panic = true;
    print("\nKERNEL PANIC");
    if (const Process* const process = scheduler::current(); process != nullptr) {
        print(" in process ", process->id, " (", process->name, ")");
    }
    print(": ");
}

void end_panic() {
    machine::exit_emulator(kExitValuePanic);
    machine::halt();
}

void end_panic_here() {
    machine::print_state();
    end_panic();
}

void describe_stack_owner(std::uint32_t slot) {
    const Process* const process = process_of_stack(slot);
    if (process == nullptr) return print("in the idle loop");
    print("in process ", process->id, " (", process->name, ")");
}

}  // namespace freehold::kernel

void freehold_host_panic(const char* what, const char* file, std::uint32_t line) {
    freehold::kernel::panic(what, " (", file, ":", line, ")");
}
