// SPDX-License-Identifier: MIT
// The library's hooks, for one processor whose interrupts are off in the kernel but where the library pauses: nobody
// else can be inside, so a lock that is taken already is a bug.
#include <freehold/host.h>
#include <kernel_machine.h>

#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

namespace kernel = freehold::kernel;

void* freehold_host_frame_pointer(void* /*host*/, std::uint32_t frame_number) {
    return reinterpret_cast<void*>(kernel::machine::kWindowBase +
                                   (freehold::Word{frame_number} << freehold::kPageShift));
}

// One processor, and no interrupts in the kernel: nobody else is there to wait for. That every lock is taken once, in
// order, and let go is checked where the library runs on a host.
void freehold_host_lock(void* /*host*/, freehold::HostLock* /*lock*/) {}
void freehold_host_unlock(void* /*host*/, freehold::HostLock* /*lock*/) {}

std::uint32_t freehold_host_processor(void* /*host*/) { return 0; }

void freehold_host_shootdown(void* /*host*/, std::uint32_t /*processor_mask*/, std::uintptr_t /*base*/,
                             std::uintptr_t /*length_bytes*/) {
    kernel::panic("a shootdown on a machine of one processor");
}

int freehold_host_waits(void* /*host*/, std::uintptr_t owner_token, std::uint32_t port_id) {
    const auto* const process = reinterpret_cast<const kernel::Process*>(owner_token);
    if (process->takes_words_at == freehold::PortId{port_id}) return 2;
    return process->takes_head_at == freehold::PortId{port_id} ? 1 : 0;
}

void freehold_host_wake(void* /*host*/, std::uintptr_t owner_token, std::uint32_t port_id) {
    // The token is the owner's place in the process table; 0 is the kernel's own space, which has no ports. A place
    // that belongs to another by now does not wait for this port.
    auto* const process = reinterpret_cast<kernel::Process*>(owner_token);
    if (process == nullptr) return;
    const bool received =
        process->state == freehold::abi::ProcessState::receiving && process->receives_from == freehold::PortId{port_id};
    if (!received && process->state != freehold::abi::ProcessState::awaiting) return;
    if (received) process->works_for_it = nullptr;
    kernel::scheduler::make_ready(*process);
}

void freehold_host_pause(void* /*host*/) { kernel::scheduler::pause(); }

std::uint64_t freehold_host_timestamp(void* /*host*/) { return kernel::machine::cycles(); }
