// SPDX-License-Identifier: MIT
// In the wild places every thread does anything to any range: what comes back may be any status, but never a panic, a
// stale entry or a difference the audit finds.
#include "tests/threads/worker.h"

namespace freehold::threads {

namespace {
constexpr Word kWindowPages = 96;
constexpr std::uint32_t kTouchesOfStroll = 500;
}  // namespace

void Worker::run_wild() {
    const std::uint32_t place = kFirstWild + random_.below(kPlaces - kFirstWild);
    const std::uint32_t other = kFirstWild + random_.below(kPlaces - kFirstWild);
    const HoldTwo hold(town_, place, other);
    AddressSpace& space = *town_.place(place).space;
    const VirtAddr base((1 + random_.below(kWindowPages)) * kPageBytes);
    const Word pages = random_.one_in(2) ? 1 + random_.below(4) : 1 + random_.below(40);
    const PageRange range(base, base + pages * kPageBytes);
    constexpr std::array kRights = {Rights::none, Rights::read, kReadWrite, Rights::read | Rights::execute};
    switch (random_.below(9)) {
        case 0:
        case 1: {
            AllocateOptions options{.length_bytes = range.length_bytes()};
            options.placement = Placement::at;
            options.address = base;
            options.populate = random_.one_in(2);
            (void)allocate_area(space, options);
            break;
        }
        case 2:
            (void)release_area(space, range);
            break;
        case 3:
            (void)protect_area(space, range, kRights.at(random_.below(kRights.size())));
            break;
        case 4:
            (void)(random_.one_in(2) ? seal_area(space, range) : guard_area(space, range));
            break;
        case 5:
            run_wild_transfer(space, *town_.place(other).space, range);
            break;
        case 6:
            run_wild_message(space, place, range);
            break;
        default:
            return stroll_wild(space);
    }
    for (Word page = 0; page < pages; ++page) {
        (void)town_.hosted().load_word(space, base + page * kPageBytes);
        (void)town_.hosted().store_word(space, base + page * kPageBytes, processor_);
    }
}

/// Touches what happens to be there and takes no fault, so that it waits for no lock: entries that others are just
/// taking away are met here, if anywhere.
void Worker::stroll_wild(AddressSpace& space) {
    load_space(space);
    for (std::uint32_t i = 0; i < kTouchesOfStroll; ++i) {
        const VirtAddr at((1 + random_.below(kWindowPages)) * kPageBytes);
        const Rights access = random_.one_in(2) ? Rights::read : Rights::write;
        (void)town_.hosted().machine().access(processor_, at, access);
    }
}

void Worker::run_wild_transfer(AddressSpace& from, AddressSpace& to, PageRange range) {
    if (random_.one_in(2))
        (void)move_area(from, range, to);
    else
        (void)share_area(from, range, to);
}

void Worker::run_wild_message(AddressSpace& from, std::uint32_t place, PageRange range) {
    const auto kind = random_.one_in(2) ? AreaToSend::Kind::move : AreaToSend::Kind::share;
    const std::array areas = {AreaToSend{range.base().value(), range.length_bytes(), kind},
                              AreaToSend{range.end().value(), kPageBytes, AreaToSend::Kind::move}};
    SendOptions options;
    options.to = choose_port(kFirstWild + random_.below(kPlaces - kFirstWild));
    options.areas = std::span(areas).first(1 + random_.below(2));
    options.reply_to = random_.one_in(2) ? choose_port(place) : PortId::none;
    (void)send_message(from, options);
    const PortId port = choose_port(place);
    (void)receive_message(from, port);
    // Nobody keeps a port from ending while another reads a message: the number is guessed.
    ReplyOptions answer;
    answer.port = port;
    answer.message = (1 + random_.below(3)) << 8 | random_.below(4);
    if (random_.one_in(2)) (void)reply_message(from, answer);
    (void)discard_message(from, port, answer.message);
}

}  // namespace freehold::threads
