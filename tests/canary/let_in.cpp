// SPDX-License-Identifier: MIT
// Which fault is let in: FREEHOLD_CANARY=<number in Canary>, none without.
#include "src/base/canary.h"

#include "tests/support/environment.h"

namespace freehold {

const Canary canary_let_in = static_cast<Canary>(test::number_from_environment("FREEHOLD_CANARY", 0));

}  // namespace freehold
