// SPDX-License-Identifier: MIT
// The kernel under GCC's address and undefined-behaviour sanitizers (preset x86_64-checked); elsewhere nothing of it is
// there. What it finds is a panic.
//
//   globals     a byte of shadow for each 8 bytes of the image; the compiler leaves gaps between them
//   the stack   likewise; the compiler marks the gaps of a frame itself, so its shadow lies where -fasan-shadow-offset
//               says (boot.S)
//   frames      a bit for each of the first GiB: the pool marks those that are free
#pragma once

#include <string_view>

#include <freehold/types.h>

namespace freehold::kernel::checked {

#ifdef FREEHOLD_CHECKED

inline constexpr bool kIsOn = true;

/// First thing in the kernel: from now on gaps between globals are known.
void start();

/// What lies on the kernel stack that holds an address is given up.
void forget_stack(Word address);

/// Commits the fault that a word of the command line names, if any does.
void commit_fault(std::string_view command_line);

#else

inline constexpr bool kIsOn = false;

inline void start() {}
inline void forget_stack(Word) {}
inline void commit_fault(std::string_view) {}

#endif

}  // namespace freehold::kernel::checked
