// SPDX-License-Identifier: MIT
// names_check: the name service keeps its promises, to honest and to strange clients, and forgets the dead.
//
// Children meet their parent under the name "names_check"; what they are told to do stands in their arguments.
#include "user/runtime/deadline.h"
#include "user/runtime/names.h"
#include "user/runtime/port.h"
#include "user/runtime/text.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr std::string_view kMeeting = "names_check";
constexpr std::uint32_t kShort = 60;  // milliseconds
constexpr std::uint32_t kHang = 20000;
constexpr std::uint32_t kChildrenMax = kNamesMax / kNamesOfProcessMax + 1;

/// A child's word to its parent.
struct Report {
    Status status;
    PortId port;
    std::uint32_t count;
};

Port new_port() {
    auto port = Port::create({.count_messages = 4, .message_bytes = 64, .credits = 4});
    if (!port.ok()) fail("no port");
    return static_cast<Port&&>(port.value());
}

// --- children -------------------------------------------------------------------------------------------------------

/// Reports, and waits until the parent kills this process.
int report(const Report& what) {
    const auto parent = find_name(kMeeting);
    if (!parent.ok() || send({.to = parent.value(), .payload = bytes_of(what)}) != Status::ok) return 1;
    for (;;) sleep(kHang);
}

int publish_later(std::string_view name) {
    const Port port = new_port();
    sleep(kShort / 2);
    return report({publish_name(name, port.id()), port.id(), 1});
}

int await(std::string_view name) {
    const auto found = await_name(name);
    return report({found.status(), found.value_or(PortId::none), 0});
}

/// Publishes under names of its own until that fails.
int fill(std::string_view number) {
    const Port port = new_port();
    for (std::uint32_t count = 0;; ++count) {
        char name[kNameLengthMax + 1];
        const Status status = publish_name(format_into(name, "fill-{}-{}", number, count), port.id());
        if (status != Status::ok) return report({status, port.id(), count});
    }
}

int run_child(const Arguments& arguments) {
    if (arguments[1] == "@publish") return publish_later(arguments[2]);
    if (arguments[1] == "@await") return await(arguments[2]);
    if (arguments[1] == "@withdraw") return report({withdraw_name(arguments[2]), PortId::none, 0});
    return fill(arguments[2]);
}

// --- the parent -----------------------------------------------------------------------------------------------------

class Family {
  public:
    explicit Family(Checks& checks) : archive_(BootArchive::open()), port_(new_port()), checks_(checks) {
        checks_.expect(publish_name(kMeeting, port_.id()), Status::ok, "publishing");
    }
    ~Family() { checks_.expect(withdraw_name(kMeeting), Status::ok, "withdrawing"); }

    ProcessId start(std::string_view what, std::string_view name) {
        const std::string_view words[] = {"names_check", what, name};
        const auto child = start_program(archive_.value(), words);
        checks_.expect(child.status(), Status::ok, "starting a child");
        return child.value_or(ProcessId::none);
    }
    Report listen() {
        const auto message = port_.receive(Wait::yes, kHang);
        const Report* const told = message.ok() ? message.value().payload_as<Report>() : nullptr;
        checks_.expect(told != nullptr, "a child reports");
        return told != nullptr ? *told : Report{message.status(), PortId::none, 0};
    }
    void end(ProcessId child) {
        checks_.expect(process_kill(child), Status::ok, "killing a child");
        checks_.expect(process_wait(child, Wait::yes).status(), Status::ok, "taking note of its end");
    }

  private:
    Result<BootArchive> archive_;
    Port port_;
    Checks& checks_;
};

