// SPDX-License-Identifier: MIT
// The shell's parts: what it knows (Shell), a command line in words (Words), and the commands.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "user/runtime/archive.h"
#include "user/runtime/calls.h"

namespace freehold::user::shell {

struct Shell {
    BootArchive archive;
    bool done = false;  ///< `exit` was given
    std::uint32_t exit_code = 0;
};

/// A command's words; views into the line they came from.
struct Words {
    static constexpr std::uint32_t kMax = 48;

    std::string_view word[kMax];
    std::uint32_t count = 0;
    bool background = false;  ///< `&` stood at the end

    [[nodiscard]] std::string_view operator[](std::uint32_t index) const {
        return index < count ? word[index] : std::string_view{};
    }
    [[nodiscard]] std::span<const std::string_view> from(std::uint32_t index) const {
        return std::span(word).subspan(index, count - index);
    }
};

/// Runs one command; 0 if it succeeded, else a program's own code or 1.
std::uint32_t run_command(Shell& shell, std::string_view line);

/// Says which background processes ended since the last time; how many of them failed.
std::uint32_t report_ended(Wait wait);

// Commands that look at the system: each prints, and returns 0 or 1.
std::uint32_t show_processes();
std::uint32_t show_regions(ProcessId process);
std::uint32_t show_memory();
std::uint32_t show_ports();
std::uint32_t show_names();
std::uint32_t show_audit();
std::uint32_t show_ledger(std::uint32_t count);
std::uint32_t show_frame(std::uint32_t frame);             ///< who has it, and had
std::uint32_t show_page(ProcessId process, Word address);  ///< the same of a process's page

}  // namespace freehold::user::shell
