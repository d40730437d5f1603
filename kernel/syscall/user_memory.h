// SPDX-License-Identifier: MIT
// Structures to and from user memory, each copied once and as a whole.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include <freehold/space.h>

#include "kernel/process/process.h"
#include "kernel/traps.h"

namespace freehold::kernel {

/// A structure of the caller's, as a whole or, on failure, not at all. bad_address and what else copy_in says.
template <typename T>
requires std::is_trivially_copyable_v<T> && std::is_trivially_default_constructible_v<T>
[[nodiscard]] Status fetch(Process& process, Word address, T& into) {
    return copy_in(*process.space, VirtAddr(address), std::as_writable_bytes(std::span(&into, 1)));
}

/// Gives the caller a structure. Its padding is zero, so no byte of the kernel's stack goes along.
template <typename T>
requires std::is_trivially_copyable_v<T> Status store(Process& process, Word address, T value) {
    __builtin_clear_padding(&value);
    return copy_out(*process.space, VirtAddr(address), std::as_bytes(std::span(&value, 1)));
}

}  // namespace freehold::kernel
