// SPDX-License-Identifier: MIT
// starve: each call that takes frames meets a machine with 0, 1, 2 ... of them left until it succeeds. Before that it
// must say out_of_memory, and nothing may be different. Those that never take one succeed when none is left.
//
// In place of init it has the privilege to map devices, and tries that too.
#include "user/runtime/area.h"
#include "user/runtime/port.h"
#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr Word kFarAway = 0x30000000;  // no page table is near
constexpr Word kTableBytes = Word{4} << 20;
constexpr Word kRaggedBytes = kTableBytes + 2 * kPageBytes;
constexpr std::uint32_t kFramesMax = 256;        // more than any call takes
constexpr std::uint64_t kNoMemory = 0xFE000000;  // an address behind all of a small machine's memory
constexpr std::uint32_t kLongTime = 1'000'000;
constexpr int kQuietMilliseconds = 5;

std::uint32_t frames_available() {
    const auto info = system_info();
    return info.ok() ? info.value().memory.frames_free - info.value().memory.frames_promised : 0;
}

Result<Word> allocate_placed(Placement placement, Word address, Word length_bytes, bool populate) {
    abi::AllocateArgs args{};
    args.length_bytes = length_bytes;
    args.alignment_bytes = kPageBytes;
    args.placement = static_cast<std::uint32_t>(placement);
    args.address = address;
    args.rights = static_cast<std::uint32_t>(kReadWrite);
    args.populate = populate ? 1 : 0;
    return allocate(args);
}

Result<Word> allocate_at(Word address, Word length_bytes, bool populate) {
    return allocate_placed(Placement::at, address, length_bytes, populate);
}

/// Next to the stack, where there is a table for all of them: so it is one frame that comes and goes with each.
Result<Word> allocate_page() { return allocate_placed(Placement::highest, 0, kPageBytes, false); }

/// Has all frames promised to itself, and lets them go one by one.
class Hog {
  public:
    Hog() {
        const std::uint32_t most = frames_available() - kFramesMax;
        if (auto much = Area::allocate(Word{most} * kPageBytes); much.ok()) much_ = static_cast<Area&&>(much.value());
        // Whoever ended a moment ago may still give frames back.
        for (int quiet = 0; quiet < kQuietMilliseconds; quiet = take_all() ? 0 : quiet + 1) sleep(1);
    }
    ~Hog() {
        while (count_ != 0) give_one();
    }
    Hog(const Hog&) = delete;
    Hog& operator=(const Hog&) = delete;

    [[nodiscard]] bool has_all() const { return much_.length_bytes() != 0 && frames_available() == 0; }
    bool give_one() { return count_ != 0 && release(pages_[--count_], kPageBytes) == Status::ok; }

  private:
    /// Whether there was any.
    bool take_all() {
        const std::uint32_t before = count_;
        while (count_ < 2 * kFramesMax) {
            const auto page = allocate_page();
            if (!page.ok()) break;
            pages_[count_++] = page.value();
        }
        return count_ != before;
    }

    Area much_;
    Word pages_[2 * kFramesMax] = {};
    std::uint32_t count_ = 0;
};

/// How often the call failed before it succeeded.
template <typename Call>
std::uint32_t starve(Checks& checks, std::string_view what, Call call) {
    Hog hog;
    if (!checks.expect(hog.has_all(), "nobody else has a frame left")) return 0;
    for (std::uint32_t failed = 0; failed < kFramesMax; ++failed) {
        const std::uint32_t regions = fingerprint_of_regions();
        const std::uint32_t available = frames_available();
        const Status status = call();
        if (status == Status::ok) {
            print("starve: {} failed {} times\n", what, failed);
            return failed;
        }
        checks.expect(status, Status::out_of_memory, what);
        checks.expect(fingerprint_of_regions() == regions, "no region has changed");
        checks.expect(frames_available() == available, "no frame was taken");
        if (failed % 16 == 0) checks.expect(audit_is_clean(), "the audit is clean");
        if (!checks.expect(hog.give_one(), "a frame more")) return 0;
    }
    checks.expect(false, "it succeeds at last");
    return 0;
}