void check_publish(Checks& checks) {
    const Port other = new_port();
    {
        const Port port = new_port();
        checks.expect(find_name("first").status(), Status::unknown_name, "finding what nobody published");
        checks.expect(withdraw_name("first"), Status::unknown_name, "withdrawing it");
        checks.expect(publish_name("first", port.id()), Status::ok, "publishing");
        checks.expect(find_name("first").value_or(PortId::none) == port.id(), "the port of that name is found");
        checks.expect(await_name("first").value_or(PortId::none) == port.id(), "waiting for it ends at once");
        checks.expect(publish_name("first", other.id()), Status::name_taken, "publishing under a name that is taken");
        checks.expect(withdraw_name("first"), Status::ok, "withdrawing");
        checks.expect(find_name("first").status(), Status::unknown_name, "finding what was withdrawn");
        checks.expect(publish_name("first", port.id()), Status::ok, "publishing again");
    }
    checks.expect(find_name("first").status(), Status::unknown_name, "finding a port that was destroyed");
    checks.expect(publish_name("first", other.id()), Status::ok, "publishing under its name");
    checks.expect(withdraw_name("first"), Status::ok, "withdrawing");
}

void check_refusals(Checks& checks) {
    const Port port = new_port();
    constexpr std::string_view kLong = "a-name-of-thirty-two-bytes-is-32";
    static_assert(kLong.size() == kNameLengthMax + 1);
    checks.expect(publish_name(kLong, port.id()), Status::name_too_long, "a name too long");
    checks.expect(find_name(kLong).status(), Status::name_too_long, "finding it");
    checks.expect(publish_name(take(kLong, kNameLengthMax), port.id()), Status::ok, "the longest name");
    checks.expect(find_name(take(kLong, kNameLengthMax)).value_or(PortId::none) == port.id(), "it is found");
    checks.expect(publish_name("", port.id()), Status::bad_option, "no name");
    checks.expect(publish_name("a b", port.id()), Status::bad_option, "a name with a blank");
    checks.expect(publish_name("b", names_port()), Status::not_permitted, "another's port");
    checks.expect(publish_name("b", PortId::none), Status::unknown_port, "no port");
    for (std::uint32_t i = 1; i < kNamesOfProcessMax; ++i) {
        char name[16];
        checks.expect(publish_name(format_into(name, "mine-{}", i), port.id()), Status::ok, "one more name");
    }
    checks.expect(publish_name("mine-8", port.id()), Status::too_many_names, "one name too many");
}

void check_await(Checks& checks, Family& family) {
    const std::uint64_t before = now_milliseconds();
    checks.expect(await_name("never", kShort).status(), Status::timed_out, "waiting for what never comes");
    checks.expect(now_milliseconds() - before >= kShort, "it waited as long as it was told");

    ProcessId child = family.start("@publish", "late");
    const auto late = await_name("late", kHang);
    checks.expect(late.status(), Status::ok, "waiting for what comes late");
    checks.expect(family.listen().port == late.value_or(PortId::none), "it is the port that was published");
    const ProcessId thief = family.start("@withdraw", "late");
    checks.expect(family.listen().status, Status::not_permitted, "withdrawing another's name");
    family.end(thief);
    family.end(child);
    checks.expect(find_name("late").status(), Status::unknown_name, "finding what a dead process published");

    const ProcessId waiting[] = {family.start("@await", "soon"), family.start("@await", "soon"),
                                 family.start("@await", "never")};
    sleep(kShort / 2);
    const Port port = new_port();
    checks.expect(publish_name("soon", port.id()), Status::ok, "publishing what two wait for");
    for (int i = 0; i < 2; ++i) checks.expect(family.listen().port == port.id(), "both are told");
    for (const ProcessId process : waiting) family.end(process);
    const Deadline deadline(kHang);
    auto record = port_record(names_port());
    while (record.ok() && record.value().port.held != 0 && !deadline.is_over()) {
        sleep(kShort / 2);
        record = port_record(names_port());
    }
    checks.expect(record.ok() && record.value().port.held == 0, "who died waiting is forgotten");
}

