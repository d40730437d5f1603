// SPDX-License-Identifier: MIT
// Priority inheritance: who answers a request works with the priority of the most important process that waits for its
// answer, however many stand between them. After QNX, where a server's thread takes on its client's priority.
#pragma once

#include "kernel/process/process.h"

namespace freehold::kernel {

/// `server` and whoever it waits for itself get the client's priority. A circle ends where nothing is raised any more.
void raise_priority(const Process& client, Process& server);

/// `client` waits from now on for an answer of `server`'s.
inline void work_for(Process& client, Process& server) {
    client.works_for_it = &server;
    if (server.priority < client.priority) raise_priority(client, server);
}

void lower_priority(Process& server);

/// A client of the process has its answer, or is no more: it goes back to the priority that is due.
inline void settle_priority(Process& server) {
    if (server.priority != server.base_priority) lower_priority(server);
}

/// The process ends: nobody waits for it, and it waits for nobody any more.
void forget_work(Process& process);

}  // namespace freehold::kernel
