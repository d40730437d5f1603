// SPDX-License-Identifier: MIT
// A member: it remembers what its calls gave it, and hands that to others, most often where it belongs.
#include "user/tests_programs/fuzz_calls.h"

namespace freehold::user::fuzz {
namespace {

constexpr std::uint32_t kKept = 8;
constexpr Word kScratchPages = 8;
constexpr Word kLastWord = ~Word{0};
constexpr Word kTop = freehold::arch::kUserEnd;

/// A few values, the oldest of which is forgotten first.
template <typename T>
class Few {
  public:
    void add(T value) { values_[count_++ % kKept] = value; }
    T any(Random& random) const {
        const std::uint32_t known = count_ < kKept ? count_ : kKept;
        return known == 0 ? T{} : values_[random.below(known)];
    }
    /// Forgets those of which gone(value) holds.
    template <typename Gone>
    void forget(Gone gone) {
        const std::uint32_t known = count_ < kKept ? count_ : kKept;
        count_ = 0;
        for (std::uint32_t i = 0; i < known; ++i) {
            if (!gone(values_[i])) values_[count_++] = values_[i];
        }
    }

  private:
    T values_[kKept]{};
    std::uint32_t count_ = 0;
};

struct Range {
    Word base = 0;
    Word length_bytes = 0;
};

struct Held {
    PortId port{};
    std::uint32_t message = 0;
};

class Member {
  public:
    explicit Member(std::uint32_t seed) : random_(seed) {}

    void act() {
        if (one_in(60)) look_around();
        if (one_in(8)) return call_wildly();
        switch (random_.below(12)) {
            case 0:
            case 1:
                return call_about_areas();
            case 2:
                return call_about_ports();
            case 3:
                return call_about_processes();
            case 4:
                return look();
            case 5:
            case 6:
            case 7:
                return send();
            default:
                return take();
        }
    }

  private:
    bool one_in(std::uint32_t count) { return random_.below(count) == 0; }

    // --- words ------------------------------------------------------------------------------------------------------

    Word wild() {
        constexpr Word kNasty[] = {0,
                                   1,
                                   2,
                                   3,
                                   4,
                                   7,
                                   8,
                                   0xFFF,
                                   kPageBytes,
                                   0x7FFFFFFF,
                                   0x80000000,
                                   0xFFFFFFFF,
                                   0xFFFFF000,
                                   kTop - kPageBytes,
                                   kTop - 1,
                                   kTop,
                                   kTop + kPageBytes,
                                   kLastWord / 2 + 1,
                                   kLastWord - (kPageBytes - 1),
                                   kLastWord};
        switch (random_.below(6)) {
            case 0:
                return random_.below(0xFFFFFFFF);
            case 1:
                return random_.below(64);
            case 2:
                return random_.below(0xFFFFFFFF) & ~Word{kPageBytes - 1};
            case 3:
                return scratch_ + random_.below(kScratchPages * kPageBytes);
            default:
                return kNasty[random_.below(sizeof kNasty / sizeof kNasty[0])];
        }
    }
    /// What belongs there, or now and then anything.
    Word or_wild(Word right) { return one_in(48) ? wild() : right; }
    std::uint32_t or_wild_number(std::uint32_t right) { return static_cast<std::uint32_t>(or_wild(right)); }
    template <typename Id>
    Id or_wild_id(Id right) {
        return static_cast<Id>(or_wild(detail::word(right)));
    }

    PortId some_port() { return or_wild_id(one_in(2) ? own_.any(random_) : others_.any(random_)); }
    ProcessId some_process() { return or_wild_id(one_in(4) ? ProcessId::none : processes_.any(random_)); }
    std::uint32_t some_rights() {
        constexpr std::uint32_t kRights[] = {0, 1, 3, 3, 3, 5};
        return or_wild_number(kRights[random_.below(6)]);
    }

    /// A part of an area, or all of it.
    Range some_range() { return part_of(areas_.any(random_)); }
    Range some_sealed_range() { return part_of(sealed_.any(random_)); }
    Range part_of(const Range& area) {
        const Word pages = area.length_bytes / kPageBytes;
        if (pages == 0) return {or_wild(0x20000000), kPageBytes};
        const Word first = one_in(2) ? 0 : random_.below(static_cast<std::uint32_t>(pages));
        const Word count = one_in(2) ? pages - first : 1 + random_.below(static_cast<std::uint32_t>(pages - first));
        return {or_wild(area.base + first * kPageBytes), or_wild(count * kPageBytes)};
    }

