// SPDX-License-Identifier: MIT
// A pool of nodes of one size, as a kernel has it: O(1), never given back. Its free nodes are in random order from the
// start, as they are in a system that has run for a while.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

namespace freehold::bench {

template <typename Node>
class Pool {
  public:
    Node* take() {
        if (free_.empty()) grow();
        Node* const node = free_.back();
        free_.pop_back();
        return node;
    }
    void give(Node* node) { free_.push_back(node); }

    /// Of the nodes in use.
    [[nodiscard]] std::size_t bytes() const { return (count_ - free_.size()) * sizeof(Node); }

  private:
    void grow() {
        const std::size_t more = count_ < 256 ? 256 : count_;
        blocks_.push_back(std::make_unique<Node[]>(more));
        for (std::size_t i = 0; i < more; ++i) free_.push_back(&blocks_.back()[i]);
        std::shuffle(free_.begin(), free_.end(), random_);
        count_ += more;
    }

    std::vector<std::unique_ptr<Node[]>> blocks_;
    std::vector<Node*> free_;
    std::size_t count_ = 0;
    std::minstd_rand random_{1};
};

}  // namespace freehold::bench
