// SPDX-License-Identifier: MIT
// What kernels used for decades: a red-black tree whose nodes know the largest gap below them, and a linked list
// through the nodes. The tree is <bsd/sys/tree.h>.
#include "benchmarks/regions/areas.h"
#include "benchmarks/regions/pool.h"

namespace freehold::bench {

namespace {

template <typename Node>
void augment(Node* node) {
    auto largest = node->gap;
    const Node* const left = node->entry.rbe_left;
    const Node* const right = node->entry.rbe_right;
    if (left != nullptr && left->largest > largest) largest = left->largest;
    if (right != nullptr && right->largest > largest) largest = right->largest;
    node->largest = largest;
}

}  // namespace

}  // namespace freehold::bench

#define RB_AUGMENT(node) ::freehold::bench::augment(node)
#include <bsd/sys/tree.h>

namespace freehold::bench {

namespace {

struct Node32 {
    RB_ENTRY(Node32) entry;
    Node32* before;
    Node32* next;
    std::uint32_t base;
    std::uint32_t end;
    std::uint32_t gap;      ///< from the area's end to the next one's base
    std::uint32_t largest;  ///< gap of this node and those below it
    std::uint32_t tag;
};

struct Node64 {
    RB_ENTRY(Node64) entry;
    Node64* before;
    Node64* next;
    std::uint64_t base;
    std::uint64_t end;
    std::uint64_t gap;
    std::uint64_t largest;
    std::uint32_t tag;
};

template <typename Node>
int compare(const Node* a, const Node* b) {
    return a->base < b->base ? -1 : a->base > b->base ? 1 : 0;
}

RB_HEAD(Head32, Node32);
RB_HEAD(Head64, Node64);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wpedantic"
RB_GENERATE_INTERNAL(Head32, Node32, entry, compare, static)
RB_GENERATE_INTERNAL(Head64, Node64, entry, compare, static)
#pragma GCC diagnostic pop

struct Kind32 {
    using Word = std::uint32_t;
    using Node = Node32;
    using Head = Head32;
    static void balance(Head* head, Node* node) { Head32_RB_INSERT_COLOR(head, node); }
    static void remove(Head* head, Node* node) { Head32_RB_REMOVE(head, node); }
};

struct Kind64 {
    using Word = std::uint64_t;
    using Node = Node64;
    using Head = Head64;
    static void balance(Head* head, Node* node) { Head64_RB_INSERT_COLOR(head, node); }
    static void remove(Head* head, Node* node) { Head64_RB_REMOVE(head, node); }
};

/// A first area never goes, page 0: below every other there is one whose gap reaches up to it, and page 0 is never
/// found free. A look-up does not see it.
template <typename Kind>
class AugmentedTree {
  public:
    using Word = typename Kind::Word;
    using Node = typename Kind::Node;
    using Position = Node*;
    static constexpr bool kStale = false;

    Position end() { return nullptr; }
    Position first() { return header_->next; }
    Position last() { return last_ == header_ ? nullptr : last_; }
    Position next(Position at) { return at->next; }
    Position before(Position at) { return at->before == header_ ? nullptr : at->before; }
    Position floor(Word address) {
        Position found = nullptr;
        for (Position at = root(); at != nullptr;) {
            if (at->base <= address) {
                found = at;
                at = at->entry.rbe_right;
            } else {
                at = at->entry.rbe_left;
            }
        }
        return found == header_ ? nullptr : found;
    }

    Word base(Position at) { return at->base; }
    Word end_of(Position at) { return at->end; }
    std::uint32_t tag(Position at) { return at->tag; }
    void set_end(Position at, Word end) {
        at->end = end;
        set_gap(at);
    }
    Position set_base(Position at, Word base) {
        at->base = base;
        set_gap(at->before);
        return at;
    }

