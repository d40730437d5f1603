// SPDX-License-Identifier: MIT
// The links of a list of processes.
#include "kernel/process/process_list.h"

#include "kernel/process/process.h"

namespace freehold::kernel {

void ProcessList::insert(Process& process, Process* next) {
    Process* const previous = next != nullptr ? next->previous : last_;
    process.list = this;
    process.next = next;
    process.previous = previous;
    (previous != nullptr ? previous->next : first_) = &process;
    (next != nullptr ? next->previous : last_) = &process;
}

void ProcessList::remove(Process& process) {
    (process.previous != nullptr ? process.previous->next : first_) = process.next;
    (process.next != nullptr ? process.next->previous : last_) = process.previous;
    process.list = nullptr;
    process.next = process.previous = nullptr;
}

}  // namespace freehold::kernel
