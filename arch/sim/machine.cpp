// SPDX-License-Identifier: MIT
// The translation is written out from the drawing in paging.h by bare shifts and masks, not with the format's own
// functions: it is the second reading that the first is checked against.
#include "arch/sim/machine.h"

#include <cstdio>

#include <freehold_arch.h>

namespace freehold::sim {

namespace {

/// Reads an entry while others may be writing it, and sees what was written before it: hardware does.
Word read_entry(void* table, Word index) {
    return std::atomic_ref(static_cast<Word*>(table)[index]).load(std::memory_order_acquire);
}

Rights rights_of(Word entry) { return static_cast<Rights>((entry >> 1) & 7); }
FrameNumber frame_of(Word entry) { return FrameNumber(static_cast<std::uint32_t>(entry >> 12)); }

}  // namespace

std::optional<Translation> Machine::walk(FrameNumber root, VirtAddr address) const {
    if (address >= kUserEnd) return std::nullopt;
    FrameNumber table = root;
    Rights rights = Rights{7};
    for (unsigned level = arch::kSimLevels - 1;; --level) {
        const Word below = Word{1} << (level * arch::kSimLeafBits);  // pages that an entry of this level covers
        const Word index = (address.value() >> 12) / below;
        const Word mask = level == arch::kSimLevels - 1 ? ~Word{0} : (Word{1} << arch::kSimLeafBits) - 1;
        const Word entry = read_entry(frame_pointer_(host_, table.value()), index & mask);
        if ((entry & 1) == 0) return std::nullopt;
        const bool page = level == 0 || (entry & 64) != 0;
        if (page || arch::kSimTableRights) rights = rights & rights_of(entry);
        table = frame_of(entry);
        if (!page) continue;
        return Translation{table + static_cast<std::uint32_t>((address.value() >> 12) % below), rights};
    }
}

void Machine::load_root(std::uint32_t processor, FrameNumber root) {
    Processor& cpu = processors_.at(processor);
    const std::lock_guard lock(cpu.mutex);
    cpu.root = root;
    cpu.tlb.clear();
}

void Machine::invalidate_page(std::uint32_t processor, VirtAddr address) {
    Processor& cpu = processors_.at(processor);
    const std::lock_guard lock(cpu.mutex);
    cpu.tlb.erase(address.value() >> 12);
    ++invalidations_;
}

void Machine::invalidate_user(std::uint32_t processor) {
    Processor& cpu = processors_.at(processor);
    const std::lock_guard lock(cpu.mutex);
    cpu.tlb.clear();
    ++invalidations_;
}

std::optional<Translation> Machine::translate_locked(Processor& processor, VirtAddr address, Rights rights) {
    if (!processor.root) return std::nullopt;
    const Word page = address.value() >> 12;
    if (const auto hit = processor.tlb.find(page); hit != processor.tlb.end() && has(hit->second.rights, rights)) {
        if (stale(processor, page, hit->second)) use_stale_locked(processor, page, hit->second);
        return hit->second;
    }
    processor.tlb.erase(page);
    const auto translation = walk(*processor.root, address);
    if (!translation || !has(translation->rights, rights)) return std::nullopt;
    processor.tlb.emplace(page, Entry{*translation});
    return translation;
}

void Machine::use_stale_locked(Processor& processor, Word page, Entry& entry) {
    // Whoever changed the tables began his work before, and can't end it without this processor's lock.
    const std::uint32_t workers = working_.load();
    if (workers == 0) return count_stale(processor, page, entry);
    ++suspect_uses_;
    if (entry.blamed != 0) return;
    entry.blamed = workers;
    processor.suspects = true;
}

void Machine::end_work(std::uint32_t processor) {
    working_.fetch_and(~(1U << processor));
    for (Processor& cpu : processors_) {
        if (!cpu.suspects) continue;
        const std::lock_guard lock(cpu.mutex);
        acquit_locked(cpu, processor);
    }
}

void Machine::acquit_locked(Processor& processor, std::uint32_t worker) {
    bool more = false;
    for (auto& [page, entry] : processor.tlb) {
        if (entry.blamed == 0) continue;
        entry.blamed &= ~(1U << worker);
        if (entry.blamed == 0) count_stale(processor, page, entry);
        more = more || entry.blamed != 0;
    }
    processor.suspects = more;
}

void Machine::count_stale(const Processor& processor, Word page, const Translation& entry) {
    const std::lock_guard lock(description_mutex_);
    if (stale_uses_++ == 0) stale_description_ = describe(processor, page, entry);
}

std::string Machine::stale_description() const {
    const std::lock_guard lock(description_mutex_);
    return stale_description_;
}

bool Machine::stale(const Processor& processor, Word page, const Translation& entry) const {
    const auto now = walk(*processor.root, VirtAddr(page << 12));
    return !now || now->frame != entry.frame || !has(now->rights, entry.rights);
}

std::string Machine::describe(const Processor& processor, Word page, const Translation& entry) const {
    char text[160];
    std::snprintf(text, sizeof text, "processor %u still reaches frame %u at page 0x%llx with rights %u",
                  static_cast<unsigned>(&processor - processors_.data()), entry.frame.value(),
                  static_cast<unsigned long long>(page), static_cast<unsigned>(entry.rights));
    return text;
}

std::string Machine::first_stale() const {
    for (const Processor& processor : processors_) {
        const std::lock_guard lock(processor.mutex);
        for (const auto& [page, entry] : processor.tlb) {
            if (stale(processor, page, entry)) return describe(processor, page, entry);
        }
    }
    return {};
}

}  // namespace freehold::sim
