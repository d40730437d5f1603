// SPDX-License-Identifier: MIT
// The library's region table, with frames and books as a space keeps them. Compiled with a kernel's flags: general
// registers alone, so nothing moves memory by SIMD.
#include "benchmarks/regions/table.h"
#include "src/space/region_table.h"

namespace freehold::bench {

namespace {

template <typename Word>
class Address {
  public:
    constexpr Address() = default;
    constexpr explicit Address(Word value) : value_(value) {}
    [[nodiscard]] constexpr Word value() const { return value_; }
    constexpr auto operator<=>(const Address&) const = default;

  private:
    Word value_ = 0;
};

template <typename Word>
class Range {
  public:
    constexpr Range(Word base, Word end) : base_(base), end_(end) {}
    constexpr Range(Address<Word> base, Address<Word> end) : base_(base), end_(end) {}
    [[nodiscard]] constexpr Address<Word> base() const { return base_; }
    [[nodiscard]] constexpr Address<Word> end() const { return end_; }

  private:
    Address<Word> base_;
    Address<Word> end_;
};

template <typename Word>
class FreeholdTable final : public Table<Word> {
  public:
    explicit FreeholdTable(Word end) { table_.init(Address<Word>(end), FrameNumber(0), new_frame()); }

    void find(Word address, freehold::bench::Region<Word>& found) override {
        const auto region = table_.find(Address<Word>(address));
        found = {region.base.value(), region.end.value(), region.tag.bits()};
    }

    /// As the calls of a space do: the growth against the limit, the frames, the change, what is left over.
    void assign(Word base, Word end, std::uint32_t tag) override {
        const auto plan = table_.plan(Range<Word>(base, end), Tag(tag));
        FREEHOLD_ASSERT(table_.allows(plan.growth()));
        for (std::uint32_t wanted = table_.frames_wanted(plan); wanted > 0; --wanted) {
            if (spare_.empty()) {
                spare_.emplace_back(static_cast<std::uint32_t>(frames_.size()));
                new_frame();
            }
            table_.add_frame(spare_.back(), frames_[spare_.back().value()].get());
            spare_.pop_back();
        }
        table_.commit(plan);
        for (FrameNumber frame; table_.take_surplus(frame);) spare_.push_back(frame);
    }

    Word find_free(Word length_bytes, bool lowest) override {
        const auto found =
            table_.find_free(length_bytes, kPageBytes, 0, lowest ? SearchFrom::lowest : SearchFrom::highest);
        return found.ok() ? found.value().value() : 0;
    }

    std::uint64_t visit_all() override {
        Sum<Word> sum;
        for (const auto& region : table_.all()) sum.add(region.base.value(), region.end.value(), region.tag.bits());
        return sum.value;
    }

    [[nodiscard]] std::size_t metadata_bytes() const override {
        return std::size_t{table_.count_frames()} * kPageBytes;
    }

  private:
    struct alignas(kPageBytes) Frame {
        std::byte bytes[kPageBytes];
    };

    void* new_frame() {
        frames_.push_back(std::make_unique<Frame>());
        return frames_.back().get();
    }

    BasicRegionTable<Address<Word>, Range<Word>, kRegionsMax> table_;
    std::vector<std::unique_ptr<Frame>> frames_;
    std::vector<FrameNumber> spare_;
};

}  // namespace

template <typename Word>
std::unique_ptr<Table<Word>> make_freehold(Word end) {
    return std::make_unique<FreeholdTable<Word>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_freehold(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_freehold(std::uint64_t);

}  // namespace freehold::bench
