// SPDX-License-Identifier: MIT
// The console: what the kernel and the processes print, and what is typed.
//
//   print, console_write ──▶ serial line
//                       └──▶ ring of the last kOutputBytes ──▶ console_watch: a screen driver in user space
//   serial line, keyboard ──▶ ring of input ──▶ console_read
//
// Output positions count all bytes ever printed, modulo 2^32.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <freehold/types.h>

#include "kernel/process/process_list.h"

namespace freehold::kernel::console {

inline constexpr std::uint32_t kOutputBytes = 65536;
inline constexpr std::uint32_t kInputBytes = 1024;

/// Prints. Tells nobody yet: whoever calls does so when it is done.
void put(std::string_view text);
void tell_watchers();

/// A character typed. Dropped where nobody has read the last kInputBytes; a device that can wait asks for room first.
void add_input(char character);
bool has_room_for_input();

/// Copies what was typed and not yet taken, as much as fits; take_input() then removes it.
std::uint32_t peek_input(std::span<char> out);
void take_input(std::uint32_t length_bytes);

/// Copies output from `position` on, as much as fits; 0 bytes where there is none yet.
/// overflow: `position` is forgotten already; bad_option: it is still to come by more than that.
Result<std::uint32_t> read_output(std::uint32_t position, std::span<char> out);

/// The oldest position read_output() still knows.
std::uint32_t oldest_output();

/// Who waits for input, and who for output.
ProcessList& readers();
ProcessList& watchers();

}  // namespace freehold::kernel::console
