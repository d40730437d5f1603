// SPDX-License-Identifier: MIT
// The list of all who wait to send.
#include "kernel/process/senders.h"

#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/process/scheduler.h"

namespace freehold::kernel::senders {
namespace {

constinit ProcessList waiting;

template <typename Matches>
void wake_where(Matches matches, bool only_one) {
    Process* next = nullptr;
    for (Process* process = waiting.front(); process != nullptr; process = next) {
        next = process->next;
        if (!matches(process->wait_port)) continue;
        scheduler::make_ready(*process);
        if (only_one) return;
    }
}

}  // namespace

void wait_for(PortId port, bool again) {
    Process& self = *scheduler::current();
    self.wait_port = port;
    again ? waiting.push_front(self) : waiting.push_back(self);
    scheduler::block(ProcessState::sending);
}

void wake_one(PortId port) {
    wake_where([port](PortId waits_for) { return waits_for == port; }, true);
}

void wake_all(PortId port) {
    wake_where([port](PortId waits_for) { return waits_for == port; }, false);
}

void wake_after_end(PortId wait_port) {
    wake_where([](PortId waits_for) { return !port_info(system(), waits_for).ok(); }, false);
    if (wait_port != PortId::none) wake_one(wait_port);
}

}  // namespace freehold::kernel::senders
