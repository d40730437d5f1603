// SPDX-License-Identifier: MIT
// Starting the workers, sending the file on its way, and counting what it cost.
#include "user/programs/pipeline/team.h"

#include <array>

#include "user/runtime/print.h"
#include "user/runtime/process.h"

namespace freehold::user::pipeline {
namespace {

constexpr std::uint32_t kRegionsDrawn = 64;

/// Goes on to the next step only if all before it went well, and notes which one did not.
Status step(Outcome& outcome, const char* what, Status status) {
    if (status != Status::ok && outcome.status == Status::ok) {
        outcome.status = status;
        outcome.failed_at = what;
    }
    return status;
}

}  // namespace

std::string_view name_of(Role role) {
    switch (role) {
        case Role::source:
            return "source";
        case Role::filter:
            return "filter";
        case Role::sink:
            return "sink";
        case Role::second_sink:
            return "sink 2";
    }
    return "?";
}

Sample Sample::take() {
    Sample sample;
    const auto info = system_info();
    const auto now = clock();
    if (!info.ok() || !now.ok()) return sample;
    const Counters& counters = info.value().counters;
    sample.bytes_copied = counters.bytes_copied + counters.bytes_transferred;
    sample.entries_written = counters.entries_written;
    sample.frames_allocated = counters.frames_allocated;
    sample.system_calls = info.value().system_calls;
    sample.cycles = now.value().cycles;
    return sample;
}

Sample Sample::since(const Sample& start) const {
    return {bytes_copied - start.bytes_copied, entries_written - start.entries_written,
            frames_allocated - start.frames_allocated, system_calls - start.system_calls, cycles - start.cycles};
}

Team::~Team() {
    for (Member& one : members_) {
        if (one.process == ProcessId::none) continue;
        (void)process_kill(one.process);
        (void)process_wait(one.process, Wait::yes);
    }
}

Status Team::start(Role role) {
    char port[16];
    char number[16];
    const std::string_view words[] = {"pipeline", "@worker",
                                      format_into(number, "{}", static_cast<std::uint32_t>(role)),
                                      format_into(port, "{}", port_.id()), file_};
    const auto process = start_program(archive_, words);
    if (!process.ok()) return process.status();
    member(role).process = process.value();
    return introduction(member(role));
}

/// Waits for the new worker's first word, or for its end.
Status Team::introduction(Member& member) {
    for (;;) {
        const auto message = port_.receive(Wait::no);
        if (message.ok()) {
            const PortId* const port = message.value().payload_as<PortId>();
            if (port == nullptr || message.value().sender() != member.process) continue;
            member.port = *port;
            return Status::ok;
        }
        if (message.status() != Status::would_block) return message.status();
        if (process_wait(member.process, Wait::no).ok()) {
            member.process = ProcessId::none;
            return Status::peer_gone;
        }
        sleep(1);
    }
}

Status Team::tell(Role role, Kind command, Outcome& outcome) {
    Member& to = member(role);
    const auto answer =
        port_.request({.to = to.port, .payload = bytes_of(order_), .cookie = static_cast<Word>(command)});
    if (!answer.ok()) return answer.status();
    const Report* const report = answer.value().payload_as<Report>();
    if (report == nullptr) return Status::bad_option;
    to.data_base = report->base;
    if (role == Role::sink && command == Kind::work) outcome.digest = report->digest;
    if (role == Role::second_sink && command == Kind::work) outcome.sinks_agree = report->digest == outcome.digest;
    return report->status;
}

Status Team::tell_sinks(Kind command, Outcome& outcome) {
    for (std::uint32_t i = 0; i < count_sinks(); ++i) {
        const auto role = static_cast<Role>(static_cast<std::uint32_t>(Role::sink) + i);
        const Status status = tell(role, command, outcome);
        if (status != Status::ok) return status;
    }
    return Status::ok;
}

/// One hop: ends when the receivers have all of it.
Status Team::pass(Role from, Outcome& outcome) {
    const bool to_filter = from == Role::source;
    order_.count_to = to_filter ? 1 : count_sinks();
    order_.to[0] = member(to_filter ? Role::filter : Role::sink).port;
    order_.to[1] = member(Role::second_sink).port;
    const Status status = tell(from, Kind::pass, outcome);
    if (status != Status::ok) return status;
    return to_filter ? tell(Role::filter, Kind::take, outcome) : tell_sinks(Kind::take, outcome);
}

Status Team::draw(Picture (&pictures)[kRoles]) const {
    for (std::uint32_t i = 0; i < count_members(); ++i) {
        std::array<RegionInfo, kRegionsDrawn> buffer{};
        const auto count = regions(members_[i].process, 0, buffer);
        if (!count.ok()) return count.status();
        const Word file_bytes = members_[i].data_base == 0 ? 0 : whole_pages(order_.length_bytes);
        pictures[i].draw(std::span(buffer).first(count.value()), members_[i].data_base, file_bytes);
    }
    return Status::ok;
}

Status Team::set_up(Outcome& outcome) {
    outcome.count_workers = count_members();
    for (std::uint32_t i = 0; i < count_members(); ++i) {
        const auto role = static_cast<Role>(i);
        Status status = step(outcome, "starting the processes", start(role));
        if (status == Status::ok) status = step(outcome, "preparing", tell(role, Kind::prepare, outcome));
        if (status != Status::ok) return status;
    }
    const Status loaded = step(outcome, "reading the file", tell(Role::source, Kind::load, outcome));
    return loaded == Status::ok ? step(outcome, "looking at regions", draw(outcome.before)) : loaded;
}

Status Team::travel(Outcome& outcome) {
    const Sample start = Sample::take();
    Status status = step(outcome, "passing it to the filter", pass(Role::source, outcome));
    if (status != Status::ok) return status;
    const Sample at_filter = Sample::take();
    status = step(outcome, "filtering", tell(Role::filter, Kind::work, outcome));
    if (status != Status::ok) return status;
    const Sample filtered = Sample::take();
    status = step(outcome, "passing it to the sink", pass(Role::filter, outcome));
    if (status != Status::ok) return status;
    const Sample at_sink = Sample::take();
    status = step(outcome, "computing the digest", tell_sinks(Kind::work, outcome));
    if (status != Status::ok) return status;
    const Sample end = Sample::take();

    outcome.total = end.since(start);
    outcome.cycles_passing = at_filter.since(start).cycles + at_sink.since(filtered).cycles;
    outcome.cycles_filter = filtered.since(at_filter).cycles;
    outcome.cycles_digest = end.since(at_sink).cycles;
    return step(outcome, "looking at regions", draw(outcome.after));
}

Status Team::dismiss(Outcome& outcome) {
    for (std::uint32_t i = 0; i < count_members(); ++i) {
        Status status = step(outcome, "ending the processes", tell(static_cast<Role>(i), Kind::leave, outcome));
        if (status != Status::ok) return status;
        const auto ended = process_wait(members_[i].process, Wait::yes);
        if (ended.ok()) members_[i].process = ProcessId::none;
        const bool well = ended.ok() && status_of_end(ended.value()) == 0;
        status = step(outcome, "ending the processes", well ? Status::ok : Status::peer_gone);
        if (status != Status::ok) return status;
    }
    return Status::ok;
}

Outcome Team::run() {
    Outcome outcome;
    if (set_up(outcome) == Status::ok && travel(outcome) == Status::ok) (void)dismiss(outcome);
    return outcome;
}

}  // namespace freehold::user::pipeline
