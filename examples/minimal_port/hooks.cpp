// SPDX-License-Identifier: MIT
// host.h on one processor that is never interrupted in the kernel, with nobody to wake.
#include <freehold/host.h>

#include "examples/minimal_port/port.h"

using minimal::Host;

void* freehold_host_frame_pointer(void* host, std::uint32_t frame_number) {
    return static_cast<Host*>(host)->frame_0 + std::uintptr_t{frame_number} * freehold::kPageBytes;
}
void freehold_host_lock(void*, freehold::HostLock*) {}
void freehold_host_unlock(void*, freehold::HostLock*) {}
std::uint32_t freehold_host_processor(void*) { return 0; }
void freehold_host_shootdown(void*, std::uint32_t, std::uintptr_t, std::uintptr_t) {}
void freehold_host_wake(void*, std::uintptr_t, std::uint32_t) {}
int freehold_host_waits(void*, std::uintptr_t, std::uint32_t) { return 0; }
void freehold_host_pause(void*) {}
std::uint64_t freehold_host_timestamp(void*) { return 0; }
void freehold_host_panic(const char* what, const char*, std::uint32_t) {
    minimal::print(what);
    while (true) continue;
}
