// SPDX-License-Identifier: MIT
// The audit walks every table of every space once, counting references to each frame in a scratch word, and compares
// what it counted with what the library keeps.
//
//   regions   a valid table; each unit has a table exactly if an area lies in it; no entry allows more than its region
//   frames    references counted = references kept; the free list has exactly the free frames
//   charges   each space's = its frames + its tables + its plain pages; sealed and kernel frames counted
//   ports     slots in each state add up, and so do credits; areas in flight of each space = those in queues
#include <cstring>

#include <freehold/audit.h>

#include "src/audit/sentence.h"
#include "src/ipc/port.h"
#include "src/space/books.h"

namespace freehold {

namespace {

using Paging = arch::Paging;

class Audit {
  public:
    Audit(System& system, AuditReport& report) : system_(system), report_(report) {
        for (std::uint32_t& word : system_.audit_scratch) word = 0;
    }

    void run() {
        for (AddressSpace& space : system_.spaces) {
            if (space.used && ok()) audit_space(space);
        }
        if (ok()) audit_ports();
        if (ok()) audit_frames();
        if (ok()) audit_accounts();
        report_.clean = ok();
        if (!ok()) return;
        Sentence(report_.text) << report_.spaces << " spaces, " << report_.regions << " regions, " << report_.tables
                               << " tables, " << report_.pages << " pages: all agree";
    }

  private:
    [[nodiscard]] bool ok() const { return report_.text[0] == 0; }
    Sentence fail() { return Sentence(report_.text); }

    std::uint32_t& counted(FrameNumber frame) {
        return system_.audit_scratch[frame.value() - system_.pool.first().value()];
    }

    void audit_space(AddressSpace& space) {
        ++report_.spaces;
        const std::uint32_t index = space_index(space);
        if (const char* wrong = space.regions->check(kUserEnd)) {
            fail() << "space " << index << ": " << wrong;
            return;
        }
        report_.regions += space.regions->count();
        ++counted(space.root);
        ++counted(space.region_frame);
        own_tables_ = 0;
        plain_charge_ = 0;
        SpaceMemory memory(space);
        const SpacePmap pmap(memory, space.root);
        for (VirtAddr unit; unit < kUserEnd && ok(); unit = unit + SpacePmap::kUnitBytes) {
            audit_unit(space, memory, pmap, unit);
        }
        memory.finish();
        const std::uint32_t expected = 2 + space.port_frames + own_tables_ + plain_charge_;
        if (ok() && expected != space.charged_frames) {
            fail() << "space " << index << " is charged " << space.charged_frames << " frames, but answers for "
                   << expected;
        }
    }

    void audit_unit(AddressSpace& space, SpaceMemory& memory, const SpacePmap& pmap, VirtAddr unit) {
        const Paging::Entry entry = pmap.unit_entry_of(unit);
        const bool used = !is_free_locked(space, PageRange(unit, unit + SpacePmap::kUnitBytes));
        if ((entry != Paging::kAbsent) != used) {
            fail() << "space " << space_index(space) << " has " << (used ? "no table" : "a table") << " at "
                   << Hex{unit.value()} << ", where it has " << (used ? "an area" : "none");
            return;
        }
        if (!used) return;
        if (!SpacePmap::has_table(entry)) {
            audit_pages(space, pmap, unit);
            return;
        }
        const FrameNumber table = Paging::frame(entry);
        const bool first = counted(table)++ == 0;
        if (memory.sealed_table(table)) {
            if (has(Paging::rights(entry), Rights::write)) {
                fail() << "space " << space_index(space) << " may write a sealed table at " << Hex{unit.value()};
                return;
            }
        } else {
            ++own_tables_;
        }
        if (first) audit_table(memory, table, unit);
        if (ok()) audit_pages(space, pmap, unit);
    }

    /// What a table holds, once however many refer to it: references to frames, and its own counts.
    void audit_table(SpaceMemory& memory, FrameNumber table, VirtAddr unit) {
        ++report_.tables;
        UnitCounts counts;
        const Paging::Entry* const entries = memory.entries(table);
        for (std::uint32_t i = 0; i < SpacePmap::kUnitPages; ++i) {
            if (Paging::guard(entries[i])) ++counts.guards;
            if (!SpacePmap::holds_frame(entries[i])) continue;
            ++counts.pages;
            const FrameNumber frame = Paging::frame(entries[i]);
            if (system_.pool.contains(frame)) ++counted(frame);
        }
        const UnitCounts kept = memory.counts(table);
        if (counts.pages != kept.pages || counts.guards != kept.guards) {
            fail() << "table " << table.value() << " at " << Hex{unit.value()} << " holds " << counts.pages
                   << " pages and " << counts.guards << " guards, but is counted for " << kept.pages << " and "
                   << kept.guards;
        }
        report_.pages += counts.pages;
    }

    void audit_pages(AddressSpace& space, const SpacePmap& pmap, VirtAddr unit) {
        Region region = space.regions->find(unit);
        for (VirtAddr at = unit; at < unit + SpacePmap::kUnitBytes && ok(); at = at + kPageBytes) {
            if (at >= region.end) region = space.regions->next(region);
            const SpacePmap::Found found = pmap.find(at);
            const bool guard = found.guard();
            if (region.tag.is_free()) {
                if (found.level == 0 && *found.entry != Paging::kAbsent) complain(space, at, "is mapped but free");
                continue;
            }
            if (is_plain(region.tag) && !guard) ++plain_charge_;
            if (!found.present()) continue;
            audit_page(space, region.tag, found, at);
        }
    }

