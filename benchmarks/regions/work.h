// SPDX-License-Identifier: MIT
// The work that is timed, operation by operation. Each table has a Work of its own, made from the same layout and the
// same seed, so that all do the same and their checksums are equal.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/regions/layout.h"

namespace freehold::bench {

class Work {
  public:
    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    virtual ~Work() = default;

    /// Does so many operations; a checksum over all answers.
    virtual std::uint64_t run(Table<std::uint32_t>& table, std::size_t count) = 0;

    /// Figures an operation counts for: regions of an iteration.
    [[nodiscard]] virtual std::size_t figures() const { return 1; }
};

struct Case {
    std::string name;
    Layout (*layout)(std::uint32_t count);
    std::unique_ptr<Work> (*make)(const Layout& layout);
};

/// In the order they are measured.
const std::vector<Case>& cases();

}  // namespace freehold::bench
