// SPDX-License-Identifier: MIT
// pipeline: a file goes from a source through a filter to a sink, three processes, three ways: by copying messages, by
// moving its area, by sealing it and sharing it with two sinks. Prints what each way cost, and whether the machine is
// afterwards what it was before.
//
//      pipeline FILE [--filter identity|upper|reverse] [--way copy|move|seal|all]
#include "user/programs/pipeline/team.h"
#include "user/programs/pipeline/worker.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

using namespace pipeline;

constexpr std::string_view kWayNames[] = {"copy", "move", "seal"};
constexpr std::string_view kFilterNames[] = {"identity", "upper", "reverse"};
constexpr int kUsageCode = 2;

struct Wishes {
    std::string_view file;
    Filter filter = Filter::identity;
    bool ways[kWays] = {true, true, true};
};

template <std::size_t count>
std::optional<std::uint32_t> index_of(const std::string_view (&names)[count], std::string_view name) {
    for (std::uint32_t i = 0; i < count; ++i) {
        if (names[i] == name) return i;
    }
    return std::nullopt;
}

bool read_option(std::string_view option, std::string_view value, Wishes& wishes) {
    if (option == "--filter") {
        const auto filter = index_of(kFilterNames, value);
        if (filter.has_value()) wishes.filter = static_cast<Filter>(*filter);
        return filter.has_value();
    }
    if (option != "--way") return false;
    if (value == "all") return true;
    const auto way = index_of(kWayNames, value);
    if (!way.has_value()) return false;
    for (std::uint32_t i = 0; i < kWays; ++i) wishes.ways[i] = i == *way;
    return true;
}

bool read_wishes(const Arguments& arguments, Wishes& wishes) {
    for (std::uint32_t i = 1; i < arguments.count(); ++i) {
        if (arguments[i].starts_with("--")) {
            if (!read_option(arguments[i], arguments[i + 1], wishes)) {
                print("pipeline: {} {}: no such option\n", arguments[i], arguments[i + 1]);
                return false;
            }
            ++i;
        } else if (wishes.file.empty()) {
            wishes.file = arguments[i];
        } else {
            print("pipeline: {}: one file at a time\n", arguments[i]);
            return false;
        }
    }
    return !wishes.file.empty();
}

/// The file's length; 0 after a message why it can't be used.
Word check_file(const BootArchive& archive, std::string_view name) {
    const auto file = archive.find(name);
    if (file.status() == Status::no_such_file) {
        print("pipeline: {}: no such file; `ls data/` lists what there is\n", name);
    } else if (!file.ok()) {
        print("pipeline: {}: {}\n", name, file.status());
    } else if (file.value().empty()) {
        print("pipeline: {} is empty; a file of 1 byte to 64 MiB is wanted\n", name);
    } else if (file.value().size() > kFileBytesMax) {
        print("pipeline: {} has {:,} bytes; a file of 1 byte to 64 MiB is wanted\n", name, file.value().size());
    } else {
        return static_cast<Word>(file.value().size());
    }
    return 0;
}

void print_outcome(std::string_view way, const Outcome& outcome) {
    const auto digits = hexadecimal(outcome.digest);
    print("\n{:7} sha256 {}\n", way, std::string_view(digits.data(), digits.size()));
    if (!outcome.sinks_agree) print("        the two sinks' digests differ\n");
    for (std::uint32_t i = 0; i < outcome.count_workers; ++i) {
        print("  {:6}  before |{:36}|  after |{:36}|\n", name_of(static_cast<Role>(i)), outcome.before[i].text(),
              outcome.after[i].text());
    }
}

/// One line of the table: the same figure of every way.
template <typename Figure>
void print_row(std::string_view what, const Outcome (&outcomes)[kWays], const Wishes& wishes, Figure figure) {
    print("{:36}", what);
    for (std::uint32_t i = 0; i < kWays; ++i) {
        if (wishes.ways[i]) print("{:>18,}", figure(outcomes[i]));
    }
    print("\n");
}

