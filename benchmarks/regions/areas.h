// SPDX-License-Identifier: MIT
// A table as kernels keep it in a tree: nodes are areas alone, and what lies between two of them is free. How areas are
// looked up and changed, for any ordered structure; each gives it these:
//
//      Position        a node; end() is none; first(), last(), next(at), before(at)
//      floor(address)  the node with the greatest base that is not above the address, or end()
//      base(at), end_of(at), tag(at)
//      set_end(at, end), set_base(at, base)   the nodes' order does not change; set_base returns the node
//      insert(behind, region)                 puts a node behind that one, first if that is end()
//      erase(at)                              returns the node that followed
//      kStale                                 whether a change makes other positions useless
//      bytes()
#pragma once

#include "benchmarks/regions/table.h"

namespace freehold::bench {

template <typename Word, typename Tree>
class Areas : public Table<Word> {
  public:
    explicit Areas(Word end) : end_(end) {}

    void find(Word address, Region<Word>& found) final {
        const Position at = tree_.floor(address);
        if (at == tree_.end()) {
            found = {0, base_or_end(tree_.first()), kFree};
        } else if (address < tree_.end_of(at)) {
            found = {tree_.base(at), tree_.end_of(at), tree_.tag(at)};
        } else {
            found = {tree_.end_of(at), base_or_end(tree_.next(at)), kFree};
        }
    }

    void assign(Word base, Word end, std::uint32_t tag) final {
        Position below = tree_.floor(base);
        Position at = below;
        if (below == tree_.end()) {
            at = tree_.first();
        } else if (tree_.base(below) == base) {
            below = tree_.before(below);
        } else {
            const Word behind = tree_.end_of(below);
            if (behind > base) {
                if (behind >= end && tree_.tag(below) == tag) return;
                tree_.set_end(below, base);
                if (behind > end) return split(below, {base, end, tag}, behind);
            }
            at = tree_.next(below);
        }
        while (at != tree_.end() && tree_.base(at) < end) {
            if (tree_.end_of(at) > end) {
                at = tree_.set_base(at, end);
                break;
            }
            at = tree_.erase(at);
        }
        if (tag == kFree) return;
        if (Tree::kStale) below = before_or_last(at);
        add(below, at, {base, end, tag});
    }

    Word find_free(Word length_bytes, bool lowest) override {
        return lowest ? lowest_by_walk(length_bytes) : highest_by_walk(length_bytes);
    }

    std::uint64_t visit_all() final {
        Sum<Word> sum;
        Word reached = 0;
        for (Position at = tree_.first(); at != tree_.end(); at = tree_.next(at)) {
            if (tree_.base(at) != reached) sum.add(reached, tree_.base(at), kFree);
            sum.add(tree_.base(at), tree_.end_of(at), tree_.tag(at));
            reached = tree_.end_of(at);
        }
        if (reached != end_) sum.add(reached, end_, kFree);
        return sum.value;
    }

    [[nodiscard]] std::size_t metadata_bytes() const final { return tree_.bytes(); }

  protected:
    using Position = typename Tree::Position;

    Word base_or_end(Position at) { return at == tree_.end() ? end_ : tree_.base(at); }

    Tree tree_;
    Word end_;

  private:
    Position before_or_last(Position at) { return at == tree_.end() ? tree_.last() : tree_.before(at); }

    /// An area had [region.end, behind) as well, and keeps it as an area of its own; `below` is its lower part.
    void split(Position below, const Region<Word>& region, Word behind) {
        tree_.insert(below, {region.end, behind, tree_.tag(below)});
        if (region.tag == kFree) return;
        if (Tree::kStale) below = tree_.floor(region.base);
        tree_.insert(below, region);
    }

    void add(Position below, Position above, const Region<Word>& region) {
        const bool joins_below =
            below != tree_.end() && tree_.end_of(below) == region.base && tree_.tag(below) == region.tag;
        const bool joins_above =
            above != tree_.end() && tree_.base(above) == region.end && tree_.tag(above) == region.tag;
        if (joins_below && joins_above) {
            const Word behind = tree_.end_of(above);
            above = tree_.erase(above);
            tree_.set_end(Tree::kStale ? before_or_last(above) : below, behind);
        } else if (joins_below) {
            tree_.set_end(below, region.end);
        } else if (joins_above) {
            tree_.set_base(above, region.base);
        } else {
            tree_.insert(below, region);
        }
    }

    Word lowest_by_walk(Word length_bytes) {
        Word reached = kPageBytes;
        for (Position at = tree_.first(); at != tree_.end(); at = tree_.next(at)) {
            if (tree_.base(at) - reached >= length_bytes) return reached;
            reached = tree_.end_of(at);
        }
        return end_ - reached >= length_bytes ? reached : 0;
    }

    Word highest_by_walk(Word length_bytes) {
        Word reached = end_;
        for (Position at = tree_.last(); at != tree_.end(); at = tree_.before(at)) {
            if (reached - tree_.end_of(at) >= length_bytes) return reached - length_bytes;
            reached = tree_.base(at);
        }
        return reached - kPageBytes >= length_bytes ? reached - length_bytes : 0;
    }
};

}  // namespace freehold::bench
