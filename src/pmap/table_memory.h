// SPDX-License-Identifier: MIT
// What a Pmap needs of those who own the memory: where tables live, and who is told of references and changes. And the
// books it hands back.
#pragma once

#include <concepts>
#include <cstdint>

#include <freehold/types.h>

namespace freehold {

/// Entries of one table of pages that hold a frame, and that are guards.
struct UnitCounts {
    std::uint32_t pages = 0;
    std::uint32_t guards = 0;
};

/// Where tables live, and who is told when a reference to a frame comes or goes.
template <typename Memory, typename Format>
concept TableMemory = requires(Memory memory, FrameNumber frame, VirtAddr address, UnitCounts counts,
                               typename Format::Entry entry) {
    { memory.entries(frame) } -> std::same_as<typename Format::Entry*>;  // a table's entries
    { memory.take_table() } -> std::same_as<FrameNumber>;                // a promised frame, zeroed, one reference
    { memory.counts(frame) } -> std::same_as<UnitCounts>;                // of a table of pages
    {memory.set_counts(frame, counts)};
    { memory.sealed_table(frame) } -> std::same_as<bool>;
    { memory.references(frame) } -> std::same_as<std::uint32_t>;
    {memory.set_sealed_table(frame, true)};
    {memory.hold(frame)};                                // one reference more
    { memory.drop_table(frame) } -> std::same_as<bool>;  // one less; true: that was the last
    {memory.drop_page(frame)};
    {memory.wrote_entries(1U)};
    {memory.changed_page(address)};  // a TLB may know better than the tables now
    {memory.changed_unit(address)};
    {memory.pause()};  // between two parts of something long
};

/// What an operation did, for the caller's books.
struct Tally {
    std::uint32_t pages = 0;          ///< entries with a frame
    std::uint32_t guards = 0;         ///< guard entries
    std::uint32_t tables = 0;         ///< whole tables of the space's own
    std::uint32_t sealed_tables = 0;  ///< whole sealed tables
    std::uint32_t units = 0;          ///< moved or shared by one entry, with all behind it
};

}  // namespace freehold
