// SPDX-License-Identifier: MIT
// What the original plan replaced: a sorted list of regions, linked, from a shared pool; free ones among them.
#include "benchmarks/regions/pool.h"
#include "benchmarks/regions/table.h"

namespace freehold::bench {

namespace {

template <typename Word>
class PlanList final : public Table<Word> {
  public:
    explicit PlanList(Word end) : end_(end) { head_ = new_node({0, end, kFree}, nullptr, nullptr); }

    void find(Word address, Region<Word>& found) override {
        const Node* const node = holder(address);
        found = {node->base, node->end, node->tag};
    }

    void assign(Word base, Word end, std::uint32_t tag) override {
        Node* node = holder(base);
        if (node->base < base) {
            if (node->tag == tag && node->end >= end) return;
            split(node, base);
            node = node->next;
        }
        while (node->end < end) remove(node->next, node);
        if (node->end > end) {
            if (node->tag == tag) {
                join(node);
                return;
            }
            split(node, end);
        }
        node->tag = tag;
        join(node);
    }

    Word find_free(Word length_bytes, bool lowest) override {
        Word found = 0;
        for (const Node* node = head_; node != nullptr; node = node->next) {
            if (node->tag != kFree) continue;
            const Word base = node->base == 0 ? Word{kPageBytes} : node->base;
            if (node->end < base || node->end - base < length_bytes) continue;
            if (lowest) return base;
            found = node->end - length_bytes;
        }
        return found;
    }

    std::uint64_t visit_all() override {
        Sum<Word> sum;
        for (const Node* node = head_; node != nullptr; node = node->next) sum.add(node->base, node->end, node->tag);
        return sum.value;
    }

    [[nodiscard]] std::size_t metadata_bytes() const override { return pool_.bytes(); }

    [[nodiscard]] BuildOrder build_order() const override { return BuildOrder::downward; }

  private:
    struct Node {
        Node* next;
        Node* before;
        Word base;
        Word end;
        std::uint32_t tag;
    };

    Node* holder(Word address) {
        Node* node = head_;
        while (node->end <= address) node = node->next;
        return node;
    }

    Node* new_node(const Region<Word>& region, Node* before, Node* next) {
        Node* const node = pool_.take();
        *node = {next, before, region.base, region.end, region.tag};
        if (before != nullptr) before->next = node;
        if (next != nullptr) next->before = node;
        return node;
    }

    void split(Node* node, Word at) {
        new_node({at, node->end, node->tag}, node, node->next);
        node->end = at;
    }

    /// The node behind goes, and this one reaches to its end, with its tag.
    void remove(Node* gone, Node* into) {
        into->end = gone->end;
        into->tag = gone->tag;
        into->next = gone->next;
        if (gone->next != nullptr) gone->next->before = into;
        pool_.give(gone);
    }

    void join(Node* node) {
        if (node->next != nullptr && node->next->tag == node->tag) remove(node->next, node);
        if (node->before != nullptr && node->before->tag == node->tag) remove(node, node->before);
    }

    Pool<Node> pool_;
    Node* head_ = nullptr;
    Word end_;
};

}  // namespace

template <typename Word>
std::unique_ptr<Table<Word>> make_plan_list(Word end) {
    return std::make_unique<PlanList<Word>>(end);
}
template std::unique_ptr<Table<std::uint32_t>> make_plan_list(std::uint32_t);
template std::unique_ptr<Table<std::uint64_t>> make_plan_list(std::uint64_t);

}  // namespace freehold::bench
