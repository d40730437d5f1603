// SPDX-License-Identifier: MIT
// `ledger`: the latest operations on areas; and who had a frame, found by following the ledger back from where the
// frame is now.
//
//      frame ──who maps it──▶ process 9 at 0x5000 ──arrive──▶ process 7 at 0x8000 ──allocate──▶ its beginning
#include <array>
#include <optional>

#include "user/programs/shell/shell.h"
#include "user/runtime/print.h"

namespace freehold::user::shell {
namespace {

constexpr std::uint32_t kCalibrationMilliseconds = 20;

std::uint32_t complain(Status status) {
    print("ledger: {}\n", status);
    return 1;
}

/// The ledger as it is now, and how long ago each of its entries is.
class History {
  public:
    Status read() {
        // The ledger's clock counts cycles: how many of them a millisecond has is measured.
        const auto before = clock();
        sleep(kCalibrationMilliseconds);
        const auto now = clock();
        if (!before.ok() || !now.ok()) return Status::bad_address;
        const std::uint64_t milliseconds = now.value().milliseconds - before.value().milliseconds;
        now_ = now.value().cycles;
        cycles_of_millisecond_ = milliseconds == 0 ? 1 : (now_ - before.value().cycles) / milliseconds;
        if (cycles_of_millisecond_ == 0) cycles_of_millisecond_ = 1;
        const auto kept = ledger(0, entries_);
        if (!kept.ok()) return kept.status();
        count_ = kept.value();
        return Status::ok;
    }

    [[nodiscard]] Word count() const { return count_; }
    [[nodiscard]] const LedgerEntry& operator[](Word index) const { return entries_[index]; }
    [[nodiscard]] std::uint64_t milliseconds_ago(const LedgerEntry& entry) const {
        return entry.timestamp < now_ ? (now_ - entry.timestamp) / cycles_of_millisecond_ : 0;
    }

  private:
    std::array<LedgerEntry, kLedgerEntries> entries_{};
    Word count_ = 0;
    std::uint64_t now_ = 0;
    std::uint64_t cycles_of_millisecond_ = 1;
};

History history;  // static: more than a stack should hold

/// A page of a process's.
struct Place {
    ProcessId process;
    Word address;
};

bool holds(Word base, Word length_bytes, Word address) { return address >= base && address - base < length_bytes; }

/// What an entry says of a place: that it came there from another one, or was worked on there; nothing else.
std::optional<Place> came_from(const LedgerEntry& entry, const Place& place) {
    if (entry.to == SpaceId::none || entry.to != place.process) return std::nullopt;
    if (!holds(entry.arrived_at, entry.length_bytes, place.address)) return std::nullopt;
    return Place{entry.from, entry.base + (place.address - entry.arrived_at)};
}

bool begins(const LedgerEntry& entry) {
    using Operation = LedgerEntry::Operation;
    return entry.operation == Operation::allocate || entry.operation == Operation::map_physical ||
           entry.operation == Operation::adopt || entry.operation == Operation::create;
}

/// Follows a page back, from where it is now to where the ledger's memory or the page's life begins.
void print_history(Place place) {
    for (Word i = history.count(); i-- > 0;) {
        const LedgerEntry& entry = history[i];
        const std::uint64_t ago = history.milliseconds_ago(entry);
        if (const auto before = came_from(entry, place); before.has_value()) {
            print("  {:>10,} ms ago  {:12}  to process {} at 0x{:08x}, from {} at 0x{:08x}\n", ago,
                  operation_name(entry.operation), place.process, place.address, before->process, before->address);
            place = *before;
            continue;
        }
        if (entry.from != place.process || !holds(entry.base, entry.length_bytes, place.address)) continue;
        print("  {:>10,} ms ago  {:12}  by process {} at 0x{:08x}\n", ago, operation_name(entry.operation),
              place.process, place.address);
        if (begins(entry)) return;
    }
    print("  what was before, the ledger has forgotten\n");
}

/// A page of any process; the third word of the call names it.
Result<PageInfo> page_of(const Place& place) {
    PageInfo info{};
    const Status status =
        arch::system_call(Call::query_page, place.address, detail::word(&info), detail::word(place.process)).status;
    if (status != Status::ok) return status;
    return info;
}

/// Shows where in a process's space a frame is, with its history; how often it is there.
std::uint32_t show_places(ProcessId process, std::uint32_t frame) {
    std::array<RegionInfo, 32> buffer{};
    std::uint32_t found = 0;
    for (Word from = 0;;) {
        const auto count = regions(process, from, buffer);
        if (!count.ok()) return found;  // it has ended meanwhile
        for (Word i = 0; i < count.value(); ++i) {
            const RegionInfo& region = buffer[i];
            if (region.pages_present == 0) continue;
            for (Word offset = 0; offset < region.length_bytes; offset += kPageBytes) {
                const Place place{process, region.base + offset};
                const auto page = page_of(place);
                if (!page.ok() || !page.value().present || page.value().physical >> kPageShift != frame) continue;
                print("frame {}: process {} has it at 0x{:08x}, {}\n", frame, process, place.address,
                      region_state_name(region.state));
                print_history(place);
                ++found;
            }
        }
        if (count.value() < buffer.size()) return found;
        from = buffer.back().base + buffer.back().length_bytes;
    }
}

}  // namespace

std::uint32_t show_ledger(std::uint32_t count) {
    if (const Status status = history.read(); status != Status::ok) return complain(status);
    print("number          ms ago  operation     space    base      pages       to       there\n");
    for (Word i = history.count() > count ? history.count() - count : 0; i < history.count(); ++i) {
        const LedgerEntry& entry = history[i];
        print("{:<10}  {:>10,}  {:12}  {:<7}  {:08x}  {:<10}", entry.sequence, history.milliseconds_ago(entry),
              operation_name(entry.operation), entry.from, entry.base, entry.length_bytes / kPageBytes);
        if (entry.to != SpaceId::none) print("  {:<7}  {:08x}", entry.to, entry.arrived_at);
        print("\n");
    }
    return 0;
}

std::uint32_t show_frame(std::uint32_t frame) {
    const auto info = system_info();
    if (!info.ok()) return complain(info.status());
    if (const Status status = history.read(); status != Status::ok) return complain(status);
    std::uint32_t found = 0;
    for (Word index = 0;;) {
        const auto next = next_process(index);
        if (!next.ok()) break;
        found += show_places(next.value().process, frame);
    }
    if (found == 0) print("frame {}: no process has it: it is free, the kernel's, travels, or is none\n", frame);
    return found != 0 ? 0 : 1;
}

std::uint32_t show_page(ProcessId process, Word address) {
    const Place place{process, address & ~Word{kPageBytes - 1}};
    const auto page = page_of(place);
    if (!page.ok()) return complain(page.status());
    if (const Status status = history.read(); status != Status::ok) return complain(status);
    if (page.value().present) {
        print("process {} has frame {} at 0x{:08x}\n", process, page.value().physical >> kPageShift, place.address);
    } else {
        print("process {} has no frame at 0x{:08x}\n", process, place.address);
    }
    print_history(place);
    return 0;
}

}  // namespace freehold::user::shell
