// SPDX-License-Identifier: MIT
#include "user/programs/names/table.h"

namespace freehold::user::names {

/// Whether there is a name here whose port lives; if not, the place is free.
bool Table::is_used(Entry& entry) {
    if (entry.port != PortId::none && !owner_of_(entry.port).ok()) entry.port = PortId::none;
    return entry.port != PortId::none;
}

Table::Entry* Table::place_of(std::string_view name) {
    for (Entry& entry : entries_) {
        if (entry.port != PortId::none && name == entry.name) return is_used(entry) ? &entry : nullptr;
    }
    return nullptr;
}

const Table::Entry* Table::find(std::string_view name) { return place_of(name); }

Status Table::publish(std::string_view name, PortId port, ProcessId process) {
    const auto owner = owner_of_(port);
    if (!owner.ok()) return owner.status();
    if (owner.value() != process) return Status::not_permitted;
    if (place_of(name) != nullptr) return Status::name_taken;
    Entry* place = nullptr;
    std::uint32_t own = 0;
    for (Entry& entry : entries_) {
        if (!is_used(entry)) {
            if (place == nullptr) place = &entry;
        } else if (entry.owner == process) {
            ++own;
        }
    }
    if (own >= kNamesOfProcessMax) return Status::too_many_names;
    if (place == nullptr) return Status::name_table_full;
    *place = {.name = {}, .port = port, .owner = process};
    for (std::uint32_t i = 0; i < name.size(); ++i) place->name[i] = name[i];
    return Status::ok;
}

Status Table::withdraw(std::string_view name, ProcessId process) {
    Entry* const place = place_of(name);
    if (place == nullptr) return Status::unknown_name;
    if (place->owner != process) return Status::not_permitted;
    place->port = PortId::none;
    return Status::ok;
}

const Table::Entry* Table::next(Word& index) {
    while (index < kNamesMax) {
        Entry& entry = entries_[index++];
        if (is_used(entry)) return &entry;
    }
    return nullptr;
}

}  // namespace freehold::user::names
