// SPDX-License-Identifier: MIT
// What the workers do. None keeps memory longer than it needs it: beside the archive no more than two copies of the
// file exist at any time.
#include "user/programs/pipeline/worker.h"

#include "user/programs/pipeline/filters.h"

namespace freehold::user::pipeline {

int Worker::serve(PortId parent) {
    auto port = Port::create({.count_messages = 8, .message_bytes = kMessageBytesMax});
    if (!port.ok()) return 1;
    port_ = static_cast<Port&&>(port.value());
    const PortId id = port_.id();
    if (send({.to = parent, .payload = bytes_of(id), .cookie = static_cast<Word>(Kind::introduce)}) != Status::ok) {
        return 1;
    }
    for (;;) {
        auto message = port_.receive();
        if (!message.ok()) return 1;
        const auto kind = static_cast<Kind>(message.value().cookie());
        if (kind == Kind::data) {
            const Status status = accept(message.value());
            if (failed_ == Status::ok) failed_ = status;
            continue;
        }
        const Order* const order = message.value().payload_as<Order>();
        if (order == nullptr) return 1;
        order_ = *order;
        Report report{};
        report.status = obey(kind, report);
        if (failed_ != Status::ok) report.status = failed_;
        report.base = area_ ? area_.base() : sealed_.base();
        if (static_cast<Message&&>(message.value()).reply(bytes_of(report)) != Status::ok) return 1;
        if (kind == Kind::leave) return 0;
    }
}

Status Worker::obey(Kind command, Report& report) {
    switch (command) {
        case Kind::load:
            return load();
        case Kind::pass:
            return pass();
        case Kind::work:
            return work(report);
        case Kind::leave:
            drop();
            return Status::ok;
        case Kind::take:
            return data().size() < order_.length_bytes ? Status::not_mapped : Status::ok;
        case Kind::prepare:
            return Status::ok;
        default:
            return Status::bad_option;
    }
}

void Worker::drop() {
    area_ = Area();
    sealed_ = SealedArea<>();
    received_bytes_ = 0;
}

std::span<const std::byte> Worker::data() const {
    const auto all = area_ ? std::span<const std::byte>(area_.bytes()) : sealed_.bytes();
    const std::size_t length = received_bytes_ < all.size() ? received_bytes_ : all.size();
    return all.first(length);
}

/// Memory for the file; a large one such that whole page tables can be moved and shared.
Result<Area> Worker::allocate(Word length_bytes) {
    const bool large = length_bytes >= arch::kTableBytes;
    return Area::allocate(length_bytes, {.alignment_bytes = large ? arch::kTableBytes : kPageBytes});
}

Status Worker::load() {
    const auto archive = BootArchive::open();
    if (!archive.ok()) return archive.status();
    const auto file = archive.value().find(file_);
    if (!file.ok()) return file.status();
    auto area = allocate(static_cast<Word>(file.value().size()));
    if (!area.ok()) return area.status();
    __builtin_memcpy(area.value().bytes().data(), file.value().data(), file.value().size());
    area_ = static_cast<Area&&>(area.value());
    received_bytes_ = static_cast<Word>(file.value().size());
    return Status::ok;
}

/// Takes on data as it comes.
Status Worker::accept(Message& message) {
    if (order_.way == Way::copy) return accept_bytes(message.payload());
    const DataHead* const head = message.payload_as<DataHead>();
    if (head == nullptr) return Status::bad_option;
    if (order_.way == Way::move) {
        auto area = message.take_area();
        if (!area.ok()) return area.status();
        area_ = static_cast<Area&&>(area.value());
    } else {
        auto area = message.take_sealed();
        if (!area.ok()) return area.status();
        sealed_ = static_cast<SealedArea<>&&>(area.value());
    }
    received_bytes_ = head->length_bytes;
    return Status::ok;
}

/// Copies a piece behind those that came before.
Status Worker::accept_bytes(std::span<const std::byte> bytes) {
    if (!area_) {
        auto area = allocate(order_.length_bytes);
        if (!area.ok()) return area.status();
        area_ = static_cast<Area&&>(area.value());
    }
    if (bytes.size() > area_.bytes().size() - received_bytes_) return Status::message_too_long;
    __builtin_memcpy(area_.bytes().data() + received_bytes_, bytes.data(), bytes.size());
    received_bytes_ += static_cast<Word>(bytes.size());
    return Status::ok;
}

Status Worker::pass_bytes(PortId to) {
    for (auto rest = data(); !rest.empty();) {
        const std::size_t length = rest.size() < kMessageBytesMax ? rest.size() : kMessageBytesMax;
        const Status status = send({.to = to, .payload = rest.first(length), .cookie = static_cast<Word>(Kind::data)});
        if (status != Status::ok) return status;
        rest = rest.subspan(length);
    }
    drop();
    return Status::ok;
}

Status Worker::pass() {
    const DataHead head{received_bytes_};
    Outgoing message{.to = order_.to[0], .payload = bytes_of(head), .cookie = static_cast<Word>(Kind::data)};
    switch (order_.way) {
        case Way::copy:
            return pass_bytes(order_.to[0]);
        case Way::move: {
            const Status status = static_cast<Area&&>(area_).send(message);
            if (status == Status::ok) received_bytes_ = 0;
            return status;
        }
        case Way::seal:
            break;
    }
    if (area_) {
        auto sealed = static_cast<Area&&>(area_).seal();
        if (!sealed.ok()) return sealed.status();
        sealed_ = static_cast<SealedArea<>&&>(sealed.value());
    }
    for (std::uint32_t i = 0; i < order_.count_to; ++i) {
        message.to = order_.to[i];
        const Status status = sealed_.send(message);
        if (status != Status::ok) return status;
    }
    return Status::ok;
}

Status Worker::work(Report& report) {
    if (role_ == Role::filter) return change();
    Sha256 hash;
    hash.update(data());
    report.digest = hash.finish();
    return Status::ok;
}

/// In place where the data is the filter's own. Sealed data can't be changed: a filter that has to gives its result an
/// area of its own, and lets go of what it read.
Status Worker::change() {
    if (order_.filter == Filter::identity) return Status::ok;
    if (area_) {
        change_in_place(order_.filter, area_.bytes().first(received_bytes_));
        return Status::ok;
    }
    auto area = allocate(received_bytes_);
    if (!area.ok()) return area.status();
    change_into(order_.filter, data(), area.value().bytes().first(received_bytes_));
    sealed_ = SealedArea<>();
    area_ = static_cast<Area&&>(area.value());
    return Status::ok;
}

}  // namespace freehold::user::pipeline
