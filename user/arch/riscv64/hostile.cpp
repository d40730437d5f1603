// SPDX-License-Identifier: MIT
// Attacks that RISC-V alone has: the firmware below the kernel, and addresses that are none.
#include <hostile.h>

#include "user/attacks/hardware.h"

namespace freehold::user {
namespace {

/// The firmware's own call to turn the machine off (SBI specification 1.0, chapter 10), made by a program.
std::string_view call_firmware(Checks& /*checks*/) {
    constexpr Word kSystemReset = 0x53525354;
    return status_name(raw_call(static_cast<Call>(kSystemReset)));
}

/// Bits 39 to 63 of an address must be like bit 38.
std::string_view read_no_address(Checks& /*checks*/) { return read_at(Word{1} << 40); }

constexpr Attack kAttacks[] = {
    {"firmware", "makes the firmware's call that turns the machine off", "unknown_call", call_firmware},
    {"no-address", "reads at an address there can't be", "killed: read, outside_user_space", read_no_address},
};

}  // namespace

std::span<const Attack> machine_attacks() { return kAttacks; }

}  // namespace freehold::user
