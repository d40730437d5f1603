// SPDX-License-Identifier: MIT
// The page-table walker alone, on tables of four levels of which all are small, beside two naive lists of pages: made,
// touched, changed, sealed, moved and shared, as a space does it. The software machine says what a processor would see.
#include <array>
#include <vector>

#include "arch/sim/machine.h"
#include "arch/sim/paging.h"
#include "src/pmap/pmap.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_tables.h"

using namespace freehold;

namespace {

using Format = arch::Paging;
using Memory = FakeTables<Format::Entry, 1U << Format::index_bits(0)>;
using TestPmap = Pmap<Format, Memory>;

constexpr std::uint32_t kPages = 600;  // of each space: some tables of tables of pages, and a part of one
constexpr std::uint32_t kOperationsMax = 120;
constexpr std::uint32_t kDeviceFrames = 0x40000;
constexpr Word kBases[] = {0, TestPmap::unit_bytes(3) - 300 * kPageBytes};  // the second across the greatest unit
constexpr std::array kRights = {Rights::none, Rights::read, kReadWrite, Rights::read | Rights::execute};

struct Page {
    bool used = false;
    bool device = false;
    bool sealed = false;
    bool guard = false;
    std::uint32_t frame = 0;  // 0: never touched
    Rights rights = Rights::none;
};

class World {
  public:
    World()
        : machine_(&memory_, [](void* memory, std::uint32_t frame) -> void* {
              return static_cast<Memory*>(memory)->entries(FrameNumber(frame));
          }) {}

    void act(fuzz::Choices& choices) {
        const std::uint32_t head = choices.byte();
        const std::uint32_t space = head % 2;
        const std::uint32_t first = choices.below(kPages);
        const std::uint32_t sizes[] = {1, 1 + choices.byte() % 16U, 16, 16 + choices.byte() % 64U, 256, 300, 512, 600};
        const std::uint32_t last = std::min(kPages, first + sizes[head / 2 % 8]);
        const std::uint32_t kind = choices.byte();
        switch (kind % 10) {
            case 0:
                return allocate(space, first, last, kRights[kind / 10 % 4]);
            case 1:
                return release(space, first, last);
            case 2:
                return touch(space, first, std::min(last, first + 64));
            case 3:
                return protect(space, first, last, kRights[kind / 10 % 4]);
            case 4:
                return guard(space, first, last);
            case 5:
                return seal(space, first, last);
            case 6:
                return go_and_come_back(space, first, last);
            case 7:
                return move(space, first, last, choices.byte());
            case 8:
                return share(space, first, last, kind / 10 % 2, choices.byte());
            default:
                return map_device(space, first, last, choices.byte());
        }
    }

    /// Releases all, and expects every frame and table to be dropped as often as it was taken.
    void end() {
        for (std::uint32_t space = 0; space < 2; ++space) {
            for (std::uint32_t page = 0; page < kPages;) {
                std::uint32_t end = page;
                while (end < kPages && pages_[space][end].used) ++end;
                if (end > page) release(space, page, end);
                page = end + 1;
            }
        }
        for (const auto& [frame, references] : memory_.all_references()) {
            const bool counted = frame != other_root_.value() && frame < kDeviceFrames;
            fuzz::expect(!counted || references == 0, "a frame or table is left, or dropped too often");
        }
    }

  private:
    template <typename Holds>
    bool all(std::uint32_t space, std::uint32_t first, std::uint32_t last, Holds holds) const {
        return std::all_of(pages_[space].begin() + first, pages_[space].begin() + last, holds);
    }
    bool memory_at(std::uint32_t space, std::uint32_t first, std::uint32_t last) const {
        return all(space, first, last, [](const Page& page) { return page.used && !page.device; });
    }
    bool free_at(std::uint32_t space, std::uint32_t first, std::uint32_t last) const {
        return all(space, first, last, [](const Page& page) { return !page.used; });
    }
    static VirtAddr address(std::uint32_t space, std::uint32_t page) {
        return VirtAddr(kBases[space] + Word{page} * kPageBytes);
    }
    static PageRange range(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        return {address(space, first), address(space, last)};
    }
    TestPmap& pmap(std::uint32_t space) { return pmaps_[space]; }

    void allocate(std::uint32_t space, std::uint32_t first, std::uint32_t last, Rights rights) {
        if (!free_at(space, first, last)) return;
        const PageRange part = range(space, first, last);
        const std::uint32_t missing = pmap(space).missing_tables(part);
        const std::size_t before = memory_.count_tables();
        pmap(space).add_tables(part);
        fuzz::expect(memory_.count_tables() - before == missing, "tables were miscounted");
        for (std::uint32_t page = first; page < last; ++page) pages_[space][page] = {.used = true, .rights = rights};
        compare(space, first, last);
    }

