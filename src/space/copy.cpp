// SPDX-License-Identifier: MIT
// Copies between spaces, and between a space and the kernel, by the page tables: no user pointer is dereferenced.
//
// What a user named is checked for the whole range first, under the same lock; then the copy can't fail.
#include <algorithm>
#include <cstring>

#include "src/space/books.h"
#include "src/space/mapped.h"
#include "src/space/touch.h"

namespace freehold {

namespace {

/// The pages a range of bytes lies in, if it is in user space at all.
Result<PageRange> pages_of(VirtAddr address, Word length_bytes) {
    const Word end = address.value() + length_bytes;
    if (end < address.value() || address < kUserBase || end > kUserEnd.value()) return Status::bad_address;
    const VirtAddr last = VirtAddr(end - 1).page_base();
    return PageRange(address.page_base(), last + kPageBytes);
}

Word bytes_left_in_page(VirtAddr address) { return kPageBytes - address.value() % kPageBytes; }

/// Reads and writes single pages of checked ranges.
class PageAccess {
  public:
    explicit PageAccess(AddressSpace& space, SpaceMemory& memory)
        : space_(&space), memory_(&memory), pmap_(memory, space.root) {}

    /// The bytes from `address` on, to the end of its page; nullptr for a page never touched, which reads as zeros.
    [[nodiscard]] const std::byte* read(VirtAddr address) const {
        const SpacePmap::Found found = pmap_.find(address);
        return found.present() ? bytes(found, address) : nullptr;
    }
    [[nodiscard]] std::byte* write(VirtAddr address) {
        if (!pmap_.find(address).present()) {
            const Tag tag = space_->regions.find(address).tag;
            const Status status = touch_page_locked(*memory_, pmap_, address.page_base(), tag);
            FREEHOLD_ASSERT(status == Status::ok);
        }
        return bytes(pmap_.find(address), address);
    }

  private:
    [[nodiscard]] std::byte* bytes(const SpacePmap::Found& found, VirtAddr address) const {
        const FrameNumber frame = SpacePmap::frame_of(found, address);
        return static_cast<std::byte*>(memory_->pool().pointer(frame)) + address.value() % kPageBytes;
    }

