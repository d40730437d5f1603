// SPDX-License-Identifier: MIT
// The boot archive: the files the machine was started with, as a sealed area shared by all who open it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "kernel/archive/cpio.h"
#include "user/runtime/area.h"

namespace freehold::user {

class BootArchive {
  public:
    /// The archive becomes readable here. Without one, find() says no_such_file of every name. One at a time: the
    /// kernel shares the archive once with a process, so a second one would be the same area.
    static Result<BootArchive> open();

    constexpr BootArchive() = default;

    /// The contents of a file; a leading slash is ignored.
    [[nodiscard]] Result<std::span<const std::byte>> find(std::string_view name) const;

    /// All entries, one after the other.
    [[nodiscard]] archive::Reader entries() const { return archive::Reader(bytes()); }

    [[nodiscard]] std::span<const std::byte> bytes() const { return area_.bytes().first(length_bytes_); }
    [[nodiscard]] const SealedArea<>& area() const { return area_; }

  private:
    SealedArea<> area_;
    Word length_bytes_ = 0;
};

}  // namespace freehold::user
