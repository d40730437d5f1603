// SPDX-License-Identifier: MIT
// Attacks on ownership: memory that is given away, sealed or shared, and those who would keep it.
#include "user/attacks/attack.h"
namespace freehold::user {
std::span<const Attack> ownership_attacks() { return {}; }
std::span<const Role> ownership_roles() { return {}; }
}  // namespace freehold::user