void starve_allocate(Checks& checks) {
    const auto call = [] { return allocate_at(kFarAway, 3 * kPageBytes, true).status(); };
    checks.expect(starve(checks, "allocate", call) >= 4, "three pages and a table fail each");
    checks.expect(release(kFarAway, 3 * kPageBytes), Status::ok, "releasing them");
}

/// Comes first: then the archive is not there yet.
BootArchive starve_archive(Checks& checks) {
    BootArchive archive;
    const auto call = [&archive] {
        auto opened = BootArchive::open();
        if (opened.ok()) archive = static_cast<BootArchive&&>(opened.value());
        return opened.status();
    };
    starve(checks, "boot_archive", call);
    return archive;
}

/// Mapping a device takes tables. Only some may do that.
void starve_device(Checks& checks) {
    abi::PhysicalArgs args{};
    args.address = kNoMemory;
    args.length_bytes = 2 * kTableBytes + kPageBytes;
    args.rights = static_cast<std::uint32_t>(kReadWrite);
    Word base = 0;
    const auto call = [&] {
        const auto mapped = map_physical(args);
        if (mapped.ok()) base = mapped.value();
        return mapped.status();
    };
    checks.expect(starve(checks, "map_physical", call) >= 1, "a table fails");
    checks.expect(release(base, args.length_bytes), Status::ok, "releasing the device");
}

/// What is sealed was charged and promised before, so sealing needs nothing.
void starve_seal(Checks& checks) {
    const auto made = allocate_placed(Placement::lowest, 0, 3 * kPageBytes, false);
    if (!checks.expect(made.ok(), "an area")) return;
    const auto call = [&made] { return seal(made.value() + kPageBytes, kPageBytes); };
    checks.expect(starve(checks, "seal", call) == 0, "sealing needs no frame");
    checks.expect(release(made.value(), 3 * kPageBytes), Status::ok, "releasing it");
}

void starve_port(Checks& checks) {
    Port port;
    const auto call = [&port] {
        auto made = Port::create({.count_messages = 8, .message_bytes = kPageBytes});
        if (made.ok()) port = static_cast<Port&&>(made.value());
        return made.status();
    };
    checks.expect(starve(checks, "port_create", call) >= 9, "eight slots and their heads fail each");
}

void starve_start(Checks& checks, const BootArchive& archive) {
    const auto call = [&archive] {
        const std::string_view words[] = {"true"};
        return start_program(archive, words).status();
    };
    checks.expect(starve(checks, "process_start", call) >= 8, "stacks, tables and the image fail each");
    checks.expect(process_wait(ProcessId::none, Wait::yes).status(), Status::ok, "waiting for the program");
}

/// An area of a whole table and a page on either side, so that it takes tables where it arrives.
Result<Word> ragged_area() { return allocate_at(kFarAway + kTableBytes - kPageBytes, kRaggedBytes, true); }

/// To take an area out of a message needs tables; to send one that is shared, those in which it is under way.
void starve_message(Checks& checks, AreaToSend::Kind kind, std::string_view sending, std::string_view receiving) {
    auto port = Port::create({.count_messages = 1});
    const auto area = ragged_area();
    if (!checks.expect(port.ok() && area.ok(), "a port and an area")) return;
    if (kind == AreaToSend::Kind::share) checks.expect(seal(area.value(), kRaggedBytes), Status::ok, "sealing it");
    abi::SendArgs args{};
    args.to = port.value().id();
    args.area_count = 1;
    args.areas[0] = {area.value(), kRaggedBytes, kind};
    const std::uint32_t failed = starve(checks, sending, [&args] { return message_send(args, Wait::no); });
    checks.expect((failed == 0) == (kind == AreaToSend::Kind::move), "what moves is sent without a frame");
    Message message;
    const auto receive = [&] {
        auto received = port.value().receive(Wait::no);
        if (received.ok()) message = static_cast<Message&&>(received.value());
        return received.status();
    };
    checks.expect(starve(checks, receiving, receive) >= 1, "a table at either end fails");
    if (kind == AreaToSend::Kind::share) checks.expect(release(area.value(), kRaggedBytes), Status::ok, "letting go");
}

