// SPDX-License-Identifier: MIT
#include "benchmarks/regions/work.h"

namespace freehold::bench {

namespace {

using Word = std::uint32_t;

/// More than a branch predictor remembers, and little beside a processor's caches. A power of two.
constexpr std::size_t kPrepared = std::size_t{1} << 14;

std::uint64_t mix(const Region<Word>& region) { return (std::uint64_t{region.base} << 13) + region.end + region.tag; }

Word random_address(Random& random) { return below(random, kUserEnd / kPageBytes) * kPageBytes + below(random, 4096); }

std::vector<Word> random_addresses() {
    Random random(3);
    std::vector<Word> addresses;
    for (std::size_t i = 0; i < kPrepared; ++i) addresses.push_back(random_address(random));
    return addresses;
}

/// As a program touches its memory: runs of pages upward in one of eight regions, and now and then another region.
std::vector<Word> local_addresses(const Layout& layout) {
    Random random(4);
    const auto any = [&] { return layout[below(random, static_cast<std::uint32_t>(layout.size()))]; };
    Region<Word> near[8];
    for (auto& region : near) region = any();
    std::vector<Word> addresses;
    while (addresses.size() < kPrepared) {
        auto& region = near[below(random, 8)];
        if (below(random, 16) == 0) region = any();
        const Word pages = (region.end - region.base) / kPageBytes;
        Word page = below(random, pages);
        for (Word run = 1 + below(random, 16); run > 0 && page < pages && addresses.size() < kPrepared; --run) {
            addresses.push_back(region.base + page++ * kPageBytes + below(random, 4096));
        }
    }
    return addresses;
}

/// Look-ups whose addresses are known beforehand: a processor works on several at once.
class LookUp : public Work {
  public:
    explicit LookUp(std::vector<Word> addresses) : addresses_(std::move(addresses)) {}

    std::uint64_t run(Table<Word>& table, std::size_t count) override {
        std::uint64_t sum = 0;
        for (Region<Word> found = {}; count > 0; --count) {
            table.find(addresses_[at_++ % kPrepared], found);
            sum += mix(found);
        }
        return sum;
    }

  private:
    std::vector<Word> addresses_;
    std::size_t at_ = 0;
};

/// Each address needs the answer before it.
class DependentLookUp : public Work {
  public:
    std::uint64_t run(Table<Word>& table, std::size_t count) override {
        std::uint64_t sum = 0;
        const Word none = *none_;
        Region<Word> region = {};
        for (Word last = 0; count > 0; --count) {
            table.find(addresses_[at_++ % kPrepared] + (last & none), region);
            last = region.base ^ region.end;
            sum += mix(region);
        }
        return sum;
    }

  private:
    std::vector<Word> addresses_ = random_addresses();
    std::size_t at_ = 0;
    Word zero_ = 0;
    const volatile Word* none_ = &zero_;  // so that no compiler knows that nothing depends on the answer
};

/// Makes an area of a part of a free region, and releases it.
class CarveRelease : public Work {
  public:
    explicit CarveRelease(const Layout& layout) {
        Random random(5);
        Layout free;
        for (const auto& region : layout) {
            if (region.tag == kFree && region.base != 0) free.push_back(region);
        }
        for (std::size_t i = 0; i < kPrepared; ++i) {
            const auto& region = free[below(random, static_cast<std::uint32_t>(free.size()))];
            const Word pages = (region.end - region.base) / kPageBytes;
            const Word first = below(random, 3) == 0 ? 0 : below(random, pages);
            const Word count = 1 + below(random, pages - first);
            const Word base = region.base + first * kPageBytes;
            ranges_.push_back({base, base + count * kPageBytes, 1 + below(random, 7)});
        }
    }

    std::uint64_t run(Table<Word>& table, std::size_t count) override {
        std::uint64_t sum = 0;
        Region<Word> found = {};
        for (std::size_t i = 0; i < count; ++i) {
            const auto& range = ranges_[at_++ % kPrepared];
            table.assign(range.base, range.end, range.tag);
            if (i % 64 == 0) {
                table.find(range.base, found);
                sum += mix(found);
            }
            table.assign(range.base, range.end, kFree);
            if (i % 64 == 0) {
                table.find(range.base, found);
                sum += mix(found);
            }
        }
        return sum;
    }

