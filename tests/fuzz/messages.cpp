// SPDX-License-Identifier: MIT
// Operations of messages on a whole system: three processes send, publish, receive, reply, discard, forward, hand over,
// change their ports and die, beside the village's books of what each has asked and sent.
#include "tests/exhaust/village.h"
#include "tests/fuzz/fuzz.h"

using namespace freehold;
using exhaust::Village;
using exhaust::Who;

namespace {

constexpr std::uint32_t kOperationsMax = 40;
constexpr std::uint32_t kFreeFramesMax = 40;

std::vector<AreaToSend::Kind> kinds_of(std::uint32_t number) {
    std::vector<AreaToSend::Kind> kinds;
    for (std::uint32_t i = 0; i < number % 4; ++i) {
        kinds.push_back((number >> (2 + i) & 1) != 0 ? AreaToSend::Kind::share : AreaToSend::Kind::move);
    }
    return kinds;
}

void act(Village& village, fuzz::Choices& choices, std::uint32_t people) {
    const std::uint32_t head = choices.byte();
    const auto who = static_cast<Who>(head / 16 % people);
    const std::uint32_t detail = choices.byte();
    if (!village.takes(who)) return;
    const auto other = static_cast<Who>((who + 1 + detail / 64 % (people - 1)) % people);
    switch (head % 16) {
        case 0:
        case 1:
            return village.send(who, other, head % 16 == 0, kinds_of(detail));
        case 2:
            return people == exhaust::kEverybody ? village.publish(who) : village.post(who, other);
        case 3:
        case 4:
            return village.receive(who);
        case 5:
        case 6:
            return village.reply(who, kinds_of(detail));
        case 7:
            return village.discard(who);
        case 8:
            return village.forward(who, other, kinds_of(detail));
        case 9:
            return village.post(who, other);
        case 10:
            return village.post_area(who, other);
        case 11:
            return village.hand_over_request(who, other);
        case 12:
            return village.hand_over_reply(who);
        case 13:
            return detail % 4 == 0 && people == exhaust::kEverybody ? village.another_port(who)
                                                                    : village.signal(who, other);
        case 14:
            return detail % 4 == 0 ? village.change_mode(who) : village.receive(who);
        default:
            if (detail % 4 == 0) return village.kill(who);
            return detail % 4 == 1 ? village.end_port(who) : village.receive(who);
    }
}

void act_out(Village& village, fuzz::Choices& choices, std::uint32_t people) {
    for (std::uint32_t i = 0; choices.left() && i < kOperationsMax; ++i) {
        act(village, choices, people);
        fuzz::expect_nothing(village.complaint());
    }
    fuzz::expect_nothing(village.settle());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices(data, size);
    const std::uint32_t start = choices.byte();
    if (start % 2 == 0) {
        Village village;
        act_out(village, choices, exhaust::kEverybody);
    } else {
        Village village(1 + start / 2 % kFreeFramesMax);
        act_out(village, choices, 2);
    }
    return 0;
}
