// SPDX-License-Identifier: MIT
// Status: why a call failed, one number per cause. Result<T>: a value or a Status.
//
// The numbers are ABI: append only, never renumber. User input and exhaustion give a Status; a bug of the library's own
// trips an assertion instead (src/base/assert.h).
#pragma once

#include <cstdint>

namespace freehold {

enum class [[nodiscard]] Status : std::uint32_t{
    ok = 0,
    zero_length = 1,          ///< a length of 0 bytes or pages
    misaligned = 2,           ///< an address or length is not a multiple of the page size
    overflow = 3,             ///< base + length wraps around
    outside_user_space = 4,   ///< the range touches page 0 or reaches into the kernel's half
    bad_alignment = 5,        ///< an alignment that is no power of two, or less than a page
    bad_rights = 6,           ///< a combination of rights that does not exist, such as write with execute
    bad_option = 7,           ///< an unknown flag, or options that contradict each other
    not_free = 8,             ///< a range wanted at an address overlaps an area
    not_mapped = 9,           ///< the range has a hole: a page of it belongs to no area
    not_anonymous = 10,       ///< device memory can't be moved, sealed or shared
    sealed = 11,              ///< write permission wanted for a sealed page
    not_sealed = 12,          ///< only sealed pages can be shared
    in_transit = 13,          ///< the range, or part of it, travels in a message
    kernel_kept = 14,         ///< the range belongs to a port's buffer or another area only the kernel may change
    access_denied = 15,       ///< a fault, or a copy, that the region's rights forbid
    guard_page = 16,          ///< a fault, or a copy, that hit a guard page
    out_of_memory = 17,       ///< no frame is free
    over_limit = 18,          ///< the space's own limit of frames would be passed
    no_address_range = 19,    ///< no free range of that length and alignment in the space
    region_table_full = 20,   ///< the space has no room for the regions this would make
    space_table_full = 21,    ///< no more address spaces
    port_table_full = 22,     ///< no more ports
    process_table_full = 23,  ///< no more processes
    reference_limit = 24,     ///< a frame or table has as many references as can be counted
    bad_address = 25,         ///< a user pointer points at memory that can't be read or written as needed
    unknown_call = 26,        ///< no system call of that number
    unknown_space = 27,       ///< no such space, or its time is over
    unknown_process = 28,     ///< no such process, or its time is over
    unknown_port = 29,        ///< no such port, or its time is over
    not_permitted = 30,       ///< the caller may not do this: not its port, not its child, or no such privilege
    port_closed = 31,         ///< the port takes no messages, or none from this sender
    would_block = 32,         ///< nothing to receive, or the queue is full
    message_too_long = 33,    ///< longer than the port's slots or than any message may be
    too_many_areas = 34,      ///< more areas than one message carries
    unknown_message = 35,     ///< no message held under that number
    no_reply_wanted = 36,     ///< the message names no reply port
    reply_expected = 37,      ///< a request was discarded where its sender waits for a reply
    peer_gone = 38,           ///< the other side died before it could answer
    timed_out = 39,           ///< the time given ran out
    bad_image = 40,           ///< a program file that is no valid ELF executable for this machine
    bad_archive = 41,         ///< an archive that can't be read
    no_such_file = 42,        ///< the archive holds no file of that name
    arguments_too_long = 43,  ///< a program's arguments exceed a page
    interrupted = 44,         ///< a wait ended because the caller is being killed
    receiver_is_sender = 45,  ///< an area can't be moved to the space it is in
    memory_map_invalid = 46,  ///< the memory given at boot is too small or makes no sense
    no_such_device = 47,      ///< no device memory (it is RAM, or beyond the machine), line or register for a program
    buffer_too_small = 48,    ///< an output buffer has no room for one entry
    name_taken = 49,          ///< a port is published under that name already
    unknown_name = 50,        ///< no port is published under that name
    name_too_long = 51,       ///< a name longer than the name service takes
    name_table_full = 52,     ///< no more names
    too_many_names = 53,      ///< no more names of one process
    device_taken = 54,        ///< another process has this interrupt line or one of these device registers
    device_table_full = 55,   ///< no more claims of device registers
};

/// The status's name as written above; "unknown status" for a number that is none.
/// @pre none  @error none  @state none  @cost O(1)  @context any
const char* status_name(Status status);

/// A value, or the reason there is none.
template <typename T>
class [[nodiscard]] Result {
  public:
    constexpr Result(T value) : value_(static_cast<T&&>(value)) {}  // NOLINT(google-explicit-constructor)
    constexpr Result(Status status) : status_(status) {}            // NOLINT(google-explicit-constructor)

    [[nodiscard]] constexpr bool ok() const { return status_ == Status::ok; }
    [[nodiscard]] constexpr Status status() const { return status_; }

    /// @pre ok()
    [[nodiscard]] constexpr const T& value() const { return value_; }
    [[nodiscard]] constexpr T& value() { return value_; }
    [[nodiscard]] constexpr T value_or(T other) const { return ok() ? value_ : other; }

  private:
    T value_{};
    Status status_ = Status::ok;
};

}  // namespace freehold
