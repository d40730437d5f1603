// SPDX-License-Identifier: MIT
// The name service's table, beside a map that says what it should hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <string>

#include "user/programs/names/table.h"

namespace freehold::user::names {
namespace {

std::map<PortId, ProcessId> owners;  // of the ports alive

Result<ProcessId> owner_of(PortId port) {
    const auto found = owners.find(port);
    if (found == owners.end()) return Status::unknown_port;
    return found->second;
}

constexpr PortId port(std::uint32_t number) { return static_cast<PortId>(number); }
constexpr ProcessId process(std::uint32_t number) { return static_cast<ProcessId>(number); }

TEST(UserNames, a_name_is_given_once_and_by_the_ports_owner_only) {
    owners = {{port(1), process(1)}, {port(2), process(2)}};
    Table table(owner_of);
    EXPECT_EQ(table.publish("a", port(1), process(2)), Status::not_permitted);
    EXPECT_EQ(table.publish("a", port(3), process(1)), Status::unknown_port);
    EXPECT_EQ(table.find("a"), nullptr);
    EXPECT_EQ(table.publish("a", port(1), process(1)), Status::ok);
    EXPECT_EQ(table.publish("a", port(2), process(2)), Status::name_taken);
    EXPECT_EQ(table.publish("ab", port(2), process(2)), Status::ok);
    EXPECT_EQ(table.withdraw("a", process(2)), Status::not_permitted);
    EXPECT_EQ(table.withdraw("b", process(2)), Status::unknown_name);
    ASSERT_NE(table.find("a"), nullptr);
    EXPECT_EQ(table.find("a")->port, port(1));
    EXPECT_EQ(table.withdraw("a", process(1)), Status::ok);
    EXPECT_EQ(table.find("a"), nullptr);
}

TEST(UserNames, a_port_that_is_gone_has_no_name) {
    owners = {{port(1), process(1)}, {port(2), process(2)}};
    Table table(owner_of);
    ASSERT_EQ(table.publish("a", port(1), process(1)), Status::ok);
    owners.erase(port(1));
    EXPECT_EQ(table.find("a"), nullptr);
    EXPECT_EQ(table.withdraw("a", process(1)), Status::unknown_name);
    EXPECT_EQ(table.publish("a", port(2), process(2)), Status::ok);
    owners[port(1)] = process(1);
    EXPECT_EQ(table.find("a")->port, port(2));
}

TEST(UserNames, a_process_and_the_table_have_their_limits_and_the_dead_count_for_nothing) {
    owners.clear();
    Table table(owner_of);
    std::uint32_t published = 0;
    for (std::uint32_t p = 1; published < kNamesMax; ++p) {
        owners[port(p)] = process(p);
        for (std::uint32_t i = 0; i < kNamesOfProcessMax; ++i) {
            const std::string name = std::to_string(p) + "-" + std::to_string(i);
            ASSERT_EQ(table.publish(name, port(p), process(p)), Status::ok);
            ++published;
        }
        EXPECT_EQ(table.publish("more", port(p), process(p)), Status::too_many_names);
    }
    owners[port(1000)] = process(1000);
    EXPECT_EQ(table.publish("more", port(1000), process(1000)), Status::name_table_full);
    owners.erase(port(7));
    for (std::uint32_t i = 0; i < kNamesOfProcessMax; ++i) {
        EXPECT_EQ(table.publish("more" + std::to_string(i), port(1000), process(1000)), Status::ok);
    }
}

/// What the table should say, from a map alone.
struct Model {
    std::map<std::string, PortId> names;

    void forget_dead() {
        std::erase_if(names, [](const auto& entry) { return !owners.contains(entry.second); });
    }

    Status publish(const std::string& name, PortId wanted, ProcessId by) {
        forget_dead();
        if (!owners.contains(wanted)) return Status::unknown_port;
        if (owners[wanted] != by) return Status::not_permitted;
        if (names.contains(name)) return Status::name_taken;
        const auto own =
            std::count_if(names.begin(), names.end(), [by](const auto& e) { return owners[e.second] == by; });
        if (own >= static_cast<long>(kNamesOfProcessMax)) return Status::too_many_names;
        if (names.size() == kNamesMax) return Status::name_table_full;
        names[name] = wanted;
        return Status::ok;
    }

    Status withdraw(const std::string& name, ProcessId by) {
        forget_dead();
        if (!names.contains(name)) return Status::unknown_name;
        if (owners[names[name]] != by) return Status::not_permitted;
        names.erase(name);
        return Status::ok;
    }
};

TEST(UserNames, random_calls_and_deaths_agree_with_a_map) {
    constexpr int kSteps = 200'000;
    constexpr std::uint32_t kProcesses = 20;
    owners.clear();
    Table table(owner_of);
    Model model;
    std::mt19937 engine(1);
    const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
    std::uint32_t last_port = 0;
    std::map<std::uint32_t, std::uint32_t> newest;  // port of each process
    for (int step = 0; step < kSteps; ++step) {
        const std::uint32_t who = random() % kProcesses + 1;
        const std::string name = std::to_string(random() % 200);
        switch (random() % 16) {
            case 0:  // its port goes, and a new one comes
                owners.erase(port(newest[who]));
                owners[port(newest[who] = ++last_port)] = process(who);
                break;
            case 1:
            case 2:
                ASSERT_EQ(table.withdraw(name, process(who)), model.withdraw(name, process(who))) << step;
                break;
            case 3: {
                model.forget_dead();
                std::uint32_t count = 0;
                for (Word index = 0; table.next(index) != nullptr;) ++count;
                ASSERT_EQ(count, model.names.size()) << step;
                break;
            }
            case 4:
            case 5: {
                model.forget_dead();
                const auto found = model.names.find(name);
                const auto* const entry = table.find(name);
                ASSERT_EQ(entry != nullptr, found != model.names.end()) << step;
                if (entry != nullptr) {
                    ASSERT_EQ(entry->port, found->second) << step;
                }
                break;
            }
            default: {
                const PortId what = port(newest[random() % 4 == 0 ? random() % kProcesses + 1 : who]);
                ASSERT_EQ(table.publish(name, what, process(who)), model.publish(name, what, process(who))) << step;
            }
        }
    }
    std::cout << kSteps << " steps, " << last_port << " ports\n";
}

}  // namespace
}  // namespace freehold::user::names
