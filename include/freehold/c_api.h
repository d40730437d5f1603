// SPDX-License-Identifier: MIT
// The whole API for kernels in C, Rust, Zig: system.h, space.h, ipc.h, audit.h and status.h, function by function.
//
//   f(...) -> value           freehold_f(...) returns it
//   f(...) -> Status          freehold_f(...) returns it
//   f(...) -> Result<value>   freehold_f(..., out) returns the status, and writes *out only if that is FREEHOLD_OK
//   PageRange                 base and length_bytes; beside its own errors each such call gives zero_length,
//   misaligned,
//                             overflow, outside_user_space (PageRange::checked)
//   info(...)                 freehold_get_info(...), where freehold_info is the structure's name
//
// What a call does, costs and needs is said in full at the C++ function that its comment names; errors are listed here
// without their prefix. Nothing throws. The kernel supplies the hooks of c_host.h.
#pragma once

#include <freehold/c_host.h>
#include <freehold/c_types.h>

// A status must not go unseen.
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define FREEHOLD_STATUS [[nodiscard]] freehold_status
#elif defined(__GNUC__)
#define FREEHOLD_STATUS __attribute__((warn_unused_result)) freehold_status
#else
#define FREEHOLD_STATUS freehold_status
#endif

#ifdef __cplusplus
extern "C" {
#endif

// --- status.h, types.h -----------------------------------------------------------------------------------------------

/// status_name().
/// @pre none  @error none: "unknown status" for a number that is none  @state none  @cost O(1)  @context any
const char* freehold_status_name(freehold_status status);

/// kUserEnd: the first address past user space.
/// @pre none  @error none  @state none  @cost O(1)  @context any
freehold_word freehold_user_end(void);

// --- system.h --------------------------------------------------------------------------------------------------------

/// system_bytes().
/// @pre none  @error none  @state none  @cost O(ranges)  @context any
size_t freehold_system_bytes(const freehold_frame_range* usable, size_t usable_count);

/// create_system().
/// @pre memory is aligned to 16 bytes, not used otherwise, and stays  @error memory_map_invalid
/// @state failure: `memory` holds nothing of meaning  @cost O(frames)  @context boot, one processor
FREEHOLD_STATUS freehold_create_system(void* memory, size_t memory_bytes, const freehold_system_options* options,
                                       freehold_system** out);

/// counters().
/// @pre none  @error none  @state none  @cost O(1)  @context takes the pool's lock
freehold_counters freehold_get_counters(freehold_system* system);

/// memory_info().
/// @pre none  @error none  @state none  @cost O(spaces + ports)
/// @context takes the locks of the tables of ports and spaces and the pool's, one after the other
freehold_memory_info freehold_get_memory_info(freehold_system* system);

/// allocate_kernel_frame().
/// @pre none  @error out_of_memory  @state success: one frame, zeroed  @cost O(1) and zeroing
/// @context takes the pool's lock
FREEHOLD_STATUS freehold_allocate_kernel_frame(freehold_system* system, uint32_t* out);

/// free_kernel_frame().
/// @pre the frame is the kernel's  @error none  @state the frame is free  @cost O(1)  @context takes the pool's lock
void freehold_free_kernel_frame(freehold_system* system, uint32_t frame);

/// zero_frame_ahead(): 1, or 0.
/// @pre none  @error none  @state one more free frame holds zeros  @cost O(1) and zeroing  @context takes the pool's
/// lock
uint32_t freehold_zero_frame_ahead(freehold_system* system, uint32_t count_frames);

/// region_type_name() of one of FREEHOLD_REGION_..., region_state_name() of one of FREEHOLD_STATE_...
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* freehold_region_type_name(uint32_t value);
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* freehold_region_state_name(uint32_t value);

/// operation_name() of one of FREEHOLD_OPERATION_...
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* freehold_operation_name(uint32_t operation);

/// read_ledger(): how many entries were written to `out`.
/// @pre none  @error none  @state none  @cost O(out)  @context takes the ledger's lock
uint32_t freehold_read_ledger(freehold_system* system, uint64_t after, freehold_ledger_entry* out, size_t out_count);

// --- space.h ---------------------------------------------------------------------------------------------------------

/// What the C++ structures hold if nothing is said. Of other options, all zeros are that.
/// @pre none  @error none  @state none  @cost O(1)  @context any
freehold_space_options freehold_default_space_options(void);
freehold_allocate_options freehold_default_allocate_options(void);
freehold_physical_options freehold_default_physical_options(void);
freehold_port_options freehold_default_port_options(void);

/// create_space().
/// @pre none  @error space_table_full, out_of_memory, over_limit  @state failure: as before  @cost O(1)
/// @context takes the pool's lock
FREEHOLD_STATUS freehold_create_space(freehold_system* system, const freehold_space_options* options,
                                      freehold_space** out);

/// destroy_space().
/// @pre space is alive and loaded on no processor  @error none  @state the space is gone  @cost O(R + pages)
/// @context takes locks of ports, space, pool
void freehold_destroy_space(freehold_space* space);

/// space_id(), space_owner(), space_system().
/// @pre space is alive  @error none  @state none  @cost O(1)  @context any
uint32_t freehold_space_id(const freehold_space* space);
uintptr_t freehold_space_owner(const freehold_space* space);
freehold_system* freehold_space_system(freehold_space* space);

/// find_space().
/// @pre none  @error unknown_space  @state none  @cost O(1)  @context takes the lock of the table of spaces
FREEHOLD_STATUS freehold_find_space(freehold_system* system, uint32_t id, freehold_space** out);

/// load_space().
/// @pre space is alive  @error none  @state this processor translates by it  @cost O(1)  @context interrupts off
void freehold_load_space(freehold_space* space);

/// unload_space().
/// @pre kernel_root maps what runs now  @error none  @state no space loaded here  @cost O(1)  @context interrupts off
void freehold_unload_space(freehold_system* system, uint32_t kernel_root);

/// allocate_area(): the area's base.
/// @pre none
/// @error zero_length, misaligned, overflow, outside_user_space, bad_alignment, bad_rights, bad_option, not_free,
///        no_address_range, region_table_full, over_limit, out_of_memory
/// @state failure: as before  @cost O(R + T), and with populate O(pages)  @context takes the space's lock
FREEHOLD_STATUS freehold_allocate_area(freehold_space* space, const freehold_allocate_options* options,
                                       freehold_word* out);

/// release_area().
/// @pre none  @error not_mapped, in_transit, kernel_kept, region_table_full, out_of_memory, over_limit
/// @state failure: as before  @cost O(R + pages present)  @context takes the space's lock
FREEHOLD_STATUS freehold_release_area(freehold_space* space, freehold_word base, freehold_word length_bytes);

/// protect_area().
/// @pre none
/// @error bad_rights, not_mapped, in_transit, kernel_kept, sealed, region_table_full, out_of_memory, over_limit
/// @state failure: as before  @cost O(R + pages present)  @context takes the space's lock
FREEHOLD_STATUS freehold_protect_area(freehold_space* space, freehold_word base, freehold_word length_bytes,
                                      uint8_t rights);

/// guard_area().
/// @pre none  @error not_mapped, not_anonymous, in_transit, kernel_kept, sealed  @state failure: as before
/// @cost O(pages)  @context takes the space's lock
FREEHOLD_STATUS freehold_guard_area(freehold_space* space, freehold_word base, freehold_word length_bytes);

/// map_physical(): the area's base.
/// @pre none
/// @error zero_length, misaligned, overflow, bad_rights, no_such_device, no_address_range, region_table_full,
///        over_limit, out_of_memory
/// @state failure: as before  @cost O(R + pages)  @context takes the space's lock
FREEHOLD_STATUS freehold_map_physical(freehold_space* space, const freehold_physical_options* options,
                                      freehold_word* out);

/// adopt_frames(): the area's base.
/// @pre the frames are the kernel's, and it needs them no more
/// @error zero_length, no_address_range, region_table_full, over_limit, out_of_memory
/// @state failure: as before  @cost O(R + frames)  @context takes the space's lock
FREEHOLD_STATUS freehold_adopt_frames(freehold_space* space, freehold_frame_range frames, freehold_word* out);

/// resolve_fault(). `access` is one of FREEHOLD_RIGHT_READ, _WRITE, _EXECUTE.
/// @pre access is one of the three
/// @error not_mapped, access_denied, guard_page, in_transit, sealed, outside_user_space, reference_limit
/// @state success: the access will succeed  @cost O(log R), zeroing  @context takes the space's lock
FREEHOLD_STATUS freehold_resolve_fault(freehold_space* space, freehold_word address, uint8_t access);

/// seal_area().
/// @pre none  @error not_mapped, not_anonymous, in_transit, kernel_kept, region_table_full, over_limit, out_of_memory
/// @state success: sealed, for ever; failure: as before  @cost O(R + T + P)  @context takes the space's lock; shootdown
FREEHOLD_STATUS freehold_seal_area(freehold_space* space, freehold_word base, freehold_word length_bytes);

/// move_area(), share_area(): the base in `to`. `placement` is FREEHOLD_PLACE_LOWEST or _HIGHEST.
/// @pre none
/// @error receiver_is_sender (move), not_sealed and reference_limit (share), not_mapped, not_anonymous, in_transit,
///        kernel_kept, no_address_range, region_table_full, over_limit, out_of_memory
/// @state failure: as before  @cost O(R + T + P)  @context takes both spaces' locks in order; shootdown
FREEHOLD_STATUS freehold_move_area(freehold_space* from, freehold_word base, freehold_word length_bytes,
                                   freehold_space* to, uint8_t placement, freehold_word* out);
FREEHOLD_STATUS freehold_share_area(freehold_space* from, freehold_word base, freehold_word length_bytes,
                                    freehold_space* to, uint8_t placement, freehold_word* out);

/// query_region().
/// @pre none  @error outside_user_space  @state none  @cost O(log R + pages)  @context takes the space's lock
FREEHOLD_STATUS freehold_query_region(freehold_space* space, freehold_word address, freehold_region_info* out);

/// walk_regions(): how many were written to `out`.
/// @pre none  @error none: 0 past the end  @state none  @cost O(out + pages)  @context takes the space's lock
uint32_t freehold_walk_regions(freehold_space* space, freehold_word from, freehold_region_info* out, size_t out_count);

/// query_page().
/// @pre none  @error outside_user_space  @state none  @cost O(levels)  @context takes the space's lock
FREEHOLD_STATUS freehold_query_page(freehold_space* space, freehold_word address, freehold_page_info* out);

/// space_info().
/// @pre space is alive  @error none  @state none  @cost O(1)  @context takes the space's lock
freehold_space_info freehold_get_space_info(const freehold_space* space);

/// copy_in().
/// @pre none  @error bad_address, access_denied, guard_page, in_transit, not_anonymous
/// @state failure: `out` may hold a part  @cost O(bytes)  @context takes the space's lock
FREEHOLD_STATUS freehold_copy_in(freehold_space* space, freehold_word from, void* out, size_t length_bytes);

/// copy_out().
/// @pre none  @error as freehold_copy_in, and sealed  @state all or nothing  @cost O(bytes)
/// @context takes the space's lock
FREEHOLD_STATUS freehold_copy_out(freehold_space* space, freehold_word to, const void* from, size_t length_bytes);

/// copy_across().
/// @pre none  @error as freehold_copy_in and freehold_copy_out, and bad_option  @state all or nothing  @cost O(bytes)
/// @context takes both spaces' locks in order
FREEHOLD_STATUS freehold_copy_across(freehold_space* source, freehold_word from, freehold_space* target,
                                     freehold_word to, freehold_word length_bytes);

// --- ipc.h -----------------------------------------------------------------------------------------------------------

/// default_credits().
/// @pre none  @error none  @state none  @cost O(1)  @context any
uint32_t freehold_default_credits(uint32_t mode, uint32_t count_messages);

/// create_port(): its id.
/// @pre none
/// @error bad_option, message_too_long, port_table_full, no_address_range, region_table_full, over_limit, out_of_memory
/// @state failure: as before  @cost O(R + buffer)  @context takes locks of port, space, pool
FREEHOLD_STATUS freehold_create_port(freehold_space* owner, const freehold_port_options* options, uint32_t* out);

/// destroy_port().
/// @pre none  @error unknown_port, not_permitted  @state success: the id is stale; failure: as before
/// @cost O(messages)  @context takes locks of ports, spaces
FREEHOLD_STATUS freehold_destroy_port(freehold_space* owner, uint32_t port);

/// set_port_mode().
/// @pre none  @error unknown_port, not_permitted, bad_option  @state failure: as before  @cost O(1)
/// @context takes the port's lock
FREEHOLD_STATUS freehold_set_port_mode(freehold_space* owner, uint32_t port, uint32_t mode, uint32_t sender);

/// send_message().
/// @pre none
/// @error unknown_port, port_closed, message_too_long, too_many_areas, would_block, not_permitted, bad_option,
/// not_free;
///        of the payload as freehold_copy_in; of areas as freehold_move_area and freehold_share_area
/// @state failure: as before  @cost O(bytes + R + T + P)  @context takes locks of ports, then spaces, then pool
FREEHOLD_STATUS freehold_send_message(freehold_space* sender, const freehold_send_options* options);

/// check_send().
/// @pre none  @error unknown_port, port_closed, not_permitted, would_block  @state none  @cost O(1)
/// @context takes locks of ports
FREEHOLD_STATUS freehold_check_send(freehold_space* sender, uint32_t to, uint32_t reply_to);

/// publish_message(): how many were sent. `to` and `outcomes` have `count` entries each.
/// @pre none  @error none: outcomes[i] is what a send to to[i] gave  @state that many were sent  @cost of so many sends
/// @context as freehold_send_message
uint32_t freehold_publish_message(freehold_space* sender, const freehold_send_options* options, const uint32_t* to,
                                  freehold_status* outcomes, size_t count);

/// receive_message(): where its freehold_message_head is, in the owner's space.
/// @pre none
/// @error unknown_port, not_permitted, would_block, no_address_range, region_table_full, over_limit, out_of_memory
/// @state failure: as before  @cost O(areas * (R + T + P))  @context takes locks of port, both spaces, pool
FREEHOLD_STATUS freehold_receive_message(freehold_space* owner, uint32_t port, freehold_word* out);

/// reply_message().
/// @pre none
/// @error unknown_port, not_permitted, unknown_message, no_reply_wanted, peer_gone, message_too_long, too_many_areas;
///        of payload and areas as freehold_send_message
/// @state failure but peer_gone: as before  @cost as freehold_send_message  @context as freehold_send_message
FREEHOLD_STATUS freehold_reply_message(freehold_space* owner, const freehold_reply_options* options);

/// discard_message().
/// @pre none  @error unknown_port, not_permitted, unknown_message  @state failure: as before  @cost O(1)
/// @context takes locks of ports
FREEHOLD_STATUS freehold_discard_message(freehold_space* owner, uint32_t port, uint32_t message);

/// forward_message().
/// @pre none  @error unknown_port, not_permitted, unknown_message, and as freehold_send_message
/// @state failure: as before, still held  @cost as freehold_send_message  @context as freehold_send_message
FREEHOLD_STATUS freehold_forward_message(freehold_space* owner, const freehold_forward_options* options);

/// post_message().
/// @pre none  @error as freehold_send_message; would_block also: to be sent  @state failure: as before
/// @cost O(bytes)  @context takes locks of ports, then space, pool
FREEHOLD_STATUS freehold_post_message(freehold_space* sender, const freehold_send_options* options,
                                      freehold_posted* out);

/// post_area().
/// @pre none  @error as freehold_send_message; would_block also: to be sent  @state failure: as before
/// @cost O(pages) entries, whole tables as one  @context takes locks of ports, then of both spaces, pool
FREEHOLD_STATUS freehold_post_area(freehold_space* sender, const freehold_area_options* options, freehold_posted* out);

/// take_message(): 0 for `head`: nothing is queued.
/// @pre none  @error unknown_port, not_permitted, unknown_message, would_block  @state failure: as before  @cost O(1)
/// @context takes the port's lock
FREEHOLD_STATUS freehold_take_message(freehold_space* owner, uint32_t port, uint32_t done, freehold_word* head);

/// hand_over_request().
/// @pre none  @error as freehold_send_message, without payload and areas  @state success: held by the receiver
/// @cost O(1)  @context takes locks of ports
FREEHOLD_STATUS freehold_hand_over_request(freehold_space* sender, uint32_t to, uint32_t reply_to, freehold_word cookie,
                                           freehold_handover* out);

/// hand_over_reply().
/// @pre none  @error unknown_port, not_permitted, unknown_message, no_reply_wanted, would_block
/// @state failure: as before  @cost O(1)  @context takes locks of ports
FREEHOLD_STATUS freehold_hand_over_reply(freehold_space* owner, uint32_t port, uint32_t message,
                                         freehold_handover* out);

/// allow_signals().
/// @pre none  @error none  @state as told  @cost O(1)  @context takes the space's lock
FREEHOLD_STATUS freehold_allow_signals(freehold_space* owner, uint32_t signals, uint32_t from);

/// raise_signals(). `by` 0: the kernel.
/// @pre none  @error unknown_space, not_permitted  @state success: raised, the owner woken  @cost O(1)
/// @context takes the space's lock; interrupts
FREEHOLD_STATUS freehold_raise_signals(freehold_system* system, uint32_t by, uint32_t to, uint32_t signals);

/// take_signals(): those of `wanted` that were raised.
/// @pre none  @error none  @state those are no longer raised  @cost O(1)  @context any
uint32_t freehold_take_signals(freehold_space* owner, uint32_t wanted);

/// next_port(): the first port alive at or after *index, which becomes the index after it.
/// @pre none  @error unknown_port: none left  @state none  @cost O(ports)  @context takes the port's lock
FREEHOLD_STATUS freehold_next_port(freehold_system* system, uint32_t* index, freehold_port_info* out);

/// port_info().
/// @pre none  @error unknown_port  @state none  @cost O(1)  @context takes the port's lock
FREEHOLD_STATUS freehold_get_port_info(freehold_system* system, uint32_t port, freehold_port_info* out);

// --- audit.h ---------------------------------------------------------------------------------------------------------

/// audit().
/// @pre nobody else works on the system meanwhile  @error none: what differs is in the report  @state none
/// @cost O(frames + tables)  @context takes locks in passing; interrupts off, other processors stopped outside the
/// library
freehold_audit_report freehold_audit(freehold_system* system);

#ifdef __cplusplus
}  // extern "C"
#endif
