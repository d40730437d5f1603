// SPDX-License-Identifier: MIT
// The driver's rules: who is subscribed, when input is taken, and what becomes of each line.
//
//      interrupt ──signal──▶ pump: bytes ──▶ line ──▶ a place of the arena for each subscriber ──▶ sent
//                              │ no byte left                        ▲                               │
//                              ▼                                     └────────── answered ───────────┘
//                       interrupt_done: the line's next interrupt may come
//
// A line's area lies at a place of the arena that is its own until it is answered. So if the kernel says peer_gone and
// an area is at that place, it is the one that came back, and is released.
#pragma once

#include "user/programs/serial/line.h"
#include "user/programs/serial/uart.h"
#include "user/runtime/port.h"

namespace freehold::user::serial {

inline constexpr std::uint32_t kMessageCame = 1;  // signals
inline constexpr std::uint32_t kInterrupt = 2;
inline constexpr std::uint32_t kTimeIsOver = 4;

class Service {
  public:
    /// Opens the device; then ports and the line. no_such_device, and of the calls it makes.
    Status start(std::uint32_t first_register, std::uint32_t line);

    [[noreturn]] void serve();

  private:
    static constexpr std::uint32_t kPlaces = 64;

    struct Subscriber {
        Message request;  ///< unanswered as long as the subscription lasts; none: nobody
        PortId lines = PortId::none;
        std::uint32_t number = 0;     ///< of the subscription
        std::uint32_t under_way = 0;  ///< its lines, not yet answered
        bool answered = false;        ///< since the time began to run
    };

    struct Place {
        bool used = false;
        std::uint32_t subscription = 0;
        ProcessId process = ProcessId::none;
    };

    void take_request(Message&& message);
    void take_answer(Message&& message);
    [[nodiscard]] Status check(const SerialRequest& request, ProcessId sender) const;
    void subscribe(Message&& message, PortId lines);
    void drop(Subscriber& subscriber, Status why);
    void drop_dead();
    [[nodiscard]] Subscriber* find(std::uint32_t subscription);
    [[nodiscard]] bool owes_answers(ProcessId process) const;

    [[nodiscard]] bool has_room() const;
    void pump();
    void deliver();
    Status send_line(Subscriber& subscriber);
    void watch_time();
    void drop_idle();

    [[nodiscard]] Word address_of(std::uint32_t place) const { return arena_ + place * kSerialLineMax; }

    Uart uart_;
    std::uint32_t line_ = 0;
    Port requests_;
    Port answers_;
    Word arena_ = 0;
    LineAssembler assembler_;
    Subscriber subscribers_[kSerialSubscriptionsMax];
    Place places_[kPlaces];
    std::uint32_t last_number_ = 0;
    std::uint32_t count_subscribers_ = 0;
    std::uint32_t count_places_ = 0;  ///< used
    bool assembled_ = false;          ///< a line waits to be sent
    bool interrupted_ = false;        ///< the line is masked until interrupt_done
    bool time_runs_ = false;
};

}  // namespace freehold::user::serial