  private:
    Layout ranges_;
    std::size_t at_ = 0;
};

/// Releases a random area, searches the lowest place for another one, and carves it there.
class Churn : public Work {
  public:
    explicit Churn(const Layout& layout) {
        for (const auto& region : layout) {
            if (region.tag != kFree) areas_.push_back(region);
        }
        for (std::size_t i = 0; i < kPrepared; ++i) {
            const auto& like = areas_[below(random_, static_cast<std::uint32_t>(areas_.size()))];
            lengths_.push_back(like.end - like.base);
            which_.push_back(below(random_, static_cast<std::uint32_t>(areas_.size())));
        }
    }

    std::uint64_t run(Table<Word>& table, std::size_t count) override {
        std::uint64_t sum = 0;
        for (; count > 0; --count, ++at_) {
            auto& area = areas_[which_[at_ % kPrepared]];
            table.assign(area.base, area.end, kFree);
            const Word length = lengths_[(at_ + at_ / kPrepared) % kPrepared];
            const Word base = table.find_free(length, true);
            if (base != 0) area = {base, base + length, area.tag};
            table.assign(area.base, area.end, area.tag);
            sum += std::uint64_t{base} * (at_ | 1);
        }
        return sum;
    }

  private:
    Random random_{6};
    Layout areas_;
    std::vector<Word> lengths_;
    std::vector<std::uint32_t> which_;
    std::size_t at_ = 0;
};

class FindFree : public Work {
  public:
    FindFree(Word least_pages, Word most_pages, bool lowest) : lowest_(lowest) {
        Random random(7);
        for (std::size_t i = 0; i < kPrepared; ++i) {
            lengths_.push_back((least_pages + below(random, most_pages - least_pages + 1)) * kPageBytes);
        }
    }

    std::uint64_t run(Table<Word>& table, std::size_t count) override {
        std::uint64_t sum = 0;
        for (; count > 0; --count) sum += table.find_free(lengths_[at_++ % kPrepared], lowest_);
        return sum;
    }

  private:
    bool lowest_;
    std::vector<Word> lengths_;
    std::size_t at_ = 0;
};

class Iterate : public Work {
  public:
    explicit Iterate(std::size_t regions) : regions_(regions) {}
    std::uint64_t run(Table<Word>& table, std::size_t count) override {
        std::uint64_t sum = 0;
        for (; count > 0; --count) sum += table.visit_all();
        return sum;
    }
    [[nodiscard]] std::size_t figures() const override { return regions_; }

  private:
    std::size_t regions_;
};

using Made = std::unique_ptr<Work>;
Layout large_at_top(std::uint32_t count) { return gap_layout(count, LargeGap::at_top); }
Layout large_at_bottom(std::uint32_t count) { return gap_layout(count, LargeGap::at_bottom); }

}  // namespace

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"lookup_independent", mixed_layout,
         [](const Layout&) -> Made { return std::make_unique<LookUp>(random_addresses()); }},
        {"lookup_dependent", mixed_layout, [](const Layout&) -> Made { return std::make_unique<DependentLookUp>(); }},
        {"lookup_local", mixed_layout,
         [](const Layout& layout) -> Made { return std::make_unique<LookUp>(local_addresses(layout)); }},
        {"carve_release", mixed_layout,
         [](const Layout& layout) -> Made { return std::make_unique<CarveRelease>(layout); }},
        {"churn", mixed_layout, [](const Layout& layout) -> Made { return std::make_unique<Churn>(layout); }},
        {"gap_easy_low", large_at_top, [](const Layout&) -> Made { return std::make_unique<FindFree>(1, 4, true); }},
        {"gap_worst_low", large_at_top, [](const Layout&) -> Made { return std::make_unique<FindFree>(5, 64, true); }},
        {"gap_worst_high", large_at_bottom,
         [](const Layout&) -> Made { return std::make_unique<FindFree>(5, 60, false); }},
        {"iterate", mixed_layout,
         [](const Layout& layout) -> Made { return std::make_unique<Iterate>(layout.size()); }},
    };
    return all;
}

}  // namespace freehold::bench
