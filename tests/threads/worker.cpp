// SPDX-License-Identifier: MIT
// A worker's own areas, and the spaces.
#include "tests/threads/worker.h"

#include <algorithm>
#include <mutex>

namespace freehold::threads {

namespace {

constexpr std::size_t kAreasMax = 24;  ///< of a worker; from there on it gives some back
constexpr Word kUnitPages = Word{1} << arch::kSimLeafBits;
constexpr Word kPagesMax = 24;

bool exhausted(Status status) {
    return status == Status::out_of_memory || status == Status::region_table_full ||
           status == Status::no_address_range || status == Status::over_limit;
}

}  // namespace

void Worker::work(std::uint32_t steps) {
    host::play_processor(processor_);
    for (std::uint32_t i = 0; i < steps && failure_.empty(); ++i) step();
    if (host::locks_held() != 0) fail("a lock is still held");
}

void Worker::step() {
    using Step = void (Worker::*)();
    static constexpr Step kSteps[] = {
        &Worker::allocate,     &Worker::allocate,      &Worker::allocate,   &Worker::verify,    &Worker::verify,
        &Worker::release,      &Worker::protect,       &Worker::seal,       &Worker::cut,       &Worker::transfer,
        &Worker::transfer,     &Worker::copy,          &Worker::map_device, &Worker::send,      &Worker::send,
        &Worker::send,         &Worker::receive,       &Worker::receive,    &Worker::receive,   &Worker::receive,
        &Worker::answer,       &Worker::answer,        &Worker::hand_over,  &Worker::hand_over, &Worker::signal,
        &Worker::change_ports, &Worker::change_guests, &Worker::look,       &Worker::run_wild,  &Worker::run_wild,
        &Worker::run_wild,     &Worker::run_wild,
    };
    if (areas_.size() > kAreasMax) return release();
    (this->*kSteps[random_.below(std::size(kSteps))])();
}

void Worker::fail(const std::string& what) {
    if (failure_.empty()) failure_ = "processor " + std::to_string(processor_) + ": " + what;
}

bool Worker::expect(Status got, Status wanted, const char* what) {
    if (got == wanted) return true;
    fail(std::string(what) + " says " + status_name(got) + ", not " + status_name(wanted));
    return false;
}

/// Whether an operation on an area of one's own did its work; it may run out, and nothing else.
bool Worker::ended(Status status, const char* what) {
    if (status == Status::ok) return true;
    if (!exhausted(status)) fail(std::string(what) + " says " + status_name(status));
    return false;
}

/// An area of one's own, or areas_.size().
std::size_t Worker::choose_area() {
    return areas_.empty() ? 0 : random_.below(static_cast<std::uint32_t>(areas_.size()));
}

/// The area's space; nullptr and the area forgotten if that is no more. Its place is held.
AddressSpace* Worker::space_of(std::size_t area) {
    AddressSpace* const there = town_.place(areas_[area].place).space;
    const auto found = find_space(town_.system(), areas_[area].space);
    if (found.ok() && found.value() == there) return there;
    if (found.ok()) fail("a space's id names another one");
    areas_.erase(areas_.begin() + static_cast<std::ptrdiff_t>(area));
    return nullptr;
}

void Worker::stamp(AddressSpace& space, Area& area) {
    area.stamp = ++next_stamp_;
    area.first_page = 0;
    for (Word page = 0; page < area.pages; ++page) {
        const VirtAddr at = area.base + page * kPageBytes;
        if (!expect(town_.hosted().store_word(space, at, area.stamp), Status::ok, "a write")) return;
        if (!expect(town_.hosted().store_word(space, at + 4, static_cast<std::uint32_t>(page)), Status::ok, "a write"))
            return;
    }
}

void Worker::check(AddressSpace& space, const Area& area) {
    for (Word page = 0; page < area.pages; ++page) {
        const VirtAddr at = area.base + page * kPageBytes;
        const auto stamp = town_.hosted().load_word(space, at);
        const auto number = town_.hosted().load_word(space, at + 4);
        if (!expect(stamp.status(), Status::ok, "a read") || !expect(number.status(), Status::ok, "a read")) return;
        const std::uint32_t expected = area.stamp == 0 ? 0 : area.first_page + static_cast<std::uint32_t>(page);
        if (stamp.value() == area.stamp && number.value() == expected) continue;
        fail("page " + std::to_string(at.value()) + " holds " + std::to_string(stamp.value()) + ", " +
             std::to_string(number.value()) + " and not " + std::to_string(area.stamp) + ", " +
             std::to_string(expected));
        return;
    }
}

void Worker::allocate() {
    const std::uint32_t place = random_.below(kFirstWild);
    const Hold hold(town_, place);
    if (hold.space() == nullptr) return;
    AllocateOptions options;
    const bool whole = random_.one_in(4) && kUnitPages <= kPagesMax;
    const Word pages = whole ? kUnitPages : 1 + random_.below(kPagesMax);
    options.length_bytes = pages * kPageBytes;
    if (whole) options.alignment_bytes = kUnitPages * kPageBytes;
    if (random_.one_in(3)) options.placement = Placement::highest;
    options.populate = random_.one_in(4);
    const auto base = allocate_area(*hold.space(), options);
    if (!ended(base.status(), "allocate")) return;
    Area area{.place = place, .space = space_id(*hold.space()), .base = base.value(), .pages = pages};
    check(*hold.space(), area);
    if (!random_.one_in(4)) stamp(*hold.space(), area);
    areas_.push_back(area);
}

void Worker::verify() {
    const std::size_t chosen = choose_area();
    if (chosen == areas_.size()) return;
    const Hold hold(town_, areas_[chosen].place);
    AddressSpace* const space = space_of(chosen);
    if (space == nullptr) return;
    check(*space, areas_[chosen]);
    if (areas_[chosen].writable) return;
    const Status wanted = areas_[chosen].sealed ? Status::sealed : Status::access_denied;
    expect(town_.hosted().store_word(*space, areas_[chosen].base, 1), wanted, "a write");
}

void Worker::release() {
    const std::size_t chosen = choose_area();
    if (chosen == areas_.size()) return;
    const Hold hold(town_, areas_[chosen].place);
    AddressSpace* const space = space_of(chosen);
    if (space == nullptr || !ended(release_area(*space, areas_[chosen].range()), "release")) return;
    areas_.erase(areas_.begin() + static_cast<std::ptrdiff_t>(chosen));
}

void Worker::protect() {
    const std::size_t chosen = choose_area();
    if (chosen == areas_.size()) return;
    const Hold hold(town_, areas_[chosen].place);
    AddressSpace* const space = space_of(chosen);
    if (space == nullptr) return;
    Area& area = areas_[chosen];
    if (area.sealed) return void(expect(protect_area(*space, area.range(), kReadWrite), Status::sealed, "protect"));
    const Rights rights = area.writable ? Rights::read : kReadWrite;
    if (ended(protect_area(*space, area.range(), rights), "protect")) area.writable = !area.writable;
    const Status written = town_.hosted().store_word(*space, area.base + 8, 7);
    expect(written, area.writable ? Status::ok : Status::access_denied, "a write");
}

void Worker::seal() {
    const std::size_t chosen = choose_area();
    if (chosen == areas_.size()) return;
    const Hold hold(town_, areas_[chosen].place);
    AddressSpace* const space = space_of(chosen);
    if (space == nullptr || !ended(seal_area(*space, areas_[chosen].range()), "seal")) return;
    areas_[chosen].sealed = true;
    areas_[chosen].writable = false;
    expect(town_.hosted().store_word(*space, areas_[chosen].base, 1), Status::sealed, "a write");
}

/// From here on two areas, for the library only parts of one.
void Worker::cut() {
    const std::size_t chosen = choose_area();
    if (chosen == areas_.size() || areas_[chosen].pages == 1) return;
    Area rest = areas_[chosen];
    const Word pages = 1 + random_.below(static_cast<std::uint32_t>(rest.pages) - 1);
    areas_[chosen].pages = pages;
    rest.base = rest.base + pages * kPageBytes;
    rest.pages -= pages;
    rest.first_page += static_cast<std::uint32_t>(pages);
    areas_.push_back(rest);
}

void Worker::transfer() {
    const std::size_t chosen = choose_area();
    const std::uint32_t place = random_.below(kFirstWild);
    if (chosen == areas_.size() || areas_[chosen].place == place) return;
    const HoldTwo hold(town_, areas_[chosen].place, place);
    AddressSpace* const space = space_of(chosen);
    AddressSpace* const to = town_.place(place).space;
    if (space == nullptr || to == nullptr) return;
    Area area = areas_[chosen];
    const bool share = area.sealed && random_.one_in(2);
    const TransferOptions options{random_.one_in(3) ? Placement::highest : Placement::lowest};
    const auto base =
        share ? share_area(*space, area.range(), *to, options) : move_area(*space, area.range(), *to, options);
    if (!ended(base.status(), share ? "share" : "move")) return;
    ++(share ? tally_.shared : tally_.moved);
    area.place = place;
    area.space = space_id(*to);
    area.base = base.value();
    if (share)
        areas_.push_back(area);
    else
        areas_[chosen] = area;
    check(*to, area);
}

/// The kernel reads and writes for a user: its own words, behind those that tell pages apart.
void Worker::copy() {
    const std::size_t chosen = choose_area();
    const std::size_t other = choose_area();
    if (chosen == areas_.size() || !areas_[chosen].writable) return;
    const HoldTwo hold(town_, areas_[chosen].place, areas_[other].place);
    const Area area = areas_[chosen];
    const Area source = areas_[other];
    AddressSpace* const space = space_of(chosen);
    AddressSpace* const second = town_.place(source.place).space;
    if (space == nullptr || second == nullptr || space_id(*second) != source.space) return;
    const std::array<std::uint32_t, 4> out = {next_stamp_, 2, 3, processor_};
    std::array<std::uint32_t, 4> in = {};
    const VirtAddr at = area.base + (area.pages - 1) * kPageBytes + 64;
    if (!expect(copy_out(*space, at, std::as_bytes(std::span(out))), Status::ok, "copy_out")) return;
    if (!expect(copy_in(*space, at, std::as_writable_bytes(std::span(in))), Status::ok, "copy_in")) return;
    if (in != out) fail("what was copied out does not come in again");
    const Status across = copy_across(*second, source.base, *space, area.base + 128, 2 * sizeof(out[0]));
    if (!expect(across, Status::ok, "copy_across")) return;
    const auto word = town_.hosted().load_word(*space, area.base + 128);
    if (word.ok() && word.value() != source.stamp) fail("copy_across brought something else");
}

void Worker::map_device() {
    const Hold hold(town_, random_.below(kResidents));
    const PhysicalOptions device{.address = 0xE0000000, .length_bytes = (1 + random_.below(20)) * kPageBytes};
    const auto base = map_physical(*hold.space(), device);
    if (!ended(base.status(), "map_physical")) return;
    (void)query_page(*hold.space(), base.value());
    const PageRange range(base.value(), base.value() + device.length_bytes);
    expect(release_area(*hold.space(), range), Status::ok, "release of a device");
}

void Worker::change_guests() {
    const std::uint32_t index = kResidents + random_.below(kGuests);
    Place& place = town_.place(index);
    const std::unique_lock lock(place.life, std::try_to_lock);
    if (!lock.owns_lock()) return;
    if (place.space == nullptr) {
        const auto space = create_space(town_.system(), {.limit_frames = 300});
        if (ended(space.status(), "create_space")) place.space = space.value();
        return;
    }
    if (!random_.one_in(4)) return;
    for (auto& port : place.ports) port.store(PortId::none, std::memory_order_relaxed);
    const SpaceId id = space_id(*place.space);
    destroy_space(place.space);
    place.space = nullptr;
    ++tally_.spaces_ended;
    expect(find_space(town_.system(), id).status(), Status::unknown_space, "find_space");
    std::erase_if(areas_, [id](const Area& area) { return area.space == id; });
}

/// Looks at all there is to see. What is seen may be old by then, but is never half of something.
void Worker::look() {
    const MemoryInfo memory = memory_info(town_.system());
    const std::uint32_t used = memory.frames_total - memory.frames_free + memory.frames_promised;
    // A transfer that is planned but not made is charged to both its spaces.
    if (used > memory.frames_kernel + memory.frames_sealed + memory.frames_charged) fail("frames without a charge");
    const Counters counted = counters(town_.system());
    if (counted.frames_freed > counted.frames_allocated) fail("more frames were freed than allocated");
    std::array<LedgerEntry, 8> entries;
    const std::uint32_t read = read_ledger(town_.system(), random_.below(1000), entries);
    for (std::uint32_t i = 1; i < read; ++i) {
        if (entries.at(i).sequence != entries.at(i - 1).sequence + 1) fail("the ledger has a gap");
    }
    for (std::uint32_t index = 0; next_port(town_.system(), index).ok();) continue;

    const Hold hold(town_, random_.below(kPlaces));
    if (hold.space() == nullptr) return;
    std::array<RegionInfo, 8> regions;
    const std::uint32_t count = walk_regions(*hold.space(), VirtAddr(0), regions);
    for (std::uint32_t i = 1; i < count; ++i) {
        if (regions.at(i).base != regions.at(i - 1).base + regions.at(i - 1).length_bytes) fail("regions have a gap");
    }
    (void)query_page(*hold.space(), VirtAddr((1 + random_.below(200)) * kPageBytes));
    const SpaceInfo info = space_info(*hold.space());
    if (info.frames_charged > info.limit_frames) fail("a space is charged more than its limit");
}

}  // namespace freehold::threads
