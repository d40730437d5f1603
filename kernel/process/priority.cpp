// SPDX-License-Identifier: MIT
#include "kernel/process/priority.h"

#include <algorithm>

#include "kernel/process/scheduler.h"

namespace freehold::kernel {

[[gnu::noinline]] void raise_priority(const Process& client, Process& server) {
    for (Process* worker = &server; worker != nullptr; worker = worker->works_for_it) {
        if (worker->priority >= client.priority) return;
        scheduler::set_priority(*worker, client.priority);
    }
}

[[gnu::noinline]] void lower_priority(Process& server) {
    std::uint32_t due = server.base_priority;
    for (const Process& process : process_table()) {
        if (process.used && process.works_for_it == &server) due = std::max(due, process.priority);
    }
    if (due != server.priority) scheduler::set_priority(server, due);
}

void forget_work(Process& process) {
    for (Process& other : process_table()) {
        if (other.works_for_it == &process) other.works_for_it = nullptr;
    }
    Process* const server = process.works_for_it;
    process.works_for_it = nullptr;
    if (server != nullptr) settle_priority(*server);
}

}  // namespace freehold::kernel
