// SPDX-License-Identifier: MIT
// The types, numbers and structures of c_api.h, for kernels in C, Rust, Zig. Plain C11, and C++.
//
// Each structure is the C++ one of that name, member by member, and is explained there. A bool is a byte; ids, frame
// numbers, addresses and enums are plain numbers of the same size; a span is a pointer and a count.
// src/c_api/layout.cpp holds every number, size and offset against the C++ headers.
#pragma once

#include <stddef.h>
#include <stdint.h>

// An address or length in a space. As wide as a pointer, but on a software machine, which says what it is.
#ifndef FREEHOLD_WORD
#define FREEHOLD_WORD uintptr_t
#endif

// What a kernel may choose (config.h). One that chooses otherwise says so here, too: a wrong number does not compile.
#ifndef FREEHOLD_PROCESSES_MAX
#define FREEHOLD_PROCESSES_MAX 128
#endif
#ifndef FREEHOLD_SPACES_MAX
#define FREEHOLD_SPACES_MAX (FREEHOLD_PROCESSES_MAX + 32)
#endif
#ifndef FREEHOLD_REGIONS_MAX
#define FREEHOLD_REGIONS_MAX 200000
#endif
#ifndef FREEHOLD_PORTS_MAX
#define FREEHOLD_PORTS_MAX 1024
#endif
#ifndef FREEHOLD_PORT_MESSAGES_MAX
#define FREEHOLD_PORT_MESSAGES_MAX 256
#endif
#ifndef FREEHOLD_MESSAGE_BYTES_MAX
#define FREEHOLD_MESSAGE_BYTES_MAX 65536
#endif
#ifndef FREEHOLD_MESSAGE_AREAS_MAX
#define FREEHOLD_MESSAGE_AREAS_MAX 4
#endif
#ifndef FREEHOLD_LEDGER_ENTRIES
#define FREEHOLD_LEDGER_ENTRIES 256
#endif

#define FREEHOLD_PAGE_SHIFT 12
#define FREEHOLD_PAGE_BYTES 4096
#define FREEHOLD_USER_BASE 4096  // page 0 is never mapped; where user space ends, freehold_user_end() says
#define FREEHOLD_SHORT_MESSAGE_BYTES_MAX 64
#define FREEHOLD_NO_LIMIT 0xFFFFFFFF  // of frames

// A kernel in C++ may use both APIs on the same objects.
#ifdef __cplusplus
namespace freehold {
struct System;
struct AddressSpace;
}  // namespace freehold
typedef freehold::System freehold_system;
typedef freehold::AddressSpace freehold_space;
#else
typedef struct freehold_system freehold_system;
typedef struct freehold_space freehold_space;
#endif

// NOLINTBEGIN(readability-identifier-naming): C has no namespaces
typedef FREEHOLD_WORD freehold_word;

/// One of the numbers below. They are ABI: append only. What each means stands in status.h.
typedef uint32_t freehold_status;
enum {
    FREEHOLD_OK = 0,
    FREEHOLD_ZERO_LENGTH = 1,
    FREEHOLD_MISALIGNED = 2,
    FREEHOLD_OVERFLOW = 3,
    FREEHOLD_OUTSIDE_USER_SPACE = 4,
    FREEHOLD_BAD_ALIGNMENT = 5,
    FREEHOLD_BAD_RIGHTS = 6,
    FREEHOLD_BAD_OPTION = 7,
    FREEHOLD_NOT_FREE = 8,
    FREEHOLD_NOT_MAPPED = 9,
    FREEHOLD_NOT_ANONYMOUS = 10,
    FREEHOLD_SEALED = 11,
    FREEHOLD_NOT_SEALED = 12,
    FREEHOLD_IN_TRANSIT = 13,
    FREEHOLD_KERNEL_KEPT = 14,
    FREEHOLD_ACCESS_DENIED = 15,
    FREEHOLD_GUARD_PAGE = 16,
    FREEHOLD_OUT_OF_MEMORY = 17,
    FREEHOLD_OVER_LIMIT = 18,
    FREEHOLD_NO_ADDRESS_RANGE = 19,
    FREEHOLD_REGION_TABLE_FULL = 20,
    FREEHOLD_SPACE_TABLE_FULL = 21,
    FREEHOLD_PORT_TABLE_FULL = 22,
    FREEHOLD_PROCESS_TABLE_FULL = 23,
    FREEHOLD_REFERENCE_LIMIT = 24,
    FREEHOLD_BAD_ADDRESS = 25,
    FREEHOLD_UNKNOWN_CALL = 26,
    FREEHOLD_UNKNOWN_SPACE = 27,
    FREEHOLD_UNKNOWN_PROCESS = 28,
    FREEHOLD_UNKNOWN_PORT = 29,
    FREEHOLD_NOT_PERMITTED = 30,
    FREEHOLD_PORT_CLOSED = 31,
    FREEHOLD_WOULD_BLOCK = 32,
    FREEHOLD_MESSAGE_TOO_LONG = 33,
    FREEHOLD_TOO_MANY_AREAS = 34,
    FREEHOLD_UNKNOWN_MESSAGE = 35,
    FREEHOLD_NO_REPLY_WANTED = 36,
    FREEHOLD_REPLY_EXPECTED = 37,
    FREEHOLD_PEER_GONE = 38,
    FREEHOLD_TIMED_OUT = 39,
    FREEHOLD_BAD_IMAGE = 40,
    FREEHOLD_BAD_ARCHIVE = 41,
    FREEHOLD_NO_SUCH_FILE = 42,
    FREEHOLD_ARGUMENTS_TOO_LONG = 43,
    FREEHOLD_INTERRUPTED = 44,
    FREEHOLD_RECEIVER_IS_SENDER = 45,
    FREEHOLD_MEMORY_MAP_INVALID = 46,
    FREEHOLD_NO_SUCH_DEVICE = 47,
    FREEHOLD_BUFFER_TOO_SMALL = 48,
    FREEHOLD_NAME_TAKEN = 49,
    FREEHOLD_UNKNOWN_NAME = 50,
    FREEHOLD_NAME_TOO_LONG = 51,
    FREEHOLD_NAME_TABLE_FULL = 52,
    FREEHOLD_TOO_MANY_NAMES = 53,
    FREEHOLD_DEVICE_TAKEN = 54,
    FREEHOLD_DEVICE_TABLE_FULL = 55
};

