// SPDX-License-Identifier: MIT
// Areas: what owns lets go exactly once.
#include "user/runtime/area.h"

#include "user/runtime/start.h"

namespace freehold::user {
namespace {

abi::SendArgs args_of(const Outgoing& message) {
    abi::SendArgs args{};
    args.to = message.to;
    args.payload = detail::word(message.payload.data());
    args.length_bytes = static_cast<std::uint32_t>(message.payload.size());
    args.cookie = message.cookie;
    args.reply_to = message.reply_to;
    return args;
}

Status send_with(const Outgoing& message, const OwnedRange& range, AreaToSend::Kind kind, Wait wait) {
    abi::SendArgs args = args_of(message);
    args.area_count = 1;
    args.areas[0] = {range.base(), range.length_bytes(), kind};
    return message_send(args, wait);
}

}  // namespace

Status send(const Outgoing& message, Wait wait) { return message_send(args_of(message), wait); }

OwnedRange& OwnedRange::operator=(OwnedRange&& other) noexcept {
    if (this == &other) return *this;
    if (length_bytes_ != 0 && release() != Status::ok) fail("an area could not be released");
    base_ = other.base_;
    length_bytes_ = other.length_bytes_;
    other.clear();
    return *this;
}

OwnedRange::~OwnedRange() {
    if (length_bytes_ != 0 && release() != Status::ok) fail("an area could not be released");
}

Status OwnedRange::release() {
    const Status status = user::release(base_, length_bytes_);
    if (status == Status::ok) clear();
    return status;
}

Word OwnedRange::forget() {
    const Word base = base_;
    clear();
    return base;
}

Status SealedArea::send(const Outgoing& message, Wait wait) const {
    return send_with(message, *this, AreaToSend::Kind::share, wait);
}

Result<Area> Area::allocate(Word length_bytes, const AreaOptions& options) {
    const Word rounded = whole_pages(length_bytes);
    if (rounded < length_bytes) return Status::overflow;
    abi::AllocateArgs args{};
    args.length_bytes = rounded;
    args.alignment_bytes = options.alignment_bytes;
    args.placement = static_cast<std::uint32_t>(options.placement);
    args.address = options.address;
    args.rights = static_cast<std::uint32_t>(options.rights);
    args.populate = options.populate ? 1 : 0;
    args.guard_pages_below = options.guard_pages_below;
    args.guard_pages_above = options.guard_pages_above;
    const auto base = user::allocate(args);
    if (!base.ok()) return base.status();
    return Area(base.value(), rounded);
}

Result<SealedArea> Area::seal() && {
    const Status status = user::seal(base(), length_bytes());
    if (status != Status::ok) return status;
    const Word length = length_bytes();
    return SealedArea::adopt(forget(), length);
}

Status Area::send(const Outgoing& message, Wait wait) && {
    const Status status = send_with(message, *this, AreaToSend::Kind::move, wait);
    if (status == Status::ok) clear();
    return status;
}

Result<Word> Area::move_to(ProcessId child) && {
    const auto there = user::move(child, base(), length_bytes());
    if (there.ok()) clear();
    return there;
}

}  // namespace freehold::user
