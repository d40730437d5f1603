// SPDX-License-Identifier: MIT
// What a kernel must provide, for one in C, Rust, Zig: the functions of host.h, where each is explained, and the C
// library's memcpy, memmove, memset and memcmp. In C++ this is host.h itself.
#pragma once

#ifdef __cplusplus
#include <freehold/host.h>
#else

#include <freehold/c_types.h>

/// The hooks, each as in host.h.
/// @pre as in host.h  @error none: none may fail  @state as in host.h  @cost as in host.h  @context as in host.h
void* freehold_host_frame_pointer(void* host, uint32_t frame_number);
void freehold_host_lock(void* host, freehold_lock* lock);
void freehold_host_unlock(void* host, freehold_lock* lock);
uint32_t freehold_host_processor(void* host);
void freehold_host_shootdown(void* host, uint32_t processor_mask, uintptr_t base, uintptr_t length_bytes);
void freehold_host_wake(void* host, uintptr_t owner_token, uint32_t port_id);
int freehold_host_waits(void* host, uintptr_t owner_token, uint32_t port_id);
uint64_t freehold_host_timestamp(void* host);
void freehold_host_pause(void* host);
_Noreturn void freehold_host_panic(const char* what, const char* file, uint32_t line);

#endif
