// SPDX-License-Identifier: MIT
// Attacks by program files.
#include "user/attacks/attack.h"
namespace freehold::user {
std::span<const Attack> image_attacks() { return {}; }
}  // namespace freehold::user
