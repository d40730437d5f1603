// SPDX-License-Identifier: MIT
// The audit walks every table of every space once, counting references to each frame in a scratch word, and compares
// what it counted with what the library keeps.
//
//   regions   a valid table; each unit has a table exactly if an area lies in it; no entry allows more than its region;
//             what is in transit, and nothing else, can't be reached
//   tables    one that is not sealed has one user; one that is, is write-protected, and all its pages and tables are
//             sealed
//   frames    references counted = references kept; a page that is not sealed is in one place; the free list has
//             exactly the free frames
//   charges   each space's = its frames + its tables + its plain pages; sealed, promised and kernel frames counted
//   ports     slots in each state add up, and so do credits; the queue and the free slots are chained; areas in flight
//             of each space = those in queues; its region table keeps slots for them and for its ports, no more
//
// It trusts nothing that it has not compared before: whatever the state is, it looks at no frame outside the pool.
#include <cstring>

#include <freehold/audit.h>

#include "src/audit/sentence.h"
#include "src/ipc/slots.h"
#include "src/space/books.h"

namespace freehold {

namespace {

using Paging = arch::Paging;

constexpr bool travels(Tag tag) {
    return tag.state() == RegionState::transit || tag.state() == RegionState::transit_sealed;
}
constexpr bool is_sealed(Tag tag) {
    return tag.state() == RegionState::sealed || tag.state() == RegionState::transit_sealed;
}

class Audit {
  public:
    Audit(System& system, AuditReport& report) : system_(system), report_(report) {
        for (std::uint32_t i = 0; i < system_.audit_scratch.size(); ++i) {
            system_.audit_scratch[i] = 0;
            pause_at(i);
        }
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
    /// Whoever counts up to what memory holds pauses now and then.
    static constexpr std::uint32_t kPagesApart = 64;
    void pause_at(Word count) const {
        if (count % kPagesApart == 0) pause();
    }
    void pause() const { freehold_host_pause(system_.host); }

    [[nodiscard]] bool ok() const { return report_.text[0] == 0; }
    Sentence fail() { return Sentence(report_.text); }

    /// A bit of a frame's scratch word: it is a page that is not sealed. The rest counts the entries that refer to it.
    static constexpr std::uint32_t kPlain = 1U << 31;

    std::uint32_t& counted(FrameNumber frame) {
        return system_.audit_scratch[frame.value() - system_.pool.first().value()];
    }
    [[nodiscard]] bool is(FrameNumber frame, FrameState state) const {
        return system_.pool.contains(frame) && system_.pool.at(frame).state() == state;
    }

    void audit_space(AddressSpace& space) {
        ++report_.spaces;
        const std::uint32_t index = space_index(space);
        if (!is(space.root, FrameState::space) || !is(space.region_frame, FrameState::space) ||
            !space.regions.starts_in(space.region_frame, system_.pool.pointer(space.region_frame))) {
            fail() << "space " << index << " has no root table or no region table of its own";
            return;
        }
        if (const char* wrong = space.regions.check(kUserEnd)) {
            fail() << "space " << index << ": " << wrong;
            return;
        }
        report_.regions += space.regions.count();
        ++counted(space.root);
        space.regions.for_each_frame([this, index](FrameNumber frame) {
            if (is(frame, FrameState::space)) {
                ++counted(frame);
            } else if (ok()) {
                fail() << "space " << index << " has a region table in frame " << frame.value()
                       << ", which is not its own";
            }
        });
        own_tables_ = 0;
        plain_charge_ = 0;
        SpaceMemory memory(space);
        const SpacePmap pmap(memory, space.root);
        audit_entries<SpacePmap::kRootLevel>(space, memory, pmap, {pmap.root_entries(), VirtAddr(), true, true});
        memory.finish();
        const std::uint32_t expected =
            1 + space.regions.count_frames() + space.port_frames + own_tables_ + plain_charge_;
        if (ok() && expected != space.charged_frames) {
            fail() << "space " << index << " is charged " << space.charged_frames << " frames, but answers for "
                   << expected;
        }
        if (ok() && space.charged_frames > space.limit_frames) {
            fail() << "space " << index << " is charged " << space.charged_frames << " frames, but may have "
                   << space.limit_frames;
        }
    }

    /// A table that one space refers to, and what the way there says of it.
    struct Table {
        Paging::Entry* entries;
        VirtAddr base;
        bool first;     ///< nobody has come here before: what it refers to is still to be counted
        bool writable;  ///< no entry on the way takes the right to write away
        bool sealed = false;
        bool travels = false;
    };

    /// Each entry of a table above the pages: it is there if and only if an area is, and so is what it refers to.
    template <unsigned kLevel>
    void audit_entries(AddressSpace& space, SpaceMemory& memory, const SpacePmap& pmap, const Table& table) {
        for (std::uint32_t i = 0; i < SpacePmap::count_entries(kLevel) && ok(); ++i) {
            const VirtAddr unit = table.base + i * SpacePmap::unit_bytes(kLevel);
            if (unit >= kUserEnd) return;
            memory.pause();
            const Paging::Entry entry = table.entries[i];
            const bool used = !is_free_locked(space, PageRange(unit, unit + SpacePmap::unit_bytes(kLevel)));
            if ((entry != Paging::kAbsent) != used) {
                fail() << "space " << space_index(space) << " has " << (used ? "no table" : "a table") << " at "
                       << Hex{unit.value()} << ", where it has " << (used ? "an area" : "none");
                return;
            }
            if (!used) continue;
            const bool travels = table.travels || Paging::in_transit(entry);
            if (!SpacePmap::has_table(entry, kLevel)) {
                audit_pages(space, pmap, unit, SpacePmap::unit_pages(kLevel), travels);
                continue;
            }
            Table below{nullptr, unit,   false, table.writable && has(Paging::rights(entry), Rights::write),
                        false,   travels};
            if (!audit_table_of<kLevel>(space, memory, table, entry, below)) return;
            if constexpr (kLevel > 1)
                audit_entries<kLevel - 1>(space, memory, pmap, below);
            else
                audit_pages(space, pmap, unit, SpacePmap::kUnitPages, travels);
        }
    }

    /// A table that an entry of another refers to; completes `below`.
    template <unsigned kLevel>
    bool audit_table_of(AddressSpace& space, SpaceMemory& memory, const Table& above, Paging::Entry entry,
                        Table& below) {
        const FrameNumber table = Paging::frame(entry);
        below.sealed = is(table, FrameState::sealed_table);
        const char* wrong = nullptr;
        if (!below.sealed && !is(table, FrameState::table)) {
            wrong = " refers to a table that is none";
        } else if (below.sealed && below.writable && Paging::table_has_rights(kLevel)) {
            wrong = " may write a sealed table";
        } else if (!below.sealed && counted(table) != 0) {
            wrong = " uses a table that another uses, and that is not sealed,";
        } else if (!below.sealed && above.sealed) {
            wrong = " has a table in a sealed one, and that is not sealed,";
        }
        if (wrong != nullptr) {
            fail() << "space " << space_index(space) << wrong << " at " << Hex{below.base.value()};
            return false;
        }
        if (!below.sealed) ++own_tables_;
        below.entries = memory.entries(table);
        if (!above.first) return true;
        below.first = counted(table)++ == 0;
        if (!below.first) return true;
        ++report_.tables;
        if constexpr (kLevel == 1) audit_table(memory, table, below.base);
        return ok();
    }

    /// What a table of pages holds, once however many refer to it: references to frames, and its own counts.
    void audit_table(SpaceMemory& memory, FrameNumber table, VirtAddr unit) {
        UnitCounts counts;
        const Paging::Entry* const entries = memory.entries(table);
        for (std::uint32_t i = 0; i < SpacePmap::kUnitPages && ok(); ++i) {
            pause_at(i);
            if (Paging::guard(entries[i])) ++counts.guards;
            if (!SpacePmap::holds_frame(entries[i])) continue;
            ++counts.pages;
            const FrameNumber frame = Paging::frame(entries[i]);
            if (!system_.pool.contains(frame)) continue;
            ++counted(frame);
            if (!is(frame, FrameState::anon) && frame != system_.zero_frame) {
                fail() << "table " << table.value() << " at " << Hex{unit.value()} << " refers to frame "
                       << frame.value() << ", which is no page";
            }
        }
        const UnitCounts kept = memory.counts(table);
        if (ok() && (counts.pages != kept.pages || counts.guards != kept.guards)) {
            fail() << "table " << table.value() << " at " << Hex{unit.value()} << " holds " << counts.pages
                   << " pages and " << counts.guards << " guards, but is counted for " << kept.pages << " and "
                   << kept.guards;
        }
        report_.pages += counts.pages;
    }

    void audit_pages(AddressSpace& space, const SpacePmap& pmap, VirtAddr unit, Word count_pages, bool unit_travels) {
        Region region = space.regions.find(unit);
        for (VirtAddr at = unit; at < unit + count_pages * kPageBytes && ok(); at = at + kPageBytes) {
            if (at >= region.end) region = space.regions.next(region);
            pause_at(at.value() / kPageBytes);
            const Tag tag = region.tag;
            const SpacePmap::Found found = pmap.find(at);
            if (found.sealed_table && !is_sealed(tag)) {
                complain(space, at, "lies in a sealed table, but is not sealed");
            } else if (tag.is_free()) {
                if (*found.entry != Paging::kAbsent) complain(space, at, "is mapped but free");
            } else {
                if (is_plain(tag)) add_plain(found);
                if (SpacePmap::holds_frame(*found.entry)) audit_page(space, tag, found, at, unit_travels);
            }
        }
    }

    /// A page the space is charged for, guards excepted.
    void add_plain(const SpacePmap::Found& found) {
        if (found.guard()) return;
        ++plain_charge_;
        if (!SpacePmap::holds_frame(*found.entry)) {
            ++untouched_;
        } else if (found.level == 0 && system_.pool.contains(Paging::frame(*found.entry))) {
            counted(Paging::frame(*found.entry)) |= kPlain;
        }
    }

    void audit_page(AddressSpace& space, Tag tag, const SpacePmap::Found& found, VirtAddr at, bool unit_travels) {
        if (!valid(tag.rights())) complain(space, at, "belongs to a region with rights that don't go together");
        const bool reachable = found.present() && !unit_travels;
        const bool pooled = system_.pool.contains(SpacePmap::frame_of(found, at));
        if (travels(tag) && reachable) {
            complain(space, at, "is in transit but can be reached");
        } else if (!travels(tag) && !reachable) {
            complain(space, at, "can't be reached, but is not in transit");
        } else if (reachable && !has(Paging::enforced(tag.rights()), found.rights)) {
            complain(space, at, "allows more than its region");
        } else if (pooled != (tag.type() == RegionType::anon)) {
            complain(space, at, "has a frame of the wrong kind");
        }
    }

    void complain(AddressSpace& space, VirtAddr at, const char* what) {
        fail() << "space " << space_index(space) << ": page " << Hex{at.value()} << " " << what;
    }

    void audit_ports() {
        for (AddressSpace& space : system_.spaces) space.sums = {};
        for (const Port& port : system_.ports->ports) {
            if (port.owner == nullptr || !ok()) continue;
            audit_port(port);
            pause();
        }
        for (const AddressSpace& space : system_.spaces) {
            if (space.used && ok()) audit_sums(space);
        }
    }

    void audit_sums(const AddressSpace& space) {
        const PortSums& sums = space.sums;
        Word pages = 0;
        for (const Region& region : space.regions.all()) {
            if (travels(region.tag)) pages += PageRange(region.base, region.end).count_pages();
        }
        compare(space, "areas in flight", space.areas_in_flight, sums.areas_in_flight);
        compare(space, "pages in transit", pages, sums.pages_in_flight);
        compare(space, "ports", space.count_ports, sums.ports);
        compare(space, "frames of ports", space.port_frames, sums.head_frames);
        compare(space, "slots kept in its region table", space.regions.reserved(), sums.slots);
    }

    void compare(const AddressSpace& space, const char* what, Word kept, Word counted) {
        if (!ok() || kept == counted) return;
        fail() << "space " << space_index(space) << " has " << kept << " " << what
               << ", but its ports and messages say " << counted;
    }

    void complain(const Port& port, const char* what) {
        if (ok()) fail() << "port " << static_cast<std::uint32_t>(port_id(system_, port)) << " " << what;
    }

    void audit_port(const Port& port) {
        if (port.owner < system_.spaces || port.owner >= system_.spaces + kSpacesMax || !port.owner->used) {
            return complain(port, "belongs to no space");
        }
        if (port.count_messages > kPortMessagesMax) return complain(port, "has more slots than a port may have");
        PortSums& owner = port.owner->sums;
        const std::uint32_t frames = head_frames(port.count_messages);
        ++owner.ports;
        owner.slots += kSlotsOfArea;
        owner.head_frames = static_cast<std::uint16_t>(owner.head_frames + frames);
        for (std::uint32_t i = 0; i < frames; ++i) {
            if (!is(port.head_frames[i], FrameState::space) ||
                port.heads[i] != system_.pool.pointer(port.head_frames[i]))
                return complain(port, "keeps slots in a frame not its own");
            ++counted(port.head_frames[i]);
        }
        audit_slots(port);
        if (port.count_promised > port.count_free) complain(port, "promised more slots than free");
        if (ok()) audit_credits(port);
    }

    void audit_slots(const Port& port) {
        std::uint32_t states[4] = {};
        for (std::uint32_t i = 0; i < port.count_messages && ok(); ++i) {
            const SlotHead& head = slot_locked(port, static_cast<std::uint16_t>(i));
            ++states[static_cast<std::uint32_t>(head.state) & 3];
            if (head.state == SlotState::queued) audit_areas(port, head);
        }
        if (states[0] != port.count_free || states[1] != 0 || states[2] != port.count_queued ||
            states[3] != port.count_held()) {
            complain(port, "miscounts its slots");
        }
        if (ok() && !is_chain(port, port.oldest, port.newest, SlotState::queued, port.count_queued)) {
            complain(port, "has lost a queued message");
        }
        if (ok() && !is_chain(port, port.first_free, kNoSlot, SlotState::free, port.count_free)) {
            complain(port, "has lost a free slot");
        }
    }

    /// Whether `count` slots of a state are chained from `first` on, and `last` is the last of them, unless it is none.
    [[nodiscard]] bool is_chain(const Port& port, std::uint16_t first, std::uint16_t last, SlotState state,
                                std::uint32_t count) const {
        std::uint16_t slot = first;
        std::uint16_t before = kNoSlot;
        for (; count != 0 && slot < port.count_messages; --count) {
            const SlotHead& head = slot_locked(port, slot);
            if (head.state != state) return false;
            before = slot;
            slot = head.next;
        }
        return count == 0 && slot == kNoSlot && (state == SlotState::free || before == last);
    }

    /// A moved area lies in transit in its sender's space, a shared one sealed in the transit space.
    void audit_areas(const Port& port, const SlotHead& head) {
        const std::uint32_t sender = static_cast<std::uint32_t>(head.sender) & 0xFF;
        if (head.area_count > kMessageAreasMax) return complain(port, "has a message with too many areas");
        for (std::uint32_t i = 0; i < head.area_count && ok(); ++i) {
            const bool moved = head.areas[i].moved();
            if (moved && (sender >= kSpacesMax || !system_.spaces[sender].used)) {
                return complain(port, "has a message with an area from no space");
            }
            AddressSpace& home = moved ? system_.spaces[sender] : *system_.transit;
            const PageRange range = head.areas[i].range();
            if (!PageRange::checked(range.base().value(), range.length_bytes()).ok()) {
                return complain(port, "has a message with an area that is no range");
            }
            for (const Region& region : home.regions.overlapping(range)) {
                const bool right = moved ? travels(region.tag) : region.tag.state() == RegionState::sealed;
                if (!right) complain(port, "has a message with an area that is not in transit");
            }
            home.sums.slots += kSlotsOfArea;
            if (!moved) continue;
            ++home.sums.areas_in_flight;
            home.sums.pages_in_flight += range.count_pages();
        }
    }

    void audit_credits(const Port& port) {
        std::uint8_t used[kSpacesMax] = {};
        for (std::uint32_t i = 0; i < port.count_messages; ++i) {
            const SlotHead& head = slot_locked(port, static_cast<std::uint16_t>(i));
            if (head.state == SlotState::free || head.is_reply) continue;
            const std::uint32_t sender = static_cast<std::uint32_t>(head.sender) & 0xFF;
            if (sender >= kSpacesMax) return complain(port, "has a message from no space");
            ++used[sender];
        }
        if (std::memcmp(used, &credit_used_locked(port, SpaceId::none), sizeof used) != 0) {
            fail() << "port " << static_cast<std::uint32_t>(port_id(system_, port)) << " miscounts a sender's credit";
        }
    }

    void audit_frames() {
        FramePool& pool = system_.pool;
        std::uint32_t free_frames = 0;
        for (std::uint32_t i = 0; i < pool.span() && ok(); ++i) {
            const FrameNumber number = pool.first() + i;
            const PageFrame& frame = pool.at(number);
            pause_at(i);
            free_frames += frame.state() == FrameState::free ? 1 : 0;
            audit_frame(number, frame);
        }
        if (ok()) audit_free_list(free_frames);
    }

    /// As many frames as are free, each of them free, and then its end: so none is there twice, and none is missing.
    void audit_free_list(std::uint32_t free_frames) {
        FramePool& pool = system_.pool;
        std::uint32_t listed = 0;
        for (std::uint32_t next : {pool.free_list_head(), pool.zeroed_list_head()}) {
            for (; next != FrameList::kEnd && listed <= free_frames; ++listed) {
                if (!is(FrameNumber(next), FrameState::free)) {
                    fail() << "the free list has frame " << next << ", which is not free";
                    return;
                }
                next = pool.at(FrameNumber(next)).link();
                pause_at(listed);
            }
        }
        if (listed != free_frames || free_frames != pool.count_free()) {
            fail() << "the free list has " << listed << " frames, " << free_frames << " are free, " << pool.count_free()
                   << " are counted";
        }
    }

    void audit_frame(FrameNumber number, const PageFrame& frame) {
        const bool plain = (counted(number) & kPlain) != 0;
        std::uint32_t expected = counted(number) & ~kPlain;
        const FrameState state = frame.state();
        if (state == FrameState::sealed_table || (state == FrameState::anon && !plain)) ++sealed_frames_;
        if (state == FrameState::kernel) {
            ++kernel_frames_;
            ++expected;  // the kernel's own reference
        }
        const bool uncounted = frame.references() == PageFrame::kReferencesMax && expected > 0;
        if (frame.references() != expected && !uncounted) {
            fail() << "frame " << number.value() << " has " << frame.references() << " references, but " << expected
                   << " entries refer to it";
        } else if (plain && expected != 1) {
            fail() << "frame " << number.value() << " is not sealed, but has " << expected << " references";
        }
    }

    void audit_accounts() {
        FramePool& pool = system_.pool;
        const MemoryInfo info = memory_info(system_);
        if (kernel_frames_ != info.frames_kernel) {
            fail() << "the kernel has " << kernel_frames_ << " frames, but answers for " << info.frames_kernel;
            return;
        }
        if (sealed_frames_ != info.frames_sealed) {
            fail() << sealed_frames_ << " frames are sealed, but " << info.frames_sealed << " are counted";
            return;
        }
        if (untouched_ != info.frames_promised) {
            fail() << untouched_ << " pages wait for a frame, but " << info.frames_promised << " frames are promised";
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
    std::uint32_t untouched_ = 0;
    std::uint32_t kernel_frames_ = 0;
    std::uint32_t sealed_frames_ = 0;
};

}  // namespace

AuditReport audit(System& system) {
    AuditReport report;
    Audit(system, report).run();
    return report;
}

}  // namespace freehold
