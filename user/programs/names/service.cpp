// SPDX-License-Identifier: MIT
#include "user/programs/names/service.h"

namespace freehold::user::names {
namespace {

void copy_name(char (&to)[kNameLengthMax + 1], std::string_view name) {
    for (std::uint32_t i = 0; i <= kNameLengthMax; ++i) to[i] = i < name.size() ? name[i] : '\0';
}

void answer(Message&& request, const NameReply& reply) {
    // Whoever asked may be gone, or has no room for the answer: its affair.
    (void)static_cast<Message&&>(request).reply(bytes_of(reply));
}

/// What a name's bytes say; the bytes are another's and may have no end.
std::string_view name_in(const char (&bytes)[kNameLengthMax + 1]) {
    std::uint32_t length = 0;
    while (length <= kNameLengthMax && bytes[length] != '\0') ++length;
    return {bytes, length};
}

}  // namespace

Result<ProcessId> Service::owner_of(PortId port) {
    const auto record = port_record(port);
    if (!record.ok()) return Status::unknown_port;
    return record.value().port.owner;
}

void Service::serve(Message&& message) {
    if (!message.wants_reply()) {
        (void)message.discard();
        return;
    }
    const auto* const request = message.payload_as<NameRequest>();
    if (request == nullptr) {
        answer(static_cast<Message&&>(message), {.status = Status::bad_option});
        return;
    }
    const std::string_view name = name_in(request->name);
    NameReply reply = obey(*request, name, message.sender());
    if (request->kind == NameRequest::Kind::await && reply.status == Status::unknown_name) {
        hold(static_cast<Message&&>(message), name, request->milliseconds);
        return;
    }
    if (request->kind == NameRequest::Kind::publish && reply.status == Status::ok) tell_waiting(name, request->port);
    answer(static_cast<Message&&>(message), reply);
}

NameReply Service::obey(const NameRequest& request, std::string_view name, ProcessId process) {
    using Kind = NameRequest::Kind;
    NameReply reply{};
    reply.index = request.index;
    if (request.kind != Kind::list) reply.status = check_name(name);
    if (reply.status != Status::ok) return reply;
    const Table::Entry* entry = nullptr;
    switch (request.kind) {
        case Kind::publish:
            reply.status = table_.publish(name, request.port, process);
            return reply;
        case Kind::withdraw:
            reply.status = table_.withdraw(name, process);
            return reply;
        case Kind::find:
        case Kind::await:
            entry = table_.find(name);
            break;
        case Kind::list:
            entry = table_.next(reply.index);
            break;
        default:
            reply.status = Status::bad_option;
            return reply;
    }
    if (entry == nullptr) {
        reply.status = Status::unknown_name;
        return reply;
    }
    reply.port = entry->port;
    reply.owner = entry->owner;
    copy_name(reply.name, entry->name);
    return reply;
}

void Service::hold(Message&& request, std::string_view name, std::uint32_t milliseconds) {
    // There is a place for each slot of the port.
    Waiting& place = waiting_[count_waiting_++];
    copy_name(place.name, name);
    place.deadline = milliseconds == 0 ? Deadline() : Deadline(milliseconds);
    place.request = static_cast<Message&&>(request);
    place.request.release_areas();
}

void Service::forget(std::uint32_t index) {
    Waiting& last = waiting_[--count_waiting_];
    Waiting& place = waiting_[index];
    if (&place == &last) {
        (void)place.request.discard();
    } else {
        place = static_cast<Waiting&&>(last);
    }
}

void Service::tell_waiting(std::string_view name, PortId port) {
    for (std::uint32_t i = 0; i < count_waiting_;) {
        if (name != waiting_[i].name) {
            ++i;
            continue;
        }
        NameReply reply{.status = Status::ok, .port = port};
        copy_name(reply.name, name);
        answer(static_cast<Message&&>(waiting_[i].request), reply);
        forget(i);
    }
}

void Service::look_after_waiting() {
    for (std::uint32_t i = 0; i < count_waiting_;) {
        Waiting& waiting = waiting_[i];
        const bool dead = !is_alive(waiting.request.sender());
        if (!dead && !waiting.deadline.is_over()) {
            ++i;
            continue;
        }
        if (!dead) answer(static_cast<Message&&>(waiting.request), {.status = Status::timed_out});
        forget(i);
    }
}

}  // namespace freehold::user::names
