// SPDX-License-Identifier: MIT
// attack NAME: does what a hostile program would, and says what came of it. attack: lists all of them.
#include "user/attacks/attack.h"
#include "user/attacks/hardware.h"

namespace freehold::user {
namespace {

constexpr int kUsageCode = 2;

struct Theme {
    std::string_view name;
    std::span<const Attack> attacks;
};

int run(const Attack& attack) {
    Checks checks;
    const std::string_view found = attack.commit(checks);
    print("attack: {}: {}\n", attack.name, found);
    const bool as_wanted = found == kKilled ? attack.outcome.starts_with(kKilled) : found == attack.outcome;
    checks.expect(as_wanted, attack.outcome);
    return checks.finish();
}

}  // namespace

int program_main(const Arguments& arguments) {
    const Theme themes[] = {
        {"pointers", pointer_attacks()},      {"ownership", ownership_attacks()}, {"exhaustion", exhaustion_attacks()},
        {"stale data", stale_data_attacks()}, {"hardware", hardware_attacks()},   {"hardware", machine_attacks()},
        {"images", image_attacks()},
    };
    const std::string_view wanted = arguments[1];
    for (const std::span<const Role> roles : {ownership_roles(), exhaustion_roles(), stale_data_roles()}) {
        for (const Role& role : roles) {
            if (role.name == wanted) return role.run(arguments);
        }
    }
    for (const Theme& theme : themes) {
        for (const Attack& attack : theme.attacks) {
            if (attack.name == wanted) return run(attack);
        }
    }
    print("usage: attack NAME\n");
    for (const Theme& theme : themes) {
        for (const Attack& attack : theme.attacks) {
            print("{} | {} | {} | {}\n", theme.name, attack.name, attack.tries, attack.outcome);
        }
    }
    return kUsageCode;
}

}  // namespace freehold::user
