// SPDX-License-Identifier: MIT
// The newc reader. Every length is compared with what is left of the span before it is used, in 64 bits, so that no
// sum of fields can wrap.
#include "kernel/archive/cpio.h"

#include <algorithm>

namespace freehold::archive {
namespace {

constexpr std::size_t kMagicBytes = 6;
constexpr std::size_t kFieldBytes = 8;
constexpr std::size_t kFields = 13;
constexpr std::size_t kHeaderBytes = kMagicBytes + kFields * kFieldBytes;
constexpr std::size_t kFieldMode = 1;
constexpr std::size_t kFieldFileBytes = 6;
constexpr std::size_t kFieldNameBytes = 11;
constexpr std::string_view kMagic = "070701";
constexpr std::string_view kMagicWithChecksum = "070702";  // the same layout; the sum is not looked at
constexpr std::string_view kTrailer = "TRAILER!!!";

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The value of a hex digit, or 16.
constexpr std::uint32_t digit_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
    return 16;
}

/// @pre header holds kHeaderBytes
Result<std::uint32_t> read_field(std::span<const std::byte> header, std::size_t field) {
    std::uint32_t value = 0;
    for (const char c : text_of(header.subspan(kMagicBytes + field * kFieldBytes, kFieldBytes))) {
        const std::uint32_t digit = digit_value(c);
        if (digit > 15) return Status::bad_archive;
        value = value << 4 | digit;
    }
    return value;
}

constexpr std::uint64_t padded(std::uint64_t length_bytes) { return (length_bytes + 3) & ~std::uint64_t{3}; }

std::string_view without_root(std::string_view name) {
    while (name.starts_with("./") || name.starts_with('/')) name.remove_prefix(name.front() == '/' ? 1 : 2);
    return name;
}

}  // namespace

Result<Entry> Reader::next() {
    if (rest_.size() < kHeaderBytes) return Status::bad_archive;
    const auto magic = text_of(rest_.first(kMagicBytes));
    if (magic != kMagic && magic != kMagicWithChecksum) return Status::bad_archive;
    for (std::size_t field = 0; field < kFields; ++field) {
        if (const auto value = read_field(rest_, field); !value.ok()) return value.status();
    }
    const std::uint32_t name_bytes = read_field(rest_, kFieldNameBytes).value();
    const std::uint32_t file_bytes = read_field(rest_, kFieldFileBytes).value();

    // Padding counts from the archive's start, but all entries are whole words long, so it counts from here as well.
    const std::uint64_t data_start = padded(std::uint64_t{kHeaderBytes} + name_bytes);
    const std::uint64_t data_end = data_start + file_bytes;
    if (data_end > rest_.size()) return Status::bad_archive;
    const auto field = text_of(rest_.subspan(kHeaderBytes, name_bytes));
    const auto zero = std::find(field.begin(), field.end(), '\0');
    const std::string_view name(field.begin(), zero);
    const bool ends = zero != field.end() && std::all_of(zero, field.end(), [](char c) { return c == '\0'; });
    if (name.empty() || !ends) return Status::bad_archive;
    if (name == kTrailer) return Status::no_such_file;

    Entry entry;
    entry.name = without_root(name);
    entry.data = rest_.subspan(static_cast<std::size_t>(data_start), file_bytes);
    entry.mode = read_field(rest_, kFieldMode).value();
    // The last entry's padding may be cut off; what follows is then found to be no entry.
    const std::uint64_t next_entry = padded(data_end) < rest_.size() ? padded(data_end) : rest_.size();
    rest_ = rest_.subspan(static_cast<std::size_t>(next_entry));
    return entry;
}

Result<Entry> find_file(std::span<const std::byte> archive, std::string_view name) {
    name = without_root(name);
    Reader reader(archive);
    while (true) {
        const auto entry = reader.next();
        if (!entry.ok() || (entry.value().is_file() && entry.value().name == name)) return entry;
    }
}

}  // namespace freehold::archive