    void audit_page(AddressSpace& space, Tag tag, const SpacePmap::Found& found, VirtAddr at) {
        const bool travels = tag.state() == RegionState::transit || tag.state() == RegionState::transit_sealed;
        if (travels && found.rights != Rights::none) {
            complain(space, at, "is in transit but can be reached");
            return;
        }
        if (travels) return;
        if (!has(Paging::enforced(tag.rights()), found.rights)) {
            complain(space, at, "allows more than its region");
            return;
        }
        const bool pooled = system_.pool.contains(SpacePmap::frame_of(found, at));
        if (pooled != (tag.type() == RegionType::anon)) complain(space, at, "has a frame of the wrong kind");
    }

    void complain(AddressSpace& space, VirtAddr at, const char* what) {
        fail() << "space " << space_index(space) << ": page " << Hex{at.value()} << " " << what;
    }

    void audit_ports() {
        std::uint32_t in_flight[kSpacesMax] = {};
        for (const Port& port : system_.ports->ports) {
            if (port.owner != nullptr && ok()) audit_port(port, in_flight);
        }
        for (const AddressSpace& space : system_.spaces) {
            const std::uint32_t index = space_index(space);
            if (ok() && space.used && space.areas_in_flight != in_flight[index]) {
                fail() << "space " << index << " has " << space.areas_in_flight << " areas in flight, but queues hold "
                       << in_flight[index];
            }
        }
    }

    void audit_port(const Port& port, std::uint32_t* in_flight) {
        std::uint32_t states[4] = {};
        for (std::uint32_t i = 0; i < port.count_messages; ++i) {
            const SlotHead& head = slot_locked(system_, port, static_cast<std::uint16_t>(i));
            ++states[static_cast<std::uint32_t>(head.state) & 3];
            if (head.state != SlotState::queued) continue;
            for (std::uint32_t area = 0; area < head.area_count; ++area) {
                if (head.areas[area].moved()) ++in_flight[static_cast<std::uint32_t>(head.sender) & 0xFF];
            }
        }
        if (states[0] != port.count_free || states[1] != 0 || states[2] != port.count_queued ||
            states[3] != port.count_held) {
            fail() << "port " << static_cast<std::uint32_t>(port_id(system_, port)) << " miscounts its slots";
        }
        if (port.count_promised > port.count_free) {
            fail() << "port " << static_cast<std::uint32_t>(port_id(system_, port)) << " promised more slots than free";
        }
        audit_credits(port);
        for (std::uint32_t i = 0; i < head_frames(port.count_messages); ++i) ++counted(port.head_frames[i]);
    }

    void audit_credits(const Port& port) {
        std::uint8_t used[kSpacesMax] = {};
        for (std::uint32_t i = 0; i < port.count_messages; ++i) {
            const SlotHead& head = slot_locked(system_, port, static_cast<std::uint16_t>(i));
            const bool counts = head.state != SlotState::free && !head.is_reply;
            if (counts) ++used[static_cast<std::uint32_t>(head.sender) & 0xFF];
        }
        if (std::memcmp(used, &credit_used_locked(system_, port, SpaceId::none), sizeof used) != 0) {
            fail() << "port " << static_cast<std::uint32_t>(port_id(system_, port)) << " miscounts a sender's credit";
        }
    }

    void audit_frames() {
        FramePool& pool = system_.pool;
        std::uint32_t free_frames = 0;
        for (std::uint32_t i = 0; i < pool.span() && ok(); ++i) {
            const FrameNumber number = pool.first() + i;
            const PageFrame& frame = pool.at(number);
            free_frames += frame.state() == FrameState::free ? 1 : 0;
            audit_frame(number, frame);
        }
        std::uint32_t listed = 0;
        for (std::uint32_t next = pool.free_list_head(); next != FrameList::kEnd && listed <= free_frames; ++listed) {
            next = pool.at(FrameNumber(next)).link();
        }
        if (ok() && (listed != free_frames || free_frames != pool.count_free())) {
            fail() << "the free list has " << listed << " frames, " << free_frames << " are free, " << pool.count_free()
                   << " are counted";
        }
    }

    void audit_frame(FrameNumber number, const PageFrame& frame) {
        std::uint32_t expected = counted(number);
        if (frame.state() == FrameState::kernel) {
            ++kernel_frames_;
            ++expected;  // the kernel's own reference
        }
        if (frame.references() != expected) {
            fail() << "frame " << number.value() << " has " << frame.references() << " references, but " << expected
                   << " entries refer to it";
        }
    }

    void audit_accounts() {
        FramePool& pool = system_.pool;
        const MemoryInfo info = memory_info(system_);
        if (kernel_frames_ != info.frames_kernel) {
            fail() << "the kernel has " << kernel_frames_ << " frames, but answers for " << info.frames_kernel;
            return;
        }
        const std::uint32_t used = info.frames_total - info.frames_free + info.frames_promised;
        const std::uint32_t answered = info.frames_kernel + info.frames_sealed + info.frames_charged;
        if (used != answered) {
            fail() << used << " frames are in use or promised, but " << answered << " are answered for";
            return;
        }
        if (pool.count_promised() > pool.count_free()) fail() << "more frames are promised than free";
    }

    System& system_;
    AuditReport& report_;
    std::uint32_t own_tables_ = 0;
    std::uint32_t plain_charge_ = 0;
    std::uint32_t kernel_frames_ = 0;
};

}  // namespace

AuditReport audit(System& system) {
    AuditReport report;
    Audit(system, report).run();
    return report;
}

}  // namespace freehold
