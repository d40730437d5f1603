// SPDX-License-Identifier: MIT
// false: fails.
#include "user/runtime/start.h"

namespace freehold::user {

int program_main(const Arguments&) { return 1; }

}  // namespace freehold::user