    void split_ends(std::uint32_t space, PageRange part) {
        const auto cost = pmap(space).ends_split_cost(part);
        const auto done = pmap(space).split_ends(part);
        fuzz::expect(done.frames <= cost.frames && done.owned <= cost.owned, "a split cost more than was said");
    }

    void trim(std::uint32_t space, PageRange part) {
        (void)pmap(space).trim(part, [&](PageRange unit) {
            Word page = unit.base() < address(space, 0) ? 0 : (unit.base() - address(space, 0)) / kPageBytes;
            for (; page < kPages && address(space, 0) + page * kPageBytes < unit.end(); ++page) {
                if (pages_[space][page].used) return false;
            }
            return true;
        });
    }

    void release(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        if (!all(space, first, last, [](const Page& page) { return page.used; })) return;
        const PageRange part = range(space, first, last);
        split_ends(space, part);
        (void)pmap(space).unmap(part);
        forget(space, first, last);
        trim(space, part);
        compare(space, first, last);
    }
    void forget(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        std::fill(pages_[space].begin() + first, pages_[space].begin() + last, Page{});
    }

    void touch(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        for (std::uint32_t number = first; number < last; ++number) {
            Page& page = pages_[space][number];
            if (!page.used || page.guard || page.sealed || page.frame != 0) continue;
            page.frame = next_frame_++;
            memory_.hold(FrameNumber(page.frame));
            pmap(space).map_page(address(space, number), FrameNumber(page.frame), page.rights);
        }
        compare(space, first, last);
    }

    void protect(std::uint32_t space, std::uint32_t first, std::uint32_t last, Rights rights) {
        if (!all(space, first, last,
                 [&](const Page& page) { return page.used && !(page.sealed && has(rights, Rights::write)); })) {
            return;
        }
        const PageRange part = range(space, first, last);
        const auto cost = pmap(space).split_cost(part);
        const auto done = pmap(space).split_all(part);
        fuzz::expect(done.frames <= cost.frames && done.owned <= cost.owned, "a split cost more than was said");
        pmap(space).protect(part, rights);
        for (std::uint32_t page = first; page < last; ++page) pages_[space][page].rights = rights;
        compare(space, first, last);
    }

    void guard(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        if (!memory_at(space, first, last)) return;
        if (!all(space, first, last, [](const Page& page) { return !page.sealed; })) return;
        (void)pmap(space).guard(range(space, first, last));
        for (std::uint32_t page = first; page < last; ++page) {
            pages_[space][page].guard = true;
            pages_[space][page].frame = 0;
        }
        compare(space, first, last);
    }

    /// Run by run of equal rights, as regions are.
    void seal(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        if (!memory_at(space, first, last)) return;
        for (std::uint32_t page = first; page < last;) {
            const Page old = pages_[space][page];
            std::uint32_t end = page;
            const Rights rights = old.rights & (Rights::read | Rights::execute);
            for (; end < last && pages_[space][end].rights == old.rights && pages_[space][end].sealed == old.sealed;
                 ++end) {
            }
            if (!old.sealed) (void)pmap(space).seal(range(space, page, end), rights);
            for (; page < end; ++page) {
                pages_[space][page].sealed = true;
                pages_[space][page].rights = rights;
            }
        }
        compare(space, first, last);
    }

    void go_and_come_back(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        if (!memory_at(space, first, last)) return;
        const PageRange part = range(space, first, last);
        split_ends(space, part);
        pmap(space).depart(part);
        for (std::uint32_t page = first; page < last; ++page) {
            fuzz::expect(!machine_.walk(roots_[space], address(space, page)), "what departed can be reached");
        }
        pmap(space).come_back(part);
        compare(space, first, last);
    }

    /// The first free place of the other space that is congruent; none if there is none.
    std::uint32_t place(std::uint32_t from, std::uint32_t to, std::uint32_t first, std::uint32_t last,
                        std::uint32_t skip) const {
        const Word unit = TestPmap::unit_bytes(TestPmap::kRootLevel);
        Word alignment = unit;
        while (alignment > Word{last - first} * kPageBytes) alignment /= Word{1} << Format::index_bits(0);
        if (alignment < kPageBytes) alignment = kPageBytes;
        for (std::uint32_t page = skip % kPages; page + (last - first) <= kPages; ++page) {
            const bool congruent = (address(from, first) - address(to, page)) % alignment == 0;
            if (congruent && free_at(to, page, page + (last - first))) return page;
        }
        return kPages;
    }

