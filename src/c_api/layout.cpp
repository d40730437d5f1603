// SPDX-License-Identifier: MIT
// That the C headers say what the C++ headers say: every number, size and offset. Nothing here is compiled into code.
#include <cstddef>

#include "src/c_api/convert.h"

namespace freehold {
namespace {

// --- numbers ---------------------------------------------------------------------------------------------------------

template <typename T>
struct Twin {
    T value;
    std::uint32_t number;
};

template <typename T, std::size_t kCount>
consteval bool equal(const Twin<T> (&twins)[kCount]) {
    for (const Twin<T>& twin : twins) {
        if (static_cast<std::uint32_t>(twin.value) != twin.number) return false;
    }
    return true;
}

// clang-format off
constexpr Twin<Status> kStatuses[] = {
    {Status::ok, FREEHOLD_OK},
    {Status::zero_length, FREEHOLD_ZERO_LENGTH},
    {Status::misaligned, FREEHOLD_MISALIGNED},
    {Status::overflow, FREEHOLD_OVERFLOW},
    {Status::outside_user_space, FREEHOLD_OUTSIDE_USER_SPACE},
    {Status::bad_alignment, FREEHOLD_BAD_ALIGNMENT},
    {Status::bad_rights, FREEHOLD_BAD_RIGHTS},
    {Status::bad_option, FREEHOLD_BAD_OPTION},
    {Status::not_free, FREEHOLD_NOT_FREE},
    {Status::not_mapped, FREEHOLD_NOT_MAPPED},
    {Status::not_anonymous, FREEHOLD_NOT_ANONYMOUS},
    {Status::sealed, FREEHOLD_SEALED},
    {Status::not_sealed, FREEHOLD_NOT_SEALED},
    {Status::in_transit, FREEHOLD_IN_TRANSIT},
    {Status::kernel_kept, FREEHOLD_KERNEL_KEPT},
    {Status::access_denied, FREEHOLD_ACCESS_DENIED},
    {Status::guard_page, FREEHOLD_GUARD_PAGE},
    {Status::out_of_memory, FREEHOLD_OUT_OF_MEMORY},
    {Status::over_limit, FREEHOLD_OVER_LIMIT},
    {Status::no_address_range, FREEHOLD_NO_ADDRESS_RANGE},
    {Status::region_table_full, FREEHOLD_REGION_TABLE_FULL},
    {Status::space_table_full, FREEHOLD_SPACE_TABLE_FULL},
    {Status::port_table_full, FREEHOLD_PORT_TABLE_FULL},
    {Status::process_table_full, FREEHOLD_PROCESS_TABLE_FULL},
    {Status::reference_limit, FREEHOLD_REFERENCE_LIMIT},
    {Status::bad_address, FREEHOLD_BAD_ADDRESS},
    {Status::unknown_call, FREEHOLD_UNKNOWN_CALL},
    {Status::unknown_space, FREEHOLD_UNKNOWN_SPACE},
    {Status::unknown_process, FREEHOLD_UNKNOWN_PROCESS},
    {Status::unknown_port, FREEHOLD_UNKNOWN_PORT},
    {Status::not_permitted, FREEHOLD_NOT_PERMITTED},
    {Status::port_closed, FREEHOLD_PORT_CLOSED},
    {Status::would_block, FREEHOLD_WOULD_BLOCK},
    {Status::message_too_long, FREEHOLD_MESSAGE_TOO_LONG},
    {Status::too_many_areas, FREEHOLD_TOO_MANY_AREAS},
    {Status::unknown_message, FREEHOLD_UNKNOWN_MESSAGE},
    {Status::no_reply_wanted, FREEHOLD_NO_REPLY_WANTED},
    {Status::reply_expected, FREEHOLD_REPLY_EXPECTED},
    {Status::peer_gone, FREEHOLD_PEER_GONE},
    {Status::timed_out, FREEHOLD_TIMED_OUT},
    {Status::bad_image, FREEHOLD_BAD_IMAGE},
    {Status::bad_archive, FREEHOLD_BAD_ARCHIVE},
    {Status::no_such_file, FREEHOLD_NO_SUCH_FILE},
    {Status::arguments_too_long, FREEHOLD_ARGUMENTS_TOO_LONG},
    {Status::interrupted, FREEHOLD_INTERRUPTED},
    {Status::receiver_is_sender, FREEHOLD_RECEIVER_IS_SENDER},
    {Status::memory_map_invalid, FREEHOLD_MEMORY_MAP_INVALID},
    {Status::no_such_device, FREEHOLD_NO_SUCH_DEVICE},
    {Status::buffer_too_small, FREEHOLD_BUFFER_TOO_SMALL},
    {Status::name_taken, FREEHOLD_NAME_TAKEN},
    {Status::unknown_name, FREEHOLD_UNKNOWN_NAME},
    {Status::name_too_long, FREEHOLD_NAME_TOO_LONG},
    {Status::name_table_full, FREEHOLD_NAME_TABLE_FULL},
    {Status::too_many_names, FREEHOLD_TOO_MANY_NAMES},
    {Status::device_taken, FREEHOLD_DEVICE_TAKEN},
    {Status::device_table_full, FREEHOLD_DEVICE_TABLE_FULL},
};
constexpr Twin<Rights> kRights[] = {
    {Rights::none, FREEHOLD_RIGHT_NONE},
    {Rights::read, FREEHOLD_RIGHT_READ},
    {Rights::write, FREEHOLD_RIGHT_WRITE},
    {Rights::execute, FREEHOLD_RIGHT_EXECUTE},
    {kReadWrite, FREEHOLD_READ_WRITE},
};
constexpr Twin<RegionType> kTypes[] = {
    {RegionType::free, FREEHOLD_REGION_FREE},
    {RegionType::phys, FREEHOLD_REGION_PHYS},
    {RegionType::anon, FREEHOLD_REGION_ANON},
};
constexpr Twin<RegionState> kStates[] = {
    {RegionState::plain, FREEHOLD_STATE_PLAIN},
    {RegionState::sealed, FREEHOLD_STATE_SEALED},
    {RegionState::transit, FREEHOLD_STATE_TRANSIT},
    {RegionState::transit_sealed, FREEHOLD_STATE_TRANSIT_SEALED},
    {RegionState::kept, FREEHOLD_STATE_KEPT},
};
constexpr Twin<Placement> kPlacements[] = {
    {Placement::lowest, FREEHOLD_PLACE_LOWEST},
    {Placement::highest, FREEHOLD_PLACE_HIGHEST},
    {Placement::at, FREEHOLD_PLACE_AT},
};
constexpr Twin<PortMode> kModes[] = {
    {PortMode::closed, FREEHOLD_PORT_MODE_CLOSED},
    {PortMode::open, FREEHOLD_PORT_MODE_OPEN},
    {PortMode::dedicated, FREEHOLD_PORT_MODE_DEDICATED},
};
constexpr Twin<AreaToSend::Kind> kKinds[] = {
    {AreaToSend::Kind::none, FREEHOLD_AREA_NONE},
    {AreaToSend::Kind::move, FREEHOLD_AREA_MOVE},
    {AreaToSend::Kind::share, FREEHOLD_AREA_SHARE},
};
constexpr Twin<LedgerEntry::Operation> kOperations[] = {
    {LedgerEntry::Operation::none, FREEHOLD_OPERATION_NONE},
    {LedgerEntry::Operation::create, FREEHOLD_OPERATION_CREATE},
    {LedgerEntry::Operation::destroy, FREEHOLD_OPERATION_DESTROY},
    {LedgerEntry::Operation::allocate, FREEHOLD_OPERATION_ALLOCATE},
    {LedgerEntry::Operation::release, FREEHOLD_OPERATION_RELEASE},
    {LedgerEntry::Operation::protect, FREEHOLD_OPERATION_PROTECT},
    {LedgerEntry::Operation::seal, FREEHOLD_OPERATION_SEAL},
    {LedgerEntry::Operation::map_physical, FREEHOLD_OPERATION_MAP_PHYSICAL},
    {LedgerEntry::Operation::adopt, FREEHOLD_OPERATION_ADOPT},
    {LedgerEntry::Operation::move, FREEHOLD_OPERATION_MOVE},
    {LedgerEntry::Operation::share, FREEHOLD_OPERATION_SHARE},
    {LedgerEntry::Operation::depart, FREEHOLD_OPERATION_DEPART},
    {LedgerEntry::Operation::arrive, FREEHOLD_OPERATION_ARRIVE},
    {LedgerEntry::Operation::come_back, FREEHOLD_OPERATION_COME_BACK},
    {LedgerEntry::Operation::guard, FREEHOLD_OPERATION_GUARD},
};
// clang-format on
static_assert(equal(kStatuses) && equal(kRights) && equal(kTypes) && equal(kStates) && equal(kPlacements));
static_assert(equal(kModes) && equal(kKinds) && equal(kOperations));
static_assert(kMessageIsReply == FREEHOLD_MESSAGE_IS_REPLY && kMessageWantsReply == FREEHOLD_MESSAGE_WANTS_REPLY);

static_assert(kPageShift == FREEHOLD_PAGE_SHIFT && kPageBytes == FREEHOLD_PAGE_BYTES);
static_assert(kUserBase.value() == FREEHOLD_USER_BASE);
static_assert(kProcessesMax == FREEHOLD_PROCESSES_MAX && kSpacesMax == FREEHOLD_SPACES_MAX);
static_assert(kRegionsMax == FREEHOLD_REGIONS_MAX && kPortsMax == FREEHOLD_PORTS_MAX);
static_assert(kPortMessagesMax == FREEHOLD_PORT_MESSAGES_MAX && kMessageBytesMax == FREEHOLD_MESSAGE_BYTES_MAX);
static_assert(kMessageAreasMax == FREEHOLD_MESSAGE_AREAS_MAX && kLedgerEntries == FREEHOLD_LEDGER_ENTRIES);
static_assert(kShortMessageBytesMax == FREEHOLD_SHORT_MESSAGE_BYTES_MAX);
static_assert(SpaceOptions{}.limit_frames == FREEHOLD_NO_LIMIT);
static_assert(sizeof(Word) == sizeof(freehold_word), "FREEHOLD_WORD is not the architecture's word");

// --- structures ------------------------------------------------------------------------------------------------------

// Only a macro can name a member of two structures at once.
#define FREEHOLD_SAME(Cpp, C, member)                                                                       \
    static_assert(offsetof(Cpp, member) == offsetof(C, member) && sizeof(Cpp::member) == sizeof(C::member), \
                  #C "." #member " lies elsewhere in " #Cpp)

static_assert(c::alike<HostLock, freehold_lock>());
FREEHOLD_SAME(HostLock, freehold_lock, word);

static_assert(c::alike<FrameRange, freehold_frame_range>());
FREEHOLD_SAME(FrameRange, freehold_frame_range, first);
FREEHOLD_SAME(FrameRange, freehold_frame_range, count);

static_assert(c::alike<Counters, freehold_counters>());
FREEHOLD_SAME(Counters, freehold_counters, bytes_copied);
FREEHOLD_SAME(Counters, freehold_counters, bytes_transferred);
FREEHOLD_SAME(Counters, freehold_counters, frames_allocated);
FREEHOLD_SAME(Counters, freehold_counters, frames_freed);
FREEHOLD_SAME(Counters, freehold_counters, frames_zeroed);
FREEHOLD_SAME(Counters, freehold_counters, entries_written);
FREEHOLD_SAME(Counters, freehold_counters, tables_moved);
FREEHOLD_SAME(Counters, freehold_counters, tables_shared);
FREEHOLD_SAME(Counters, freehold_counters, invalidations);
FREEHOLD_SAME(Counters, freehold_counters, full_flushes);
FREEHOLD_SAME(Counters, freehold_counters, shootdowns);
FREEHOLD_SAME(Counters, freehold_counters, faults_resolved);
FREEHOLD_SAME(Counters, freehold_counters, messages_sent);
FREEHOLD_SAME(Counters, freehold_counters, areas_moved);
FREEHOLD_SAME(Counters, freehold_counters, areas_shared);

static_assert(c::alike<MemoryInfo, freehold_memory_info>());
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, frames_total);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, frames_free);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, frames_promised);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, frames_kernel);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, frames_sealed);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, frames_charged);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, spaces);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, ports);
FREEHOLD_SAME(MemoryInfo, freehold_memory_info, metadata_bytes);