/// Rights, to be joined with |; write and execute need read, and exclude each other.
enum {
    FREEHOLD_RIGHT_NONE = 0,
    FREEHOLD_RIGHT_READ = 1,
    FREEHOLD_RIGHT_WRITE = 2,
    FREEHOLD_RIGHT_EXECUTE = 4,
    FREEHOLD_READ_WRITE = 3
};

enum { FREEHOLD_REGION_FREE = 0, FREEHOLD_REGION_PHYS = 1, FREEHOLD_REGION_ANON = 2 };

enum {
    FREEHOLD_STATE_PLAIN = 0,
    FREEHOLD_STATE_SEALED = 1,
    FREEHOLD_STATE_TRANSIT = 2,
    FREEHOLD_STATE_TRANSIT_SEALED = 3,
    FREEHOLD_STATE_KEPT = 4
};

enum { FREEHOLD_PLACE_LOWEST = 0, FREEHOLD_PLACE_HIGHEST = 1, FREEHOLD_PLACE_AT = 2 };

enum { FREEHOLD_PORT_MODE_CLOSED = 0, FREEHOLD_PORT_MODE_OPEN = 1, FREEHOLD_PORT_MODE_DEDICATED = 2 };

enum { FREEHOLD_AREA_NONE = 0, FREEHOLD_AREA_MOVE = 1, FREEHOLD_AREA_SHARE = 2 };

/// Flags of a message's head.
enum { FREEHOLD_MESSAGE_IS_REPLY = 1, FREEHOLD_MESSAGE_WANTS_REPLY = 2 };

/// Operations of the ledger.
enum {
    FREEHOLD_OPERATION_NONE,
    FREEHOLD_OPERATION_CREATE,
    FREEHOLD_OPERATION_DESTROY,
    FREEHOLD_OPERATION_ALLOCATE,
    FREEHOLD_OPERATION_RELEASE,
    FREEHOLD_OPERATION_PROTECT,
    FREEHOLD_OPERATION_SEAL,
    FREEHOLD_OPERATION_MAP_PHYSICAL,
    FREEHOLD_OPERATION_ADOPT,
    FREEHOLD_OPERATION_MOVE,
    FREEHOLD_OPERATION_SHARE,
    FREEHOLD_OPERATION_DEPART,
    FREEHOLD_OPERATION_ARRIVE,
    FREEHOLD_OPERATION_COME_BACK,
    FREEHOLD_OPERATION_GUARD
};

// --- host.h ----------------------------------------------------------------------------------------------------------

typedef struct freehold_lock {
    uintptr_t word[2];
} freehold_lock;

// --- system.h --------------------------------------------------------------------------------------------------------

typedef struct freehold_frame_range {
    uint32_t first;
    uint32_t count;
} freehold_frame_range;

/// What is 0 is as if not given.
typedef struct freehold_system_options {
    void* host;
    const freehold_frame_range* usable;
    size_t usable_count;
    const freehold_frame_range* taken;
    size_t taken_count;
    const void* kernel_root;
    uint8_t one_processor;
} freehold_system_options;

typedef struct freehold_counters {
    uint64_t bytes_copied;
    uint64_t bytes_transferred;
    uint64_t frames_allocated;
    uint64_t frames_freed;
    uint64_t frames_zeroed;
    uint64_t entries_written;
    uint64_t tables_moved;
    uint64_t tables_shared;
    uint64_t invalidations;
    uint64_t full_flushes;
    uint64_t shootdowns;
    uint64_t faults_resolved;
    uint64_t messages_sent;
    uint64_t areas_moved;
    uint64_t areas_shared;
} freehold_counters;

