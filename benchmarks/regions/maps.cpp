// SPDX-License-Identifier: MIT
// std::map and absl::btree_map, as a program would use them: base to end and tag.
#include <absl/container/btree_map.h>

#include <map>

#include "benchmarks/regions/areas.h"

namespace freehold::bench {

namespace {

template <typename Word>
struct Area {
    Word end;
    std::uint32_t tag;
};

/// What both kinds of map have in common.
template <typename Word, typename Map>
class MapTree {
  public:
    using Position = typename Map::iterator;

    Position end() { return map_.end(); }
    Position first() { return map_.begin(); }
    Position last() { return map_.empty() ? map_.end() : std::prev(map_.end()); }
    Position next(Position at) { return std::next(at); }
    Position before(Position at) { return at == map_.begin() ? map_.end() : std::prev(at); }
    Position floor(Word address) { return before(map_.upper_bound(address)); }

    Word base(Position at) { return at->first; }
    Word end_of(Position at) { return at->second.end; }
    std::uint32_t tag(Position at) { return at->second.tag; }
    void set_end(Position at, Word end) { at->second.end = end; }

    Position insert(Position behind, const Region<Word>& region) {
        const Position above = behind == map_.end() ? map_.begin() : std::next(behind);
        return map_.insert(above, {region.base, Area<Word>{region.end, region.tag}});
    }
    Position erase(Position at) { return map_.erase(at); }

  protected:
    Map map_;
};

template <typename Word>
class StdMap : public MapTree<Word, std::map<Word, Area<Word>>> {
  public:
    static constexpr bool kStale = false;
    using typename MapTree<Word, std::map<Word, Area<Word>>>::Position;

    Position set_base(Position at, Word base) {
        auto node = this->map_.extract(at++);
        node.key() = base;
        return this->map_.insert(at, std::move(node));
    }

    /// A node is three pointers, the color, and what it holds.
    [[nodiscard]] std::size_t bytes() const {
        return this->map_.size() * (4 * sizeof(void*) + sizeof(typename std::map<Word, Area<Word>>::value_type));
    }
};

template <typename Word>
class AbslBtree : public MapTree<Word, absl::btree_map<Word, Area<Word>>> {
  public:
    static constexpr bool kStale = true;
    using typename MapTree<Word, absl::btree_map<Word, Area<Word>>>::Position;

    Position set_base(Position at, Word base) {
        const Area<Word> area = at->second;
        return this->map_.insert(this->map_.erase(at), {base, area});
    }

    /// By the library's own estimate for this number of values.
    [[nodiscard]] std::size_t bytes() const { return this->map_.size() * sizeof(std::pair<Word, Area<Word>>) * 4 / 3; }
};

}  // namespace

template <typename Word>
std::unique_ptr<Table<Word>> make_std_map(Word end) {
    return std::make_unique<Areas<Word, StdMap<Word>>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_std_map(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_std_map(std::uint64_t);

template <typename Word>
std::unique_ptr<Table<Word>> make_absl_btree(Word end) {
    return std::make_unique<Areas<Word, AbslBtree<Word>>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_absl_btree(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_absl_btree(std::uint64_t);

}  // namespace freehold::bench