static_assert(c::alike<LedgerEntry, freehold_ledger_entry>());
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, sequence);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, timestamp);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, operation);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, from);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, to);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, base);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, length_bytes);
FREEHOLD_SAME(LedgerEntry, freehold_ledger_entry, arrived_at);

static_assert(c::alike<SpaceOptions, freehold_space_options>());
FREEHOLD_SAME(SpaceOptions, freehold_space_options, limit_frames);
FREEHOLD_SAME(SpaceOptions, freehold_space_options, limit_regions);
FREEHOLD_SAME(SpaceOptions, freehold_space_options, owner_token);

static_assert(c::alike<AllocateOptions, freehold_allocate_options>());
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, length_bytes);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, alignment_bytes);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, placement);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, address);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, rights);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, populate);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, guard_pages_below);
FREEHOLD_SAME(AllocateOptions, freehold_allocate_options, guard_pages_above);

static_assert(c::alike<PhysicalOptions, freehold_physical_options>());
FREEHOLD_SAME(PhysicalOptions, freehold_physical_options, address);
FREEHOLD_SAME(PhysicalOptions, freehold_physical_options, length_bytes);
FREEHOLD_SAME(PhysicalOptions, freehold_physical_options, rights);
FREEHOLD_SAME(PhysicalOptions, freehold_physical_options, cached);

