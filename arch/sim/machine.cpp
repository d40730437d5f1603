// SPDX-License-Identifier: MIT
// The translation is written out from the drawing in paging.h by bare shifts and masks, not with the format's own
// functions: it is the second reading that the first is checked against.
#include "arch/sim/machine.h"

#include <cstdio>
#include <cstring>

#include <freehold_arch.h>

namespace freehold::sim {

namespace {

constexpr std::uint32_t kLeafEntries = 1U << arch::kSimLeafBits;

std::uint32_t read_entry(const void* table, std::uint32_t index) {
    std::uint32_t entry = 0;
    std::memcpy(&entry, static_cast<const char*>(table) + index * sizeof entry, sizeof entry);
    return entry;
}

Rights rights_of(std::uint32_t entry) { return static_cast<Rights>((entry >> 1) & 7); }

}  // namespace

std::optional<Translation> Machine::walk(FrameNumber root, VirtAddr address) const {
    if (address >= kUserEnd) return std::nullopt;
    const std::uint32_t page = address.value() >> 12;
    const std::uint32_t upper = read_entry(frame_pointer_(host_, root.value()), page / kLeafEntries);
    if ((upper & 1) == 0) return std::nullopt;
    if ((upper & 64) != 0) return Translation{FrameNumber((upper >> 12) + page % kLeafEntries), rights_of(upper)};
    const std::uint32_t lower = read_entry(frame_pointer_(host_, upper >> 12), page % kLeafEntries);
    if ((lower & 1) == 0) return std::nullopt;
    return Translation{FrameNumber(lower >> 12), rights_of(upper) & rights_of(lower)};
}

void Machine::load_root(std::uint32_t processor, FrameNumber root) {
    const std::lock_guard lock(mutex_);
    processors_.at(processor).root = root;
    processors_.at(processor).tlb.clear();
}

void Machine::invalidate_page(std::uint32_t processor, VirtAddr address) {
    const std::lock_guard lock(mutex_);
    processors_.at(processor).tlb.erase(address.value() >> 12);
    ++invalidations_;
}

void Machine::invalidate_user(std::uint32_t processor) {
    const std::lock_guard lock(mutex_);
    processors_.at(processor).tlb.clear();
    ++invalidations_;
}

std::optional<Translation> Machine::access(std::uint32_t processor, VirtAddr address, Rights rights) {
    const std::lock_guard lock(mutex_);
    Processor& cpu = processors_.at(processor);
    if (!cpu.root) return std::nullopt;
    const Word page = address.value() >> 12;
    if (const auto hit = cpu.tlb.find(page); hit != cpu.tlb.end() && has(hit->second.rights, rights)) {
        if (stale(cpu, page, hit->second)) {
            if (stale_uses_++ == 0) stale_description_ = describe(processor, page, hit->second);
        }
        return hit->second;
    }
    cpu.tlb.erase(page);
    const auto translation = walk(*cpu.root, address);
    if (!translation || !has(translation->rights, rights)) return std::nullopt;
    cpu.tlb.emplace(page, *translation);
    return translation;
}

bool Machine::stale(const Processor& processor, Word page, const Translation& entry) const {
    const auto now = walk(*processor.root, VirtAddr(page << 12));
    return !now || now->frame != entry.frame || !has(now->rights, entry.rights);
}

std::string Machine::describe(std::uint32_t processor, Word page, const Translation& entry) const {
    char text[160];
    std::snprintf(text, sizeof text, "processor %u still reaches frame %u at page 0x%x with rights %u", processor,
                  entry.frame.value(), static_cast<unsigned>(page), static_cast<unsigned>(entry.rights));
    return text;
}

std::string Machine::first_stale() const {
    const std::lock_guard lock(mutex_);
    for (std::uint32_t i = 0; i < kProcessors; ++i) {
        for (const auto& [page, entry] : processors_.at(i).tlb) {
            if (stale(processors_.at(i), page, entry)) return describe(i, page, entry);
        }
    }
    return {};
}

}  // namespace freehold::sim
