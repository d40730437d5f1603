// SPDX-License-Identifier: MIT
// What the processors' manuals say of page-table entries, read literally, table by table and bit by bit: a second
// reading that the formats in arch/ are checked against. Nothing here uses a format's own functions.
//
//   x86-32, x86-64, PAE   Intel SDM vol. 3A, 4.3 to 4.5: tables 4-4 to 4-6, 4-8 to 4-11, 4-15 to 4-20; rights: 4.6.1
//   Sv39                  RISC-V privileged specification, 4.3.2 (the algorithm) and 4.4.1
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace freehold::manuals {

constexpr bool bit(std::uint64_t word, unsigned number) { return (word >> number & 1) != 0; }
constexpr std::uint64_t bits(std::uint64_t word, unsigned high, unsigned low) {
    return (word >> low) & ((std::uint64_t{1} << (high - low) << 1) - 1);
}

/// What user code may do with a page, and where it is.
struct Page {
    std::uint64_t address = 0;
    bool read = false;
    bool write = false;
    bool execute = false;
    bool cached = true;
    bool operator==(const Page&) const = default;
};

/// One entry, as a processor takes it.
struct Entry {
    enum class Kind { not_present, table, page, reserved_bit_set } kind = Kind::not_present;
    std::uint64_t address = 0;
    bool user = true;
    bool write = true;
    bool execute = true;
    bool read = true;
    bool cached = true;
};
using Kind = Entry::Kind;

/// A machine's tables: how many levels, which address bits choose an entry, what an entry says. Level 0 is the lowest.
struct Manual {
    unsigned levels;
    unsigned entry_bytes;
    std::array<unsigned, 4> high;  ///< the highest address bit that chooses an entry of a level
    std::array<unsigned, 4> low;
    Entry (*decode)(std::uint64_t entry, unsigned level);
};

/// 4.3: CR4.PAE = 0, CR4.PSE = 1, no PSE-36.
inline Entry decode_x86_32(std::uint64_t entry, unsigned level) {
    if (!bit(entry, 0)) return {};
    Entry found{.kind = Kind::table, .user = bit(entry, 2), .write = bit(entry, 1)};
    if (level == 1 && bit(entry, 7)) {  // table 4-4
        if (bits(entry, 21, 13) != 0) return {.kind = Kind::reserved_bit_set};
        found.kind = Kind::page;
        found.address = bits(entry, 31, 22) << 22;
    } else {  // tables 4-5 and 4-6
        if (level == 0) found.kind = Kind::page;
        found.address = bits(entry, 31, 12) << 12;
    }
    if (found.kind == Kind::page) found.cached = !bit(entry, 3) && !bit(entry, 4);
    return found;
}

/// 4.5 with IA32_EFER.NXE = 1 and MAXPHYADDR = 52.
inline Entry decode_x86_64(std::uint64_t entry, unsigned level) {
    if (!bit(entry, 0)) return {};
    Entry found{.kind = Kind::table, .user = bit(entry, 2), .write = bit(entry, 1), .execute = !bit(entry, 63)};
    if (level == 3) {  // table 4-15
        if (bit(entry, 7)) return {.kind = Kind::reserved_bit_set};
        found.address = bits(entry, 51, 12) << 12;
    } else if (level == 2 && bit(entry, 7)) {  // table 4-16
        if (bits(entry, 29, 13) != 0) return {.kind = Kind::reserved_bit_set};
        found.kind = Kind::page;
        found.address = bits(entry, 51, 30) << 30;
    } else if (level == 1 && bit(entry, 7)) {  // table 4-18
        if (bits(entry, 20, 13) != 0) return {.kind = Kind::reserved_bit_set};
        found.kind = Kind::page;
        found.address = bits(entry, 51, 21) << 21;
    } else {  // tables 4-17, 4-19 and 4-20
        if (level == 0) found.kind = Kind::page;
        found.address = bits(entry, 51, 12) << 12;
    }
    if (found.kind == Kind::page) found.cached = !bit(entry, 3) && !bit(entry, 4);
    return found;
}

/// 4.4 with IA32_EFER.NXE = 1 and MAXPHYADDR = 52.
inline Entry decode_pae(std::uint64_t entry, unsigned level) {
    if (!bit(entry, 0)) return {};
    if (level == 2) {  // table 4-8
        const bool reserved = bits(entry, 2, 1) != 0 || bits(entry, 8, 5) != 0 || bits(entry, 63, 52) != 0;
        if (reserved) return {.kind = Kind::reserved_bit_set};
        return {.kind = Kind::table, .address = bits(entry, 51, 12) << 12};
    }
    if (bits(entry, 62, 52) != 0) return {.kind = Kind::reserved_bit_set};
    Entry found{.kind = Kind::table, .user = bit(entry, 2), .write = bit(entry, 1), .execute = !bit(entry, 63)};
    if (level == 1 && bit(entry, 7)) {  // table 4-9
        if (bits(entry, 20, 13) != 0) return {.kind = Kind::reserved_bit_set};
        found.kind = Kind::page;
        found.address = bits(entry, 51, 21) << 21;
    } else {  // tables 4-10 and 4-11
        if (level == 0) found.kind = Kind::page;
        found.address = bits(entry, 51, 12) << 12;
    }
    if (found.kind == Kind::page) found.cached = !bit(entry, 3) && !bit(entry, 4);
    return found;
}

/// Steps 2 to 9 of the algorithm in 4.3.2, without Svnapot and Svpbmt, and with A and D left to software.
inline Entry decode_sv39(std::uint64_t entry, unsigned level) {
    const bool r = bit(entry, 1);
    const bool w = bit(entry, 2);
    const bool x = bit(entry, 3);
    if (!bit(entry, 0)) return {};
    if (bits(entry, 63, 54) != 0 || (!r && w)) return {.kind = Kind::reserved_bit_set};
    if (!r && !x) {
        const bool reserved = level == 0 || bit(entry, 4) || bit(entry, 6) || bit(entry, 7);
        if (reserved) return {.kind = Kind::reserved_bit_set};
        return {.kind = Kind::table, .address = bits(entry, 53, 10) << 12};
    }
    if (level > 0 && bits(entry, 10 + 9 * level - 1, 10) != 0) return {.kind = Kind::reserved_bit_set};  // misaligned
    if (!bit(entry, 6)) return {};                                                                       // A is clear
    return {.kind = Kind::page,
            .address = bits(entry, 53, 10) << 12,
            .user = bit(entry, 4),
            .write = w && bit(entry, 7),
            .execute = x,
            .read = r};
}

constexpr Manual kNarrow86 = {2, 4, {21, 31}, {12, 22}, decode_x86_32};
constexpr Manual kWide86 = {4, 8, {20, 29, 38, 47}, {12, 21, 30, 39}, decode_x86_64};
constexpr Manual kPae = {3, 8, {20, 29, 31}, {12, 21, 30}, decode_pae};
constexpr Manual kSv39 = {3, 8, {20, 29, 38}, {12, 21, 30}, decode_sv39};

/// How a processor finds the page of an address, in user mode. `read(table address, index)` reads an entry.
/// Says in `reserved` if it met an entry with a reserved bit set.
inline std::optional<Page> translate(const Manual& manual, std::uint64_t root, std::uint64_t address,
                                     const std::function<std::uint64_t(std::uint64_t, std::uint64_t)>& read,
                                     bool& reserved) {
    Page page{.address = 0, .read = true, .write = true, .execute = true};
    std::uint64_t table = root;
    for (unsigned level = manual.levels; level-- > 0;) {
        const std::uint64_t index = bits(address, manual.high.at(level), manual.low.at(level));
        const Entry entry = manual.decode(read(table, index), level);
        reserved = reserved || entry.kind == Kind::reserved_bit_set;
        if (entry.kind == Kind::not_present || entry.kind == Kind::reserved_bit_set || !entry.user) return std::nullopt;
        page.read = page.read && entry.read;
        page.write = page.write && entry.write;
        page.execute = page.execute && entry.execute;
        table = entry.address;
        if (entry.kind == Kind::table) continue;
        page.cached = entry.cached;
        const std::uint64_t offset = address & ((std::uint64_t{1} << manual.low.at(level)) - 1);
        page.address = entry.address | (offset & ~std::uint64_t{0xFFF});
        return page;
    }
    return std::nullopt;
}

}  // namespace freehold::manuals
