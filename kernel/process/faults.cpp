// SPDX-License-Identifier: MIT
// Exceptions of user code: a page fault may be answered with a page; all else ends the process, with a line that says
// what it did, where, and the region it hit or missed:
//
//   [5 crash] killed: write to 0x00000000 at 0x00401012: not_mapped; region 0x00000000-0x00400000 free, none, plain
//   [6 crash] killed: general protection fault (error 0x00000000) at 0x00401034
#include <freehold/space.h>

#include "kernel/console/print.h"
#include "kernel/memory/memory.h"
#include "kernel/process/faults.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/trace/trace.h"
#include "kernel/traps.h"

namespace freehold::kernel {
namespace {

constinit std::uint64_t page_faults = 0;

const char* access_text(Rights access) {
    if (access == Rights::write) return "write to ";
    return access == Rights::execute ? "jump to " : "read of ";
}

void print_region(AddressSpace& space, Word address) {
    const auto found = query_region(space, VirtAddr(address));
    if (!found.ok()) return print("; beyond user space");
    const RegionInfo& region = found.value();
    print("; region ", Hex{region.base}, '-', Hex{region.base + region.length_bytes}, ' ',
          region_type_name(region.type), ", ");
    print(has(region.rights, Rights::read) ? "r" : "-", has(region.rights, Rights::write) ? "w" : "-",
          has(region.rights, Rights::execute) ? "x" : "-", ", ", region_state_name(region.state));
}

void print_death(const Process& process, const Fault& fault, Status status) {
    print_label(process);
    print("killed: ");
    if (fault.is_page_fault) {
        print(access_text(fault.access), Hex{fault.address}, " at ", Hex{fault.instruction}, ": ", status_name(status));
        print_region(*process.space, fault.address);
    } else {
        print(fault.what, " (error ", Hex{fault.error}, ") at ", Hex{fault.instruction});
    }
    print('\n');
}

}  // namespace

std::uint64_t count_page_faults() { return page_faults; }

void user_fault(const Fault& fault) {
    Process& process = *scheduler::current();
    Status status = Status::ok;
    if (fault.is_page_fault) {
        ++page_faults;
        status = resolve_fault(*process.space, VirtAddr(fault.address), fault.access);
    }
    if (trace::is_on()) trace::fault(process, fault, status);
    if (fault.is_page_fault && status == Status::ok) return;
    print_death(process, fault, status);
    ExitInfo how{};
    how.kind = ExitKind::faulted;
    how.vector = fault.vector;
    how.address = fault.address;
    how.instruction = fault.instruction;
    how.status = status;
    end_process(process, how);
}

}  // namespace freehold::kernel