    AddressSpace* space_;
    SpaceMemory* memory_;
    SpacePmap pmap_;
};

bool holds_guard_locked(AddressSpace& space, PageRange range) {
    SpaceMemory memory(space);
    const UnitCounts counts = SpacePmap(memory, space.root).count(range);
    memory.finish();
    return counts.guards != 0;
}

/// Whether the tables alone say that all bytes of a short range, two pages at most, can be accessed.
bool is_mapped_locked(AddressSpace& space, VirtAddr address, Word length_bytes, Rights access) {
    const Word first = std::min(length_bytes, bytes_left_in_page(address));
    const Word rest = length_bytes - first;
    if (rest > kPageBytes || mapped_bytes_locked(space, address, first, access) == nullptr) return false;
    return rest == 0 || mapped_bytes_locked(space, address + first, rest, access) != nullptr;
}

/// Counts bytes copied between a user and the kernel, or another user.
void count_transferred(System& system, Word length_bytes) {
    const auto guard = system.pool.lock();
    system.counters.bytes_transferred += length_bytes;
}

}  // namespace

Status check_copy_locked(AddressSpace& space, VirtAddr address, Word length_bytes, Rights access) {
    if (length_bytes == 0 || is_mapped_locked(space, address, length_bytes, access)) return Status::ok;
    const auto range = pages_of(address, length_bytes);
    if (!range.ok()) return range.status();
    for (const Region& region : space.regions.overlapping(range.value())) {
        if (region.tag.is_free()) return Status::bad_address;
        if (region.tag.type() == RegionType::phys) return Status::not_anonymous;
        if (const Status status = check_access(region.tag, access); status != Status::ok) return status;
    }
    return holds_guard_locked(space, range.value()) ? Status::guard_page : Status::ok;
}

void copy_pages_locked(AddressSpace& source, VirtAddr from, AddressSpace& target, VirtAddr to, Word length_bytes) {
    SpaceMemory memory(target);
    const PageAccess reader(source, memory);
    PageAccess writer(target, memory);
    while (length_bytes != 0) {
        const Word chunk = std::min({length_bytes, bytes_left_in_page(from), bytes_left_in_page(to)});
        std::byte* const out = writer.write(to);
        const std::byte* const in = reader.read(from);
        if (in != nullptr)
            std::memcpy(out, in, chunk);
        else
            std::memset(out, 0, chunk);
        from = from + chunk;
        to = to + chunk;
        length_bytes -= chunk;
        if (length_bytes != 0) memory.pause();
    }
    memory.finish();
}

std::byte* page_bytes_locked(AddressSpace& space, VirtAddr address) {
    std::byte* const there = mapped_bytes_locked(space, address, 1, Rights::read);
    if (there != nullptr) return there;
    SpaceMemory memory(space);
    std::byte* const bytes = PageAccess(space, memory).write(address);
    memory.finish();
    return bytes;
}

Status copy_in(AddressSpace& space, VirtAddr from, std::span<std::byte> out) {
    if (out.empty()) return Status::ok;  // it may be nowhere
    const SpaceGuard guard(space);
    const Word length_bytes = static_cast<Word>(out.size());
    if (length_bytes != out.size()) return Status::bad_address;
    if (const std::byte* const in = mapped_bytes_locked(space, from, length_bytes, Rights::read); in != nullptr) {
        std::memcpy(out.data(), in, length_bytes);
        count_transferred(*space.system, length_bytes);
        return Status::ok;
    }
    const Status status = check_copy_locked(space, from, length_bytes, Rights::read);
    if (status != Status::ok) return status;
    SpaceMemory memory(space);
    const PageAccess reader(space, memory);
    while (!out.empty()) {
        const std::size_t chunk = std::min<std::size_t>(out.size(), bytes_left_in_page(from));
        const std::byte* const in = reader.read(from);
        if (in != nullptr)
            std::memcpy(out.data(), in, chunk);
        else
            std::memset(out.data(), 0, chunk);
        from = from + static_cast<Word>(chunk);
        out = out.subspan(chunk);
    }
    memory.finish();
    space.system->counters.bytes_transferred += length_bytes;
    return Status::ok;
}

Status copy_out(AddressSpace& space, VirtAddr to, std::span<const std::byte> from) {
    if (from.empty()) return Status::ok;
    const SpaceGuard guard(space);
    const Word length_bytes = static_cast<Word>(from.size());
    if (length_bytes != from.size()) return Status::bad_address;
    if (std::byte* const out = mapped_bytes_locked(space, to, length_bytes, Rights::write); out != nullptr) {
        std::memcpy(out, from.data(), length_bytes);
        count_transferred(*space.system, length_bytes);
        return Status::ok;
    }
    const Status status = check_copy_locked(space, to, length_bytes, Rights::write);
    if (status != Status::ok) return status;
    SpaceMemory memory(space);
    PageAccess writer(space, memory);
    while (!from.empty()) {
        const std::size_t chunk = std::min<std::size_t>(from.size(), bytes_left_in_page(to));
        std::memcpy(writer.write(to), from.data(), chunk);
        to = to + static_cast<Word>(chunk);
        from = from.subspan(chunk);
    }
    memory.finish();
    space.system->counters.bytes_transferred += length_bytes;
    return Status::ok;
}

Status copy_across(AddressSpace& source, VirtAddr from, AddressSpace& target, VirtAddr to, Word length_bytes) {
    const SpacesGuard guard(source, target);
    if (const Status status = check_copy_locked(source, from, length_bytes, Rights::read); status != Status::ok) {
        return status;
    }
    if (const Status status = check_copy_locked(target, to, length_bytes, Rights::write); status != Status::ok) {
        return status;
    }
    const bool overlap = &source == &target && from < to + length_bytes && to < from + length_bytes;
    if (overlap && length_bytes != 0) return Status::bad_option;
    copy_pages_locked(source, from, target, to, length_bytes);
    count_transferred(*source.system, length_bytes);
    return Status::ok;
}

}  // namespace freehold
