// SPDX-License-Identifier: MIT
// The library on several processors: threads that work on the same spaces, ports and frames at once, each with a seed
// of its own. Between rounds all stand still, the audit runs, and every area must hold what its owner wrote.
//
// The thread sanitizer sees what is not locked; the software machine sees TLB entries that outlive an operation.
// More of it: FREEHOLD_THREADS_STEPS=<steps of each thread> FREEHOLD_THREADS_SEED=<first seed> threads_tests_small
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/environment.h"
#include "tests/threads/worker.h"

namespace freehold::threads {
namespace {

constexpr std::uint32_t kFrames = 2500;
constexpr std::uint32_t kStepsOfRound = 400;
constexpr std::uint32_t kRoundsOfTown = 5;

using Workers = std::vector<std::unique_ptr<Worker>>;

/// All workers at once, each in a thread of its own; what went wrong, or nothing.
std::string run_round(Workers& workers) {
    std::atomic<std::uint32_t> ready = 0;
    std::vector<std::thread> threads;
    for (auto& worker : workers) {
        threads.emplace_back([&ready, &worker] {
            ++ready;
            while (ready < kThreads) std::this_thread::yield();
            worker->work(kStepsOfRound);
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& worker : workers) {
        if (!worker->failure().empty()) return worker->failure();
    }
    return {};
}

/// With nobody else about: the audit, every area's contents, and what nobody owns any more.
std::string look_around(Town& town, const Workers& workers) {
    host::play_processor(0);
    if (auto wrong = town.complaint(); !wrong.empty()) return wrong;
    std::vector<Area> owned;
    std::vector<std::uint32_t> sent;
    for (const auto& worker : workers) {
        owned.insert(owned.end(), worker->areas().begin(), worker->areas().end());
        sent.insert(sent.end(), worker->sent().begin(), worker->sent().end());
    }
    std::ranges::sort(sent);
    for (const Area& area : owned) {
        if (!find_space(town.system(), area.space).ok()) continue;
        if (auto wrong = town.check(area); !wrong.empty()) return wrong;
    }
    if (auto wrong = town.collect(owned, sent); !wrong.empty()) return wrong;
    return town.complaint();
}

Worker::Tally sum(const Workers& workers) {
    Worker::Tally all;
    for (const auto& worker : workers) {
        const Worker::Tally& one = worker->tally();
        all.moved += one.moved;
        all.shared += one.shared;
        all.sent += one.sent;
        all.received += one.received;
        all.areas_received += one.areas_received;
        all.replied += one.replied;
        all.handed_over += one.handed_over;
        all.peers_gone += one.peers_gone;
        all.spaces_ended += one.spaces_ended;
        all.ports_ended += one.ports_ended;
    }
    return all;
}

void print(std::uint64_t seed, const Worker::Tally& tally, Town& town) {
    std::printf(
        "seed %llu: %u moved, %u shared, %u messages, %u received with %u areas, %u replies, %u handed over, %u peers "
        "gone, "
        "%u spaces and %u ports ended, %llu shootdowns, %llu entries met in between\n",
        static_cast<unsigned long long>(seed), tally.moved, tally.shared, tally.sent, tally.received,
        tally.areas_received, tally.replied, tally.handed_over, tally.peers_gone, tally.spaces_ended, tally.ports_ended,
        static_cast<unsigned long long>(town.hosted().host().shootdowns()),
        static_cast<unsigned long long>(town.hosted().machine().suspect_uses()));
}

std::string run_town(std::uint64_t seed) {
    Town town(kFrames);
    Workers workers;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        workers.push_back(std::make_unique<Worker>(town, i, seed * kThreads + i));
    }
    for (std::uint32_t round = 0; round < kRoundsOfTown; ++round) {
        if (auto wrong = run_round(workers); !wrong.empty()) return wrong;
        if (auto wrong = look_around(town, workers); !wrong.empty()) return wrong;
    }
    const Worker::Tally tally = sum(workers);
    print(seed, tally, town);
    EXPECT_GT(tally.moved, 0U);
    EXPECT_GT(tally.shared, 0U);
    EXPECT_GT(tally.areas_received, 0U);
    EXPECT_GT(tally.replied, 0U);
    EXPECT_GT(tally.peers_gone, 0U);
    EXPECT_GT(tally.spaces_ended, 0U);
    EXPECT_GT(town.hosted().host().shootdowns(), 0U);
    return town.close();
}

TEST(Threads, ProcessorsThatDoEverythingAtOnceLeaveEverythingInOrder) {
    const std::uint64_t first_seed = test::number_from_environment("FREEHOLD_THREADS_SEED", 1);
    const std::uint64_t steps = test::number_from_environment("FREEHOLD_THREADS_STEPS", 8000);
    for (std::uint64_t done = 0, seed = first_seed; done < steps; done += kStepsOfRound * kRoundsOfTown, ++seed) {
        const std::string wrong = run_town(seed);
        ASSERT_EQ(wrong, "") << "seed " << seed << " (threads run differently each time)";
    }
}

}  // namespace
}  // namespace freehold::threads