    void insert(Position behind, const Region<Word>& region) {
        Node* const below = behind == nullptr ? header_ : behind;
        Node* const node = pool_.take();
        node->base = region.base;
        node->end = region.end;
        node->tag = region.tag;
        node->before = below;
        node->next = below->next;
        below->next = node;
        if (node->next != nullptr) {
            node->next->before = node;
        } else {
            last_ = node;
        }
        node->gap = gap_of(node);
        below->gap = gap_of(below);
        link(below, node);
    }

    Position erase(Position at) {
        Node* const below = at->before;
        Node* const above = at->next;
        below->next = above;
        if (above != nullptr) {
            above->before = below;
        } else {
            last_ = below;
        }
        below->gap = gap_of(below);
        Node* const parent = at->entry.rbe_parent;
        Kind::remove(&head_, at);
        correct(below);
        if (parent != nullptr && parent != at) correct(parent);
        pool_.give(at);
        return above;
    }

    [[nodiscard]] std::size_t bytes() const { return pool_.bytes(); }

    void start(Word user_end) {
        user_end_ = user_end;
        header_ = last_ = pool_.take();
        *header_ = {};
        header_->end = kPageBytes;
        header_->gap = user_end - kPageBytes;
        augment(header_);
        RB_SET(header_, static_cast<Node*>(nullptr), entry);
        RB_ROOT(&head_) = header_;
        Kind::balance(&head_, header_);
    }

    Word lowest(Word length_bytes) {
        Node* at = root();
        if (at->largest < length_bytes) return 0;
        for (;;) {
            Node* const left = at->entry.rbe_left;
            if (left != nullptr && left->largest >= length_bytes) {
                at = left;
            } else if (at->gap >= length_bytes) {
                return at->end;
            } else {
                at = at->entry.rbe_right;
            }
        }
    }

    Word highest(Word length_bytes) {
        Node* at = root();
        if (at->largest < length_bytes) return 0;
        for (;;) {
            Node* const right = at->entry.rbe_right;
            if (right != nullptr && right->largest >= length_bytes) {
                at = right;
            } else if (at->gap >= length_bytes) {
                return at->end + at->gap - length_bytes;
            } else {
                at = at->entry.rbe_left;
            }
        }
    }

  private:
    Node* root() { return RB_ROOT(&head_); }
    Word gap_of(const Node* node) { return (node->next != nullptr ? node->next->base : user_end_) - node->end; }

    void set_gap(Node* node) {
        node->gap = gap_of(node);
        correct(node);
    }
    void correct(Node* node) {
        for (; node != nullptr; node = node->entry.rbe_parent) augment(node);
    }

    /// Right behind `below` in the tree: with a list beside it, no second way down from the root.
    void link(Node* below, Node* node) {
        Node* parent = below;
        if (below->entry.rbe_right == nullptr) {
            RB_SET(node, parent, entry);
            parent->entry.rbe_right = node;
        } else {
            parent = node->next;
            RB_SET(node, parent, entry);
            parent->entry.rbe_left = node;
        }
        augment(node);
        Kind::balance(&head_, node);
        correct(below);
        correct(node);
    }

    Pool<Node> pool_;
    typename Kind::Head head_ = RB_INITIALIZER(&head_);
    Node* header_ = nullptr;
    Node* last_ = nullptr;
    Word user_end_ = 0;
};

template <typename Kind>
class AugmentedTable final : public Areas<typename Kind::Word, AugmentedTree<Kind>> {
  public:
    using Word = typename Kind::Word;
    explicit AugmentedTable(Word end) : Areas<Word, AugmentedTree<Kind>>(end) { this->tree_.start(end); }

    Word find_free(Word length_bytes, bool lowest) override {
        return lowest ? this->tree_.lowest(length_bytes) : this->tree_.highest(length_bytes);
    }
};

}  // namespace

template <>
std::unique_ptr<Table<std::uint32_t>> make_rb_augment(std::uint32_t end) {
    return std::make_unique<AugmentedTable<Kind32>>(end);
}
template <>
std::unique_ptr<Table<std::uint64_t>> make_rb_augment(std::uint64_t end) {
    return std::make_unique<AugmentedTable<Kind64>>(end);
}

}  // namespace freehold::bench
