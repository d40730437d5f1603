// SPDX-License-Identifier: MIT
#include "kernel/process/devices.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <freehold/ipc.h>

#include "kernel/memory/memory.h"
#include "kernel/panic.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/traps.h"

namespace freehold::kernel {
namespace devices {
namespace {

constexpr std::uint32_t kClaimsMax = 64;

struct Line {
    const Process* driver;
    std::uint32_t signals;
    bool noted;  ///< its interrupt came, and its signals are still to be raised
};

struct Claim {
    const Process* driver;  ///< null: unused
    std::uint32_t first, end;
};

constinit Line lines[machine::kInterruptLines]{};
constinit Claim claims[kClaimsMax]{};
constinit bool any_noted = false;

bool is_there(std::uint32_t line) { return line < machine::kInterruptLines && machine::is_line_for_programs(line); }

void raise(const Line& line) {
    const Status status = raise_signals(system(), SpaceId::none, line.driver->id, line.signals);
    if (status != Status::ok) panic("an interrupt of no process: ", status_name(status));
}

}  // namespace

Status attach(Process& driver, std::uint32_t line, std::uint32_t signals) {
    if (!is_there(line)) return Status::no_such_device;
    Line& entry = lines[line];
    if (entry.driver != nullptr && entry.driver != &driver) return Status::device_taken;
    machine::mask_line(line);
    entry = {signals != 0 ? &driver : nullptr, signals, false};
    if (signals != 0) machine::unmask_line(line);
    return Status::ok;
}

Status finish(const Process& driver, std::uint32_t line) {
    if (!is_there(line)) return Status::no_such_device;
    if (lines[line].driver != &driver) return Status::not_permitted;
    machine::unmask_line(line);
    return Status::ok;
}

Status claim(Process& driver, std::uint32_t first, std::uint32_t count) {
    if (count == 0) return Status::zero_length;
    if (first >= machine::kDeviceRegisters || count > machine::kDeviceRegisters - first) return Status::no_such_device;
    if (!machine::are_registers_for_programs(first, count)) return Status::no_such_device;
    const std::uint32_t end = first + count;
    const bool taken = std::any_of(std::begin(claims), std::end(claims), [=](const Claim& claim) {
        return claim.driver != nullptr && claim.first < end && first < claim.end;
    });
    if (taken) return Status::device_taken;
    const auto unused =
        std::find_if(std::begin(claims), std::end(claims), [](const Claim& claim) { return claim.driver == nullptr; });
    if (unused == std::end(claims)) return Status::device_table_full;
    *unused = {&driver, first, end};
    return Status::ok;
}

bool has_registers(const Process& driver, std::uint32_t first, std::uint32_t count) {
    return std::any_of(std::begin(claims), std::end(claims), [&](const Claim& claim) {
        return claim.driver == &driver && first >= claim.first && first < claim.end && count <= claim.end - first;
    });
}

void raise_noted() {
    if (!any_noted) return;
    any_noted = false;
    for (Line& line : lines) {
        if (std::exchange(line.noted, false)) raise(line);
    }
}

void forget(const Process& process) {
    for (std::uint32_t line = 0; line < machine::kInterruptLines; ++line) {
        if (lines[line].driver != &process) continue;
        machine::mask_line(line);
        lines[line] = {};
    }
    for (Claim& claim : claims) {
        if (claim.driver == &process) claim = {};
    }
}

}  // namespace devices

void device_interrupt(std::uint32_t line) {
    devices::Line& entry = devices::lines[line];
    if (entry.driver == nullptr) return;  // its driver has died since: the line stays masked
    if (!scheduler::is_paused()) return devices::raise(entry);
    entry.noted = devices::any_noted = true;
    scheduler::look_again();
}

}  // namespace freehold::kernel