/// The same straight to a child.
template <typename Give>
void starve_gift(Checks& checks, std::string_view what, bool sealed, ProcessId child, Give give) {
    const auto area = ragged_area();
    if (!checks.expect(area.ok(), "an area")) return;
    if (sealed) checks.expect(seal(area.value(), kRaggedBytes), Status::ok, "sealing it");
    const auto call = [&] { return give(child, area.value(), kRaggedBytes).status(); };
    checks.expect(starve(checks, what, call) >= 1, "a table at either end fails");
    if (sealed) checks.expect(release(area.value(), kRaggedBytes), Status::ok, "letting go");
}

void starve_gifts(Checks& checks, const BootArchive& archive) {
    const std::string_view words[] = {"starve", "@child"};
    const auto child = start_program(archive, words);
    if (!checks.expect(child.status(), Status::ok, "a child that sleeps")) return;
    starve_gift(checks, "move", false, child.value(), user::move);
    starve_gift(checks, "share", true, child.value(), user::share);
    checks.expect(process_kill(child.value()), Status::ok, "killing the child");
    checks.expect(process_wait(child.value(), Wait::yes).status(), Status::ok, "waiting for it");
}

/// Whole page tables are shared with oneself; then a call on a page of them needs a copy of its own.
template <typename Call>
void starve_shared(Checks& checks, std::string_view what, Call call) {
    const auto port = Port::create({.count_messages = 1});
    const auto made = allocate_placed(Placement::lowest, 0, 2 * kTableBytes, false);
    if (!checks.expect(port.ok() && made.ok(), "a port and an area of whole tables")) return;
    const Word base = made.value();
    checks.expect(seal(base, 2 * kTableBytes), Status::ok, "sealing it");
    abi::SendArgs args{};
    args.to = port.value().id();
    args.area_count = 1;
    args.areas[0] = {base, 2 * kTableBytes, AreaToSend::Kind::share};
    checks.expect(message_send(args, Wait::no), Status::ok, "sending it to oneself");
    const auto message = port.value().receive(Wait::no);
    if (!checks.expect(message.status(), Status::ok, "receiving it")) return;
    const Word page = ((base + kTableBytes) & ~(kTableBytes - 1)) + kPageBytes;
    checks.expect(starve(checks, what, [call, page] { return call(page, kPageBytes); }) >= 1, "a copied table fails");
    (void)release(page, kPageBytes);
    checks.expect(release(base, page - base), Status::ok, "releasing what is below");
    const Word above = page + kPageBytes;
    checks.expect(release(above, base + 2 * kTableBytes - above), Status::ok, "releasing what is above");
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@child") {
        for (;;) sleep(kLongTime);
    }
    Checks checks;
    const BootArchive archive = starve_archive(checks);
    starve_allocate(checks);
    starve_port(checks);
    starve_start(checks, archive);
    starve_seal(checks);
    starve_message(checks, AreaToSend::Kind::move, "send", "receive");
    starve_message(checks, AreaToSend::Kind::share, "send_shared", "receive_shared");
    starve_gifts(checks, archive);
    starve_shared(checks, "protect", [](Word base, Word bytes) { return protect(base, bytes, Rights::none); });
    starve_shared(checks, "release", [](Word base, Word bytes) { return release(base, bytes); });
    if ((arguments.info().privileges & abi::kPrivilegeDevices) != 0) starve_device(checks);
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
