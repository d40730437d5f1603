// SPDX-License-Identifier: MIT
// What the compiler calls where a program does what C++ leaves undefined. All it says begins with the place.
#include <cstdint>

#include "kernel/panic.h"

namespace {

struct Place {
    const char* file;
    std::uint32_t line;
    std::uint32_t column;
};

[[noreturn]] void report(const char* what, const Place& place) {
    freehold::kernel::panic("undefined behaviour: ", what, " (", place.file, ":", place.line, ")");
}

}  // namespace

extern "C" {

#define FREEHOLD_UNDEFINED(name, what)                           \
    [[noreturn]] void __ubsan_handle_##name(const Place* place); \
    void __ubsan_handle_##name(const Place* place) { report(what, *place); }
FREEHOLD_UNDEFINED(type_mismatch_v1_abort, "an access by a pointer that is null, misaligned or to too little")
FREEHOLD_UNDEFINED(add_overflow_abort, "an addition overflows")
FREEHOLD_UNDEFINED(sub_overflow_abort, "a subtraction overflows")
FREEHOLD_UNDEFINED(mul_overflow_abort, "a multiplication overflows")
FREEHOLD_UNDEFINED(negate_overflow_abort, "a negation overflows")
FREEHOLD_UNDEFINED(divrem_overflow_abort, "a division by zero, or one that overflows")
FREEHOLD_UNDEFINED(shift_out_of_bounds_abort, "a shift by too much")
FREEHOLD_UNDEFINED(out_of_bounds_abort, "an index beyond an array")
FREEHOLD_UNDEFINED(builtin_unreachable, "what can't be reached is reached")
FREEHOLD_UNDEFINED(missing_return, "a function ends without a value")
FREEHOLD_UNDEFINED(load_invalid_value_abort, "a value that its type does not have")
FREEHOLD_UNDEFINED(nonnull_arg_abort, "a null pointer as an argument that must not be one")
FREEHOLD_UNDEFINED(pointer_overflow_abort, "pointer arithmetic overflows")
FREEHOLD_UNDEFINED(invalid_builtin_abort, "bits counted of zero")
#undef FREEHOLD_UNDEFINED

}  // extern "C"
