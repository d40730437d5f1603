// SPDX-License-Identifier: MIT
// The names of the statuses, in the order of their numbers.
#include <iterator>

#include <freehold/status.h>

namespace freehold {

namespace {

/// By number.
constexpr const char* kNames[] = {
    "ok",
    "zero_length",
    "misaligned",
    "overflow",
    "outside_user_space",
    "bad_alignment",
    "bad_rights",
    "bad_option",
    "not_free",
    "not_mapped",
    "not_anonymous",
    "sealed",
    "not_sealed",
    "in_transit",
    "kernel_kept",
    "access_denied",
    "guard_page",
    "out_of_memory",
    "over_limit",
    "no_address_range",
    "region_table_full",
    "space_table_full",
    "port_table_full",
    "process_table_full",
    "reference_limit",
    "bad_address",
    "unknown_call",
    "unknown_space",
    "unknown_process",
    "unknown_port",
    "not_permitted",
    "port_closed",
    "would_block",
    "message_too_long",
    "too_many_areas",
    "unknown_message",
    "no_reply_wanted",
    "reply_expected",
    "peer_gone",
    "timed_out",
    "bad_image",
    "bad_archive",
    "no_such_file",
    "arguments_too_long",
    "interrupted",
    "receiver_is_sender",
    "memory_map_invalid",
    "no_such_device",
    "buffer_too_small",
    "name_taken",
    "unknown_name",
    "name_too_long",
    "name_table_full",
    "too_many_names",
    "device_taken",
    "device_table_full",
};
static_assert(std::size(kNames) == static_cast<std::size_t>(Status::device_table_full) + 1, "a name for each status");

}  // namespace

const char* status_name(Status status) {
    const auto number = static_cast<std::size_t>(status);
    return number < std::size(kNames) ? kNames[number] : "unknown status";
}

}  // namespace freehold
