// SPDX-License-Identifier: MIT
// The boot archive's files.
#include "user/runtime/archive.h"

namespace freehold::user {

Result<BootArchive> BootArchive::open() {
    const auto info = user::boot_archive();
    if (!info.ok()) return info.status();
    BootArchive archive;
    if (info.value().length_bytes == 0) return archive;
    archive.area_ = SealedArea<>::adopt(info.value().base, whole_pages(info.value().length_bytes));
    archive.length_bytes_ = info.value().length_bytes;
    return archive;
}

Result<std::span<const std::byte>> BootArchive::find(std::string_view name) const {
    if (length_bytes_ == 0) return Status::no_such_file;
    const auto entry = archive::find_file(bytes(), name);
    if (!entry.ok()) return entry.status();
    return entry.value().data;
}

}  // namespace freehold::user
