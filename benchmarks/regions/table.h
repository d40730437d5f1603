// SPDX-License-Identifier: MIT
// What every subject of the region benchmark can do. All calls go through this class, and each subject is compiled by
// itself, so that no optimiser sees both sides of a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace freehold::bench {

inline constexpr std::uint32_t kPageBytes = 4096;

/// Tags are 12 bits; this one is a free region's.
inline constexpr std::uint32_t kFree = 0;

template <typename Word>
struct Region {
    Word base;
    Word end;
    std::uint32_t tag;
};

/// The order in which a structure takes the areas of a layout in a time that can be waited for.
enum class BuildOrder { random, upward, downward };

/// The regions of one address space [0, end). Page 0 is always free and never given away.
template <typename Word>
class Table {
  public:
    Table() = default;
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    virtual ~Table() = default;

    /// The region that holds the address, a free one as well.
    virtual void find(Word address, Region<Word>& found) = 0;

    /// Gives all of [base, end) that tag: carve, release, protect. Merges with neighbours of the same tag.
    virtual void assign(Word base, Word end, std::uint32_t tag) = 0;

    /// The base of the lowest or highest free range of that length, or 0.
    virtual Word find_free(Word length_bytes, bool lowest) = 0;

    /// Visits all regions in order; a sum over them by Sum.
    virtual std::uint64_t visit_all() = 0;

    /// Bytes that the structure takes now, slack included; without what an allocator adds.
    [[nodiscard]] virtual std::size_t metadata_bytes() const = 0;

    [[nodiscard]] virtual BuildOrder build_order() const { return BuildOrder::random; }
};

/// What visit_all() sums up: cheap, so that it is the visit that costs.
template <typename Word>
struct Sum {
    std::uint64_t value = 0;
    void add(Word base, Word end, std::uint32_t tag) { value += (base ^ tag) + end; }
};

template <typename Word>
struct Subject {
    std::string name;
    std::unique_ptr<Table<Word>> (*make)(Word end);
};

// One a source file; each for words of 32 and of 64 bits.
template <typename Word>
std::unique_ptr<Table<Word>> make_freehold(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_plan_list(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_plan_array16(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_plan_array8(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_rb_augment(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_boost_rb(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_boost_splay(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_std_map(Word end);
template <typename Word>
std::unique_ptr<Table<Word>> make_absl_btree(Word end);

/// All of them, ours first.
template <typename Word>
std::vector<Subject<Word>> subjects() {
    return {{"freehold", make_freehold<Word>},         {"plan_list", make_plan_list<Word>},
            {"plan_array16", make_plan_array16<Word>}, {"plan_array8", make_plan_array8<Word>},
            {"rb_augment", make_rb_augment<Word>},     {"boost_rb", make_boost_rb<Word>},
            {"boost_splay", make_boost_splay<Word>},   {"std_map", make_std_map<Word>},
            {"absl_btree", make_absl_btree<Word>}};
}

}  // namespace freehold::bench