typedef struct freehold_memory_info {
    uint32_t frames_total;
    uint32_t frames_free;
    uint32_t frames_promised;
    uint32_t frames_kernel;
    uint32_t frames_sealed;
    uint32_t frames_charged;
    uint32_t spaces;
    uint32_t ports;
    uint32_t metadata_bytes;
} freehold_memory_info;

typedef struct freehold_ledger_entry {
    uint64_t sequence;
    uint64_t timestamp;
    uint32_t operation;
    uint32_t from;
    uint32_t to;
    freehold_word base;
    freehold_word length_bytes;
    freehold_word arrived_at;
} freehold_ledger_entry;

// --- space.h ---------------------------------------------------------------------------------------------------------

/// A limit of 0 is one of 0: start from freehold_default_space_options().
typedef struct freehold_space_options {
    uint32_t limit_frames;
    uintptr_t owner_token;
    uint32_t limit_regions;
} freehold_space_options;

/// Start from freehold_default_allocate_options().
typedef struct freehold_allocate_options {
    freehold_word length_bytes;
    freehold_word alignment_bytes;
    uint8_t placement;
    freehold_word address;
    uint8_t rights;
    uint8_t populate;
    uint32_t guard_pages_below;
    uint32_t guard_pages_above;
} freehold_allocate_options;

/// Start from freehold_default_physical_options().
typedef struct freehold_physical_options {
    uint64_t address;
    freehold_word length_bytes;
    uint8_t rights;
    uint8_t cached;
} freehold_physical_options;

typedef struct freehold_region_info {
    freehold_word base;
    freehold_word length_bytes;
    uint8_t type;
    uint8_t state;
    uint8_t rights;
    uint8_t reserved;
    uint32_t pages_present;
    uint32_t pages_guard;
} freehold_region_info;

typedef struct freehold_page_info {
    uint8_t present;
    uint8_t guard;
    uint8_t large;
    uint8_t table_shared;
    uint8_t rights;
    uint64_t physical;
} freehold_page_info;

typedef struct freehold_space_info {
    uint32_t id;
    uintptr_t owner_token;
    uint32_t regions;
    uint32_t frames_charged;
    uint32_t limit_frames;
    uint32_t areas_in_flight;
    uint32_t root;
} freehold_space_info;

// --- ipc.h -----------------------------------------------------------------------------------------------------------

/// Start from freehold_default_port_options().
typedef struct freehold_port_options {
    uint32_t mode;
    uint32_t sender;
    uint32_t count_messages;
    uint32_t message_bytes;
    uint32_t credits;
    uint32_t signals;
} freehold_port_options;

typedef struct freehold_area_to_send {
    freehold_word base;
    freehold_word length_bytes;
    uint32_t kind;
} freehold_area_to_send;

/// What a message carries: `words`, if words_bytes is not 0, else length_bytes at `payload` in the sender's space.
typedef struct freehold_contents {
    freehold_word payload;
    uint32_t length_bytes;
    const void* words;
    size_t words_bytes;
    const freehold_area_to_send* areas;
    size_t area_count;
} freehold_contents;

typedef struct freehold_send_options {
    uint32_t to;
    uint32_t reply_to;
    freehold_word cookie;
    freehold_contents contents;
} freehold_send_options;

typedef struct freehold_reply_options {
    uint32_t port;
    uint32_t message;
    freehold_contents contents;
} freehold_reply_options;

typedef struct freehold_forward_options {
    uint32_t port;
    uint32_t message;
    uint32_t to;
    freehold_contents contents;
} freehold_forward_options;

typedef struct freehold_arrived_area {
    freehold_word base;
    freehold_word length_bytes;
} freehold_arrived_area;

typedef struct freehold_message_head {
    uint32_t message;
    uint32_t sender;
    freehold_word cookie;
    uint32_t length_bytes;
    freehold_status status;
    uint32_t flags;
    uint32_t area_count;
    uint32_t origin;
    freehold_arrived_area areas[FREEHOLD_MESSAGE_AREAS_MAX];
} freehold_message_head;

typedef struct freehold_area_options {
    uint32_t to;
    freehold_word base;
    freehold_word length_bytes;
    freehold_word cookie;
    uint32_t reply_to;
} freehold_area_options;

typedef struct freehold_posted {
    uintptr_t owner_token;
    freehold_word head; /* 0: queued */
} freehold_posted;

typedef struct freehold_handover {
    uintptr_t owner_token;
    freehold_word word;
    uint8_t more;
} freehold_handover;

typedef struct freehold_port_info {
    uint32_t id;
    uint32_t owner;
    uint32_t mode;
    uint32_t dedicated_to;
    uint32_t count_messages;
    uint32_t message_bytes;
    uint32_t queued;
    uint32_t held;
    uint32_t promised;
    uint32_t credits;
    uint32_t signals;
} freehold_port_info;

// --- audit.h ---------------------------------------------------------------------------------------------------------

typedef struct freehold_audit_report {
    uint8_t clean;
    char text[160];
    uint32_t spaces;
    uint32_t regions;
    uint32_t tables;
    uint32_t pages;
} freehold_audit_report;
// NOLINTEND(readability-identifier-naming)
