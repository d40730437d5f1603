// SPDX-License-Identifier: MIT
// Starting programs from the boot archive, waiting for them, and saying how they ended.
#pragma once

#include <span>
#include <string_view>

#include "user/runtime/archive.h"
#include "user/runtime/calls.h"
#include "user/runtime/format.h"

namespace freehold::user {

struct ProgramOptions {
    std::uint32_t priority = abi::kPriorityDefault;
    std::uint32_t privileges = 0;
    std::uint32_t limit_frames = 0;  ///< 0: no limit
    PortId names = PortId::none;     ///< the name service it is told of; none: the caller's own
};

/// Starts bin/<words[0]> with these words as its arguments. Status no_such_file: the archive holds no such program.
Result<ProcessId> start_program(const BootArchive& archive, std::span<const std::string_view> words,
                                const ProgramOptions& options = {});

/// Writes how a process ended, such as "exited with 3" or "was killed by a page fault at 0x00000000 (not_mapped)".
void describe_end(Sink& sink, const abi::ExitInfo& info);

/// The exit status of a process as a shell counts it: its code; 128 and more for one that did not exit by itself.
std::uint32_t status_of_end(const abi::ExitInfo& info);

/// Frames that belong to somebody, those promised for later included.
inline std::uint32_t frames_in_use(const MemoryInfo& memory) {
    return memory.frames_total - memory.frames_free + memory.frames_promised;
}

}  // namespace freehold::user
