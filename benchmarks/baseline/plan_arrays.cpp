// SPDX-License-Identifier: MIT
// The original plan's tables: a sorted array of all regions, free ones among them, 16 bytes a region or 8 of which the
// ceiling is the next one's base; found by std::upper_bound, inserted by shifting the tail.
#include <algorithm>

#include "benchmarks/regions/table.h"

namespace freehold::bench {

namespace {

template <typename Word>
struct Slot16 {
    Word base;
    Word ceiling;
    std::uint32_t type;
    std::uint32_t other;
    static constexpr bool kHasCeiling = true;
};

template <typename Word>
struct Slot8 {
    Word base;
    std::uint32_t type;
    static constexpr bool kHasCeiling = false;
};

static_assert(sizeof(Slot16<std::uint32_t>) == 16 && sizeof(Slot8<std::uint32_t>) == 8);

template <typename Word, typename Slot>
class PlanArray final : public Table<Word> {
  public:
    explicit PlanArray(Word end) : end_(end) { slots_.push_back(slot(0, end, kFree)); }

    void find(Word address, Region<Word>& found) override {
        const std::size_t index = index_of(address);
        found = {slots_[index].base, end_of(index), slots_[index].type};
    }

    void assign(Word base, Word end, std::uint32_t tag) override {
        std::size_t first = index_of(base);
        std::size_t last = first;
        while (end_of(last) < end) ++last;
        Slot made[3] = {};
        std::size_t count = 0;
        Word from = base;
        Word to = end;
        const Slot lowest = slots_[first];
        const Slot highest = slots_[last];
        const Word behind = end_of(last);
        if (lowest.base < base) {
            if (lowest.type == tag) {
                from = lowest.base;
            } else {
                made[count++] = slot(lowest.base, base, lowest.type);
            }
        } else if (first > 0 && slots_[first - 1].type == tag) {
            from = slots_[--first].base;
        }
        const bool stays = behind > end && highest.type != tag;
        if (behind > end && !stays) to = behind;
        if (behind == end && last + 1 < slots_.size() && slots_[last + 1].type == tag) to = end_of(++last);
        made[count++] = slot(from, to, tag);
        if (stays) made[count++] = slot(end, behind, highest.type);
        replace(first, last + 1, made, count);
    }

    Word find_free(Word length_bytes, bool lowest) override {
        for (std::size_t step = 0; step < slots_.size(); ++step) {
            const std::size_t index = lowest ? step : slots_.size() - 1 - step;
            if (slots_[index].type != kFree) continue;
            const Word base = slots_[index].base == 0 ? Word{kPageBytes} : slots_[index].base;
            const Word end = end_of(index);
            if (end >= base && end - base >= length_bytes) return lowest ? base : end - length_bytes;
        }
        return 0;
    }

    std::uint64_t visit_all() override {
        Sum<Word> sum;
        if constexpr (Slot::kHasCeiling) {
            for (const Slot& slot : slots_) sum.add(slot.base, slot.ceiling, slot.type);
        } else {
            for (std::size_t i = 0; i + 1 < slots_.size(); ++i) {
                sum.add(slots_[i].base, slots_[i + 1].base, slots_[i].type);
            }
            sum.add(slots_.back().base, end_, slots_.back().type);
        }
        return sum.value;
    }

    [[nodiscard]] std::size_t metadata_bytes() const override { return slots_.size() * sizeof(Slot); }

    [[nodiscard]] BuildOrder build_order() const override { return BuildOrder::upward; }

  private:
    static Slot slot(Word base, Word end, std::uint32_t tag) {
        if constexpr (Slot::kHasCeiling) return {base, end, tag, 0};
        if constexpr (!Slot::kHasCeiling) return {base, tag};
    }

    Word end_of(std::size_t index) const {
        if constexpr (Slot::kHasCeiling) return slots_[index].ceiling;
        if constexpr (!Slot::kHasCeiling) return index + 1 < slots_.size() ? slots_[index + 1].base : end_;
    }

    std::size_t index_of(Word address) const {
        const auto above = std::upper_bound(slots_.begin(), slots_.end(), address,
                                            [](Word wanted, const Slot& slot) { return wanted < slot.base; });
        return static_cast<std::size_t>(above - slots_.begin()) - 1;
    }

    void replace(std::size_t first, std::size_t last, const Slot* made, std::size_t count) {
        const std::size_t there = std::min(last - first, count);
        std::copy_n(made, there, slots_.begin() + static_cast<std::ptrdiff_t>(first));
        const auto at = slots_.begin() + static_cast<std::ptrdiff_t>(first + there);
        if (count > there) {
            slots_.insert(at, made + there, made + count);
        } else {
            slots_.erase(at, slots_.begin() + static_cast<std::ptrdiff_t>(last));
        }
    }

    std::vector<Slot> slots_;
    Word end_;
};

}  // namespace

template <typename Word>
std::unique_ptr<Table<Word>> make_plan_array16(Word end) {
    return std::make_unique<PlanArray<Word, Slot16<Word>>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_plan_array16(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_plan_array16(std::uint64_t);

template <typename Word>
std::unique_ptr<Table<Word>> make_plan_array8(Word end) {
    return std::make_unique<PlanArray<Word, Slot8<Word>>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_plan_array8(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_plan_array8(std::uint64_t);

}  // namespace freehold::bench