    template <typename Args>
    Word in_memory(const Args& args) {
        return or_wild(detail::word(&args));
    }
    arch::CallResult call(Call number, Word first = 0, Word second = 0, Word third = 0, Word fourth = 0,
                          Word fifth = 0) {
        return arch::system_call(number, first, second, third, fourth, fifth);
    }
    /// Waits a little at most: flags and milliseconds.
    Word some_flags() { return one_in(8) ? abi::kWait : 0; }
    Word a_moment() { return 1 + random_.below(3); }

    // --- calls ------------------------------------------------------------------------------------------------------

    void call_about_areas() {
        const Range range = some_range();
        switch (random_.below(10)) {
            case 0:
            case 1:
            case 2:
                return allocate_some();
            case 3:
                if (call(Call::release, range.base, range.length_bytes).status == Status::ok) gone(range);
                return;
            case 4:
                (void)call(Call::protect, range.base, range.length_bytes, some_rights());
                return;
            case 5:
                (void)call(Call::guard, range.base, range.length_bytes);
                return;
            case 6:
                if (call(Call::seal, range.base, range.length_bytes).status == Status::ok) sealed_.add(range);
                return;
            case 7:
                if (call(Call::move, detail::word(some_process()), range.base, range.length_bytes).status == Status::ok)
                    gone(range);
                return;
            case 8: {
                const Range sealed = some_sealed_range();
                (void)call(Call::share, detail::word(some_process()), sealed.base, sealed.length_bytes);
                return;
            }
            default:
                return touch(range);
        }
    }

    /// What areas begin there is known no more.
    void gone(const Range& range) {
        const auto within = [&](const Range& area) { return area.base - range.base < range.length_bytes; };
        areas_.forget(within);
        sealed_.forget(within);
    }

    void allocate_some() {
        constexpr std::uint32_t kPagesMax[] = {4, 4, 20, 1100};
        abi::AllocateArgs args{};
        const Word pages = 1 + random_.below(kPagesMax[random_.below(4)]);
        args.length_bytes = or_wild(pages * kPageBytes);
        args.alignment_bytes = or_wild(one_in(4) ? arch::kTableBytes : Word{kPageBytes});
        args.placement = or_wild_number(random_.below(3));
        args.address = or_wild(0x30000000 + random_.below(4096) * Word{kPageBytes});
        args.rights = some_rights();
        args.populate = or_wild_number(one_in(4) ? 1 : 0);
        args.guard_pages_below = or_wild_number(one_in(8) ? 1 : 0);
        const auto done = call(Call::allocate, in_memory(args));
        if (done.status == Status::ok) areas_.add({done.value, args.length_bytes});
    }

    /// Writes where the kernel says that it can be written.
    void touch(const Range& range) {
        const auto page = query_page(range.base);
        if (!page.ok() || !page.value().present || !has(page.value().rights, kReadWrite)) return;
        word_at(range.base & ~Word{3}) = random_.below(1000);
    }

    void call_about_ports() {
        const PortId port = some_port();
        switch (random_.below(5)) {
            case 0:
            case 1: {
                const abi::PortArgs args{or_wild_number(random_.below(3)),     some_process(),
                                         or_wild_number(1 + random_.below(8)), or_wild_number(60 + random_.below(300)),
                                         or_wild_number(one_in(4) ? 1 : 0),    or_wild_number(random_.below(4))};
                const auto made = call(Call::port_create, in_memory(args));
                if (made.status == Status::ok) own_.add(static_cast<PortId>(made.value));
                return;
            }
            case 2:
                (void)call(Call::port_destroy, detail::word(one_in(16) ? port : PortId::none));
                return;
            case 3:
                (void)call(Call::port_mode, detail::word(port), or_wild(random_.below(3)),
                           detail::word(some_process()));
                return;
            default:
                (void)call(Call::signal_allow, or_wild(7), detail::word(some_process()));
                (void)call(Call::signal_raise, detail::word(some_process()), or_wild(1 + random_.below(7)));
                (void)call(Call::wait, or_wild(7), some_flags(), a_moment());
                (void)call(Call::timer, or_wild(random_.below(5)), or_wild(1 + random_.below(7)));
        }
    }

