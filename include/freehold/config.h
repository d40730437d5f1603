// SPDX-License-Identifier: MIT
// Every limit of the library, with its reason, in one place.
//
// To override: write a file `freehold_config.h` that defines `struct freehold::UserConfig : freehold::DefaultConfig`
// with other values, and put it on the include path. static_asserts below refuse what can't work.
#pragma once

#include <cstddef>
#include <cstdint>

#include <freehold_arch.h>

namespace freehold {

struct DefaultConfig {
    /// Processes a system can hold. The plan's number; a space costs about 100 bytes while unused.
    static constexpr std::uint32_t processes_max = 128;

    /// Spaces beyond one a process: the transit space, the kernel's own, and spaces whose process died while areas
    /// of theirs were still in flight.
    static constexpr std::uint32_t spare_spaces = 32;

    /// Regions of one space; SpaceOptions::limit_regions sets a lower one. A frame holds 1000 of 4 bytes or 496 of 8,
    /// and a table that fills it takes more, each charged to its space; its directory has room for 512 of them.
    static constexpr std::uint32_t regions_max = 200000;

    /// Ports of the whole system. Port ids keep 10 bits for the index.
    static constexpr std::uint32_t ports_max = 1024;

    /// Messages one port can hold: bounded by the frames of message heads a port may own (4 of 64 heads).
    static constexpr std::uint32_t port_messages_max = 256;

    /// Bytes of one message's payload. Above this, moving an area is cheaper anyway.
    static constexpr std::uint32_t message_bytes_max = 65536;

    /// Areas one message can carry.
    static constexpr std::uint32_t message_areas_max = 4;

    /// Recent operations kept for the `ledger`. A power of two.
    static constexpr std::uint32_t ledger_entries = 256;
};

}  // namespace freehold

#if __has_include(<freehold_config.h>)
#include <freehold_config.h>
namespace freehold {
using Config = UserConfig;
}
#else
namespace freehold {
using Config = DefaultConfig;
}
#endif

namespace freehold {

using arch::Word;

inline constexpr std::uint32_t kPageShift = 12;
inline constexpr std::uint32_t kPageBytes = 1U << kPageShift;
inline constexpr std::uint32_t kProcessesMax = Config::processes_max;
inline constexpr std::uint32_t kSpacesMax = Config::processes_max + Config::spare_spaces;
inline constexpr std::uint32_t kRegionsMax = Config::regions_max;
inline constexpr std::uint32_t kPortsMax = Config::ports_max;
inline constexpr std::uint32_t kPortMessagesMax = Config::port_messages_max;
inline constexpr std::uint32_t kMessageBytesMax = Config::message_bytes_max;
inline constexpr std::uint32_t kMessageAreasMax = Config::message_areas_max;
inline constexpr std::uint32_t kLedgerEntries = Config::ledger_entries;

static_assert(arch::kUserEnd % kPageBytes == 0, "user space ends at a page boundary");
static_assert(kSpacesMax <= 256, "a space id keeps 8 bits for the index");
static_assert(kPortsMax <= 1024, "a port id keeps 10 bits for the index");
static_assert(kRegionsMax >= 8, "a space needs a few regions to be of use");
static_assert((kLedgerEntries & (kLedgerEntries - 1)) == 0, "the ledger is indexed by masking");
static_assert(kMessageBytesMax % kPageBytes == 0, "a slot of the greatest message is whole pages");

}  // namespace freehold
