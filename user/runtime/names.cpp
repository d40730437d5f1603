// SPDX-License-Identifier: MIT
// The client's side of the name service: one request, one answer, at a port of its own.
#include "user/runtime/names.h"

#include "user/runtime/port.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

Result<NameReply> ask_names(const NameRequest& request) {
    const auto answer = ask({.to = names_port(), .payload = bytes_of(request)}, 0, sizeof(NameReply));
    if (!answer.ok()) return answer.status();
    const auto* const reply = answer.value().message.payload_as<NameReply>();
    if (reply == nullptr) return Status::bad_option;
    if (reply->status != Status::ok) return reply->status;
    return *reply;
}

Result<NameReply> ask_of_name(NameRequest request, std::string_view name) {
    if (const Status status = check_name(name); status != Status::ok) return status;
    for (std::uint32_t i = 0; i < name.size(); ++i) request.name[i] = name[i];
    return ask_names(request);
}

Result<PortId> port_in(const Result<NameReply>& reply) {
    if (!reply.ok()) return reply.status();
    return reply.value().port;
}

}  // namespace

Status check_name(std::string_view name) {
    if (name.size() > kNameLengthMax) return Status::name_too_long;
    for (const char letter : name) {
        if (letter <= ' ' || letter > '~') return Status::bad_option;
    }
    return name.empty() ? Status::bad_option : Status::ok;
}

Status publish_name(std::string_view name, PortId port) {
    return ask_of_name({.kind = NameRequest::Kind::publish, .port = port}, name).status();
}

Status withdraw_name(std::string_view name) {
    return ask_of_name({.kind = NameRequest::Kind::withdraw}, name).status();
}

Result<PortId> find_name(std::string_view name) {
    return port_in(ask_of_name({.kind = NameRequest::Kind::find}, name));
}

Result<PortId> await_name(std::string_view name, std::uint32_t milliseconds) {
    return port_in(ask_of_name({.kind = NameRequest::Kind::await, .milliseconds = milliseconds}, name));
}

Result<NameReply> next_name(Word& index) {
    const auto reply = ask_names({.kind = NameRequest::Kind::list, .index = index});
    if (reply.ok()) index = reply.value().index;
    return reply;
}

}  // namespace freehold::user
