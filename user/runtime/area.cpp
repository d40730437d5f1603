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

Status send_with(const Outgoing& message, const OwnedRange& range, AreaToSend::Kind kind, Wait wait,
                 std::uint32_t milliseconds) {
    abi::SendArgs args = args_of(message);
    args.area_count = 1;
    args.areas[0] = {range.base(), range.length_bytes(), kind};
    return message_send(args, wait, milliseconds);
}

}  // namespace

Status send(const Outgoing& message, Wait wait, std::uint32_t milliseconds) {
    return message_send(args_of(message), wait, milliseconds);
}

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

Result<RangeState> OwnedRange::state() const {
    const Word end = base_ + length_bytes_;
    if (length_bytes_ == 0) return Status::not_mapped;
    RangeState found{RegionState::plain, kReadWrite | Rights::execute, false};
    bool guards_near = false;
    for (Word at = base_; at < end;) {
        RegionInfo region{};
        const auto count = user::regions(ProcessId::none, at, {&region, 1});
        if (!count.ok()) return count.status();
        if (count.value() == 0 || region.type == RegionType::free) return Status::not_mapped;
        if (at != base_ && found.state != region.state) return Status::bad_option;
        found.state = region.state;
        found.rights = found.rights & region.rights;
        guards_near = guards_near || region.pages_guard != 0;
        at = region.base + region.length_bytes;
    }
    // A region can be larger than the range: its guards may lie outside.
    for (Word at = base_; guards_near && at < end; at += kPageBytes) {
        const auto page = user::query_page(at);
        if (!page.ok()) return page.status();
        found.guarded = found.guarded || page.value().guard;
    }
    return found;
}

Status SealedRange::send(const Outgoing& message, Wait wait, std::uint32_t milliseconds) const {
    return send_with(message, *this, AreaToSend::Kind::share, wait, milliseconds);
}

Result<std::uint32_t> SealedRange::publish(const Outgoing& message, std::span<const PortId> ports,
                                           std::span<Status> outcomes) const {
    if (outcomes.size() < ports.size()) return Status::buffer_too_small;
    abi::SendArgs args = args_of(message);
    args.area_count = 1;
    args.areas[0] = {base(), length_bytes(), AreaToSend::Kind::share};
    return message_publish(args, ports, outcomes.data());
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

Result<SealedArea<>> Area::seal() && {
    const Status status = user::seal(base(), length_bytes());
    if (status != Status::ok) return status;
    const Word length = length_bytes();
    return SealedArea<>::adopt(forget(), length);
}

Status Area::send(const Outgoing& message, Wait wait, std::uint32_t milliseconds) && {
    const Status status = send_with(message, *this, AreaToSend::Kind::move, wait, milliseconds);
    if (status == Status::ok) clear();
    return status;
}

Result<Word> Area::move_to(ProcessId child) && {
    const auto there = user::move(child, base(), length_bytes());
    if (there.ok()) clear();
    return there;
}

Status Cargo::move(Area&& area) {
    if (count_ == kMessageAreasMax) return Status::too_many_areas;
    areas_[count_] = {area.base(), area.length_bytes(), AreaToSend::Kind::move};
    moved_[count_++] = static_cast<Area&&>(area);
    return Status::ok;
}

Status Cargo::share(const SealedRange& area) {
    if (count_ == kMessageAreasMax) return Status::too_many_areas;
    areas_[count_++] = {area.base(), area.length_bytes(), AreaToSend::Kind::share};
    return Status::ok;
}

std::uint32_t Cargo::write_to(AreaToSend (&areas)[kMessageAreasMax]) const {
    for (std::uint32_t i = 0; i < count_; ++i) areas[i] = areas_[i];
    return count_;
}

void Cargo::gone() {
    while (count_ > 0) moved_[--count_].forget();
}

Status Cargo::send(const Outgoing& message, Wait wait, std::uint32_t milliseconds) && {
    abi::SendArgs args = args_of(message);
    args.area_count = write_to(args.areas);
    const Status status = message_send(args, wait, milliseconds);
    if (status == Status::ok) gone();
    return status;
}

}  // namespace freehold::user
