// SPDX-License-Identifier: MIT
// How a program begins and ends.
//
//      _start (user/arch) ──▶ freehold_user_start: constructors ──▶ program_main(arguments) ──▶ exit(its result)
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/abi/syscalls.h"

namespace freehold::user {

/// The strings a program was started with; the first is its name.
class Arguments {
  public:
    explicit Arguments(const abi::StartInfo& info) : info_(&info) {}

    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(info_->argument_count); }

    /// The argument of that index; empty past the last.
    [[nodiscard]] std::string_view operator[](std::uint32_t index) const;

    [[nodiscard]] const abi::StartInfo& info() const { return *info_; }

  private:
    const abi::StartInfo* info_;
};

/// The program's name, as it was started; for messages.
std::string_view program_name();

/// The port that whoever started the program handed on: the name service.
PortId names_port();

/// Ends the program with a line that says why, and code 134.
[[noreturn]] void fail(std::string_view why);

/// Every program defines this one.
int program_main(const Arguments& arguments);

inline constexpr std::uint32_t kFailCode = 134;

}  // namespace freehold::user
