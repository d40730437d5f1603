// SPDX-License-Identifier: MIT
// The page tables of the kernel's half.
#pragma once

namespace freehold::kernel::machine {

/// Takes away what only the first instructions needed, and gives each part of the image its rights: code can't be
/// written, constants neither, and nothing but code can be executed.
void protect_image();

}  // namespace freehold::kernel::machine
