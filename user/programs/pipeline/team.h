// SPDX-License-Identifier: MIT
// The parent's view of its workers: started one by one, each told what to do and waited for.
#pragma once

#include <string_view>

#include "user/programs/pipeline/picture.h"
#include "user/programs/pipeline/protocol.h"
#include "user/runtime/archive.h"
#include "user/runtime/port.h"

namespace freehold::user::pipeline {

/// What the kernel has counted, at one moment.
struct Sample {
    std::uint64_t bytes_copied = 0;
    std::uint64_t entries_written = 0;
    std::uint64_t frames_allocated = 0;
    std::uint64_t system_calls = 0;
    std::uint64_t cycles = 0;

    static Sample take();
    [[nodiscard]] Sample since(const Sample& start) const;
};

/// What one run brought to light.
struct Outcome {
    Status status = Status::ok;
    const char* failed_at = "";
    Sample total;
    std::uint64_t cycles_passing = 0;
    std::uint64_t cycles_filter = 0;
    std::uint64_t cycles_digest = 0;
    Sha256::Digest digest{};
    bool sinks_agree = true;
    std::uint32_t count_workers = 0;
    Picture before[kRoles];
    Picture after[kRoles];
};

class Team {
  public:
    Team(const BootArchive& archive, const Port& port, std::string_view file, const Order& order)
        : archive_(archive), port_(port), file_(file), order_(order) {}
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;
    ~Team();

    /// The whole way of the file, from the source to the sinks.
    Outcome run();

  private:
    struct Member {
        ProcessId process = ProcessId::none;
        PortId port = PortId::none;
        Word data_base = 0;
    };

    Status start(Role role);
    Status introduction(Member& member);
    Status tell(Role role, Kind command, Outcome& outcome);
    Status tell_sinks(Kind command, Outcome& outcome);
    Status pass(Role from, Outcome& outcome);
    Status set_up(Outcome& outcome);
    Status travel(Outcome& outcome);
    Status dismiss(Outcome& outcome);
    Status draw(Picture (&pictures)[kRoles]) const;

    [[nodiscard]] std::uint32_t count_sinks() const { return order_.way == Way::seal ? 2 : 1; }
    [[nodiscard]] std::uint32_t count_members() const { return 2 + count_sinks(); }
    Member& member(Role role) { return members_[static_cast<std::uint32_t>(role)]; }

    const BootArchive& archive_;
    const Port& port_;
    std::string_view file_;
    Order order_;
    Member members_[kRoles];
};

std::string_view name_of(Role role);

}  // namespace freehold::user::pipeline
