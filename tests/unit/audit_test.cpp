// SPDX-License-Identifier: MIT
// The audit, lied to about regions, tables, frames and charges: each test makes one thing wrong.
#include "tests/unit/audit_lies.h"

namespace freehold {
namespace {

// --- regions ---------------------------------------------------------------------------------------------------------

TEST_F(AuditTest, a_system_as_it_should_be_is_clean_and_counted) {
    const VirtAddr base = allocate(a, 3);
    expect_clean();
    EXPECT_EQ(audit(system()).spaces, 3U) << "the transit space, and two";
    EXPECT_EQ(audit(system()).pages, 3U);
    ASSERT_EQ(release_area(a, pages(base, 3)), Status::ok);
    EXPECT_EQ(audit(system()).pages, 0U);
}

TEST_F(AuditTest, names_a_region_table_out_of_order) {
    allocate(a, 3);
    const Word first = word_of(a, 0), second = word_of(a, 1), third = word_of(a, 2), none = word_of(a, 3);
    std::uint16_t& count = leaf_of(a).count;
    ASSERT_EQ(count, 3U);
    count = 0;
    expect_named("space 1: a region table's count is out of bounds");
    count = 0xFFFF;
    expect_named("count is out of bounds");
    count = 3;
    word_of(a, 0) = 0x1000;
    expect_named("does not start at 0");
    word_of(a, 0) = first;
    word_of(a, 3) = none - kPage;
    expect_named("has a word where none belongs");
    word_of(a, 3) = none;
    word_of(a, 2) = second - kPage;
    expect_named("is not sorted");
    word_of(a, 2) = third;
    word_of(a, 1) = second | 3;
    expect_named("a tag that none may have");
    word_of(a, 1) = second | 0x800;
    expect_named("a tag that none may have");
    word_of(a, 1) = second & ~0xFFFU;
    expect_named("two neighbouring regions have the same tag");
    word_of(a, 1) = second;
    expect_clean();
}

TEST_F(AuditTest, names_a_region_that_is_sealed_and_writable) {
    const VirtAddr base = allocate(a, 3);
    a.regions.assign(pages(base, 3), Tag::make(RegionType::anon, kReadWrite, RegionState::sealed));
    expect_named("a tag that none may have");
}

TEST_F(AuditTest, names_a_space_without_tables_of_its_own) {
    const FrameNumber root = a.root;
    for (const FrameNumber wrong : {FrameNumber(0), FrameNumber(0xFFFFFFFF), pool().first() + pool().span()}) {
        a.root = wrong;
        expect_named("space 1 has no root table");
    }
    a.root = root;
    const FrameNumber frame = a.region_frame;
    a.region_frame = b.region_frame;
    expect_named("no region table of its own");
    a.region_frame = frame;
    a.region_frame = system().zero_frame;
    expect_named("no region table of its own");
}

TEST_F(AuditTest, names_a_root_table_that_two_spaces_use) {
    const FrameNumber lost = a.root;
    a.root = b.root;
    expect_named("frame " + std::to_string(lost.value()) + " has 1 references, but 0 entries refer to it");
}

// --- page tables -----------------------------------------------------------------------------------------------------

TEST_F(AuditTest, names_a_table_without_an_area_and_an_area_without_a_table) {
    const VirtAddr base = allocate(a, 3);
    const Entry entry = unit_entry(a, base);
    unit_entry(a, base) = Paging::kAbsent;
    expect_named("space 1 has no table at 0x0, where it has an area");
    unit_entry(a, base) = entry;
    unit_entry(a, base + kUnit) = entry;
    expect_named("space 1 has a table at 0x400000, where it has none");
}

TEST_F(AuditTest, names_a_table_that_is_none) {
    const VirtAddr base = allocate(a, 3);
    const Entry entry = unit_entry(a, base);
    const FrameNumber wrong[] = {FrameNumber(0), FrameNumber(0xFFFFF), frame_of(a, base), a.root, system().zero_frame};
    for (const FrameNumber frame : wrong) {
        unit_entry(a, base) = Paging::make_table(frame);
        expect_named("space 1 refers to a table that is none at 0x0");
    }
    unit_entry(a, base) = entry;
    expect_clean();
}

TEST_F(AuditTest, names_a_table_that_two_spaces_could_write_through) {
    const VirtAddr base = allocate(a, 3);
    allocate(b, 3);
    unit_entry(b, base) = unit_entry(a, base);
    expect_named("space 2 uses a table that another uses, and that is not sealed, at 0x0");
}

TEST_F(AuditTest, names_a_table_that_a_space_uses_twice) {
    const VirtAddr base = allocate(a, 2 * SpacePmap::kUnitPages, kUnit, false);
    unit_entry(a, base + kUnit) = unit_entry(a, base);
    expect_named("space 1 uses a table that another uses");
}

TEST_F(AuditTest, names_a_page_that_is_mapped_where_nothing_is) {
    const VirtAddr base = allocate(a, 3);
    page_entry(a, base + 5 * kPage) = page_entry(a, base);
    pool().at(table_of(a, base)).set_counts({4, 0});
    expect_named("space 1: page 0x6000 is mapped but free");
    page_entry(a, base + 5 * kPage) = Paging::kGuard;
    pool().at(table_of(a, base)).set_counts({3, 1});
    expect_named("space 1: page 0x6000 is mapped but free");
}

TEST_F(AuditTest, names_a_large_page_where_its_area_is_partly_gone) {
    const VirtAddr base = map_physical(a, {.address = 0xE0000000, .length_bytes = 2 * kUnit}).value();
    ASSERT_EQ(unit_entry(a, base), Paging::make_page(FrameNumber(0xE0000), kReadWrite, 1, false));
    a.regions.assign(pages(base + 7 * kPage, 1), Tag::free());
    expect_named("is mapped but free");
}

TEST_F(AuditTest, names_a_page_that_allows_more_than_its_region) {
    const VirtAddr base = allocate(a, 3);
    ASSERT_EQ(protect_area(a, pages(base + kPage, 1), Rights::read), Status::ok);
    expect_clean();
    page_entry(a, base + kPage) = writable(page_entry(a, base + kPage));
    expect_named("space 1: page 0x2000 allows more than its region");
    page_entry(a, base + kPage) = Paging::with_rights(page_entry(a, base + kPage), Rights::read | Rights::execute);
    expect_named("allows more than its region");
}

TEST_F(AuditTest, names_a_sealed_page_that_can_be_written) {
    const VirtAddr base = allocate(a, 3);
    ASSERT_EQ(seal_area(a, pages(base, 2)), Status::ok);
    expect_clean();
    page_entry(a, base) = writable(page_entry(a, base));
    expect_named("space 1: page 0x1000 allows more than its region");
}

TEST_F(AuditTest, names_a_page_with_a_frame_of_the_wrong_kind) {
    const VirtAddr base = allocate(a, 3);
    page_entry(a, base) = Paging::make_page(FrameNumber(0xE0000), kReadWrite, 0, true);
    expect_named("space 1: page 0x1000 has a frame of the wrong kind");
    const VirtAddr device = map_physical(b, {.address = 0xE0000000, .length_bytes = 3 * kPage}).value();
    const Entry good = page_entry(a, base + kPage);
    page_entry(a, base) = Paging::kAbsent;
    page_entry(b, device) = good;
    pool().at(table_of(a, base)).set_counts({2, 0});
    expect_named("space 2: page");
    expect_named("has a frame of the wrong kind");
}

TEST_F(AuditTest, names_an_entry_that_refers_to_what_is_no_page) {
    const VirtAddr base = allocate(a, 3);
    const Entry entry = page_entry(a, base);
    const FrameNumber wrong[] = {a.root, table_of(a, base), FrameNumber(pool().free_list_head())};
    for (const FrameNumber frame : wrong) {
        page_entry(a, base) = Paging::make_page(frame, kReadWrite, 0, true);
        expect_named("refers to frame " + std::to_string(frame.value()) + ", which is no page");
    }
    page_entry(a, base) = entry;
    expect_clean();
}

TEST_F(AuditTest, names_a_table_whose_counts_are_not_those_of_its_entries) {
    const VirtAddr base = allocate(a, 3);
    pool().at(table_of(a, base)).set_counts({2, 0});
    expect_named("at 0x0 holds 3 pages and 0 guards, but is counted for 2 and 0");
    pool().at(table_of(a, base)).set_counts({3, 1});
    expect_named("but is counted for 3 and 1");
}

TEST_F(AuditTest, names_a_page_that_is_out_of_reach_without_being_in_transit) {
    const VirtAddr base = allocate(a, 3);
    const Entry page = page_entry(a, base);
    page_entry(a, base) = Paging::to_transit(page);
    expect_named("space 1: page 0x1000 can't be reached, but is not in transit");
    page_entry(a, base) = page;
    unit_entry(a, base) = Paging::to_transit(unit_entry(a, base));
    expect_named("space 1: page 0x1000 can't be reached, but is not in transit");
}

// --- sealed tables ---------------------------------------------------------------------------------------------------

TEST_F(AuditTest, names_a_sealed_table_that_can_be_written_through) {
    const VirtAddr base = allocate(a, SpacePmap::kUnitPages, kUnit);
    ASSERT_EQ(seal_area(a, pages(base, SpacePmap::kUnitPages)), Status::ok);
    const VirtAddr there = share_area(a, pages(base, SpacePmap::kUnitPages), b).value();
    expect_clean();
    const Entry entry = unit_entry(b, there);
    unit_entry(b, there) = writable(entry);
    expect_named("space 2 may write a sealed table at 0x400000");
    unit_entry(b, there) = entry;
    expect_clean();
}

TEST_F(AuditTest, names_a_page_in_a_sealed_table_that_is_not_sealed) {
    const VirtAddr base = allocate(a, SpacePmap::kUnitPages, kUnit);
    ASSERT_EQ(seal_area(a, pages(base, SpacePmap::kUnitPages)), Status::ok);
    a.regions.assign(pages(base + 4 * kPage, 1), Tag::make(RegionType::anon, Rights::read));
    expect_named("space 1: page 0x404000 lies in a sealed table, but is not sealed");
    a.regions.assign(pages(base + 4 * kPage, 1), Tag::free());
    expect_named("space 1: page 0x404000 lies in a sealed table, but is not sealed");
}

TEST_F(AuditTest, names_a_table_that_is_sealed_without_reason_and_one_that_no_longer_is) {
    const VirtAddr base = allocate(a, 3);
    Entry& unit = unit_entry(a, base);
    unit = Paging::with_rights(unit, Rights::read);
    pool().at(Paging::frame(unit)).set_state(FrameState::sealed_table);
    expect_named("lies in a sealed table, but is not sealed");
    unit = Paging::make_table(Paging::frame(unit));
    pool().at(Paging::frame(unit)).set_state(FrameState::table);
    expect_clean();

    const VirtAddr sealed = allocate(a, SpacePmap::kUnitPages, kUnit);
    ASSERT_EQ(seal_area(a, pages(sealed, SpacePmap::kUnitPages)), Status::ok);
    pool().at(table_of(a, sealed)).set_state(FrameState::table);
    expect_named("space 1 is charged");
}

// --- references and the free list ------------------------------------------------------------------------------------

TEST_F(AuditTest, names_a_frame_with_too_many_or_too_few_references) {
    const VirtAddr base = allocate(a, 3);
    PageFrame& frame = pool().at(frame_of(a, base));
    const std::string name = "frame " + std::to_string(frame_of(a, base).value());
    frame.set(FrameState::anon, 2);
    expect_named(name + " has 2 references, but 1 entries refer to it");
    frame.set(FrameState::anon, 0);
    expect_named(name + " has 0 references, but 1 entries refer to it");
    frame.set(FrameState::anon, 1);
    expect_clean();
    pool().at(system().zero_frame).set(FrameState::kernel, 2);
    expect_named("has 2 references, but 1 entries refer to it");
}

TEST_F(AuditTest, names_a_page_in_two_places_that_is_not_sealed) {
    const VirtAddr base = allocate(a, 1);
    const VirtAddr other = allocate(b, 1, kPage, false);
    const FrameNumber frame = frame_of(a, base);
    page_entry(b, other) = page_entry(a, base);
    pool().at(table_of(b, other)).set_counts({1, 0});
    pool().unreserve_locked(1);
    pool().at(frame).set(FrameState::anon, 2);
    expect_named("frame " + std::to_string(frame.value()) + " is not sealed, but has 2 references");
}

TEST_F(AuditTest, names_the_frame_of_zeros_where_it_could_be_written) {
    const VirtAddr base = allocate(a, 1, kPage, false);
    page_entry(a, base) = Paging::make_page(system().zero_frame, kReadWrite, 0, true);
    pool().at(table_of(a, base)).set_counts({1, 0});
    pool().unreserve_locked(1);
    pool().at(system().zero_frame).set(FrameState::kernel, 2);
    expect_named("is not sealed, but has 2 references");
}

TEST_F(AuditTest, names_a_frame_in_use_that_nobody_refers_to) {
    pool().at(FrameNumber(pool().free_list_head())).set(FrameState::anon, 1);
    expect_named("has 1 references, but 0 entries refer to it");
    pool().at(FrameNumber(pool().free_list_head())).set(FrameState::kernel, 1);
    expect_named("the free list has frame");
}

TEST_F(AuditTest, names_a_free_list_that_is_cut_or_bent) {
    PageFrame& head = pool().at(FrameNumber(pool().free_list_head()));
    const std::uint32_t link = head.link();
    const std::string free_frames = std::to_string(pool().count_free()) + " are free";
    head.set_link(FrameList::kEnd);
    expect_named("the free list has 1 frames, " + free_frames);
    head.set_link(pool().free_list_head());
    expect_named("the free list has");
    head.set_link(pool().at(FrameNumber(link)).link());
    expect_named("the free list has " + std::to_string(pool().count_free() - 1) + " frames, " + free_frames);
    head.set_link(a.root.value());
    expect_named("the free list has frame " + std::to_string(a.root.value()) + ", which is not free");
    for (const std::uint32_t beyond : {0U, 0xFFFFFFFEU, pool().first().value() + pool().span()}) {
        head.set_link(beyond);
        expect_named("the free list has frame " + std::to_string(beyond) + ", which is not free");
    }
    head.set_link(link);
    expect_clean();
}

TEST_F(AuditTest, names_a_free_frame_that_is_not_on_the_list) {
    const FrameNumber frame = allocate_kernel_frame(system()).value();
    pool().at(frame).set(FrameState::free, 0);
    expect_named("the free list has");
}

// --- charges ---------------------------------------------------------------------------------------------------------

TEST_F(AuditTest, names_a_space_that_is_charged_too_much_or_too_little) {
    allocate(a, 3);
    ++a.charged_frames;
    expect_named("space 1 is charged 7 frames, but answers for 6");
    a.charged_frames -= 2;
    expect_named("space 1 is charged 5 frames, but answers for 6");
    ++a.charged_frames;
    a.limit_frames = 5;
    expect_named("space 1 is charged 6 frames, but may have 5");
    a.limit_frames = 6;
    expect_clean();
}

TEST_F(AuditTest, names_a_guard_that_is_gone) {
    AllocateOptions options{.length_bytes = 3 * kPage, .guard_pages_below = 1};
    const VirtAddr base = allocate_area(a, options).value();
    expect_clean();
    page_entry(a, base) = Paging::kAbsent;
    pool().at(table_of(a, base)).set_counts({0, 0});
    expect_named("space 1 is charged");
}

TEST_F(AuditTest, names_an_account_that_is_off_by_one) {
    FramePool::Accounts& accounts = pool().accounts_locked();
    ++accounts.kernel;
    expect_named("the kernel has");
    --accounts.kernel;
    ++accounts.sealed;
    expect_named("0 frames are sealed, but 1 are counted");
    --accounts.sealed;
    allocate(a, 3, kPage, false);
    expect_clean();
    pool().unreserve_locked(1);
    expect_named("3 pages wait for a frame, but 2 frames are promised");
    ASSERT_EQ(pool().reserve_locked(2), Status::ok);
    expect_named("3 pages wait for a frame, but 4 frames are promised");
    pool().unreserve_locked(1);
    expect_clean();
}

}  // namespace
}  // namespace freehold