void print_table(const Outcome (&outcomes)[kWays], const Wishes& wishes) {
    print("\n  {}\n\n{:36}", kLegend, "");
    for (std::uint32_t i = 0; i < kWays; ++i) {
        if (wishes.ways[i]) print("{:>18}", kWayNames[i]);
    }
    print("\n");
    const auto row = [&](std::string_view what, auto figure) { print_row(what, outcomes, wishes, figure); };
    row("bytes copied by the kernel", [](const Outcome& o) { return o.total.bytes_copied; });
    row("page-table entries written", [](const Outcome& o) { return o.total.entries_written; });
    row("frames allocated", [](const Outcome& o) { return o.total.frames_allocated; });
    row("system calls", [](const Outcome& o) { return o.total.system_calls; });
    row("cycles, of both hops", [](const Outcome& o) { return o.cycles_passing; });
    row("cycles, of the filter", [](const Outcome& o) { return o.cycles_filter; });
    row("cycles, of the digests", [](const Outcome& o) { return o.cycles_digest; });
}

/// True if all ways that ran found the same.
bool digests_agree(const Outcome (&outcomes)[kWays], const Wishes& wishes) {
    const Outcome* first = nullptr;
    for (std::uint32_t i = 0; i < kWays; ++i) {
        if (!wishes.ways[i]) continue;
        if (!outcomes[i].sinks_agree) return false;
        if (first != nullptr && first->digest != outcomes[i].digest) return false;
        first = &outcomes[i];
    }
    return true;
}

std::uint32_t frames_in_use_now() {
    const auto info = system_info();
    return info.ok() ? frames_in_use(info.value().memory) : 0;
}

/// True if the audit is clean and as many frames are in use as at the start.
bool nothing_left_behind(std::uint32_t frames_at_start) {
    const auto found = audit();
    const bool clean = found.ok() && found.value().clean != 0;
    const std::uint32_t frames_at_end = frames_in_use_now();
    print("\naudit: {}\n", !found.ok() ? status_name(found.status()) : clean ? "clean" : found.value().text);
    print("frames in use: {} at the start, {} at the end\n", frames_at_start, frames_at_end);
    return clean && frames_at_start == frames_at_end;
}

int run(const Wishes& wishes) {
    const auto archive = BootArchive::open();
    if (!archive.ok()) {
        print("pipeline: no boot archive: {}\n", archive.status());
        return 1;
    }
    const Word length_bytes = check_file(archive.value(), wishes.file);
    if (length_bytes == 0) return 1;
    const auto port = Port::create();
    if (!port.ok()) {
        print("pipeline: no port: {}\n", port.status());
        return 1;
    }
    print("{}: {:,} bytes, filter: {}\n", wishes.file, length_bytes,
          kFilterNames[static_cast<std::uint32_t>(wishes.filter)]);

    const std::uint32_t frames_at_start = frames_in_use_now();
    static Outcome outcomes[kWays];
    for (std::uint32_t i = 0; i < kWays; ++i) {
        if (!wishes.ways[i]) continue;
        const Order order{static_cast<Way>(i), wishes.filter, length_bytes, 0, {}};
        outcomes[i] = Team(archive.value(), port.value(), wishes.file, order).run();
        if (outcomes[i].status != Status::ok) {
            print("pipeline: {}: {} failed: {}\n", kWayNames[i], outcomes[i].failed_at, outcomes[i].status);
            (void)nothing_left_behind(frames_at_start);
            return 1;
        }
        print_outcome(kWayNames[i], outcomes[i]);
    }
    print_table(outcomes, wishes);
    const bool agree = digests_agree(outcomes, wishes);
    if (!agree) print("\nthe digests DIFFER\n");
    return nothing_left_behind(frames_at_start) && agree ? 0 : 1;
}

/// The program as one of its own workers: `pipeline @worker ROLE PORT FILE`.
int run_worker(const Arguments& arguments) {
    const auto role = parse_number(arguments[2]);
    const auto port = parse_number(arguments[3]);
    if (!role.has_value() || *role >= kRoles || !port.has_value()) return kUsageCode;
    return Worker(static_cast<Role>(*role), arguments[4]).serve(static_cast<PortId>(*port));
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@worker") return run_worker(arguments);
    Wishes wishes;
    if (read_wishes(arguments, wishes)) return run(wishes);
    print("usage: pipeline FILE [--filter identity|upper|reverse] [--way copy|move|seal|all]\n");
    return kUsageCode;
}

}  // namespace freehold::user
