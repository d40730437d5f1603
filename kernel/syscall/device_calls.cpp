// SPDX-License-Identifier: MIT
// System calls of drivers: interrupts as signals, and device registers outside memory. What lies in memory is reached
// by map_physical.
#include "kernel/process/devices.h"
#include "kernel/syscall/handlers.h"

namespace freehold::kernel {
namespace {

bool is_driver(const Process& caller) { return (caller.privileges & abi::kPrivilegeDevices) != 0; }

constexpr std::uint32_t number_of(Word word) {
    return word <= UINT32_MAX ? static_cast<std::uint32_t>(word) : UINT32_MAX;
}

/// Whether the caller may touch a register that wide.
Status check(const Process& caller, std::uint32_t number, std::uint32_t width_bytes) {
    if (width_bytes != 1 && width_bytes != 2 && width_bytes != 4) return Status::bad_option;
    return devices::has_registers(caller, number, width_bytes) ? Status::ok : Status::not_permitted;
}

}  // namespace

Outcome call_interrupt_attach(Process& caller, CallArguments a) {
    if (!is_driver(caller)) return {Status::not_permitted};
    return {devices::attach(caller, number_of(a[0]), static_cast<std::uint32_t>(a[1]))};
}

Outcome call_interrupt_done(Process& caller, CallArguments a) { return {devices::finish(caller, number_of(a[0]))}; }

Outcome call_registers_claim(Process& caller, CallArguments a) {
    if (!is_driver(caller)) return {Status::not_permitted};
    return {devices::claim(caller, number_of(a[0]), number_of(a[1]))};
}

Outcome call_register_read(Process& caller, CallArguments a) {
    const Status status = check(caller, number_of(a[0]), number_of(a[1]));
    if (status != Status::ok) return {status};
    return {Status::ok, machine::read_register(number_of(a[0]), number_of(a[1]))};
}

Outcome call_register_write(Process& caller, CallArguments a) {
    const Status status = check(caller, number_of(a[0]), number_of(a[1]));
    if (status == Status::ok)
        machine::write_register(number_of(a[0]), number_of(a[1]), static_cast<std::uint32_t>(a[2]));
    return {status};
}

}  // namespace freehold::kernel
