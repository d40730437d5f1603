// SPDX-License-Identifier: MIT
// Measures tables of regions beside each other, and prints one JSON object a line for each figure.
// tools/bench_regions.py runs it.
//
//      regions_benchmark [--quick] [--case NAME]... [--size COUNT]... [--trace FILE]...
//
// The subjects of a case take turns, so that all meet the same disturbances; a figure is the median of the turns, in
// time of this thread's processor, which does not go on while others run.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <stdexcept>

#include "benchmarks/regions/trace.h"
#include "benchmarks/regions/work.h"

namespace freehold::bench {

namespace {

struct Options {
    std::size_t repetitions = 11;
    double turn_ns = 4e6;
    std::vector<std::string> cases;
    std::vector<std::uint32_t> sizes;
    std::vector<std::string> traces;
};

constexpr std::uint32_t kSizes[] = {16, 100, 1000, 10000, 100000};

double now_ns() {
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(const std::string& name, const std::string& subject, std::uint32_t size, double value, const char* unit) {
    std::printf("{\"case\": \"%s\", \"subject\": \"%s\", \"size\": %u, \"value\": %.3f, \"unit\": \"%s\"}\n",
                name.c_str(), subject.c_str(), size, value, unit);
    std::fflush(stdout);
}

/// A subject with its table and its work.
struct Runner {
    std::string name;
    std::unique_ptr<Table<std::uint32_t>> table;
    std::unique_ptr<Work> work;
    std::size_t count = 1;  ///< operations a turn
    std::vector<double> values;

    double turn() {
        const double start = now_ns();
        work->run(*table, count);
        return now_ns() - start;
    }

    /// As many operations as fill a turn.
    void calibrate(double turn_ns) {
        for (double took = turn(); took < turn_ns / 2; took = turn()) {
            const double wanted = took < 1000 ? 64 : turn_ns / took;
            count = static_cast<std::size_t>(static_cast<double>(count) * std::clamp(wanted, 1.2, 64.0)) + 1;
        }
    }
};

void check_equal(const std::string& name, const std::string& subject, std::uint64_t sum, std::uint64_t expected) {
    if (sum != expected) throw std::runtime_error(name + ": " + subject + " gives other answers than the first");
}

void measure(const Case& what, std::uint32_t size, const Options& options) {
    const std::size_t checked =
        what.name == "iterate" ? 1 : std::clamp(std::size_t{400000} / size, std::size_t{20}, std::size_t{2000});
    const Layout layout = what.layout(size);
    std::vector<Runner> runners;
    std::uint64_t expected = 0;
    for (const auto& subject : subjects<std::uint32_t>()) {
        Runner runner{subject.name, subject.make(kUserEnd), what.make(layout), 1, {}};
        build(*runner.table, layout);
        const std::uint64_t sum = runner.work->run(*runner.table, checked) + runner.table->visit_all();
        if (runners.empty()) expected = sum;
        check_equal(what.name, subject.name, sum, expected);
        runners.push_back(std::move(runner));
    }
    for (auto& runner : runners) runner.calibrate(options.turn_ns);
    for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
        for (auto& runner : runners) {
            const auto figures = static_cast<double>(runner.count * runner.work->figures());
            runner.values.push_back(runner.turn() / figures);
        }
    }
    for (const auto& runner : runners) print(what.name, runner.name, size, median(runner.values), "ns");
    if (what.name != "iterate") return;
    for (const auto& runner : runners) {
        print("metadata", runner.name, size, static_cast<double>(runner.table->metadata_bytes()) / size, "bytes");
    }
}

template <typename Word>
void measure_trace(const Trace<Word>& trace, const Options& options) {
    const std::string name = "trace/" + trace.name;
    const auto all = subjects<Word>();
    std::vector<std::vector<double>> values(all.size());
    std::uint64_t expected = 0;
    for (std::size_t repetition = 0; repetition <= options.repetitions; ++repetition) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            double took = 0;
            std::size_t replays = 0;
            while (took < options.turn_ns || replays == 0) {
                const auto table = all[i].make(trace.user_end);
                const double start = now_ns();
                const std::uint64_t sum = replay(*table, trace);
                took += now_ns() - start;
                ++replays;
                if (expected == 0) expected = sum + table->visit_all();
                check_equal(name, all[i].name, sum + table->visit_all(), expected);
            }
            const auto operations = static_cast<double>(replays * trace.operations.size());
            if (repetition > 0) values[i].push_back(took / operations);  // the first one warms up
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) print(name, all[i].name, trace.most_regions, median(values[i]), "ns");
}

Options read_arguments(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--quick") {
            options.repetitions = 5;
            options.turn_ns = 5e5;
            continue;
        }
        if (i + 1 == arguments.size()) throw std::runtime_error("what is " + arguments[i] + "?");
        const std::string& value = arguments[i + 1];
        if (arguments[i] == "--case") {
            options.cases.push_back(value);
        } else if (arguments[i] == "--size") {
            options.sizes.push_back(static_cast<std::uint32_t>(std::stoul(value)));
        } else if (arguments[i] == "--trace") {
            options.traces.push_back(value);
        } else {
            throw std::runtime_error("what is " + arguments[i] + "?");
        }
        ++i;
    }
    if (options.sizes.empty()) options.sizes.assign(std::begin(kSizes), std::end(kSizes));
    return options;
}

int run(const Options& options) {
    std::vector<AnyTrace> traces;
    for (const auto& path : options.traces) traces.push_back(read_trace(path));  // a wrong one says so at once
    for (const Case& what : cases()) {
        const auto& wanted = options.cases;
        if (std::find(wanted.begin(), wanted.end(), what.name) == wanted.end()) continue;
        for (const std::uint32_t size : options.sizes) measure(what, size, options);
    }
    for (const auto& trace : traces) {
        std::visit([&](const auto& any) { measure_trace(any, options); }, trace);
    }
    return 0;
}

}  // namespace

}  // namespace freehold::bench

int main(int count, char** arguments) {
    try {
        return freehold::bench::run(freehold::bench::read_arguments({arguments + 1, arguments + count}));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "regions_benchmark: %s\n", error.what());
        return 1;
    }
}
