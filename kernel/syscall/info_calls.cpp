// SPDX-License-Identifier: MIT
// System calls that look: they are open to all, and change nothing but the caller's output.
#include <algorithm>
#include <cstring>
#include <string_view>

#include <freehold/audit.h>
#include <freehold/ipc.h>
#include <kernel_machine.h>

#include "kernel/memory/memory.h"
#include "kernel/process/faults.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/senders.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace freehold::kernel {
namespace {

static_assert(sizeof(abi::AuditInfo::text) == sizeof(AuditReport::text));

abi::ProcessInfo describe(const Process& process) {
    abi::ProcessInfo info{};
    info.process = process.id;
    info.parent = process.parent != nullptr ? process.parent->id : ProcessId::none;
    info.state = process.state;
    info.priority = process.priority;
    info.privileges = process.privileges;
    if (process.space != nullptr) {
        const SpaceInfo space = space_info(*process.space);
        info.regions = space.regions;
        info.frames_charged = space.frames_charged;
        info.areas_in_flight = space.areas_in_flight;
    }
    info.system_calls = process.system_calls + process.handovers;
    info.ticks = process.ticks;
    std::memcpy(info.name, process.name, sizeof(info.name));
    return info;
}

/// Whether a message there would make it go on: it waits for one, or for a signal the port raises.
bool waits_at(const Process& owner, const PortInfo& port) {
    if (owner.state == ProcessState::receiving) return owner.receives_from == port.id;
    return owner.state == ProcessState::awaiting && (owner.awaits & port.signals) != 0;
}

abi::PortRecord describe(const PortInfo& port) {
    abi::PortRecord record{};
    record.port = port;
    record.waiting_senders = senders::count_waiting(port.id);
    const Process* const owner = find_process(port.owner);
    record.waiting_owner = owner != nullptr && waits_at(*owner, port) ? 1 : 0;
    return record;
}

/// Stores what `next(span)` yields in pieces, until it yields less than a piece or `count` are stored. The room for all
/// `count` must lie in user space, though only what is stored must be there.
template <typename T, std::uint32_t piece_entries, typename Next>
Outcome store_in_pieces(Process& caller, Word array, std::uint32_t count, Next next) {
    if (count == 0) return {Status::buffer_too_small};
    if (array > kUserEnd.value() || std::uint64_t{count} * sizeof(T) > kUserEnd.value() - array)
        return {Status::bad_address};
    T piece[piece_entries];
    std::uint32_t stored = 0;
    while (stored < count) {
        const std::uint32_t wanted = std::min(count - stored, piece_entries);
        const std::uint32_t got = next(std::span<T>(piece, wanted));
        if (got == 0) break;
        for (T& entry : std::span(piece, got)) __builtin_clear_padding(&entry);
        const auto at = VirtAddr(static_cast<Word>(array + stored * sizeof(T)));
        const Status status = copy_out(*caller.space, at, std::as_bytes(std::span<const T>(piece, got)));
        if (status != Status::ok) return {status};
        stored += got;
        if (got < wanted) break;
    }
    return {Status::ok, stored};
}

/// The library knows nothing of the kernel's half.
void audit_kernel_half(abi::AuditInfo& info) {
    const Word page = machine::find_unprotected_page();
    if (page == 0) return;
    info.clean = 0;
    constexpr std::string_view kWhat = "the kernel's half is not protected at 0x";
    static_assert(kWhat.size() + 2 * sizeof(page) < sizeof(info.text));
    char* next = std::copy(kWhat.begin(), kWhat.end(), info.text);
    for (unsigned shift = 8 * sizeof(page); shift != 0; shift -= 4)
        *next++ = "0123456789ABCDEF"[page >> (shift - 4) & 15];
    *next = 0;
}

}  // namespace

Outcome call_clock(Process& caller, CallArguments a) {
    abi::ClockInfo info{};
    info.milliseconds = scheduler::ticks() * 1000 / machine::kTicksPerSecond;
    info.cycles = machine::cycles();
    return {store(caller, a[0], info)};
}

Outcome call_query_page(Process& caller, CallArguments a) {
    const auto id = static_cast<ProcessId>(a[2]);
    const Process* const process = id == ProcessId::none ? &caller : find_process(id);
    if (process == nullptr || process->space == nullptr) return {Status::unknown_process};
    const auto page = query_page(*process->space, VirtAddr(a[0]));
    if (!page.ok()) return {page.status()};
    return {store(caller, a[1], page.value())};
}

Outcome call_regions(Process& caller, CallArguments a) {
    const auto id = static_cast<ProcessId>(a[0]);
    const Process* const process = id == ProcessId::none ? &caller : find_process(id);
    if (process == nullptr || process->space == nullptr) return {Status::unknown_process};
    VirtAddr from(a[1]);
    return store_in_pieces<RegionInfo, 16>(caller, a[2], clamped(a[3]), [&](std::span<RegionInfo> out) {
        const std::uint32_t got = walk_regions(*process->space, from, out);
        if (got != 0) from = VirtAddr(out[got - 1].base + out[got - 1].length_bytes);
        return got;
    });
}

Outcome call_process_info(Process& caller, CallArguments a) {
    const auto table = process_table();
    for (std::uint32_t index = clamped(a[0]); index < table.size(); ++index) {
        if (!table[index].used) continue;
        return {store(caller, a[1], describe(table[index])), index + 1};
    }
    return {Status::unknown_process};
}

Outcome call_port_info(Process& caller, CallArguments a) {
    std::uint32_t index = clamped(a[0]);
    const auto port = next_port(system(), index);
    if (!port.ok()) return {port.status()};
    return {store(caller, a[1], describe(port.value())), index};
}

Outcome call_system_info(Process& caller, CallArguments a) {
    abi::SystemInfo info{};
    info.counters = counters(system());
    info.memory = memory_info(system());
    info.system_calls = count_system_calls();
    info.context_switches = scheduler::count_switches();
    info.page_faults = count_page_faults();
    const auto table = process_table();
    info.processes = static_cast<std::uint32_t>(
        std::count_if(table.begin(), table.end(), [](const Process& process) { return process.used; }));
    info.frames_unreachable = frames_unreachable();
    info.frames_image = machine::kernel_image().count;
    info.frame_bytes = kFrameRecordBytes;
    return {store(caller, a[0], info)};
}

Outcome call_ledger(Process& caller, CallArguments a) {
    std::uint64_t after = a[0];
    return store_in_pieces<LedgerEntry, 8>(caller, a[1], clamped(a[2]), [&](std::span<LedgerEntry> out) {
        const std::uint32_t got = read_ledger(system(), after, out);
        if (got != 0) after = out[got - 1].sequence;
        return got;
    });
}

Outcome call_audit(Process& caller, CallArguments a) {
    const AuditReport report = audit(system());
    abi::AuditInfo info{};
    info.clean = report.clean ? 1 : 0;
    info.spaces = report.spaces;
    info.regions = report.regions;
    info.tables = report.tables;
    info.pages = report.pages;
    std::memcpy(info.text, report.text, sizeof(info.text));
    if (report.clean) audit_kernel_half(info);
    return {store(caller, a[0], info)};
}

}  // namespace freehold::kernel
