// SPDX-License-Identifier: MIT
// A time to wait at most, for what takes several calls.
#pragma once

#include "user/runtime/calls.h"

namespace freehold::user {

/// Milliseconds since boot.
inline std::uint64_t now_milliseconds() {
    const auto now = clock();
    return now.ok() ? now.value().milliseconds : 0;
}

class Deadline {
  public:
    /// So many milliseconds from now; 0: never.
    explicit Deadline(std::uint32_t milliseconds)
        : end_(milliseconds == 0 ? kNever : now_milliseconds() + milliseconds) {}
    constexpr Deadline() = default;  ///< never

    [[nodiscard]] bool is_over() const { return end_ != kNever && now_milliseconds() >= end_; }

    /// As a call that waits wants it: 0 is without end, and one that is over is the shortest there is.
    [[nodiscard]] std::uint32_t milliseconds_left() const {
        if (end_ == kNever) return 0;
        const std::uint64_t now = now_milliseconds();
        return now < end_ ? static_cast<std::uint32_t>(end_ - now) : 1;
    }

  private:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};
    std::uint64_t end_ = kNever;
};

}  // namespace freehold::user