static_assert(c::alike<RegionInfo, freehold_region_info>());
FREEHOLD_SAME(RegionInfo, freehold_region_info, base);
FREEHOLD_SAME(RegionInfo, freehold_region_info, length_bytes);
FREEHOLD_SAME(RegionInfo, freehold_region_info, type);
FREEHOLD_SAME(RegionInfo, freehold_region_info, state);
FREEHOLD_SAME(RegionInfo, freehold_region_info, rights);
FREEHOLD_SAME(RegionInfo, freehold_region_info, reserved);
FREEHOLD_SAME(RegionInfo, freehold_region_info, pages_present);
FREEHOLD_SAME(RegionInfo, freehold_region_info, pages_guard);

static_assert(c::alike<PageInfo, freehold_page_info>());
FREEHOLD_SAME(PageInfo, freehold_page_info, present);
FREEHOLD_SAME(PageInfo, freehold_page_info, guard);
FREEHOLD_SAME(PageInfo, freehold_page_info, large);
FREEHOLD_SAME(PageInfo, freehold_page_info, table_shared);
FREEHOLD_SAME(PageInfo, freehold_page_info, rights);
FREEHOLD_SAME(PageInfo, freehold_page_info, physical);

static_assert(c::alike<SpaceInfo, freehold_space_info>());
FREEHOLD_SAME(SpaceInfo, freehold_space_info, id);
FREEHOLD_SAME(SpaceInfo, freehold_space_info, owner_token);
FREEHOLD_SAME(SpaceInfo, freehold_space_info, regions);
FREEHOLD_SAME(SpaceInfo, freehold_space_info, frames_charged);
FREEHOLD_SAME(SpaceInfo, freehold_space_info, limit_frames);
FREEHOLD_SAME(SpaceInfo, freehold_space_info, areas_in_flight);
FREEHOLD_SAME(SpaceInfo, freehold_space_info, root);

