// SPDX-License-Identifier: MIT
// A system whose structures a test can reach, to make one thing wrong by hand: the audit's sentence must name it. The
// system is thrown away afterwards as it is.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "host/hosted_system.h"
#include "src/ipc/slots.h"
#include "src/space/space_memory.h"

namespace freehold {

using Paging = arch::Paging;
using Entry = Paging::Entry;

inline constexpr Word kUnit = SpacePmap::kUnitBytes;
inline constexpr Word kPage = kPageBytes;

class AuditTest : public testing::Test {
  protected:
    AuditTest() : a(*create_space(system(), {}).value()), b(*create_space(system(), {}).value()) {}

    System& system() { return hosted.system(); }
    FramePool& pool() { return system().pool; }

    /// Expects the audit to find fault, and its sentence to contain this.
    void expect_named(const std::string& wanted, int line = __builtin_LINE()) {
        const AuditReport report = audit(system());
        EXPECT_FALSE(report.clean) << "line " << line;
        EXPECT_NE(std::string(report.text).find(wanted), std::string::npos)
            << "line " << line << ": \"" << report.text << "\" instead of \"" << wanted << '"';
    }
    void expect_clean() {
        const AuditReport report = audit(system());
        ASSERT_TRUE(report.clean) << report.text;
    }

    VirtAddr allocate(AddressSpace& space, Word pages, Word alignment_bytes = kPage, bool populate = true) {
        AllocateOptions options;
        options.length_bytes = pages * kPage;
        options.alignment_bytes = alignment_bytes;
        options.populate = populate;
        return allocate_area(space, options).value();
    }
    static PageRange pages(VirtAddr base, Word count) { return {base, base + count * kPage}; }

    Entry& unit_entry(AddressSpace& space, VirtAddr at) { return entries(space.root)[at.value() >> Paging::shift(1)]; }
    FrameNumber table_of(AddressSpace& space, VirtAddr at) { return Paging::frame(unit_entry(space, at)); }
    Entry& page_entry(AddressSpace& space, VirtAddr at) {
        return entries(table_of(space, at))[(at.value() >> kPageShift) % SpacePmap::kUnitPages];
    }
    FrameNumber frame_of(AddressSpace& space, VirtAddr at) { return Paging::frame(page_entry(space, at)); }
    Entry* entries(FrameNumber table) { return static_cast<Entry*>(pool().pointer(table)); }

    static Entry writable(Entry entry) { return Paging::with_rights(entry, kReadWrite); }

    RegionTable::Leaf& leaf_of(AddressSpace& space) {
        return *static_cast<RegionTable::Leaf*>(pool().pointer(space.region_frame));
    }
    Word& word_of(AddressSpace& space, std::size_t index) { return leaf_of(space).words[index]; }

    host::HostedSystem hosted{4096};
    AddressSpace& a;
    AddressSpace& b;
};

}  // namespace freehold
