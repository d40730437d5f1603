// SPDX-License-Identifier: MIT
// The one region table the library uses, compiled once.
#include "src/space/region_table.h"

#include <type_traits>

namespace freehold {

template class BasicRegionTable<VirtAddr, PageRange, kRegionsMax>;

static_assert(std::is_standard_layout_v<RegionTable> && std::is_trivially_copyable_v<RegionTable>);

}  // namespace freehold
