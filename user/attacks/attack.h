// SPDX-License-Identifier: MIT
// What an attack is: a name, what it tries, and what must come of it.
//
//      pointers │ ownership │ exhaustion │ stale data │ hardware │ images      a file and a list each
//
// Each runs in a process of its own, beside a witness (witness.cpp). It gives back what the kernel answered, or that a
// process of its own was killed; or the kernel ends it, with a line that says why, and it never comes back.
#pragma once

#include <span>

#include "user/runtime/names.h"
#include "user/tests_programs/badcalls.h"
#include "user/tests_programs/family.h"

namespace freehold::user {

struct Attack {
    std::string_view name;
    std::string_view tries;
    /// A status by name, or what the kernel's line says: "killed: write, sealed"; several, joined by " or ".
    std::string_view outcome;
    std::string_view (*commit)(Checks&);
};

std::span<const Attack> pointer_attacks();
std::span<const Attack> ownership_attacks();
std::span<const Attack> exhaustion_attacks();
std::span<const Attack> stale_data_attacks();
std::span<const Attack> hardware_attacks();
std::span<const Attack> image_attacks();

inline constexpr std::string_view kKilled = "killed";      ///< what was to be killed was
inline constexpr std::string_view kSurvived = "survived";  ///< what nobody is to say

/// Announces the address that is struck next, for the test to compare with the kernel's line.
inline void announce(Word address) { print("attack: strikes {:x}\n", address); }

inline std::string_view write_at(Word address) {
    announce(address);
    asm("" : "+r"(address));  // the compiler knows what must not be
    word_at(address) = 1;
    return kSurvived;
}

inline std::string_view read_at(Word address) {
    announce(address);
    asm("" : "+r"(address));
    [[maybe_unused]] const volatile std::uint32_t word = word_at(address);
    return kSurvived;
}

/// Memory that stays until this process ends.
inline Word pages(Word count, const AreaOptions& options = {}) {
    return must(Area::allocate(count * kPageBytes, options)).forget();
}

/// Writes to each page, so that it has a frame and the processor its translation.
inline void touch(Word base, Word count_pages) {
    for (Word i = 0; i < count_pages; ++i) word_at(base + i * kPageBytes) = static_cast<std::uint32_t>(i + 1);
}

inline Status send_area(PortId to, Word base, Word length_bytes, PortId reply_to = PortId::none) {
    return area_post(to, base, length_bytes, 0, reply_to);
}

/// Who is attacked.
inline PortId witness_port() { return must(find_name("witness")); }
inline ProcessId witness_process() { return must(port_record(witness_port())).port.owner; }

/// What a child of an attack does: it is the same program, started by Family with that name and two numbers.
struct Role {
    std::string_view name;
    int (*run)(const Arguments&);
};

std::span<const Role> ownership_roles();
std::span<const Role> exhaustion_roles();
std::span<const Role> stale_data_roles();

}  // namespace freehold::user
