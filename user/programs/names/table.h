// SPDX-License-Identifier: MIT
// The names, their ports and who published them. A name whose port is no more is as good as none: it is not found, and
// its place is given away as soon as another is wanted. Nobody tells the service of a port's end, so it asks.
#pragma once

#include <string_view>

#include "user/runtime/names.h"

namespace freehold::user::names {

class Table {
  public:
    /// Says who owns a port: unknown_port if it is no more.
    using OwnerOf = Result<ProcessId> (*)(PortId);

    explicit Table(OwnerOf owner_of) : owner_of_(owner_of) {}

    struct Entry {
        char name[kNameLengthMax + 1];
        PortId port;  ///< none: the place is free
        ProcessId owner;
    };

    /// As publish_name() and withdraw_name() for that process. @pre check_name() likes the name
    Status publish(std::string_view name, PortId port, ProcessId process);
    Status withdraw(std::string_view name, ProcessId process);

    /// The entry of that name; nullptr if there is none.
    const Entry* find(std::string_view name);

    /// The first entry at a place of at least `index`, which becomes the one after it; nullptr: none left.
    const Entry* next(Word& index);

  private:
    bool is_used(Entry& entry);
    Entry* place_of(std::string_view name);

    OwnerOf owner_of_;
    Entry entries_[kNamesMax] = {};
};

}  // namespace freehold::user::names
