// SPDX-License-Identifier: MIT
// boost::intrusive's red-black and splay trees, their nodes from a pool.
#include <boost/intrusive/bs_set_hook.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/intrusive/splay_set.hpp>

#include "benchmarks/regions/areas.h"
#include "benchmarks/regions/pool.h"

namespace freehold::bench {

namespace {

namespace bi = boost::intrusive;

template <typename Word, typename Hook>
struct Node : Hook {
    Word base;
    Word end;
    std::uint32_t tag;
};

template <typename Word, typename ANode>
struct Base {
    using type = Word;
    const Word& operator()(const ANode& node) const { return node.base; }
};

template <typename Word>
struct RbTree {
    using ANode = Node<Word, bi::set_base_hook<bi::link_mode<bi::normal_link>>>;
    using Set = bi::set<ANode, bi::key_of_value<Base<Word, ANode>>>;
};

template <typename Word>
struct SplayTree {
    using ANode = Node<Word, bi::bs_set_base_hook<bi::link_mode<bi::normal_link>>>;
    using Set = bi::splay_set<ANode, bi::key_of_value<Base<Word, ANode>>>;
};

template <typename Word, typename Kind>
class BoostTree {
  public:
    using Set = typename Kind::Set;
    using Position = typename Set::iterator;
    static constexpr bool kStale = false;

    BoostTree() = default;
    BoostTree(const BoostTree&) = delete;
    BoostTree& operator=(const BoostTree&) = delete;
    ~BoostTree() { set_.clear(); }

    Position end() { return set_.end(); }
    Position first() { return set_.begin(); }
    Position last() { return set_.empty() ? set_.end() : std::prev(set_.end()); }
    Position next(Position at) { return std::next(at); }
    Position before(Position at) { return at == set_.begin() ? set_.end() : std::prev(at); }
    Position floor(Word address) { return before(set_.upper_bound(address)); }

    Word base(Position at) { return at->base; }
    Word end_of(Position at) { return at->end; }
    std::uint32_t tag(Position at) { return at->tag; }
    void set_end(Position at, Word end) { at->end = end; }
    Position set_base(Position at, Word base) {
        at->base = base;
        return at;
    }

    Position insert(Position behind, const Region<Word>& region) {
        auto* const node = pool_.take();
        node->base = region.base;
        node->end = region.end;
        node->tag = region.tag;
        return set_.insert_before(behind == set_.end() ? set_.begin() : std::next(behind), *node);
    }
    Position erase(Position at) {
        auto* const node = &*at;
        const Position above = set_.erase(at);
        pool_.give(node);
        return above;
    }

    [[nodiscard]] std::size_t bytes() const { return pool_.bytes(); }

  private:
    Pool<typename Kind::ANode> pool_;
    Set set_;
};

}  // namespace

template <typename Word>
std::unique_ptr<Table<Word>> make_boost_rb(Word end) {
    return std::make_unique<Areas<Word, BoostTree<Word, RbTree<Word>>>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_boost_rb(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_boost_rb(std::uint64_t);

template <typename Word>
std::unique_ptr<Table<Word>> make_boost_splay(Word end) {
    return std::make_unique<Areas<Word, BoostTree<Word, SplayTree<Word>>>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_boost_splay(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_boost_splay(std::uint64_t);

}  // namespace freehold::bench
