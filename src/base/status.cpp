// SPDX-License-Identifier: MIT
// The names of the statuses, one a line as in the header. No default: the compiler says where one is missing.
#include <freehold/status.h>

namespace freehold {

// clang-format off
const char* status_name(Status status) {
    switch (status) {
        case Status::ok: return "ok";
        case Status::zero_length: return "zero_length";
        case Status::misaligned: return "misaligned";
        case Status::overflow: return "overflow";
        case Status::outside_user_space: return "outside_user_space";
        case Status::bad_alignment: return "bad_alignment";
        case Status::bad_rights: return "bad_rights";
        case Status::bad_option: return "bad_option";
        case Status::not_free: return "not_free";
        case Status::not_mapped: return "not_mapped";
        case Status::not_anonymous: return "not_anonymous";
        case Status::sealed: return "sealed";
        case Status::not_sealed: return "not_sealed";
        case Status::in_transit: return "in_transit";
        case Status::kernel_kept: return "kernel_kept";
        case Status::access_denied: return "access_denied";
        case Status::guard_page: return "guard_page";
        case Status::out_of_memory: return "out_of_memory";
        case Status::over_limit: return "over_limit";
        case Status::no_address_range: return "no_address_range";
        case Status::region_table_full: return "region_table_full";
        case Status::space_table_full: return "space_table_full";
        case Status::port_table_full: return "port_table_full";
        case Status::process_table_full: return "process_table_full";
        case Status::reference_limit: return "reference_limit";
        case Status::bad_address: return "bad_address";
        case Status::unknown_call: return "unknown_call";
        case Status::unknown_space: return "unknown_space";
        case Status::unknown_process: return "unknown_process";
        case Status::unknown_port: return "unknown_port";
        case Status::not_permitted: return "not_permitted";
        case Status::port_closed: return "port_closed";
        case Status::would_block: return "would_block";
        case Status::message_too_long: return "message_too_long";
        case Status::too_many_areas: return "too_many_areas";
        case Status::unknown_message: return "unknown_message";
        case Status::no_reply_wanted: return "no_reply_wanted";
        case Status::reply_expected: return "reply_expected";
        case Status::peer_gone: return "peer_gone";
        case Status::timed_out: return "timed_out";
        case Status::bad_image: return "bad_image";
        case Status::bad_archive: return "bad_archive";
        case Status::no_such_file: return "no_such_file";
        case Status::arguments_too_long: return "arguments_too_long";
        case Status::interrupted: return "interrupted";
        case Status::receiver_is_sender: return "receiver_is_sender";
        case Status::memory_map_invalid: return "memory_map_invalid";
        case Status::no_such_device: return "no_such_device";
        case Status::buffer_too_small: return "buffer_too_small";
        case Status::name_taken: return "name_taken";
        case Status::unknown_name: return "unknown_name";
        case Status::name_too_long: return "name_too_long";
        case Status::name_table_full: return "name_table_full";
        case Status::too_many_names: return "too_many_names";
    }
    return "unknown status";
}
// clang-format on

}  // namespace freehold
