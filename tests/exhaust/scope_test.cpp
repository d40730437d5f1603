// SPDX-License-Identifier: MIT
// Exhaustive small scope: two processes with a port each, and every sequence of operations up to a depth. After each
// the village's own books say whether everybody was told and every area is in its one place (see village.h). A
// sequence's beginnings are sequences themselves, so the books are compared after each operation of each.
//
// The second test goes deeper, in a machine with six free frames and areas of two pages: of all sequences that lead to
// the same state it goes on with one.
//
//     FREEHOLD_EXHAUST_DEPTH=<n> FREEHOLD_EXHAUST_RUNS=<n> exhaust_tests --gtest_filter='SmallScope*'
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tests/exhaust/village.h"
#include "tests/support/environment.h"

namespace freehold::exhaust {
namespace {

constexpr auto kMove = AreaToSend::Kind::move;
constexpr auto kShare = AreaToSend::Kind::share;

struct Operation {
    const char* name;
    void (*act)(Village&, Who who, Who other);
};

const Operation kOperations[] = {
    {"send", [](Village& v, Who who, Who other) { v.send(who, other, false); }},
    {"request", [](Village& v, Who who, Who other) { v.send(who, other, true, {kMove}); }},
    {"share", [](Village& v, Who who, Who other) { v.send(who, other, false, {kShare}); }},
    {"post", [](Village& v, Who who, Who other) { v.post(who, other); }},
    {"post an area", [](Village& v, Who who, Who other) { v.post_area(who, other); }},
    {"hand a request over", [](Village& v, Who who, Who other) { v.hand_over_request(who, other); }},
    {"receive", [](Village& v, Who who, Who) { v.receive(who); }},
    {"reply", [](Village& v, Who who, Who) { v.reply(who, {kMove}); }},
    {"hand a reply over", [](Village& v, Who who, Who) { v.hand_over_reply(who); }},
    {"discard", [](Village& v, Who who, Who) { v.discard(who); }},
    {"end the port", [](Village& v, Who who, Who) { v.end_port(who); }},
    {"die", [](Village& v, Who who, Who) { v.kill(who); }},
};
constexpr std::uint32_t kChoices = 2 * std::size(kOperations);

/// What is wrong after the sequence, or nothing; false in `possible`: one who is gone would have to do something.
std::string run(const std::vector<std::uint32_t>& sequence, bool& possible) {
    Village village;
    for (const std::uint32_t choice : sequence) {
        const Who who = choice % 2 == 0 ? kSender : kReceiver;
        const Operation& operation = kOperations[choice / 2];
        possible = village.takes(who);
        if (!possible) return {};
        operation.act(village, who, who == kSender ? kReceiver : kSender);
    }
    return village.settle();
}

std::string text_of(const std::vector<std::uint32_t>& sequence) {
    std::string text;
    for (const std::uint32_t choice : sequence) {
        text += std::string(choice % 2 == 0 ? "sender: " : "receiver: ") + kOperations[choice / 2].name + "; ";
    }
    return text;
}

TEST(SmallScope, EverySequenceOfOperationsEndsInOrder) {
    const std::size_t depth = test::number_from_environment("FREEHOLD_EXHAUST_DEPTH", 3);
    std::vector<std::vector<std::uint32_t>> now = {{}};
    std::size_t all = 0;
    for (std::size_t length = 1; length <= depth; ++length) {
        std::vector<std::vector<std::uint32_t>> next;
        for (const auto& beginning : now) {
            // The two are alike, so the sender may begin.
            for (std::uint32_t choice = 0; choice < kChoices; choice += beginning.empty() ? 2 : 1) {
                auto sequence = beginning;
                sequence.push_back(choice);
                bool possible = true;
                ASSERT_EQ(run(sequence, possible), "") << text_of(sequence);
                if (possible) next.push_back(std::move(sequence));
            }
        }
        now = std::move(next);
        all += now.size();
        std::printf("%zu operations: %zu sequences, %zu in all\n", length, now.size(), all);
    }
}

constexpr std::uint32_t kFreeFrames = 6;

struct Outcome {
    bool possible = true;
    std::string wrong;
    std::string state;
};

/// What may change a queue and not its length: who ends answers what others sent.
bool is_an_end(std::uint32_t operation) { return operation + 3 >= std::size(kOperations); }

/// Acts the sequence out where memory is short. The state is the same in words if the two change places; the order of
/// a queue is told by what was done to it since it was empty.
Outcome act_out(const std::vector<std::uint32_t>& sequence) {
    Village village(kFreeFrames);
    Outcome outcome;
    std::array<std::string, 2> since_empty;
    std::array<std::uint32_t, 2> queued{};
    for (const std::uint32_t choice : sequence) {
        const Who who = choice % 2 == 0 ? kSender : kReceiver;
        outcome.possible = village.takes(who);
        if (!outcome.possible) return outcome;
        kOperations[choice / 2].act(village, who, who == kSender ? kReceiver : kSender);
        for (const Who owner : {kSender, kReceiver}) {
            const std::uint32_t before = std::exchange(queued[owner], village.count_queued(owner));
            if (queued[owner] != before || is_an_end(choice / 2)) {
                since_empty[owner] += static_cast<char>('A' + choice / 2 * 2 + (who == owner ? 1 : 0));
            }
            if (queued[owner] == 0) since_empty[owner].clear();
        }
    }
    outcome.wrong = village.complaint();
    const std::string sender = village.state_of(kSender) + " / " + since_empty[kSender];
    const std::string receiver = village.state_of(kReceiver) + " / " + since_empty[kReceiver];
    outcome.state = village.state_of_memory() + ": " + std::min(sender, receiver) + "; " + std::max(sender, receiver);
    if (outcome.wrong.empty()) outcome.wrong = village.settle();
    return outcome;
}

TEST(SmallScope, EveryStateOfAMachineWithSixFramesEndsInOrder) {
    const std::size_t runs_most = test::number_from_environment("FREEHOLD_EXHAUST_RUNS", 2000);
    std::vector<std::vector<std::uint32_t>> now = {{}};
    std::unordered_set<std::string> seen;
    std::size_t runs = 0;
    for (std::size_t length = 1; !now.empty() && runs < runs_most; ++length) {
        std::vector<std::vector<std::uint32_t>> next;
        std::size_t done = 0;
        for (; done < now.size() && runs < runs_most; ++done) {
            for (std::uint32_t choice = 0; choice < kChoices; choice += now[done].empty() ? 2 : 1) {
                auto sequence = now[done];
                sequence.push_back(choice);
                const Outcome outcome = act_out(sequence);
                ++runs;
                ASSERT_EQ(outcome.wrong, "") << text_of(sequence);
                if (outcome.possible && seen.insert(outcome.state).second) next.push_back(std::move(sequence));
            }
        }
        std::printf("%zu operations: %zu of %zu states gone on from, %zu new ones; %zu runs, %zu states in all\n",
                    length, done, now.size(), next.size(), runs, seen.size());
        now = std::move(next);
    }
    EXPECT_GT(seen.size(), runs / 20) << "nothing happens";
}

}  // namespace
}  // namespace freehold::exhaust
