// SPDX-License-Identifier: MIT
// The kernel's version, for the line it prints at boot.
#pragma once

namespace freehold::kernel {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace freehold::kernel
