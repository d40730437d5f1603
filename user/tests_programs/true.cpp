// SPDX-License-Identifier: MIT
// true: succeeds.
#include "user/runtime/start.h"

namespace freehold::user {

int program_main(const Arguments&) { return 0; }

}  // namespace freehold::user
