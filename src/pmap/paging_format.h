// SPDX-License-Identifier: MIT
// What a paging format must tell the walker: how entries are chosen, and what their bits mean. Pure functions of one
// entry; no format touches memory.
//
//   address:  | index at kRootLevel | ... | index at level 1 | index at level 0 | offset in the page |
//   entry:    absent | guard | page | large page (level > 0) | table (level > 0), the last three also "in transit"
#pragma once

#include <concepts>
#include <cstdint>

#include <freehold/types.h>

namespace freehold {

template <typename Format>
concept PagingFormat = requires(typename Format::Entry entry, unsigned level, FrameNumber frame, Rights rights) {
    requires std::unsigned_integral<typename Format::Entry>;
    { Format::kLevels } -> std::convertible_to<unsigned>;
    { Format::kRootLevel } -> std::convertible_to<unsigned>;
    { Format::index_bits(level) } -> std::same_as<unsigned>;  // address bits that choose an entry at a level
    { Format::shift(level) } -> std::same_as<unsigned>;       // the lowest of them
    { Format::has_large_pages(level) } -> std::same_as<bool>;
    { Format::table_has_rights(level) } -> std::same_as<bool>;  // an entry that refers to a table can take them away
    { Format::kRemembersAbsent } -> std::convertible_to<bool>;  // a processor may, until it is told otherwise
    { Format::kPhysicalEnd } -> std::convertible_to<std::uint64_t>;

    { Format::kAbsent } -> std::convertible_to<typename Format::Entry>;  // must be zero: fresh tables are zeroed
    { Format::kGuard } -> std::convertible_to<typename Format::Entry>;
    { Format::present(entry) } -> std::same_as<bool>;     // the processor would use it
    { Format::in_transit(entry) } -> std::same_as<bool>;  // it would not, but a frame or table is there
    { Format::guard(entry) } -> std::same_as<bool>;
    { Format::large(entry, level) } -> std::same_as<bool>;

    { Format::make_page(frame, rights, level, true) } -> std::same_as<typename Format::Entry>;
    { Format::make_table(frame, level) } -> std::same_as<typename Format::Entry>;  // allows everything
    { Format::frame(entry) } -> std::same_as<FrameNumber>;
    { Format::cached(entry) } -> std::same_as<bool>;
    { Format::rights(entry) } -> std::same_as<Rights>;  // what this entry alone allows
    { Format::with_rights(entry, rights) } -> std::same_as<typename Format::Entry>;
    { Format::enforced(rights) } -> std::same_as<Rights>;  // what make_page of these rights really allows

    { Format::to_transit(entry) } -> std::same_as<typename Format::Entry>;  // absent and guard stay as they are
    { Format::from_transit(entry) } -> std::same_as<typename Format::Entry>;
};

}  // namespace freehold
