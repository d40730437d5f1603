// SPDX-License-Identifier: MIT
// Attacks on what others left behind: in memory, in registers, in the gaps of answers.
#include "user/attacks/attack.h"
namespace freehold::user {
std::span<const Attack> stale_data_attacks() { return {}; }
std::span<const Role> stale_data_roles() { return {}; }
}  // namespace freehold::user
