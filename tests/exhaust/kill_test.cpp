// SPDX-License-Identifier: MIT
// Kill everywhere: each operation on messages, and those on memory, in each state of the queues, meet the end of each
// process at each of their steps; and the end of each process meets each operation at each of its own. A step is where
// processors can tell each other apart: a lock wanted, taken or let go, a wake (see turns.h). A process that does
// something itself ends after it: no kernel ends a space whose call is under way.
//
// After each meeting the audit is clean, everybody alive was told, every area is in its one place, and when all have
// ended no frame, port or charge is left (see village.h).
//
//     FREEHOLD_EXHAUST_EVERY=<n> exhaust_tests      only every n-th step
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <iterator>
#include <string>

#include "tests/exhaust/turns.h"
#include "tests/exhaust/village.h"
#include "tests/support/environment.h"

namespace freehold::exhaust {
namespace {

constexpr auto kMove = AreaToSend::Kind::move;
constexpr auto kShare = AreaToSend::Kind::share;

struct Situation {
    const char* name;
    void (*make)(Village&);
};

const Situation kSituations[] = {
    {"empty", [](Village&) {}},
    {"one queued", [](Village& v) { v.send(kSender, kReceiver, false); }},
    {"an area moved in flight", [](Village& v) { v.send(kSender, kReceiver, false, {kMove}); }},
    {"an area shared in flight", [](Village& v) { v.send(kSender, kReceiver, false, {kShare}); }},
    {"a request queued with both",
     [](Village& v) {
         v.send(kSender, kReceiver, true, {kMove, kShare});
     }},
    {"the third's request queued with both",
     [](Village& v) {
         v.send(kThird, kReceiver, true, {kMove, kShare});
     }},
    {"a message held", [](Village& v) { v.send(kSender, kReceiver, false), v.receive(kReceiver); }},
    {"a request held", [](Village& v) { v.send(kSender, kReceiver, true), v.receive(kReceiver); }},
    {"a request held, its areas arrived",
     [](Village& v) {
         v.send(kSender, kReceiver, true, {kMove, kShare}), v.receive(kReceiver);
     }},
    {"one held, one queued",
     [](Village& v) {
         v.send(kSender, kReceiver, true, {kMove});
         v.receive(kReceiver);
         v.send(kThird, kReceiver, true, {kMove});
     }},
    {"full",
     [](Village& v) {
         v.send(kSender, kReceiver, true, {kMove});
         v.send(kSender, kReceiver, false);
         v.send(kThird, kReceiver, true, {kShare});
     }},
    {"all replies promised",
     [](Village& v) {
         v.send(kSender, kReceiver, true);
         v.send(kSender, kReceiver, true, {kMove});
         v.send(kSender, kThird, true);
         v.receive(kReceiver);
     }},
    {"a reply queued with areas",
     [](Village& v) {
         v.send(kSender, kReceiver, true);
         v.receive(kReceiver);
         v.reply(kReceiver, {kMove, kShare});
     }},
    {"forwarded, and queued",
     [](Village& v) {
         v.send(kSender, kReceiver, true, {kMove});
         v.receive(kReceiver);
         v.forward(kReceiver, kThird, {kMove});
     }},
    {"forwarded, and held",
     [](Village& v) {
         v.send(kSender, kReceiver, true);
         v.receive(kReceiver);
         v.forward(kReceiver, kThird);
         v.receive(kThird);
     }},
    {"handed over", [](Village& v) { v.hand_over_request(kSender, kReceiver); }},
    {"everybody to everybody and to oneself",
     [](Village& v) {
         v.send(kSender, kSender, true, {kMove});
         v.send(kReceiver, kSender, false, {kMove});
         v.send(kThird, kReceiver, true, {kMove});
         v.send(kReceiver, kThird, true, {kShare});
     }},
};

struct Operation {
    const char* name;
    Who actor;
    void (*act)(Village&);
};

const Operation kOperations[] = {
    {"send", kSender, [](Village& v) { v.send(kSender, kReceiver, false); }},
    {"send a request", kSender, [](Village& v) { v.send(kSender, kReceiver, true); }},
    {"send areas", kSender,
     [](Village& v) {
         v.send(kSender, kReceiver, true, {kMove, kShare, kMove});
     }},
    {"send to oneself", kSender, [](Village& v) { v.send(kSender, kSender, true, {kMove}); }},
    {"publish", kSender, [](Village& v) { v.publish(kSender); }},
    {"take a reply", kSender, [](Village& v) { v.receive(kSender); }},
    {"hand a request over", kSender, [](Village& v) { v.hand_over_request(kSender, kReceiver); }},
    {"post a request", kSender, [](Village& v) { v.post(kSender, kReceiver); }},
    {"post an area", kSender, [](Village& v) { v.post_area(kSender, kReceiver); }},
    {"use memory", kSender, [](Village& v) { v.use_memory(kSender); }},
    {"raise a child", kSender, [](Village& v) { v.raise_a_child(); }},
    {"signal", kSender, [](Village& v) { v.signal(kSender, kReceiver); }},
    {"end the reply port", kSender, [](Village& v) { v.end_port(kSender); }},
    {"receive", kReceiver, [](Village& v) { v.receive(kReceiver); }},
    {"reply", kReceiver, [](Village& v) { v.reply(kReceiver); }},
    {"reply with areas", kReceiver,
     [](Village& v) {
         v.reply(kReceiver, {kMove, kShare});
     }},
    {"discard", kReceiver, [](Village& v) { v.discard(kReceiver); }},
    {"forward", kReceiver, [](Village& v) { v.forward(kReceiver, kThird); }},
    {"forward with areas", kReceiver,
     [](Village& v) {
         v.forward(kReceiver, kThird, {kMove, kShare});
     }},
    {"hand a reply over", kReceiver, [](Village& v) { v.hand_over_reply(kReceiver); }},
    {"send back", kReceiver, [](Village& v) { v.send(kReceiver, kSender, true, {kMove}); }},
    {"end the port", kReceiver, [](Village& v) { v.end_port(kReceiver); }},
    {"make a port", kReceiver, [](Village& v) { v.another_port(kReceiver); }},
    {"close the port", kReceiver, [](Village& v) { v.change_mode(kReceiver); }},
    {"the third receives", kThird, [](Village& v) { v.receive(kThird); }},
    {"the third replies", kThird, [](Village& v) { v.reply(kThird, {kMove}); }},
    {"the third sends", kThird, [](Village& v) { v.send(kThird, kReceiver, true, {kMove}); }},
};

const char* name_of(Who who) { return who == kSender ? "sender" : who == kReceiver ? "receiver" : "third"; }

class KillEverywhere : public testing::TestWithParam<std::size_t> {
  protected:
    using Act = std::function<void(Village&)>;

