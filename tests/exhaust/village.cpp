// SPDX-License-Identifier: MIT
#include "tests/exhaust/village.h"

#include <algorithm>
#include <utility>

namespace freehold::exhaust {

namespace {

constexpr std::uint32_t kFrames = 220;
constexpr std::uint32_t kSlots = 3;
constexpr Word kPagesOfArea = 2;
constexpr Word kNearBytes = 256 * kPageBytes;  // areas arrive at the lowest free addresses

}  // namespace

Village::Village() : hosted_(kFrames, true) {
    at_start_ = memory_info(hosted_.system());
    host().waits = [](std::uintptr_t, std::uint32_t) { return true; };
    for (std::uint32_t i = 0; i < kEverybody; ++i) {
        spaces_[i] = create_space(hosted_.system(), {.owner_token = i + 1}).value();
        ports_[i] = create_port(*spaces_[i], {.count_messages = kSlots, .message_bytes = 64}).value();
        ids_[i] = space_id(*spaces_[i]);
        open_[i] = true;
    }
}

Village::Village(std::uint32_t free_frames) : Village() {
    short_of_memory_ = true;
    kill(kThird);
    for (MemoryInfo now = memory_info(hosted_.system()); now.frames_free - now.frames_promised > free_frames;
         now = memory_info(hosted_.system())) {
        taken_.push_back(allocate_kernel_frame(hosted_.system()).value());
    }
}

void Village::give_back_frames() {
    for (const FrameNumber frame : std::exchange(taken_, {})) free_kernel_frame(hosted_.system(), frame);
    short_of_memory_ = false;
}

/// Writes the mark to an area's last page, and seals it if it is to be shared.
Status Village::furnish(Who home, Word base, std::uint32_t mark, AreaToSend::Kind kind) {
    const PageRange range(VirtAddr(base), VirtAddr(base + kPagesOfArea * kPageBytes));
    const Status written = copy_out(*spaces_[home], range.end() - kPageBytes, std::as_bytes(std::span(&mark, 1)));
    if (written != Status::ok || kind != AreaToSend::Kind::share) return written;
    return seal_area(*spaces_[home], range);
}

std::vector<AreaToSend> Village::make_areas(Who home, Who to, const std::vector<AreaToSend::Kind>& kinds) {
    std::vector<AreaToSend> areas;
    for (const AreaToSend::Kind kind : kinds) {
        const Word length_bytes = kPagesOfArea * kPageBytes;
        const auto base = allocate_area(*spaces_[home], {.length_bytes = length_bytes});
        const std::uint32_t mark = 0xA0000000U + ++marks_;
        const Status status = base.ok() ? furnish(home, base.value().value(), mark, kind) : base.status();
        if (status != Status::ok) {
            if (!short_of_memory_ || status != Status::out_of_memory) wrong_ = "no room for an area";
            if (base.ok() && release_area(*spaces_[home], {base.value(), base.value() + length_bytes}) != Status::ok) {
                wrong_ = "an area can't be let go";
            }
            return {};
        }
        areas_.push_back({.home = home,
                          .base = base.value().value(),
                          .length_bytes = length_bytes,
                          .kind = kind,
                          .mark = mark,
                          .to = to});
        areas.push_back({base.value().value(), length_bytes, kind});
    }
    return areas;
}

void Village::note_sent(std::size_t count, Status status) {
    for (std::size_t i = areas_.size() - count; i < areas_.size(); ++i) areas_[i].sent = status == Status::ok;
}

std::uint32_t Village::mark_at(Who who, Word base) {
    std::uint32_t mark = 0;
    const VirtAddr last = VirtAddr(base) + (kPagesOfArea - 1) * kPageBytes;
    const Status status = copy_in(*spaces_[who], last, std::as_writable_bytes(std::span(&mark, 1)));
    return status == Status::ok ? mark : 0;
}

/// It is read where it stands at the first look: once the message is given back, another takes its place.
std::uint32_t Village::number_of(Who who, Held& held) {
    if (held.message != 0) return held.message;
    MessageHead head;
    const Status status = copy_in(*spaces_[who], held.at, std::as_writable_bytes(std::span(&head, 1)));
    if (status != Status::ok || ids_[held.from] != head.sender) wrong_ = "a message in hand is not the one posted";
    return held.message = head.message;
}

Village::Held Village::first_held(Who who) {
    if (held_[who].empty()) return {1, kSender};
    Held& held = held_[who].front();
    return {number_of(who, held), held.from};
}

void Village::send(Who from, Who to, bool wants_reply, std::vector<AreaToSend::Kind> kinds) {
    const auto areas = make_areas(from, to, kinds);
    const Word cookie = ++cookies_;
    const Status status = send_message(*spaces_[from], {.to = ports_[to],
                                                        .words = std::as_bytes(std::span(&cookie, 1)),
                                                        .cookie = cookie,
                                                        .reply_to = wants_reply ? ports_[from] : PortId::none,
                                                        .areas = areas});
    note_sent(areas.size(), status);
    if (status == Status::ok && wants_reply) asked_.push_back({from, cookie});
}

void Village::publish(Who from) {
    const auto areas = make_areas(from, kReceiver, {AreaToSend::Kind::share});
    const std::array to = {ports_[kReceiver], ports_[kThird]};
    std::array<Status, 2> outcomes{};
    publish_message(*spaces_[from], {.areas = areas}, to, outcomes);
    note_sent(areas.size(), outcomes[0]);
}

void Village::note_arrival(Who who, Word base) {
    const auto area = std::ranges::find(areas_, mark_at(who, base), &Area::mark);
    const bool moved = area != areas_.end() && area->kind == AreaToSend::Kind::move;
    if (area == areas_.end() || (moved && area->arrived != kEverybody)) {
        wrong_ = "an area arrives that nobody sent, or twice";
    } else if (moved || who == area->to) {  // what is shared may have been published to others as well
        area->arrived = who;
        area->arrived_at = base;
    }
}

void Village::receive(Who who) { take(who); }

/// Whether there was a message. Replies are counted and let go, the rest is held.
bool Village::take(Who who) {
    const auto at = receive_message(*spaces_[who], ports_[who]);
    if (!at.ok()) {
        const bool expected = at.status() == Status::would_block ||
                              (!open_[who] && at.status() == Status::unknown_port) ||
                              (short_of_memory_ && at.status() == Status::out_of_memory);
        if (!expected) wrong_ = std::string("receive says ") + status_name(at.status());
        return false;
    }
    MessageHead head;
    if (copy_in(*spaces_[who], at.value(), std::as_writable_bytes(std::span(&head, 1))) != Status::ok) {
        wrong_ = "no head to read";
    }
    for (std::uint32_t i = 0; i < head.area_count; ++i) note_arrival(who, head.areas[i].base);
    if ((head.flags & kMessageIsReply) != 0) answered_.push_back({who, head.cookie});
    const auto from = static_cast<Who>(std::ranges::find(ids_, head.origin) - ids_.begin());
    held_[who].push_back({head.message, from});
    return true;
}

void Village::reply(Who who, std::vector<AreaToSend::Kind> kinds) {
    const Held held = first_held(who);
    const auto areas = make_areas(who, held.from, kinds);
    note_sent(areas.size(),
              reply_message(*spaces_[who], {.port = ports_[who], .message = held.message, .areas = areas}));
}

void Village::discard(Who who) {
    const Status status = discard_message(*spaces_[who], ports_[who], first_held(who).message);
    if (status != Status::ok && status != Status::unknown_message) wrong_ = "no discard";  // or it is answered already
}

void Village::forward(Who who, Who to, std::vector<AreaToSend::Kind> kinds) {
    const auto areas = make_areas(who, to, kinds);
    const std::uint32_t message = first_held(who).message;
    note_sent(
        areas.size(),
        forward_message(*spaces_[who], {.port = ports_[who], .message = message, .to = ports_[to], .areas = areas}));
}

void Village::post(Who from, Who to) {
    const Word cookie = ++cookies_;
    const auto done = post_message(*spaces_[from], {.to = ports_[to], .cookie = cookie, .reply_to = ports_[from]});
    if (!done.ok()) return;
    asked_.push_back({from, cookie});
    if (done.value().head == VirtAddr()) return;
    held_[to].push_back({0, from, done.value().head});
}

/// An area comes, is written, sealed in part, and goes in part: the rest is there when its owner ends.
void Village::use_memory(Who who) {
    AddressSpace& space = *spaces_[who];
    const auto base = allocate_area(space, {.length_bytes = 4 * kPageBytes});
    if (!base.ok()) return;
    const VirtAddr at = base.value();
    const bool done = resolve_fault(space, at, Rights::write) == Status::ok &&
                      protect_area(space, {at + kPageBytes, at + 2 * kPageBytes}, Rights::read) == Status::ok &&
                      seal_area(space, {at, at + kPageBytes}) == Status::ok &&
                      release_area(space, {at + 3 * kPageBytes, at + 4 * kPageBytes}) == Status::ok;
    if (!done && !short_of_memory_) wrong_ = "memory can't be used";
}

/// A process starts, has memory and a port, and ends.
void Village::raise_a_child() {
    const auto space = create_space(hosted_.system(), {});
    if (!space.ok()) return;
    AddressSpace& child = *space.value();
    const bool done = allocate_area(child, {.length_bytes = 2 * kPageBytes, .populate = true}).ok() &&
                      create_port(child, {.count_messages = 1}).ok();
    if (!done && !short_of_memory_) wrong_ = "a child gets no memory";
    destroy_space(space.value());
}

void Village::post_area(Who from, Who to) {
    const auto areas = make_areas(from, to, {AreaToSend::Kind::move});
    if (areas.empty()) return;
    const auto done = freehold::post_area(
        *spaces_[from], {.to = ports_[to], .base = areas[0].base, .length_bytes = areas[0].length_bytes});
    note_sent(1, done.status());
    if (!done.ok()) return;
    held_[to].push_back({0, from, done.value().head});
    Area& area = areas_.back();
    area.arrived = to;  // at once; whoever received it may have died since
    while (alive(to) && mark_at(to, area.arrived_at) != area.mark && area.arrived_at < kNearBytes) {
        area.arrived_at += kPageBytes;
    }
}

void Village::hand_over_request(Who from, Who to) {
    const Word cookie = ++cookies_;
    const auto done = freehold::hand_over_request(*spaces_[from], ports_[to], ports_[from], cookie);
    if (!done.ok()) return;
    asked_.push_back({from, cookie});
    held_[to].push_back({static_cast<std::uint32_t>(done.value().word), from});
}

void Village::hand_over_reply(Who who) {
    const auto done = freehold::hand_over_reply(*spaces_[who], ports_[who], first_held(who).message);
    if (done.ok()) answered_.push_back({static_cast<Who>(done.value().owner_token - 1), done.value().word});
}

void Village::end_port(Who who) {
    open_[who] = false;
    if (destroy_port(*spaces_[who], ports_[who]) != Status::ok) wrong_ = "a port does not end";
}

void Village::another_port(Who who) {
    const auto port = create_port(*spaces_[who], {.count_messages = 1});
    if (!port.ok()) wrong_ = "no second port";
}

void Village::change_mode(Who who) {
    if (set_port_mode(*spaces_[who], ports_[who], PortMode::closed, SpaceId::none) != Status::ok) wrong_ = "no mode";
}

void Village::signal(Who from, Who to) {
    const Status status = raise_signals(hosted_.system(), ids_[from], ids_[to], 1);
    if (status != Status::not_permitted && status != Status::unknown_space) wrong_ = "a signal nobody allowed";
}

void Village::kill(Who who) {
    AddressSpace* const space = spaces_[who];
    spaces_[who] = nullptr;
    open_[who] = false;
    destroy_space(space);
}

std::string Village::complaint() {
    if (wrong_) return *wrong_;
    const AuditReport report = audit(hosted_.system());
    if (!report.clean) return report.text;
    if (hosted_.machine().stale_uses() != 0) return hosted_.machine().stale_description();
    return hosted_.machine().first_stale();
}

/// Answers all it holds. Whether there was any.
bool Village::let_go(Who who) {
    auto messages = std::exchange(held_[who], {});
    for (Held& held : messages) {
        if (!open_[who]) break;  // the port is gone, and all it held
        const std::uint32_t message = number_of(who, held);
        Status status = reply_message(*spaces_[who], {.port = ports_[who], .message = message});
        if (status == Status::no_reply_wanted) status = discard_message(*spaces_[who], ports_[who], message);
        // The requester may be gone; the test may have answered it before; the port may have ended.
        const bool expected = status == Status::ok || status == Status::peer_gone ||
                              status == Status::unknown_message || (!open_[who] && status == Status::unknown_port);
        if (!expected) wrong_ = std::string("an answer fails: ") + status_name(status);
    }
    return !messages.empty();
}

std::string Village::check_answers() const {
    const auto count = [](const std::vector<Asked>& all, const Asked& one) {
        return std::ranges::count_if(all, [&](const Asked& a) { return a.by == one.by && a.cookie == one.cookie; });
    };
    for (const Asked& asked : asked_) {
        if (takes(asked.by) && count(answered_, asked) != 1) {
            return "request " + std::to_string(asked.cookie) + " was answered " +
                   std::to_string(count(answered_, asked)) + " times";
        }
    }
    for (const Asked& answer : answered_) {
        if (count(asked_, answer) != 1) return "an answer to what nobody asked";
    }
    return {};
}

std::string Village::check_area(const Area& area) {
    const std::string name = "area " + std::to_string(area.mark & 0xFFFF);
    const bool moved = area.kind == AreaToSend::Kind::move;
    const bool came = area.arrived != kEverybody;
    if (came && alive(area.arrived) && mark_at(area.arrived, area.arrived_at) != area.mark) return name + " is lost";
    if (!came && area.sent && takes(area.to)) return name + " did not come, though its receiver lives";
    if (!alive(area.home)) return {};
    const bool at_home = mark_at(area.home, area.base) == area.mark;
    if (came && moved && at_home && !(area.arrived == area.home && area.arrived_at == area.base)) {
        return name + " is in two places";
    }
    return at_home || (came && moved) ? std::string() : name + " is not back where it was";
}

std::uint32_t Village::count_queued(Who who) {
    return takes(who) ? port_info(hosted_.system(), ports_[who]).value().queued : 0;
}

std::string Village::state_of_memory() {
    const MemoryInfo memory = memory_info(hosted_.system());
    return std::to_string(memory.frames_free) + " " + std::to_string(memory.frames_promised) + " " +
           std::to_string(memory.frames_sealed);
}

std::string Village::state_of(Who who) {
    if (!alive(who)) return "dead";
    std::string text;
    for (VirtAddr at; at < kUserEnd;) {
        const RegionInfo region = query_region(*spaces_[who], at).value();
        const Word length_pages = region.length_bytes / kPageBytes;
        for (const Word part : {length_pages, Word{region.pages_present}, static_cast<Word>(region.state)}) {
            text += std::to_string(part) + " ";
        }
        at = VirtAddr(region.base + region.length_bytes);
    }
    const SpaceInfo space = space_info(*spaces_[who]);
    const auto unanswered =
        std::ranges::count(asked_, who, &Asked::by) - std::ranges::count(answered_, who, &Asked::by);
    text += std::to_string(space.areas_in_flight) + " " + std::to_string(space.frames_charged) + " " +
            std::to_string(unanswered);
    if (!open_[who]) return text;
    const PortInfo port = port_info(hosted_.system(), ports_[who]).value();
    for (const auto part : {port.queued, port.held, port.promised}) text += " " + std::to_string(part);
    for (const Held& held : held_[who]) text += held.from == who ? " own" : " other's";
    return text;
}

std::string Village::settle() {
    give_back_frames();
    if (auto wrong = complaint(); !wrong.empty()) return wrong;
    for (bool more = true; more;) {
        more = false;
        for (const Who who : {kSender, kReceiver, kThird}) {
            if (!alive(who)) continue;
            more |= let_go(who);
            while (take(who)) more = true;
        }
        if (wrong_) return *wrong_;
    }
    if (auto wrong = check_answers(); !wrong.empty()) return wrong;
    for (const Area& area : areas_) {
        if (auto wrong = check_area(area); !wrong.empty()) return wrong;
    }
    std::uint32_t living = at_start_.spaces;
    for (const Who who : {kSender, kReceiver, kThird}) {
        if (!alive(who)) continue;
        ++living;
        if (space_info(*spaces_[who]).areas_in_flight != 0) return "something is still in flight";
    }
    if (memory_info(hosted_.system()).spaces != living) return "a dead space is still there";
    return close();
}

std::string Village::close() {
    if (auto wrong = complaint(); !wrong.empty()) return wrong;
    for (const Who who : {kSender, kReceiver, kThird}) {
        if (alive(who)) kill(who);
    }
    if (auto wrong = complaint(); !wrong.empty()) return wrong;
    const MemoryInfo info = memory_info(hosted_.system());
    if (info.frames_free != at_start_.frames_free) return "frames are lost";
    if (info.frames_promised + info.frames_sealed != 0 || info.frames_charged != at_start_.frames_charged)
        return "a charge is left";
    return info.ports != 0 ? "a port is left" : std::string();
}

}  // namespace freehold::exhaust
