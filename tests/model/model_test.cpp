// SPDX-License-Identifier: MIT
// Random operations on a whole system beside a naive model (page_model.h).
//
// A failure prints the seed and the fewest operations that still fail. To replay:
//     FREEHOLD_MODEL_SEED=<seed> FREEHOLD_MODEL_OPERATIONS=<count> model_tests_small
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/model/page_model.h"
#include "tests/support/environment.h"

namespace freehold::model {
namespace {

constexpr std::uint32_t kRunLength = 2000;

/// A small, fast generator (xorshift64*), so that a seed means the same everywhere.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
    std::uint32_t below(std::uint32_t bound) {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<std::uint32_t>((state_ * 0x2545F4914F6CDD1DULL) >> 33) % bound;
    }

  private:
    std::uint64_t state_;
};

std::vector<Operation> make_operations(std::uint64_t seed, std::uint32_t count) {
    Random random(seed);
    std::vector<Operation> operations(count);
    for (Operation& op : operations) {
        op = {random.below(10),  random.below(kSpaces), random.below(kSpaces), random.below(kWindow), 1,
              random.below(1000)};
        // Often single pages, often aligned tables, sometimes anything; now and then tables of tables.
        const std::uint32_t shape = random.below(4);
        if (shape == 1) op.count = 1 + random.below(40);
        if (shape >= 2) op.page = op.page / kTablePages * kTablePages + kTablePages - 1;
        if (shape == 2) op.count = kTablePages * (1 + random.below(2));
        if (kDeep && op.extra % 3 == 0) {
            op.page = op.page / kUpperPages * kUpperPages + kUpperPages - 1 - random.below(3) % 2 * random.below(20);
            op.count = kUpperPages + random.below(3) % 2 * random.below(20);
        }
    }
    return operations;
}

/// Leaves out operations, in ever smaller pieces, as long as the rest still fails.
std::vector<Operation> shrink(std::vector<Operation> failing, bool one_processor) {
    for (std::size_t piece = failing.size() / 2; piece != 0; piece /= 2) {
        for (std::size_t at = 0; at < failing.size();) {
            std::vector<Operation> fewer = failing;
            const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(first, first + static_cast<std::ptrdiff_t>(std::min(piece, fewer.size() - at)));
            if (run(fewer, one_processor).empty())
                at += piece;
            else
                failing = fewer;
        }
    }
    return failing;
}

TEST(Model, RandomOperationsDoWhatANaiveMapOfPagesSays) {
    const std::uint64_t first_seed = test::number_from_environment("FREEHOLD_MODEL_SEED", 1);
    const std::uint64_t total = test::number_from_environment("FREEHOLD_MODEL_OPERATIONS", 400'000);
    for (std::uint64_t done = 0, seed = first_seed; done < total; done += kRunLength, ++seed) {
        const auto operations = make_operations(seed, kRunLength);
        const bool one_processor = seed % 2 == 0;
        if (run(operations, one_processor).empty()) continue;
        const auto fewest = shrink(operations, one_processor);
        std::string list;
        for (const Operation& op : fewest) {
            list += "  kind " + std::to_string(op.kind) + ", space " + std::to_string(op.space) + " -> " +
                    std::to_string(op.other) + ", page " + std::to_string(op.page) + " + " + std::to_string(op.count) +
                    ", extra " + std::to_string(op.extra) + "\n";
        }
        FAIL() << run(fewest, one_processor) << "\nreplay: FREEHOLD_MODEL_SEED=" << seed
               << " FREEHOLD_MODEL_OPERATIONS=" << kRunLength << "\n"
               << list;
    }
}

}  // namespace
}  // namespace freehold::model
