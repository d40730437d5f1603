// SPDX-License-Identifier: MIT
#include "user/programs/serial/service.h"

#include "user/runtime/names.h"
#include "user/runtime/start.h"

namespace freehold::user::serial {
namespace {

constexpr std::uint32_t kPatienceMilliseconds = 1000;
constexpr std::uint32_t kNoRoomMilliseconds = 50;
constexpr std::uint32_t kRequestsMax = 16;

void must(Status status, std::string_view what) {
    if (status != Status::ok) fail(what);
}

}  // namespace

Status Service::start(std::uint32_t first_register, std::uint32_t line) {
    if (const Status status = uart_.open(first_register); status != Status::ok) return status;
    auto requests = Port::create({.count_messages = kRequestsMax,
                                  .message_bytes = sizeof(SerialRequest),
                                  .credits = kSerialSubscriptionsMax + 1,
                                  .signals = kMessageCame});
    if (!requests.ok()) return requests.status();
    requests_ = static_cast<Port&&>(requests.value());
    auto answers = Port::create(
        {.mode = PortMode::closed, .count_messages = kPlaces, .message_bytes = 0, .signals = kMessageCame});
    if (!answers.ok()) return answers.status();
    answers_ = static_cast<Port&&>(answers.value());
    // Nothing else is ever allocated, so what is a hole from here on is free whenever a place is wanted.
    auto arena = Area::allocate(kPlaces * kSerialLineMax);
    if (!arena.ok()) return arena.status();
    arena_ = arena.value().base();
    if (const Status status = arena.value().release(); status != Status::ok) return status;
    if (const Status status = publish_name(kSerialName, requests_.id()); status != Status::ok) return status;
    line_ = line;
    if (const Status status = interrupt_attach(line, kInterrupt); status != Status::ok) return status;
    uart_.enable_interrupts();
    return Status::ok;
}

void Service::serve() {
    const Port* const ports[] = {&answers_, &requests_};
    for (;;) {
        pump();
        auto arrival = wait_any(ports, kInterrupt | kTimeIsOver);
        if (!arrival.ok()) {  // a message brings areas that there is no room for: others may make room
            sleep(kNoRoomMilliseconds);
            continue;
        }
        Arrival& came = arrival.value();
        if ((came.signals & kInterrupt) != 0) interrupted_ = true;
        if ((came.signals & kTimeIsOver) != 0) drop_idle();
        if (came.signals == 0) {
            came.port == 0 ? take_answer(static_cast<Message&&>(came.message))
                           : take_request(static_cast<Message&&>(came.message));
        }
    }
}

// --- subscriptions --------------------------------------------------------------------------------------------------

void Service::take_request(Message&& message) {
    message.release_areas();
    const auto* const request = message.payload_as<SerialRequest>();
    if (count_subscribers_ == kSerialSubscriptionsMax) drop_dead();
    const Status status = request != nullptr ? check(*request, message.sender()) : Status::bad_option;
    if (!message.wants_reply()) return;  // nobody to be told of anything, so nobody to subscribe
    if (status == Status::ok) return subscribe(static_cast<Message&&>(message), request->lines);
    (void)static_cast<Message&&>(message).reply(bytes_of(status));
}

Status Service::check(const SerialRequest& request, ProcessId sender) const {
    if (request.kind != SerialRequest::Kind::subscribe) return Status::bad_option;
    const auto record = port_record(request.lines);
    if (!record.ok()) return record.status();
    if (record.value().port.owner != sender) return Status::not_permitted;
    const bool full = count_subscribers_ == kSerialSubscriptionsMax || owes_answers(sender);
    return full ? Status::would_block : Status::ok;
}

/// Whether lines of a subscription that it was dropped from are still with the process.
bool Service::owes_answers(ProcessId process) const {
    for (const Place& place : places_) {
        if (!place.used || place.process != process) continue;
        bool current = false;
        for (const Subscriber& subscriber : subscribers_) {
            current = current || (subscriber.request && subscriber.number == place.subscription);
        }
        if (!current) return true;
    }
    return false;
}

void Service::subscribe(Message&& message, PortId lines) {
    for (Subscriber& subscriber : subscribers_) {
        if (subscriber.request) continue;
        subscriber.request = static_cast<Message&&>(message);
        subscriber.lines = lines;
        subscriber.number = ++last_number_;
        subscriber.under_way = 0;
        subscriber.answered = false;
        ++count_subscribers_;
        return;
    }
}

void Service::drop(Subscriber& subscriber, Status why) {
    --count_subscribers_;
    // It may be gone.
    if (static_cast<Message&&>(subscriber.request).reply(bytes_of(why)) != Status::ok) {
        (void)subscriber.request.discard();
    }
}

/// Nobody says so when a subscriber goes whose lines are all answered.
void Service::drop_dead() {
    for (Subscriber& subscriber : subscribers_) {
        if (subscriber.request && !port_record(subscriber.lines).ok()) drop(subscriber, Status::peer_gone);
    }
}

Service::Subscriber* Service::find(std::uint32_t subscription) {
    for (Subscriber& subscriber : subscribers_) {
        if (subscriber.request && subscriber.number == subscription) return &subscriber;
    }
    return nullptr;
}

void Service::take_answer(Message&& message) {
    message.release_areas();
    const std::uint32_t index = message.cookie() % kPlaces;
    Place& place = places_[index];
    place.used = false;
    --count_places_;
    const bool gone = message.status() == Status::peer_gone;
    if (gone) (void)release(address_of(index), kSerialLineMax);  // or there is a hole: the dead one had taken it
    Subscriber* const subscriber = find(place.subscription);
    if (subscriber == nullptr) return;
    --subscriber->under_way;
    subscriber->answered = true;
    if (gone) drop(*subscriber, Status::peer_gone);
}

// --- input ----------------------------------------------------------------------------------------------------------

bool Service::has_room() const {
    if (count_subscribers_ == 0 || kPlaces - count_places_ < count_subscribers_) return false;
    for (const Subscriber& subscriber : subscribers_) {
        if (subscriber.request && subscriber.under_way == kSerialLinesUnderWay) return false;
    }
    return true;
}

void Service::pump() {
    while (has_room()) {
        if (assembled_) {
            deliver();
            continue;
        }
        const auto received = uart_.take();
        if (!received.has_value()) {
            if (interrupted_) must(interrupt_done(line_), "the line is not its own");
            interrupted_ = false;
            return;
        }
        if (received->damaged) assembler_.damage();
        assembled_ = received->byte.has_value() && assembler_.feed(*received->byte);
    }
    watch_time();
}

/// To all who are there. A line that nobody gets, because they are gone, waits for the next one.
void Service::deliver() {
    for (Subscriber& subscriber : subscribers_) {
        if (!subscriber.request) continue;
        const Status status = send_line(subscriber);
        if (status == Status::ok) assembled_ = false;
        if (status != Status::ok) drop(subscriber, status);
    }
    if (!assembled_) assembler_.clear();
}

Status Service::send_line(Subscriber& subscriber) {
    std::uint32_t index = 0;
    while (places_[index].used) ++index;  // has_room() says that there is one
    auto area = Area::allocate(kSerialLineMax, {.placement = Placement::at, .address = address_of(index)});
    if (!area.ok()) return area.status();
    const std::span<const std::byte> bytes = assembler_.bytes();
    if (!bytes.empty()) __builtin_memcpy(area.value().bytes().data(), bytes.data(), bytes.size());
    const SerialLineHead head{static_cast<std::uint32_t>(bytes.size()), assembler_.flags()};
    const Outgoing message{
        .to = subscriber.lines, .payload = bytes_of(head), .cookie = index, .reply_to = answers_.id()};
    const Status status = static_cast<Area&&>(area.value()).send(message, Wait::no);
    if (status != Status::ok) return status;
    places_[index] = {true, subscriber.number, subscriber.request.sender()};
    ++count_places_;
    ++subscriber.under_way;
    return Status::ok;
}

// --- who holds up the others ----------------------------------------------------------------------------------------

void Service::watch_time() {
    if (time_runs_ || !interrupted_ || count_subscribers_ < 2) return;
    time_runs_ = true;
    for (Subscriber& subscriber : subscribers_) subscriber.answered = false;
    timer(kPatienceMilliseconds, kTimeIsOver);
}

void Service::drop_idle() {
    time_runs_ = false;
    for (Subscriber& subscriber : subscribers_) {
        const bool full = subscriber.request && subscriber.under_way == kSerialLinesUnderWay;
        if (full && !subscriber.answered && count_subscribers_ > 1) drop(subscriber, Status::timed_out);
    }
}

}  // namespace freehold::user::serial
