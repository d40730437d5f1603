// SPDX-License-Identifier: MIT
// The panic. It uses nothing that could wait, allocate or fail.
#include "kernel/panic.h"

#include <array>
#include <span>

#include <freehold/host.h>
#include <freehold/system.h>
#include <kernel_machine.h>

#include "kernel/memory/memory.h"
#include "kernel/power.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"

namespace freehold::kernel {
namespace {

constinit bool in_panic = false;
constinit bool ledger_told = false;

constexpr std::size_t kOperationsTold = 12;
constinit std::array<LedgerEntry, kOperationsTold> last{};  // a stack may be what has run out

void print_operation(const LedgerEntry& entry) {
    print("  ", entry.sequence, "  ", operation_name(entry.operation), "  ", entry.from);
    if (entry.to != SpaceId::none) print(" -> ", entry.to);
    if (entry.length_bytes != 0) print("  ", Hex{entry.base}, '-', Hex{entry.base + entry.length_bytes});
    if (entry.arrived_at != 0) print(" -> ", Hex{entry.arrived_at});
    print('\n');
}

/// The last operations on memory: who had what. The ledger lies in memory that nothing frees, and is read here only.
void print_ledger() {
    if (ledger_told || !has_system()) return;
    ledger_told = true;  // if this is what fails, it isn't tried again
    std::uint64_t newest = 0;
    while (const std::uint32_t count = read_ledger(system(), newest, last)) newest = last[count - 1].sequence;
    const std::uint64_t before = newest > kOperationsTold ? newest - kOperationsTold : 0;
    const std::uint32_t count = read_ledger(system(), before, last);
    print("the last of ", newest, " operations on memory, by whom, to whom, where:\n");
    for (const LedgerEntry& entry : std::span(last).first(count)) print_operation(entry);
}

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
    print_ledger();
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
