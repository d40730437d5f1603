// SPDX-License-Identifier: MIT
// The one region table the library uses, compiled once.
#include "src/space/region_table.h"

namespace freehold {

template class BasicRegionTable<VirtAddr, PageRange, kRegionsMax>;

}  // namespace freehold