    PageRange add_end_tables(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        const PageRange target = range(space, first, last);
        const std::uint32_t missing = pmap(space).missing_end_tables(target);
        fuzz::expect(pmap(space).add_end_tables(target) == missing, "end tables were miscounted");
        return target;
    }

    void move(std::uint32_t space, std::uint32_t first, std::uint32_t last, std::uint32_t skip) {
        if (!memory_at(space, first, last)) return;
        const std::uint32_t other = 1 - space;
        const std::uint32_t target = place(space, other, first, last, skip);
        if (target == kPages) return;
        const PageRange part = range(space, first, last);
        split_ends(space, part);
        pmap(space).depart(part);
        const PageRange there = add_end_tables(other, target, target + (last - first));
        (void)pmap(other).arrive(pmap(space), part, there.base());
        std::copy(pages_[space].begin() + first, pages_[space].begin() + last, pages_[other].begin() + target);
        forget(space, first, last);
        trim(space, part);
        compare(space, first, last);
        compare(other, target, target + (last - first));
    }

    void share(std::uint32_t space, std::uint32_t first, std::uint32_t last, std::uint32_t other, std::uint32_t skip) {
        if (!all(space, first, last, [](const Page& page) { return page.sealed; })) return;
        const std::uint32_t target = place(space, other, first, last, skip);
        if (target == kPages) return;
        const PageRange there = add_end_tables(other, target, target + (last - first));
        (void)pmap(other).share(pmap(space), range(space, first, last), there.base());
        std::copy(pages_[space].begin() + first, pages_[space].begin() + last, pages_[other].begin() + target);
        compare(space, first, last);
        compare(other, target, target + (last - first));
    }

    void map_device(std::uint32_t space, std::uint32_t first, std::uint32_t last, std::uint32_t skew) {
        if (!free_at(space, first, last)) return;
        const PageRange part = range(space, first, last);
        const auto page_number = static_cast<std::uint32_t>(part.base().value() / kPageBytes);
        const FrameNumber frame(kDeviceFrames + page_number + (skew % 4 == 0 ? skew : 0));
        const std::uint32_t missing = pmap(space).missing_device_tables(part, frame);
        const std::size_t before = memory_.count_tables();
        pmap(space).map_device(part, frame, kReadWrite, skew % 2 == 0);
        fuzz::expect(memory_.count_tables() - before == missing, "tables of a device were miscounted");
        for (std::uint32_t i = 0; first + i < last; ++i) {
            pages_[space][first + i] = {.used = true, .device = true, .frame = frame.value() + i, .rights = kReadWrite};
        }
        compare(space, first, last);
    }

    void compare(std::uint32_t space, std::uint32_t first, std::uint32_t last) {
        for (std::uint32_t number = first; number < last; ++number) {
            const Page& page = pages_[space][number];
            const auto seen = machine_.walk(roots_[space], address(space, number));
            fuzz::expect(seen.has_value() == (page.frame != 0), "a page is there and should not be, or the reverse");
            if (seen) fuzz::expect(seen->frame.value() == page.frame, "a page is another");
            if (seen) fuzz::expect(seen->rights == Format::enforced(page.rights), "a page has other rights");
            fuzz::expect(pmap(space).find(address(space, number)).guard() == page.guard, "a guard is none");
        }
        const UnitCounts counts = pmap(space).count(range(space, first, last));
        const auto begin = pages_[space].begin();
        const auto held = std::count_if(begin + first, begin + last, [](const Page& page) { return page.frame != 0; });
        fuzz::expect(counts.pages == static_cast<std::uint32_t>(held), "pages were miscounted");
    }

    Memory memory_;
    sim::Machine machine_;
    FrameNumber other_root_ = memory_.take_table();
    std::array<FrameNumber, 2> roots_{kFakeRoot, other_root_};
    std::array<TestPmap, 2> pmaps_{TestPmap(memory_, kFakeRoot), TestPmap(memory_, other_root_)};
    std::array<std::vector<Page>, 2> pages_{std::vector<Page>(kPages), std::vector<Page>(kPages)};
    std::uint32_t next_frame_ = 0x10000;
};

}  // namespace

void freehold_host_panic(const char* message, const char* file, std::uint32_t line) {
    std::fprintf(stderr, "%s:%u: ", file, line);
    fuzz::expect_nothing(message);
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices(data, size);
    World world;
    for (std::uint32_t i = 0; choices.left() && i < kOperationsMax; ++i) world.act(choices);
    world.end();
    return 0;
}
