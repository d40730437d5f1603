// SPDX-License-Identifier: MIT
// Exhaustive small scope: two processes with a port each, and every sequence of operations up to a depth. After each
// the village's own books say whether everybody was told and every area is in its one place (see village.h). A
// sequence's beginnings are sequences themselves, so the books are compared after each operation of each.
//
//     FREEHOLD_EXHAUST_DEPTH=<n> exhaust_tests --gtest_filter='SmallScope*'
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "tests/exhaust/village.h"

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
    const char* const text = std::getenv("FREEHOLD_EXHAUST_DEPTH");
    const std::size_t depth = text != nullptr ? static_cast<std::size_t>(std::atoi(text)) : 3;
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

}  // namespace
}  // namespace freehold::exhaust
