// SPDX-License-Identifier: MIT
// Recorded traces of what programs do to their address space, in both forms (benchmarks/traces/README.md), as
// operations on a table.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "benchmarks/regions/table.h"

namespace freehold::bench {

enum class TraceKind : std::uint8_t { find, assign, search };

template <typename Word>
struct TraceOperation {
    TraceKind kind;
    std::uint32_t tag;
    Word base;
    Word length;  ///< of the range; of find: 0
};

template <typename Word>
struct Trace {
    std::string name;
    Word user_end = 0;
    std::uint32_t most_regions = 0;  ///< at once, free ones counted
    std::vector<TraceOperation<Word>> operations;
};

using AnyTrace = std::variant<Trace<std::uint32_t>, Trace<std::uint64_t>>;

/// Reads a file of either form. Throws std::runtime_error that says what is wrong, and in which line.
AnyTrace read_trace(const std::string& path);

/// Does all operations; a checksum over all answers.
template <typename Word>
std::uint64_t replay(Table<Word>& table, const Trace<Word>& trace) {
    std::uint64_t sum = 0;
    Region<Word> region = {};
    for (const auto& operation : trace.operations) {
        if (operation.kind == TraceKind::find) {
            table.find(operation.base, region);
            sum += (region.base << 3) + region.end + region.tag;
            continue;
        }
        if (operation.kind == TraceKind::search) sum += table.find_free(operation.length, false);
        table.assign(operation.base, operation.base + operation.length, operation.tag);
    }
    return sum;
}

}  // namespace freehold::bench
