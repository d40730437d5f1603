// SPDX-License-Identifier: MIT
// malloc and its family, as the C library has them; new and delete use the same heap. Misuse that is found ends the
// program with a line that says what and where.
#pragma once

#include <cstddef>

extern "C" {
[[nodiscard]] void* malloc(std::size_t length_bytes);
[[nodiscard]] void* calloc(std::size_t count, std::size_t size_bytes);
[[nodiscard]] void* realloc(void* object, std::size_t length_bytes);
[[nodiscard]] void* aligned_alloc(std::size_t alignment_bytes, std::size_t length_bytes);
void free(void* object);
}

namespace freehold::user {

/// Bytes the heap holds of the kernel's.
std::size_t heap_bytes_held();

}  // namespace freehold::user