    /// Meetings at each step of `first`; what is wrong, or nothing.
    std::string meet(const Situation& situation, const Act& first, const Act& second) {
        static const auto every =
            static_cast<std::uint32_t>(test::number_from_environment("FREEHOLD_EXHAUST_EVERY", 1));
        for (std::uint32_t at = 1 + meetings_ % every;; at += every) {
            Village village;
            situation.make(village);
            std::uint32_t steps = 0;
            {
                Turns turns(village.host());
                steps = turns.run([&] { first(village); }, [&] { second(village); }, at);
            }
            ++meetings_;
            if (at <= steps) ++steps_;
            if (auto wrong = village.settle(); !wrong.empty()) {
                return wrong + ", at step " + std::to_string(at) + " of " + std::to_string(steps);
            }
            if (at > steps) return {};
        }
    }

    std::uint32_t meetings_ = 0;
    std::uint32_t steps_ = 0;
};

TEST_P(KillEverywhere, LeavesNothingBehindAndTellsWhoSurvives) {
    const Situation& situation = kSituations[GetParam()];
    for (const Operation& operation : kOperations) {
        for (const Who victim : {kSender, kReceiver, kThird}) {
            const Act kill = [victim](Village& v) { v.kill(victim); };
            const std::string what = std::string(situation.name) + "; " + operation.name + "; the " + name_of(victim);
            if (victim == operation.actor) {
                Village village;
                situation.make(village);
                operation.act(village);
                kill(village);
                ++meetings_;
                ASSERT_EQ(village.settle(), "") << what << " ends after it";
                continue;
            }
            ASSERT_EQ(meet(situation, operation.act, kill), "") << what << " ends";
            ASSERT_EQ(meet(situation, kill, operation.act), "") << what << " is ending";
        }
    }
    std::printf("%s: %zu operations, 3 victims: %u steps met, %u runs\n", situation.name, std::size(kOperations),
                steps_, meetings_);
}

INSTANTIATE_TEST_SUITE_P(Situations, KillEverywhere, testing::Range(std::size_t{0}, std::size(kSituations)));

}  // namespace
}  // namespace freehold::exhaust
