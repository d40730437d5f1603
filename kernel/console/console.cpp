// SPDX-License-Identifier: MIT
// The console's two rings.
#include "kernel/console/console.h"

#include <algorithm>

#include <kernel_machine.h>

#include "kernel/process/scheduler.h"

namespace freehold::kernel::console {
namespace {

static_assert((kOutputBytes & (kOutputBytes - 1)) == 0 && (kInputBytes & (kInputBytes - 1)) == 0,
              "positions wrap at 2^32, so a ring's size must divide that");

// Both rings: bytes [taken, added) are in it, at their position modulo its size.
constinit char output[kOutputBytes]{};
constinit std::uint32_t output_added = 0;
constinit char input[kInputBytes]{};
constinit std::uint32_t input_added = 0;
constinit std::uint32_t input_taken = 0;
constinit std::uint32_t output_kept = 0;  // bytes of the ring that hold output

constinit ProcessList waiting_for_input;
constinit ProcessList waiting_for_output;

}  // namespace

void put(std::string_view text) {
    for (const char c : text) {
        if (c == '\n') machine::put_character('\r');
        machine::put_character(c);
        output[output_added++ % kOutputBytes] = c;
        output_kept = std::min(output_kept + 1, kOutputBytes);
    }
}

void tell_watchers() { scheduler::wake_all(waiting_for_output); }

void add_input(char character) {
    if (!has_room_for_input()) return;
    input[input_added++ % kInputBytes] = character;
    scheduler::wake_all(waiting_for_input);
}

bool has_room_for_input() { return input_added - input_taken != kInputBytes; }

std::uint32_t peek_input(std::span<char> out) {
    const auto count = std::min(static_cast<std::uint32_t>(out.size()), input_added - input_taken);
    for (std::uint32_t i = 0; i < count; ++i) out[i] = input[(input_taken + i) % kInputBytes];
    return count;
}

void take_input(std::uint32_t length_bytes) {
    input_taken += length_bytes;
    machine::take_serial_input();
}

Result<std::uint32_t> read_output(std::uint32_t position, std::span<char> out) {
    const std::uint32_t age = output_added - position;  // a position still to come is very old indeed
    if (age > kOutputBytes && age > UINT32_MAX / 2) return Status::bad_option;
    if (age > output_kept) return Status::overflow;
    const auto count = std::min(static_cast<std::uint32_t>(out.size()), age);
    for (std::uint32_t i = 0; i < count; ++i) out[i] = output[(position + i) % kOutputBytes];
    return count;
}

std::uint32_t oldest_output() { return output_added - output_kept; }

ProcessList& readers() { return waiting_for_input; }
ProcessList& watchers() { return waiting_for_output; }

}  // namespace freehold::kernel::console
