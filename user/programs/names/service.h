// SPDX-License-Identifier: MIT
// The name service: answers requests at once, but for those that wait for a name. These it holds, unanswered, until the
// name is published, their time is over, or whoever asked is dead.
//
//      request ──▶ answered                        await ──▶ held ──publish──▶ answered with the port
//                                                              ├──its time──▶ answered: timed_out
//                                                              └──asker dead──▶ dropped
//
// A process may have two requests here at a time (the port's credits), so all processes together never fill the port.
#pragma once

#include "user/programs/names/table.h"
#include "user/runtime/deadline.h"
#include "user/runtime/port.h"

namespace freehold::user::names {

inline constexpr std::uint32_t kRequestsMax = kPortMessagesMax;
inline constexpr std::uint32_t kRequestsOfProcessMax = kRequestsMax / kProcessesMax;
static_assert(kRequestsOfProcessMax >= 1);

class Service {
  public:
    Service() : table_(owner_of) {}

    /// Takes one request.
    void serve(Message&& request);

    /// Answers those who have waited long enough, and forgets the dead.
    void look_after_waiting();

    [[nodiscard]] bool has_waiting() const { return count_waiting_ != 0; }

  private:
    struct Waiting {
        Message request;
        Deadline deadline;
        char name[kNameLengthMax + 1];
    };

    static Result<ProcessId> owner_of(PortId port);
    NameReply obey(const NameRequest& request, std::string_view name, ProcessId process);
    void hold(Message&& request, std::string_view name, std::uint32_t milliseconds);
    void tell_waiting(std::string_view name, PortId port);
    void forget(std::uint32_t index);

    Table table_;
    Waiting waiting_[kRequestsMax];
    std::uint32_t count_waiting_ = 0;
};

}  // namespace freehold::user::names
