// SPDX-License-Identifier: MIT
// hello: says so, and what it was started with.
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {

int program_main(const Arguments& arguments) {
    print("Hello from process {}", arguments.info().self);
    for (std::uint32_t i = 1; i < arguments.count(); ++i) print("{}{}", i == 1 ? ", with: " : " ", arguments[i]);
    print("\n");
    return 0;
}

}  // namespace freehold::user
