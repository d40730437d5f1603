// SPDX-License-Identifier: MIT
// The commands that look: tables of what the kernel says of processes, regions, memory, ports and history.
#include <array>

#include "user/programs/shell/shell.h"
#include "user/runtime/names.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"

namespace freehold::user::shell {
namespace {

std::uint32_t complain(std::string_view command, Status status) {
    print("{}: {}\n", command, status);
    return 1;
}

const char* name_of(abi::ProcessState state) {
    switch (state) {
        case abi::ProcessState::ready:
            return "ready";
        case abi::ProcessState::running:
            return "running";
        case abi::ProcessState::sleeping:
            return "sleeping";
        case abi::ProcessState::receiving:
            return "receiving";
        case abi::ProcessState::sending:
            return "sending";
        case abi::ProcessState::reading:
            return "reading";
        case abi::ProcessState::waiting:
            return "waiting";
        case abi::ProcessState::awaiting:
            return "awaiting";
        case abi::ProcessState::ended:
            return "ended";
    }
    return "?";
}

const char* name_of(PortMode mode) {
    switch (mode) {
        case PortMode::closed:
            return "closed";
        case PortMode::open:
            return "open";
        case PortMode::dedicated:
            return "dedicated";
    }
    return "?";
}

void print_region(const RegionInfo& region) {
    const bool used = region.type != RegionType::free;
    print("{:08x}  {:08x}  {:>10}  {:4}  ", region.base, region.base + region.length_bytes,
          region.length_bytes / kPageBytes, region_type_name(region.type));
    if (used) {
        print("{}{}{}     {:18}  {:>7}  {:>6}", has(region.rights, Rights::read) ? 'r' : '-',
              has(region.rights, Rights::write) ? 'w' : '-', has(region.rights, Rights::execute) ? 'x' : '-',
              region_state_name(region.state), region.pages_present, region.pages_guard);
    }
    print("\n");
}

void print_frames(std::string_view what, std::uint32_t frames) {
    print("  {:28}{:>10,} frames {:>9,} KiB\n", what, frames, frames * (kPageBytes / 1024));
}

void print_memory(const MemoryInfo& memory) {
    print("memory\n");
    print_frames("total", memory.frames_total);
    print_frames("free", memory.frames_free);
    print_frames("of these promised", memory.frames_promised);
    print_frames("in use or promised", frames_in_use(memory));
    print_frames("  the kernel's own", memory.frames_kernel);
    print_frames("  sealed", memory.frames_sealed);
    print_frames("  charged to spaces", memory.frames_charged);
    print("  {:28}{:>10,} bytes\n", "library's own data", memory.metadata_bytes);
    print("  {:28}{:>10}\n  {:28}{:>10}\n", "spaces", memory.spaces, "ports", memory.ports);
}

/// What there is beside what anybody asked for; page tables and region tables are charged to those who have them.
void print_metadata(const abi::SystemInfo& info) {
    print("metadata\n");
    print_frames("the kernel's image", info.frames_image);
    print("  {:28}{:>10,} bytes\n", "a frame's record", info.frame_bytes);
    print("  {:28}{:>10,} bytes\n", "of all frames", info.frame_bytes * info.memory.frames_total);
}

void print_count(std::string_view what, std::uint64_t count) { print("  {:28}{:>20,}\n", what, count); }

void print_counters(const abi::SystemInfo& info) {
    const Counters& counters = info.counters;
    print("since the machine started\n");
    print_count("bytes copied by messages", counters.bytes_copied);
    print_count("bytes copied by calls", counters.bytes_transferred);
    print_count("frames allocated", counters.frames_allocated);
    print_count("frames freed", counters.frames_freed);
    print_count("frames zeroed", counters.frames_zeroed);
    print_count("page-table entries written", counters.entries_written);
    print_count("whole tables moved", counters.tables_moved);
    print_count("whole tables shared", counters.tables_shared);
    print_count("pages invalidated", counters.invalidations);
    print_count("TLB flushes", counters.full_flushes);
    print_count("shootdowns", counters.shootdowns);
    print_count("faults resolved", counters.faults_resolved);
    print_count("messages sent", counters.messages_sent);
    print_count("areas moved", counters.areas_moved);
    print_count("areas shared", counters.areas_shared);
    print_count("system calls", info.system_calls);
    print_count("context switches", info.context_switches);
    print_count("page faults", info.page_faults);
}

void print_waiting(const abi::PortRecord& record) {
    if (record.waiting_owner != 0) {
        print("  owner\n");
    } else if (record.waiting_senders != 0) {
        print("  {} sending\n", record.waiting_senders);
    } else {
        print("  -\n");
    }
}

}  // namespace

std::uint32_t show_processes() {
    print("process  parent   state      prio  regions   frames  in flight       calls     ticks  name\n");
    Word index = 0;
    for (;;) {
        const auto next = next_process(index);
        if (next.status() == Status::unknown_process) return 0;
        if (!next.ok()) return complain("ps", next.status());
        const abi::ProcessInfo& info = next.value();
        print("{:<7}  {:<7}  {:9}  {:>4}  {:>7}  {:>7}  {:>9}  {:>10}  {:>8}  {}\n", info.process, info.parent,
              name_of(info.state), info.priority, info.regions, info.frames_charged, info.areas_in_flight,
              info.system_calls, info.ticks, info.name);
    }
}

std::uint32_t show_regions(ProcessId process) {
    print("base      end            pages  type  rights  state               present  guards\n");
    std::array<RegionInfo, 32> buffer{};
    for (Word from = 0;;) {
        const auto count = regions(process, from, buffer);
        if (!count.ok()) return complain("maps", count.status());
        for (Word i = 0; i < count.value(); ++i) print_region(buffer[i]);
        if (count.value() < buffer.size()) return 0;
        from = buffer.back().base + buffer.back().length_bytes;
    }
}

std::uint32_t show_memory() {
    const auto info = system_info();
    if (!info.ok()) return complain("mem", info.status());
    print_memory(info.value().memory);
    print("  {:28}{:>10}\n", "processes", info.value().processes);
    if (info.value().frames_unreachable > 0) print_frames("RAM out of reach", info.value().frames_unreachable);
    print_metadata(info.value());
    print_counters(info.value());
    return 0;
}

std::uint32_t show_ports() {
    print("port      owner    state      from     slots   bytes  queued  held  promised  credits  waiting\n");
    Word index = 0;
    for (;;) {
        const auto next = next_port(index);
        if (next.status() == Status::unknown_port) return 0;
        if (!next.ok()) return complain("ports", next.status());
        const PortInfo& info = next.value().port;
        print("{:<8}  {:<7}  {:9}  {:<7}  {:>5}  {:>6}  {:>6}  {:>4}  {:>8}  {:>7}", info.id, info.owner,
              name_of(info.mode), info.dedicated_to, info.count_messages, info.message_bytes, info.queued, info.held,
              info.promised, info.credits);
        print_waiting(next.value());
    }
}

std::uint32_t show_names() {
    print("name                             port      owner\n");
    for (Word index = 0;;) {
        const auto next = next_name(index);
        if (next.status() == Status::unknown_name) return 0;
        if (!next.ok()) return complain("names", next.status());
        print("{:31}  {:<8}  {}\n", next.value().text(), next.value().port, next.value().owner);
    }
}

std::uint32_t show_audit() {
    const auto info = audit();
    if (!info.ok()) return complain("audit", info.status());
    const bool clean = info.value().clean != 0;
    print("audit: {}: {}\n", clean ? "clean" : "NOT CLEAN", info.value().text);
    return clean ? 0 : 1;
}

}  // namespace freehold::user::shell
