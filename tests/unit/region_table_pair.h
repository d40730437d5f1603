// SPDX-License-Identifier: MIT
// A region table beside a naive list of pages: both are changed, and must stay equal.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/region_table_frames.h"

namespace freehold {

/// A table beside a list that has the tag of every page.
template <typename Table>
struct Pair {
    using Address = typename Table::Address;
    using Range = typename Table::Range;
    using Word = typename Table::Word;

    explicit Pair(std::vector<Tag> tags, std::uint32_t at_most = 3000) : limit(at_most), pages(std::move(tags)) {
        table = std::make_unique<Table>(Address(static_cast<Word>(pages.size()) * kPageBytes), limit);
        for (std::size_t page = 0; page < pages.size(); ++page) {
            if (page == 0 || pages[page] != pages[page - 1]) table->assign(range(page, pages.size()), pages[page]);
        }
    }

    static Range range(std::size_t first, std::size_t last) {
        return Range(Address(static_cast<Word>(first) * kPageBytes), Address(static_cast<Word>(last) * kPageBytes));
    }

    static std::uint32_t runs(const std::vector<Tag>& tags) {
        std::uint32_t count = 1;
        for (std::size_t page = 1; page < tags.size(); ++page) count += tags[page] != tags[page - 1];
        return count;
    }

    /// Changes both; false where it does not fit, and then neither is changed.
    template <typename Change>
    [[nodiscard]] bool change(std::size_t first, std::size_t last, Change to) {
        std::vector<Tag> changed = pages;
        for (std::size_t page = first; page < last; ++page) changed[page] = to(changed[page]);
        const std::uint32_t after = runs(changed);
        EXPECT_EQ(table->growth(range(first, last), to), static_cast<std::int32_t>(after - runs(pages)));
        const bool fits = table->fits_transform(range(first, last), to);
        EXPECT_EQ(fits, after <= limit);
        if (!table->try_transform(range(first, last), to)) {
            EXPECT_TRUE(!fits || (table->frames_allowed < 100000 && after > runs(pages)));
            return false;
        }
        pages = std::move(changed);
        return true;
    }

    /// The same to one tag, planned and then committed.
    [[nodiscard]] bool plan_and_commit(std::size_t first, std::size_t last, Tag tag) {
        std::vector<Tag> changed = pages;
        for (std::size_t page = first; page < last; ++page) changed[page] = tag;
        const auto plan = table->plan(range(first, last), tag);
        EXPECT_EQ(plan.growth(), static_cast<std::int32_t>(runs(changed) - runs(pages)));
        if (plan.simple()) {
            EXPECT_EQ(plan.old_tag(), pages[first]);
        }
        if (!table->allows(plan.growth()) || !table->give_frames(range(first, last), plan.growth())) return false;
        table->commit(plan);
        table->trim();
        pages = std::move(changed);
        return true;
    }

    void expect_equal() const {
        ASSERT_EQ(table->check(Address(static_cast<Word>(pages.size()) * kPageBytes)), nullptr);
        ASSERT_EQ(table->count(), runs(pages));
        ASSERT_EQ(table->count_frames(), table->frames_out()) << "frames are lost";
        std::set<std::uint32_t> visited;
        table->for_each_frame([&](FrameNumber frame) { EXPECT_TRUE(visited.insert(frame.value()).second); });
        ASSERT_EQ(visited.size(), table->frames_out());
        for (const std::uint32_t frame : visited) ASSERT_NE(table->frames.at(frame), nullptr);
        std::size_t page = 0;
        for (const auto& region : table->all()) {
            ASSERT_EQ(region.base.value(), static_cast<Word>(page) * kPageBytes);
            for (; page < pages.size() && page < region.end.value() / kPageBytes; ++page) {
                ASSERT_EQ(region.tag, pages[page]) << "page " << page;
            }
        }
        ASSERT_EQ(page, pages.size());
    }

    std::uint32_t limit;
    std::unique_ptr<Table> table;
    std::vector<Tag> pages;
};

/// The lowest and highest base by looking at every page.
inline std::uint64_t naive_find(const std::vector<Tag>& pages, std::size_t length, std::size_t alignment,
                                std::size_t phase, bool up) {
    std::size_t found = 0;
    for (std::size_t base = 1; base + length <= pages.size(); ++base) {
        if (base % alignment != phase) continue;
        bool free = true;
        for (std::size_t page = base; page < base + length && free; ++page) free = pages[page].is_free();
        if (!free) continue;
        found = base;
        if (up) break;
    }
    return std::uint64_t{found} * kPageBytes;
}

}  // namespace freehold
