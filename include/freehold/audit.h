// SPDX-License-Identifier: MIT
// The audit: regions = page tables = frame references = free list = charges, or a sentence that says what differs.
#pragma once

#include <cstdint>

#include <freehold/system.h>

namespace freehold {

struct AuditReport {
    bool clean = false;
    char text[160] = {};       ///< the first difference in a sentence, or what was compared
    std::uint32_t spaces = 0;  ///< compared
    std::uint32_t regions = 0;
    std::uint32_t tables = 0;
    std::uint32_t pages = 0;  ///< present ones
};

/// Compares the whole state with itself.
/// @pre nobody else works on the system meanwhile
/// @error none: what differs is in the report  @state none  @cost O(frames + tables)
/// @context takes the pool's lock and others in passing; for a kernel: interrupts off, other processors stopped, none
/// of them inside the library
AuditReport audit(System& system);

}  // namespace freehold
