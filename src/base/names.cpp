// SPDX-License-Identifier: MIT
// Names of what can be looked at, for printing. No default: the compiler says where one is missing.
#include <freehold/system.h>

namespace freehold {

// clang-format off
const char* region_type_name(RegionType value) {
    switch (value) {
        case RegionType::free: return "free";
        case RegionType::phys: return "phys";
        case RegionType::anon: return "anon";
    }
    return "unknown type";
}

const char* region_state_name(RegionState value) {
    switch (value) {
        case RegionState::plain: return "plain";
        case RegionState::sealed: return "sealed";
        case RegionState::transit: return "in transit";
        case RegionState::transit_sealed: return "in transit, sealed";
        case RegionState::kept: return "kept";
    }
    return "unknown state";
}

const char* operation_name(LedgerEntry::Operation operation) {
    using Operation = LedgerEntry::Operation;
    switch (operation) {
        case Operation::none: return "none";
        case Operation::create: return "create";
        case Operation::destroy: return "destroy";
        case Operation::allocate: return "allocate";
        case Operation::release: return "release";
        case Operation::protect: return "protect";
        case Operation::seal: return "seal";
        case Operation::map_physical: return "map_physical";
        case Operation::adopt: return "adopt";
        case Operation::move: return "move";
        case Operation::share: return "share";
        case Operation::depart: return "depart";
        case Operation::arrive: return "arrive";
        case Operation::come_back: return "come_back";
        case Operation::guard: return "guard";
    }
    return "unknown operation";
}
// clang-format on

}  // namespace freehold
