// SPDX-License-Identifier: MIT
// System calls on areas. The library checks all it is given; here only what its types can't express is refused.
#include "kernel/memory/memory.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace freehold::kernel {
namespace {

Outcome outcome_of(const Result<VirtAddr>& result) {
    return {result.status(), result.ok() ? result.value().value() : 0};
}

Result<Rights> rights_of(std::uint32_t number) {
    constexpr std::uint32_t kAll = 7;
    if (number > kAll) return Status::bad_rights;
    return static_cast<Rights>(number);
}

/// A call on a range that gives back nothing but its status.
template <typename Operation>
Outcome on_range(CallArguments a, Operation operation) {
    const auto range = PageRange::checked(a[0], a[1]);
    if (!range.ok()) return {range.status()};
    return {operation(range.value())};
}

/// Whom the caller may give areas to: its children, and itself, which the library has its own words for.
Result<AddressSpace*> receiver_of(Process& caller, Word id) {
    Process* const process = find_process(static_cast<ProcessId>(id));
    if (process == nullptr || process->space == nullptr) return Status::unknown_process;
    if (process != &caller && process->parent != &caller) return Status::not_permitted;
    return process->space;
}

using Transfer = Result<VirtAddr> (*)(AddressSpace&, PageRange, AddressSpace&, const TransferOptions&);

Outcome transfer(Process& caller, CallArguments a, Transfer operation) {
    const auto to = receiver_of(caller, a[0]);
    if (!to.ok()) return {to.status()};
    const auto range = PageRange::checked(a[1], a[2]);
    if (!range.ok()) return {range.status()};
    return outcome_of(operation(*caller.space, range.value(), *to.value(), {}));
}

/// Whether all of the archive is where this process was given it.
bool still_has_archive(Process& process) {
    if (process.archive_base == 0) return false;
    const PageRange pages = boot_archive().pages();
    const VirtAddr base(process.archive_base);
    const auto here = query_page(*process.space, base);
    const auto there = query_page(*boot_archive().space, pages.base());
    if (!here.ok() || !there.ok() || !here.value().present || here.value().physical != there.value().physical) {
        return false;
    }
    const auto region = query_region(*process.space, base);
    return region.ok() && region.value().state == RegionState::sealed &&
           region.value().base + region.value().length_bytes >= base.value() + pages.length_bytes();
}

}  // namespace

Outcome call_allocate(Process& caller, CallArguments a) {
    abi::AllocateArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (args.placement > static_cast<std::uint32_t>(Placement::at) || args.populate > 1) return {Status::bad_option};
    const auto rights = rights_of(args.rights);
    if (!rights.ok()) return {rights.status()};
    AllocateOptions options;
    options.length_bytes = args.length_bytes;
    options.alignment_bytes = args.alignment_bytes;
    options.placement = static_cast<Placement>(args.placement);
    options.address = VirtAddr(args.address);
    options.rights = rights.value();
    options.populate = args.populate == 1;
    options.guard_pages_below = args.guard_pages_below;
    options.guard_pages_above = args.guard_pages_above;
    return outcome_of(allocate_area(*caller.space, options));
}

Outcome call_release(Process& caller, CallArguments a) {
    return on_range(a, [&](PageRange range) { return release_area(*caller.space, range); });
}

Outcome call_protect(Process& caller, CallArguments a) {
    const auto rights = rights_of(clamped(a[2]));
    if (!rights.ok()) return {rights.status()};
    return on_range(a, [&](PageRange range) { return protect_area(*caller.space, range, rights.value()); });
}

Outcome call_guard(Process& caller, CallArguments a) {
    return on_range(a, [&](PageRange range) { return guard_area(*caller.space, range); });
}

Outcome call_map_physical(Process& caller, CallArguments a) {
    if ((caller.privileges & abi::kPrivilegeDevices) == 0) return {Status::not_permitted};
    abi::PhysicalArgs args;
    if (const Status fetched = fetch(caller, a[0], args); fetched != Status::ok) return {fetched};
    if (args.cached > 1 || args.reserved != 0) return {Status::bad_option};
    const auto rights = rights_of(args.rights);
    if (!rights.ok()) return {rights.status()};
    PhysicalOptions options;
    options.address = args.address;
    options.length_bytes = args.length_bytes;
    options.rights = rights.value();
    options.cached = args.cached == 1;
    return outcome_of(map_physical(*caller.space, options));
}

Outcome call_seal(Process& caller, CallArguments a) {
    return on_range(a, [&](PageRange range) { return seal_area(*caller.space, range); });
}

Outcome call_move(Process& caller, CallArguments a) { return transfer(caller, a, move_area); }
Outcome call_share(Process& caller, CallArguments a) { return transfer(caller, a, share_area); }

Outcome call_boot_archive(Process& caller, CallArguments a) {
    abi::ArchiveInfo info{};
    if (const Status status = store(caller, a[0], info); status != Status::ok) return {status};
    const BootArchive& archive = boot_archive();
    if (archive.space == nullptr) return {Status::ok};
    if (!still_has_archive(caller)) {
        const auto base = share_area(*archive.space, archive.pages(), *caller.space);
        if (!base.ok()) return {base.status()};
        caller.archive_base = base.value().value();
    }
    info.base = caller.archive_base;
    info.length_bytes = static_cast<Word>(archive.bytes.size());
    return {store(caller, a[0], info)};
}

}  // namespace freehold::kernel
