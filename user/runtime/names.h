// SPDX-License-Identifier: MIT
// The name service as programs use it: publish a port under a name, find it by the name, wait for a name to appear.
//
//      server ──publish_name("clock", port)──▶ names ◀──await_name("clock")── client
//                                                └──────── the port ─────────▶ client ──send──▶ server
//
// A name goes with its port: as soon as that is destroyed, or its owner dies, nobody finds it and it may be taken anew.
// Every process is told at its start where the name service listens. Statuses of all: unknown_port: there is none;
// peer_gone: it died meanwhile.
#pragma once

#include <string_view>

#include "kernel/abi/syscalls.h"

namespace freehold::user {

using abi::ProcessId;

inline constexpr std::uint32_t kNameLengthMax = 31;     ///< bytes of a name; visible ASCII, no blanks
inline constexpr std::uint32_t kNamesMax = 128;         ///< in all
inline constexpr std::uint32_t kNamesOfProcessMax = 8;  ///< of one process

/// What is said to the name service.
struct NameRequest {
    enum class Kind : std::uint32_t { publish = 1, withdraw = 2, find = 3, await = 4, list = 5 };
    Kind kind;
    PortId port = PortId::none;      ///< to publish
    std::uint32_t milliseconds = 0;  ///< to await at most; 0: without end
    Word index = 0;                  ///< to list from
    char name[kNameLengthMax + 1] = {};
};

/// What it answers.
struct NameReply {
    Status status = Status::ok;
    PortId port = PortId::none;
    ProcessId owner = ProcessId::none;
    Word index = 0;  ///< to go on from
    char name[kNameLengthMax + 1] = {};

    [[nodiscard]] std::string_view text() const { return name; }
};

/// Status ok, name_too_long, or bad_option: no name at all, or not one that can be printed and typed.
Status check_name(std::string_view name);

/// Publishes a port of the caller's own.
/// name_taken; too_many_names; name_table_full; unknown_port; not_permitted: another's port; and of check_name.
Status publish_name(std::string_view name, PortId port);

/// Takes the name back. unknown_name; not_permitted: another's; and of check_name.
Status withdraw_name(std::string_view name);

/// The port of that name. unknown_name; and of check_name.
Result<PortId> find_name(std::string_view name);

/// The same, as soon as there is one. timed_out after so many milliseconds; 0: it waits without end.
Result<PortId> await_name(std::string_view name, std::uint32_t milliseconds = 0);

/// The first name at an index of at least `index`, which becomes the one after it. unknown_name: no more.
Result<NameReply> next_name(Word& index);

}  // namespace freehold::user