    /// Mostly one area, or none.
    std::uint32_t fill_areas(AreaToSend (&areas)[kMessageAreasMax]) {
        std::uint32_t count = one_in(2) ? 0 : 1;
        if (one_in(16)) count = random_.below(kMessageAreasMax + 1);
        for (std::uint32_t i = 0; i < count; ++i) {
            const bool share = one_in(2);
            const Range range = share ? some_sealed_range() : some_range();
            const auto kind = share ? AreaToSend::Kind::share : AreaToSend::Kind::move;
            areas[i] = {range.base, range.length_bytes, or_wild_id(kind)};
        }
        return or_wild_number(count);
    }
    void areas_went(const AreaToSend (&areas)[kMessageAreasMax], std::uint32_t count) {
        for (std::uint32_t i = 0; i < count && i < kMessageAreasMax; ++i) {
            if (areas[i].kind == AreaToSend::Kind::move) gone({areas[i].base, areas[i].length_bytes});
        }
    }

    void send() {
        const PortId reply = one_in(2) ? own_.any(random_) : PortId::none;
        const Range range = some_range();
        abi::SendArgs args{};
        args.to = some_port();
        args.payload = or_wild(scratch_);
        args.length_bytes = or_wild_number(random_.below(60));
        args.cookie = random_.below(1000);
        args.reply_to = or_wild_id(reply);
        args.area_count = fill_areas(args.areas);
        switch (random_.below(6)) {
            case 0:
                (void)call(Call::post, detail::word(args.to), args.payload, args.length_bytes, 1, detail::word(reply));
                return;
            case 1:
                (void)call(Call::post_area, detail::word(args.to), range.base, range.length_bytes, 1,
                           detail::word(reply));
                return;
            case 2: {
                PortId ports[4];
                for (PortId& port : ports) port = some_port();
                (void)call(Call::publish, in_memory(args), in_memory(ports), or_wild(4), or_wild(scratch_));
                return;
            }
            case 3:
                if (one_in(16)) (void)words_call(args.to, reply, args.cookie, 2, 3);
                return;
            default:
                if (call(Call::send, in_memory(args), some_flags(), a_moment()).status == Status::ok)
                    areas_went(args.areas, args.area_count);
        }
    }

    void take() {
        const Held held = held_.any(random_);
        bool done = false;
        switch (random_.below(8)) {
            case 0:
            case 1: {
                abi::ReplyArgs args{
                    held.port, or_wild_number(held.message), or_wild(scratch_), or_wild_number(random_.below(60)), 0,
                    {}};
                args.area_count = fill_areas(args.areas);
                done = call(Call::reply, in_memory(args)).status == Status::ok;
                if (done) areas_went(args.areas, args.area_count);
                break;
            }
            case 2: {
                abi::ForwardArgs args{held.port,
                                      or_wild_number(held.message),
                                      some_port(),
                                      or_wild(scratch_),
                                      or_wild_number(random_.below(60)),
                                      0,
                                      {}};
                args.area_count = fill_areas(args.areas);
                done = call(Call::forward, in_memory(args)).status == Status::ok;
                if (done) areas_went(args.areas, args.area_count);
                break;
            }
            case 3:
                done = call(Call::discard, detail::word(held.port), or_wild(held.message)).status == Status::ok;
                break;
            case 4:
                if (one_in(16)) (void)words_receive(held.port, held.message, 1, 2);
                break;
            default:
                receive();
        }
        if (done) held_.forget([&](const Held& one) { return one.port == held.port && one.message == held.message; });
    }

    void receive() {
        const PortId port = or_wild_id(own_.any(random_));
        const auto done = call(Call::receive, detail::word(port), some_flags(), a_moment(),
                               one_in(8) ? held_.any(random_).message : 0);
        if (done.status != Status::ok) return;
        const MessageHead& head = head_at(done.value);
        held_.add({port, head.message});
        for (std::uint32_t i = 0; i < head.area_count && i < kMessageAreasMax; ++i) {
            areas_.add({head.areas[i].base, head.areas[i].length_bytes});
            sealed_.add({head.areas[i].base, head.areas[i].length_bytes});
        }
    }

