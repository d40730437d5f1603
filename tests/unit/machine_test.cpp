// SPDX-License-Identifier: MIT
// The software machine finds out what real hardware would hide: a TLB entry that allows what the tables no longer do.
#include <gtest/gtest.h>

#include <cstring>

#include "arch/sim/paging.h"
#include "host/hosted_system.h"
#include "src/space/space_memory.h"

namespace freehold {
namespace {

class MachineTest : public testing::Test {
  protected:
    MachineTest() : space_(*create_space(hosted_.system(), {}).value()) {
        base_ = allocate_area(space_, {.length_bytes = kPageBytes}).value();
        EXPECT_TRUE(hosted_.touch(space_, base_, Rights::write).ok());
        EXPECT_EQ(machine().first_stale(), "");
    }

    sim::Machine& machine() { return hosted_.machine(); }

    /// The page's entry becomes another without anybody being told.
    void change_entry(arch::Paging::Entry (*change)(arch::Paging::Entry)) {
        SpaceMemory memory(space_);
        arch::Paging::Entry& entry = *SpacePmap(memory, space_.root).find(base_).entry;
        entry = change(entry);
        memory.finish();
    }
    bool access() { return machine().access(0, base_, Rights::write).has_value(); }

    host::HostedSystem hosted_{600, true};
    AddressSpace& space_;
    VirtAddr base_;
};

TEST_F(MachineTest, AnEntryThatIsGoneIsStaleAndItsUseIsCounted) {
    change_entry([](arch::Paging::Entry) { return arch::Paging::kAbsent; });
    EXPECT_NE(machine().first_stale().find("processor 0 still reaches frame"), std::string::npos);
    EXPECT_EQ(machine().stale_uses(), 0U);
    EXPECT_TRUE(access()) << "the TLB answers";
    EXPECT_EQ(machine().stale_uses(), 1U);
    EXPECT_EQ(machine().stale_description(), machine().first_stale());
}

TEST_F(MachineTest, AnEntryWithFewerRightsOrAnotherFrameIsStaleToo) {
    change_entry([](arch::Paging::Entry entry) { return arch::Paging::with_rights(entry, Rights::read); });
    EXPECT_NE(machine().first_stale(), "");
    change_entry([](arch::Paging::Entry entry) {
        return arch::Paging::make_page(arch::Paging::frame(entry) + 1, kReadWrite, 0, true);
    });
    EXPECT_NE(machine().first_stale(), "");
    machine().invalidate_page(0, base_);
    EXPECT_EQ(machine().first_stale(), "");
}

TEST_F(MachineTest, WhileSomebodyWorksAStaleEntryIsSuspectAndAFaultOnlyIfItIsThereAfterwards) {
    machine().begin_work(1);
    machine().begin_work(2);
    change_entry([](arch::Paging::Entry entry) { return arch::Paging::with_rights(entry, Rights::read); });
    EXPECT_TRUE(access());
    EXPECT_TRUE(access()) << "blamed already";
    EXPECT_EQ(machine().suspect_uses(), 2U);
    machine().end_work(1);
    EXPECT_EQ(machine().stale_uses(), 0U) << "the other one may still do it";
    machine().end_work(2);
    EXPECT_EQ(machine().stale_uses(), 1U);
}

TEST_F(MachineTest, AnInvalidationInTimeAcquits) {
    machine().begin_work(1);
    change_entry([](arch::Paging::Entry entry) { return arch::Paging::with_rights(entry, Rights::read); });
    EXPECT_TRUE(access());
    const std::uint64_t before = machine().invalidations();
    machine().invalidate_page(0, base_);
    EXPECT_EQ(machine().invalidations(), before + 1);
    machine().end_work(1);
    EXPECT_EQ(machine().stale_uses(), 0U);
}

TEST_F(MachineTest, AProcessorWithoutASpaceReachesNothingNorDoesAnAddressPastTheEnd) {
    EXPECT_FALSE(machine().access(3, base_, Rights::read).has_value());
    EXPECT_FALSE(machine().walk(space_.root, kUserEnd).has_value());
}

}  // namespace
}  // namespace freehold
