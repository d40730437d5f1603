// SPDX-License-Identifier: MIT
// Neighbours of one kind are one region, so the file's area is cut out of the region it lies in before it is drawn.
#include "user/programs/pipeline/picture.h"

#include <bit>

namespace freehold::user::pipeline {
namespace {

constexpr unsigned kFreeColumnsMax = 3;  // how much is free says little

char letter_of(const RegionInfo& region, bool is_file) {
    if (region.type == RegionType::free) return '.';
    if (region.type == RegionType::phys) return 'p';
    switch (region.state) {
        case RegionState::kept:
            return 'k';
        case RegionState::transit:
        case RegionState::transit_sealed:
            return 't';
        case RegionState::sealed:
            return '=';
        case RegionState::plain:
            break;
    }
    if (is_file) return '#';
    if (has(region.rights, Rights::execute)) return 'x';
    return has(region.rights, Rights::write) ? 'w' : 'r';
}

Word smaller(Word a, Word b) { return a < b ? a : b; }

}  // namespace

void Picture::add(const RegionInfo& region, Word length_bytes, bool is_file) {
    if (length_bytes == 0) return;
    unsigned columns = (static_cast<unsigned>(std::bit_width(length_bytes / kPageBytes)) + 1) / 2;
    if (region.type == RegionType::free && columns > kFreeColumnsMax) columns = kFreeColumnsMax;
    for (; columns > 0 && length_ < kPictureColumns; --columns) text_[length_++] = letter_of(region, is_file);
}

void Picture::draw(std::span<const RegionInfo> regions, Word file_base, Word file_bytes) {
    length_ = 0;
    for (const RegionInfo& region : regions) {
        const Word end = region.base + region.length_bytes;
        const Word file_end = file_base + file_bytes;
        if (file_bytes == 0 || file_end <= region.base || file_base >= end) {
            add(region, region.length_bytes, false);
            continue;
        }
        const Word cut = file_base > region.base ? file_base : region.base;
        add(region, cut - region.base, false);
        add(region, smaller(file_end, end) - cut, true);
        add(region, end - smaller(file_end, end), false);
    }
}

}  // namespace freehold::user::pipeline