static_assert(c::alike<PortOptions, freehold_port_options>());
FREEHOLD_SAME(PortOptions, freehold_port_options, mode);
FREEHOLD_SAME(PortOptions, freehold_port_options, sender);
FREEHOLD_SAME(PortOptions, freehold_port_options, count_messages);
FREEHOLD_SAME(PortOptions, freehold_port_options, message_bytes);
FREEHOLD_SAME(PortOptions, freehold_port_options, credits);
FREEHOLD_SAME(PortOptions, freehold_port_options, signals);

static_assert(c::alike<AreaToSend, freehold_area_to_send>());
FREEHOLD_SAME(AreaToSend, freehold_area_to_send, base);
FREEHOLD_SAME(AreaToSend, freehold_area_to_send, length_bytes);
FREEHOLD_SAME(AreaToSend, freehold_area_to_send, kind);

static_assert(c::alike<MessageHead::Area, freehold_arrived_area>());
FREEHOLD_SAME(MessageHead::Area, freehold_arrived_area, base);
FREEHOLD_SAME(MessageHead::Area, freehold_arrived_area, length_bytes);

static_assert(c::alike<MessageHead, freehold_message_head>());
FREEHOLD_SAME(MessageHead, freehold_message_head, message);
FREEHOLD_SAME(MessageHead, freehold_message_head, sender);
FREEHOLD_SAME(MessageHead, freehold_message_head, cookie);
FREEHOLD_SAME(MessageHead, freehold_message_head, length_bytes);
FREEHOLD_SAME(MessageHead, freehold_message_head, status);
FREEHOLD_SAME(MessageHead, freehold_message_head, flags);
FREEHOLD_SAME(MessageHead, freehold_message_head, area_count);
FREEHOLD_SAME(MessageHead, freehold_message_head, origin);
FREEHOLD_SAME(MessageHead, freehold_message_head, areas);

