// SPDX-License-Identifier: MIT
// The audit, given states that are wrong in ways nobody thought of: it comes to an end, looks at nothing it may not
// look at, and says that a state put right again is right.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "host/hosted_system.h"
#include "src/ipc/slots.h"
#include "src/space/space_memory.h"

namespace freehold {
namespace {

constexpr int kRounds = 4000;

class AuditRandomTest : public testing::Test {
  protected:
    AuditRandomTest() : a(*create_space(system(), {}).value()), b(*create_space(system(), {}).value()) {
        AllocateOptions options{.length_bytes = SpacePmap::kUnitBytes, .alignment_bytes = SpacePmap::kUnitBytes};
        const VirtAddr sealed = allocate_area(a, options).value();
        const PageRange range(sealed, sealed + options.length_bytes);
        EXPECT_EQ(resolve_fault(a, sealed, Rights::write), Status::ok);
        EXPECT_EQ(seal_area(a, range), Status::ok);
        EXPECT_TRUE(share_area(a, range, b).ok());
        options = {.length_bytes = 8 * kPageBytes, .populate = true, .guard_pages_below = 1};
        const VirtAddr area = allocate_area(b, options).value();
        EXPECT_TRUE(map_physical(b, {.address = 0xE0000000, .length_bytes = SpacePmap::kUnitBytes}).ok());
        const PortId port = create_port(a, {.mode = PortMode::open}).value();
        const AreaToSend moved{area.value() + 2 * kPageBytes, 2 * kPageBytes, AreaToSend::Kind::move};
        const AreaToSend shared{sealed.value(), kPageBytes, AreaToSend::Kind::share};
        EXPECT_EQ(send_message(b, {.to = port, .areas = {&moved, 1}}), Status::ok);
        EXPECT_EQ(send_message(a, {.to = port, .areas = {&shared, 1}}), Status::ok);
        for (std::uint32_t i = 0; i < pool().span(); ++i) {
            const FrameState state = pool().at(pool().first() + i).state();
            if (state >= FrameState::table) metadata_.push_back(pool().first() + i);
        }
    }

    System& system() { return hosted.system(); }
    FramePool& pool() { return system().pool; }

    /// A word of a table, of a region table or of a port's heads; one that says something, if it can be found.
    std::uint32_t& any_metadata() {
        auto* const words = static_cast<std::uint32_t*>(pool().pointer(metadata_[random_() % metadata_.size()]));
        std::size_t index = random_() % (kPageBytes / 4);
        for (int tries = 0; words[index] == 0 && tries < 2000; ++tries) index = random_() % (kPageBytes / 4);
        return words[index];
    }
    std::uint32_t& any_word_of_a_frame() {
        PageFrame& frame = pool().at(pool().first() + static_cast<std::uint32_t>(random_() % pool().span()));
        return reinterpret_cast<std::uint32_t*>(&frame)[random_() % 2];
    }
    std::uint32_t any_value(std::uint32_t before) {
        switch (random_() % 4) {
            case 0:
                return before ^ 1U << random_() % 32;
            case 1:
                return any_metadata();
            case 2:
                return (metadata_[random_() % metadata_.size()].value() << kPageShift) | (before % kPageBytes);
            default:
                return static_cast<std::uint32_t>(random_());
        }
    }

    host::HostedSystem hosted{1536};
    AddressSpace& a;
    AddressSpace& b;
    std::mt19937 random_{50};
    std::vector<FrameNumber> metadata_;
};

TEST_F(AuditRandomTest, survives_random_words_wherever_it_looks) {
    struct Change {
        std::uint32_t* word;
        std::uint32_t before;
    };
    int noticed = 0;
    ASSERT_TRUE(audit(system()).clean) << audit(system()).text;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<Change> changes;
        for (auto count = 1 + random_() % 3; count != 0; --count) {
            std::uint32_t& word = random_() % 3 != 0 ? any_metadata() : any_word_of_a_frame();
            changes.push_back({&word, word});
            word = any_value(word);
        }
        noticed += audit(system()).clean ? 0 : 1;
        for (auto change = changes.rbegin(); change != changes.rend(); ++change) *change->word = change->before;
    }
    EXPECT_TRUE(audit(system()).clean) << audit(system()).text;
    EXPECT_GT(noticed, kRounds / 2) << "most of it matters";
}

}  // namespace
}  // namespace freehold
