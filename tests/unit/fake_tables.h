// SPDX-License-Identifier: MIT
// Page tables in host memory, for a Pmap without a system around it.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>

#include "src/pmap/table_memory.h"

namespace freehold {

inline constexpr FrameNumber kFakeRoot(1);

/// Tables in host memory, and a list of what the walker told.
template <typename Entry, std::uint32_t kEntries>
class FakeTables {
  public:
    FakeTables() { tables_[kFakeRoot.value()] = std::make_unique<Table>(); }

    Entry* entries(FrameNumber frame) { return tables_.at(frame.value())->entries.data(); }
    FrameNumber take_table() {
        const FrameNumber frame(next_table_++);
        tables_[frame.value()] = std::make_unique<Table>();
        references_[frame.value()] = 1;
        return frame;
    }
    UnitCounts counts(FrameNumber frame) { return tables_.at(frame.value())->counts; }
    void set_counts(FrameNumber frame, UnitCounts counts) { tables_.at(frame.value())->counts = counts; }
    bool sealed_table(FrameNumber frame) { return tables_.at(frame.value())->sealed; }
    void set_sealed_table(FrameNumber frame, bool sealed) { tables_.at(frame.value())->sealed = sealed; }
    std::uint32_t references(FrameNumber frame) { return references_[frame.value()]; }
    void hold(FrameNumber frame) { ++references_[frame.value()]; }
    bool drop_table(FrameNumber frame) { return --references_[frame.value()] == 0; }
    void drop_page(FrameNumber frame) { --references_[frame.value()]; }
    void wrote_entries(std::uint32_t count) { entries_written += count; }
    void changed_page(VirtAddr address) { changed.insert(address.value()); }
    void changed_unit(VirtAddr address) { changed_units.insert(address.value()); }
    void pause() {}

    [[nodiscard]] const std::map<std::uint32_t, std::uint32_t>& all_references() const { return references_; }
    [[nodiscard]] std::size_t count_tables() const { return tables_.size() - 1; }
    void forget() {
        changed.clear();
        changed_units.clear();
        entries_written = 0;
    }

    /// Whether nobody wrote behind a table's last entry. What is there looks like an entry of a frame that nobody has.
    [[nodiscard]] bool intact() const {
        return std::ranges::all_of(tables_, [](const auto& table) { return table.second->behind == kBehind; });
    }

    std::uint64_t entries_written = 0;
    std::set<Word> changed;
    std::set<Word> changed_units;

  private:
    static constexpr Entry kBehind = 0xBAD007;  ///< present, all that may be, for 32-bit x86

    struct Table {
        std::array<Entry, kEntries> entries{};
        Entry behind = kBehind;
        UnitCounts counts;
        bool sealed = false;
    };
    std::map<std::uint32_t, std::unique_ptr<Table>> tables_;
    std::map<std::uint32_t, std::uint32_t> references_;
    std::uint32_t next_table_ = 0x5000;
};

}  // namespace freehold
