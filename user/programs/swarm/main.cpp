// SPDX-License-Identifier: MIT
// swarm [N]: starts up to N processes, as many as the process table has room for, lets each exchange areas with others,
// and waits until all are gone.
#include "user/programs/swarm/swarm.h"
#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

using namespace swarm;

struct Members {
    ProcessId process[kMembersMax];
    PortId port[kMembersMax];
    std::uint32_t count = 0;
    std::uint32_t ended = 0;
    std::uint32_t failed = 0;
};

Members members;  // static: rather much for a stack

/// Starts members until there are enough or the table is full; says why it stopped otherwise.
Status start_members(const BootArchive& archive, const Port& port, std::uint32_t wanted) {
    char number[16];
    const std::string_view words[] = {"swarm", "@member", format_into(number, "{}", port.id())};
    while (members.count < wanted) {
        const auto process = start_program(archive, words);
        if (process.status() == Status::process_table_full) return Status::ok;
        if (!process.ok()) return process.status();
        members.process[members.count++] = process.value();
    }
    return Status::ok;
}

void take_note_of_ended() {
    for (;;) {
        const auto ended = process_wait(ProcessId::none, Wait::no);
        if (!ended.ok()) return;
        ++members.ended;
        if (status_of_end(ended.value()) != 0) ++members.failed;
    }
}

/// The next message of a member's; peer_gone if one failed instead, which nobody would wait for in vain.
Result<Message> next_message(const Port& port) {
    for (;;) {
        auto message = port.receive(Wait::no);
        if (message.status() != Status::would_block) return message;
        take_note_of_ended();
        if (members.failed > 0) return Status::peer_gone;
        sleep(1);
    }
}

Status learn_ports(const Port& port) {
    for (std::uint32_t known = 0; known < members.count; ++known) {
        const auto message = next_message(port);
        if (!message.ok()) return message.status();
        const Introduction* const introduction = message.value().payload_as<Introduction>();
        if (introduction == nullptr) return Status::bad_option;
        members.port[known] = introduction->port;
    }
    return Status::ok;
}

Status tell_partners() {
    for (std::uint32_t i = 0; i < members.count; ++i) {
        Partners partners{i, members.count, {}};
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            partners.to[round] = members.port[partner_of(i, round, members.count)];
        }
        const Status status =
            send({.to = members.port[i], .payload = bytes_of(partners), .cookie = static_cast<Word>(Kind::partners)});
        if (status != Status::ok) return status;
    }
    return Status::ok;
}

Status collect(const Port& port, Tally& total) {
    for (std::uint32_t i = 0; i < members.count; ++i) {
        const auto message = next_message(port);
        if (!message.ok()) return message.status();
        const auto* const result = message.value().payload_as<Tally>();
        if (result == nullptr) return Status::bad_option;
        total.areas_received += result->areas_received;
        total.areas_wrong += result->areas_wrong;
    }
    return Status::ok;
}

/// All members are gone when this returns, whatever went wrong before.
void end_members(bool kill) {
    for (std::uint32_t i = 0; kill && i < members.count; ++i) (void)process_kill(members.process[i]);
    while (members.ended < members.count) {
        const auto ended = process_wait(ProcessId::none, Wait::yes);
        if (!ended.ok()) return;
        ++members.ended;
        if (status_of_end(ended.value()) != 0) ++members.failed;
    }
}

int run(std::uint32_t wanted) {
    const auto archive = BootArchive::open();
    const auto port = Port::create({.count_messages = kPortMessagesMax, .message_bytes = 64});
    if (!archive.ok() || !port.ok()) {
        print("swarm: could not begin: {}\n", archive.ok() ? port.status() : archive.status());
        return 1;
    }
    Status status = start_members(archive.value(), port.value(), wanted);
    if (status == Status::ok && members.count < 2) status = Status::process_table_full;
    if (status == Status::ok) status = learn_ports(port.value());
    if (status == Status::ok) status = tell_partners();
    Tally total{};
    if (status == Status::ok) status = collect(port.value(), total);
    end_members(status != Status::ok);
    if (status != Status::ok) {
        print("swarm: failed with {} processes: {}\n", members.count, status);
        return 1;
    }
    if (members.count < wanted) print("swarm: the process table is full at {} of {}\n", members.count, wanted);
    print("swarm: {} processes ran, {} areas were exchanged, {} with wrong contents, {} processes failed\n",
          members.count, total.areas_received, total.areas_wrong, members.failed);
    const bool all = total.areas_received == members.count * 2 * kRounds;
    return all && total.areas_wrong == 0 && members.failed == 0 ? 0 : 1;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@member") return swarm::run_member(static_cast<PortId>(*parse_number(arguments[2])));
    const auto wanted = arguments.count() > 1 ? parse_number(arguments[1]) : kMembersMax;
    if (arguments.count() > 2 || !wanted.has_value() || *wanted < 2 || *wanted > kMembersMax) {
        print("usage: swarm [N], N from 2 to {}\n", kMembersMax);
        return 2;
    }
    return run(*wanted);
}

}  // namespace freehold::user
