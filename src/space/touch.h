// SPDX-License-Identifier: MIT
// Giving a page its frame, for faults and for copies alike; and what an access may do to a region.
#pragma once

#include "src/space/space_memory.h"

namespace freehold {

/// Gives an absent page a zeroed frame that was promised for it, or, if it is sealed, the frame of zeros.
/// @pre the region is anonymous and of that tag  @error reference_limit
Status touch_page_locked(SpaceMemory& memory, SpacePmap& pmap, VirtAddr page, Tag tag);

/// @error not_mapped, in_transit, sealed, access_denied
Status check_access(Tag tag, Rights access);

}  // namespace freehold
