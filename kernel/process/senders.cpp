// SPDX-License-Identifier: MIT
// The list of all who wait to send.
#include "kernel/process/senders.h"

#include <algorithm>

#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/process/scheduler.h"

namespace freehold::kernel::senders {
namespace {

constinit ProcessList waiting;
constinit std::uint32_t in_wait = 0;  // processes whose sends_to names a port, woken ones included

bool finds_room(const Process& process, PortId port) {
    return check_send(*process.space, port, PortId::none) != Status::would_block;
}

template <typename Matches>
void wake_where(Matches matches, bool only_one) {
    if (in_wait == 0) return;
    Process* next = nullptr;
    for (Process* process = waiting.front(); process != nullptr; process = next) {
        next = process->next;
        if (!matches(*process)) continue;
        scheduler::make_ready(*process);
        if (only_one) return;
    }
}

}  // namespace

bool others_wait(PortId port) {
    if (in_wait == 0) return false;
    const auto table = process_table();
    return std::any_of(table.begin(), table.end(), [port](const Process& process) {
        return process.used && process.sends_to == port && &process != scheduler::current() &&
               process.state != ProcessState::ended && finds_room(process, port);
    });
}

std::uint32_t count_waiting(PortId port) {
    if (in_wait == 0) return 0;
    const auto table = process_table();
    return static_cast<std::uint32_t>(std::count_if(table.begin(), table.end(), [port](const Process& process) {
        return process.used && process.sends_to == port && process.state != ProcessState::ended;
    }));
}

bool wait_for(PortId port, bool again, std::uint64_t deadline) {
    Process& self = *scheduler::current();
    if (self.sends_to == PortId::none) ++in_wait;
    self.sends_to = port;
    again ? waiting.push_front(self) : waiting.push_back(self);
    return scheduler::block(ProcessState::sending, deadline);
}

void wake_one(PortId port) {
    wake_where([port](const Process& process) { return process.sends_to == port && finds_room(process, port); }, true);
}

void wake_all(PortId port) {
    wake_where([port](const Process& process) { return process.sends_to == port; }, false);
}

void wake_those_without_port() {
    wake_where([](const Process& process) { return !port_info(system(), process.sends_to).ok(); }, false);
}

void forget(Process& process) {
    if (process.sends_to == PortId::none) return;
    const PortId port = process.sends_to;
    process.sends_to = PortId::none;
    --in_wait;
    wake_one(port);
}

}  // namespace freehold::kernel::senders
