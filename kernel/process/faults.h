// SPDX-License-Identifier: MIT
// Counts of user code's page faults.
#pragma once

#include <cstdint>

namespace freehold::kernel {

/// Page faults of user code since boot, answered or not.
std::uint64_t count_page_faults();

}  // namespace freehold::kernel