static_assert(c::alike<AreaOptions, freehold_area_options>());
FREEHOLD_SAME(AreaOptions, freehold_area_options, to);
FREEHOLD_SAME(AreaOptions, freehold_area_options, base);
FREEHOLD_SAME(AreaOptions, freehold_area_options, length_bytes);
FREEHOLD_SAME(AreaOptions, freehold_area_options, cookie);
FREEHOLD_SAME(AreaOptions, freehold_area_options, reply_to);

static_assert(c::alike<Posted, freehold_posted>());
FREEHOLD_SAME(Posted, freehold_posted, owner_token);
FREEHOLD_SAME(Posted, freehold_posted, head);

static_assert(c::alike<Handover, freehold_handover>());
FREEHOLD_SAME(Handover, freehold_handover, owner_token);
FREEHOLD_SAME(Handover, freehold_handover, word);
FREEHOLD_SAME(Handover, freehold_handover, more);

static_assert(c::alike<PortInfo, freehold_port_info>());
FREEHOLD_SAME(PortInfo, freehold_port_info, id);
FREEHOLD_SAME(PortInfo, freehold_port_info, owner);
FREEHOLD_SAME(PortInfo, freehold_port_info, mode);
FREEHOLD_SAME(PortInfo, freehold_port_info, dedicated_to);
FREEHOLD_SAME(PortInfo, freehold_port_info, count_messages);
FREEHOLD_SAME(PortInfo, freehold_port_info, message_bytes);
FREEHOLD_SAME(PortInfo, freehold_port_info, queued);
FREEHOLD_SAME(PortInfo, freehold_port_info, held);
FREEHOLD_SAME(PortInfo, freehold_port_info, promised);
FREEHOLD_SAME(PortInfo, freehold_port_info, credits);
FREEHOLD_SAME(PortInfo, freehold_port_info, signals);

static_assert(c::alike<AuditReport, freehold_audit_report>());
FREEHOLD_SAME(AuditReport, freehold_audit_report, clean);
FREEHOLD_SAME(AuditReport, freehold_audit_report, text);
FREEHOLD_SAME(AuditReport, freehold_audit_report, spaces);
FREEHOLD_SAME(AuditReport, freehold_audit_report, regions);
FREEHOLD_SAME(AuditReport, freehold_audit_report, tables);
FREEHOLD_SAME(AuditReport, freehold_audit_report, pages);

#undef FREEHOLD_SAME

}  // namespace
}  // namespace freehold