    void call_about_processes() {
        if (one_in(64)) (void)start_child();
        if (one_in(512)) (void)call(Call::process_kill, detail::word(some_process()));
        (void)call(Call::process_wait, detail::word(some_process()), or_wild(scratch_), 0);
        if (one_in(8)) yield();
    }

    bool start_child() {
        if (archive_.bytes().empty()) {
            auto opened = BootArchive::open();
            if (!opened.ok()) return false;
            archive_ = static_cast<BootArchive&&>(opened.value());
        }
        const auto image = archive_.find("bin/true");
        if (!image.ok()) return false;
        static const char kName[] = "true";
        const abi::StartArgs args{or_wild(detail::word(image.value().data())),
                                  or_wild(static_cast<Word>(image.value().size())),
                                  or_wild(detail::word(kName)),
                                  or_wild_number(sizeof kName),
                                  or_wild_number(2),
                                  or_wild_number(0),
                                  or_wild_number(one_in(2) ? 0 : random_.below(60)),
                                  some_port()};
        const auto started = call(Call::process_start, in_memory(args));
        if (started.status == Status::ok) processes_.add(static_cast<ProcessId>(started.value));
        return true;
    }

    /// Calls that only tell something.
    void look() {
        const Range range = some_range();
        const Word who = detail::word(some_process());
        (void)call(Call::query_page, range.base, or_wild(scratch_), who);
        (void)call(Call::regions, who, range.base, or_wild(scratch_), or_wild(2));
        (void)call(Call::ledger, random_.below(100000), or_wild(scratch_), or_wild(2));
        (void)call(Call::system_info, or_wild(scratch_));
        (void)call(Call::clock, or_wild(scratch_));
    }

    /// Learns of others' ports and processes.
    void look_around() {
        Word index = random_.below(16);
        if (const auto process = next_process(index); process.ok()) processes_.add(process.value().process);
        index = random_.below(32);
        if (const auto port = next_port(index); port.ok()) others_.add(port.value().port.id);
        if (one_in(64)) (void)call(Call::boot_archive, or_wild(scratch_));
    }

    /// Any call, any words; but none that waits without end, nor those that print or take what was typed.
    void call_wildly() {
        const auto number = static_cast<Call>(random_.below(static_cast<std::uint32_t>(Call::count_) + 2));
        switch (number) {
            case Call::exit:
            case Call::sleep:
            case Call::console_write:
            case Call::console_read:
            case Call::console_watch:
            case Call::call:
            case Call::receive_words:
            case Call::audit:
                return;
            default:
                break;
        }
        auto* const words = reinterpret_cast<std::uint32_t*>(static_cast<std::uintptr_t>(scratch_));
        const auto page = query_page(scratch_);
        const bool writable = page.ok() && page.value().present && has(page.value().rights, kReadWrite);
        for (std::uint32_t i = 0; writable && i < 24; ++i) words[i] = static_cast<std::uint32_t>(wild());
        const bool has_flags =
            number == Call::receive || number == Call::send || number == Call::process_wait || number == Call::wait;
        const Word mask = has_flags ? ~Word{abi::kWait} : kLastWord;
        (void)call(number, one_in(2) ? scratch_ : wild(), wild() & mask, wild() & mask, wild(), wild());
    }

    Random random_;
    BootArchive archive_;
    Few<PortId> own_;
    Few<PortId> others_;
    Few<ProcessId> processes_;
    Few<Range> areas_;
    Few<Range> sealed_;
    Few<Held> held_;
    Word scratch_ = must(Area::allocate(kScratchPages * kPageBytes)).forget();
};

}  // namespace

void run_member(std::uint32_t seed) {
    Member member(seed);
    for (std::uint32_t audits = 0; audits < kAuditsOfMember; ++audits) {
        for (std::uint32_t i = 0; i < kCallsPerAudit; ++i) member.act();
        if (!audit_is_clean()) exit(kFoundCode);
    }
    exit(0);
}

}  // namespace freehold::user::fuzz