void check_full(Checks& checks, Family& family) {
    std::uint32_t before = 0;
    for (Word index = 0; next_name(index).ok();) ++before;
    ProcessId children[kChildrenMax];
    std::uint32_t count = 0;
    std::uint32_t names = before;
    Status last = Status::too_many_names;
    while (count < kChildrenMax && last == Status::too_many_names) {
        char number[8];
        children[count] = family.start("@fill", format_into(number, "{}", count));
        const Report told = family.listen();
        last = told.status;
        names += told.count;
        if (last == Status::too_many_names) {
            checks.expect(told.count == kNamesOfProcessMax, "a process has as many names as it may");
        }
        ++count;
    }
    checks.expect(last, Status::name_table_full, "publishing when the table is full");
    checks.expect(names == kNamesMax, "the table holds as many names as it says");
    const Port port = new_port();
    checks.expect(publish_name("one-more", port.id()), Status::name_table_full, "publishing one more");
    family.end(children[0]);
    checks.expect(publish_name("one-more", port.id()), Status::ok, "publishing in a dead process's place");
    for (std::uint32_t i = 1; i < count; ++i) family.end(children[i]);
    std::uint32_t after = 0;
    for (Word index = 0; next_name(index).ok();) ++after;
    checks.expect(after == before + 1, "the names of the dead are gone");
}

/// What the service says to a request that the runtime would not make.
template <typename Request>
Status strange(const Request& request) {
    const Result<Answer> answer = ask({.to = names_port(), .payload = bytes_of(request)}, kHang, sizeof(NameReply));
    if (!answer.ok()) return answer.status();
    const auto* const reply = answer.value().message.payload_as<NameReply>();
    return reply != nullptr ? reply->status : Status::message_too_long;
}

void check_strangers(Checks& checks) {
    NameRequest request{.kind = NameRequest::Kind::find};
    for (char& letter : request.name) letter = 'a';
    checks.expect(strange(request), Status::name_too_long, "a name without an end");
    request.name[1] = '\0';
    request.kind = static_cast<NameRequest::Kind>(99);
    checks.expect(strange(request), Status::bad_option, "an unknown request");
    checks.expect(strange(Word{1}), Status::bad_option, "a request of another length");
    request.kind = NameRequest::Kind::list;
    request.index = 0xFFFFFFFF;
    checks.expect(strange(request), Status::unknown_name, "a list from the end of all numbers");
    checks.expect(send({.to = names_port(), .payload = bytes_of(request)}), Status::ok, "a message without a reply");
    auto area = Area::allocate(64 * kPageBytes);
    checks.expect(area.ok() && static_cast<Area&&>(area.value()).send({.to = names_port()}) == Status::ok,
                  "an area as a present");
    const auto narrow = ask({.to = names_port(), .payload = bytes_of(request)}, kHang, 1);
    checks.expect(narrow.status(), Status::peer_gone, "no room for the answer");

    // Two requests that wait, and no third: nobody can fill the service's port.
    const Port replies = new_port();
    request.kind = NameRequest::Kind::await;
    request.milliseconds = kShort;
    const Outgoing waits{.to = names_port(), .payload = bytes_of(request), .reply_to = replies.id()};
    checks.expect(send(waits, Wait::no), Status::ok, "a request that waits");
    checks.expect(send(waits, Wait::no), Status::ok, "a second one");
    checks.expect(send(waits, Wait::no), Status::would_block, "a third one");
    for (int i = 0; i < 2; ++i) {
        const auto reply = replies.receive(Wait::yes, kHang);
        const auto* const said = reply.ok() ? reply.value().payload_as<NameReply>() : nullptr;
        checks.expect(said != nullptr && said->status == Status::timed_out, "both are answered in time");
    }
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments.count() > 1) return run_child(arguments);
    Checks checks;
    const std::uint32_t regions_before = fingerprint_of_regions();
    check_publish(checks);
    check_refusals(checks);
    {
        Family family(checks);
        check_await(checks, family);
        check_full(checks, family);
    }
    check_strangers(checks);
    checks.expect(fingerprint_of_regions() == regions_before, "all regions are as before");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
