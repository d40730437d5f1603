// SPDX-License-Identifier: MIT
// One of the pipeline's processes: source, filter or sink. All do the same with their data: get it, work on it, pass it
// on; what differs is the work.
#pragma once

#include <string_view>

#include "user/programs/pipeline/protocol.h"
#include "user/runtime/archive.h"
#include "user/runtime/port.h"

namespace freehold::user::pipeline {

class Worker {
  public:
    Worker(Role role, std::string_view file) : role_(role), file_(file) {}

    /// Serves the parent until it says leave; the process's exit code.
    int serve(PortId parent);

  private:
    Status obey(Kind command, Report& report);
    Status load();
    Status accept(Message& message);
    Status accept_bytes(std::span<const std::byte> bytes);
    Status pass();
    Status pass_bytes(PortId to);
    Status work(Report& report);
    Status change();
    void drop();
    static Result<Area> allocate(Word length_bytes);

    [[nodiscard]] std::span<const std::byte> data() const;

    Role role_;
    std::string_view file_;
    Port port_;
    Order order_{};
    Area area_;            // the data, to be written by nobody else
    SealedArea<> sealed_;  // or the data, to be written by nobody
    Word received_bytes_ = 0;
    Status failed_ = Status::ok;  // of data that came between commands; told with the next reply
};

}  // namespace freehold::user::pipeline
