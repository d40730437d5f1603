// SPDX-License-Identifier: MIT
// A reader of the cpio "newc" archive format, over a span of bytes. Pure: allocates nothing, changes nothing, and
// never looks beyond the span, whatever the bytes are.
//
//   [ header: 6 bytes of magic, 13 fields of 8 hex digits | name, 0 | pad to 4 | data | pad to 4 ]  ...  TRAILER!!!
//
// More than one zero may end a name: so its data can begin where a page does (tools/boot_archive.py).
//
// Format: cpio(5), "New ASCII Format".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <freehold/status.h>

namespace freehold::archive {

/// One file or directory, as views into the archive.
struct Entry {
    std::string_view name;  ///< without a leading "./" or "/"
    std::span<const std::byte> data;
    std::uint32_t mode = 0;

    [[nodiscard]] constexpr bool is_directory() const { return (mode & 0xF000) == 0x4000; }
    [[nodiscard]] constexpr bool is_file() const { return (mode & 0xF000) == 0x8000; }
};

/// Reads one entry after the other.
class Reader {
  public:
    explicit Reader(std::span<const std::byte> archive) : rest_(archive) {}

    /// The next entry. no_such_file: the archive's end. bad_archive: no valid entry, nor the end, stands here; asking
    /// again says the same.
    Result<Entry> next();

  private:
    std::span<const std::byte> rest_;
};

/// The file of that name; a leading "./" or "/" is ignored. Errors as Reader::next().
Result<Entry> find_file(std::span<const std::byte> archive, std::string_view name);

}  // namespace freehold::archive
