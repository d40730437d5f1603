// SPDX-License-Identifier: MIT
// A space's regions as one short line of text, lowest address first. Pure.
//
//      ..xxrww...kkkkk########...ww...
//
//      x code   r constants   w other memory of its own   k a port's buffer, kept by the kernel   p device memory
//      # the file, writable   = the file, sealed   t in transit   . free
//
// Widths grow with the logarithm of the sizes: a page is one letter wide, 64 MiB are eight.
#pragma once

#include <span>
#include <string_view>

#include "user/runtime/format.h"

#include <freehold/space.h>

namespace freehold::user::pipeline {

inline constexpr std::size_t kPictureColumns = 36;
inline constexpr std::string_view kLegend =
    "# the file, writable   = the file, sealed   k port, kept by the kernel   x code   r constants   w other   . free";

class Picture {
  public:
    /// @pre regions are sorted and leave no hole; the file is [file_base, file_base + file_bytes), nowhere if 0 bytes
    void draw(std::span<const RegionInfo> regions, Word file_base, Word file_bytes);

    [[nodiscard]] std::string_view text() const { return {text_, length_}; }

  private:
    void add(const RegionInfo& region, Word length_bytes, bool is_file);

    char text_[kPictureColumns];
    std::size_t length_ = 0;
};

}  // namespace freehold::user::pipeline
