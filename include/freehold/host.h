// SPDX-License-Identifier: MIT
// What a kernel must provide: ten functions, and the C library's memcpy, memmove, memset and memcmp.
//
// Each gets the `host` pointer given to create_system(), so that many systems can live side by side.
// None may call back into the library. None may block, except that freehold_host_lock() waits for its lock.
#pragma once

#include <cstdint>

namespace freehold {

/// A lock's storage. Zero is unlocked; the bits are the host's to use.
struct HostLock {
    std::uintptr_t word[2] = {0, 0};
};

}  // namespace freehold

extern "C" {

/// The address at which the kernel can read and write frame `frame_number`, 4096 bytes, page-aligned.
/// Called for page tables, region tables, port heads, frames to be zeroed or copied; only for frames of the pool.
/// Example: a kernel that maps all RAM at 0xF0000000 returns 0xF0000000 + frame_number * 4096.
/// @pre the frame was given to the system at its creation  @error none: must not fail
/// @state none  @cost O(1), a few instructions: it is on every path  @context any, locks may be held
void* freehold_host_frame_pointer(void* host, std::uint32_t frame_number);

/// Takes a lock, waiting for other processors. On one processor with interrupts off in the kernel: nothing to do.
/// @pre this processor does not hold it  @error none  @state the lock is held  @cost O(1)
/// @context interrupts as the library was called; order of locks: docs/invariants.md
void freehold_host_lock(void* host, freehold::HostLock* lock);

/// Lets a lock go.
/// @pre this processor holds it  @error none  @state the lock is free  @cost O(1)  @context as above
void freehold_host_unlock(void* host, freehold::HostLock* lock);

/// The number of the processor this runs on, 0 to 31.
/// @pre none  @error none  @state none  @cost O(1)  @context any
std::uint32_t freehold_host_processor(void* host);

/// Makes every processor in `processor_mask` (never this one) drop its TLB entries of [base, base + length_bytes), or
/// all its user entries where length_bytes is 0, and returns when all have done so. One processor: never called.
/// @pre this processor may hold locks of spaces, so the others must answer with interrupts, not with locks
/// @error none  @state no such entry is left  @cost one interrupt and its answer  @context locks of spaces are held
void freehold_host_shootdown(void* host, std::uint32_t processor_mask, std::uintptr_t base,
                             std::uintptr_t length_bytes);

/// Something arrived at a port: a message, or a reply; or, port_id 0, signals. `owner_token` is what the space's
/// creator gave.
/// @pre none  @error none  @state wakes whoever waits  @cost O(1)  @context no lock of the library is held
void freehold_host_wake(void* host, std::uintptr_t owner_token, std::uint32_t port_id);

/// Whether the owner of that port waits at it for a message and can be handed one now: 0: no; 1: the address of its
/// head; 2: a short one in registers, too.
/// @pre none  @error none  @state none  @cost O(1)  @context a port's lock is held
int freehold_host_waits(void* host, std::uintptr_t owner_token, std::uint32_t port_id);

/// A clock that never runs backwards, in any unit; stamps the ledger.
/// @pre none  @error none  @state none  @cost O(1)  @context any, locks may be held
std::uint64_t freehold_host_timestamp(void* host);

/// A long operation has come to a place where it can be interrupted, as it does all some thousand instructions: a
/// kernel that runs with interrupts off can let them in here. What they do must not call the library. May do nothing.
/// @pre none  @error none  @state none of the library's  @cost as the host likes  @context any, locks may be held
void freehold_host_pause(void* host);

/// The library found a bug of its own, or a broken promise of the host's. Prints and stops; must not return.
/// Has no `host`: an assertion may stand where no system is known.
/// @pre none  @error none  @state nothing is sure any more  @cost -  @context any
[[noreturn]] void freehold_host_panic(const char* what, const char* file, std::uint32_t line);

}  // extern "C"
