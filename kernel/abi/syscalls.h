// SPDX-License-Identifier: MIT
// The kernel's ABI: numbers of the system calls and the structures they read and write. Append only.
//
// A call puts its number and up to five words into registers and gets a Status and one word back; which registers is
// the architecture's matter (docs/abi.md; on 32-bit x86: int 0x80, eax = number, ebx ecx edx esi edi; eax = status,
// edx = value). Structures are copied once, as a whole, before anything in them is looked at.
#pragma once

#include <cstdint>

#include <freehold/ipc.h>
#include <freehold/space.h>

namespace freehold::abi {

enum class Call : std::uint32_t {
    null = 0,            ///< does nothing
    exit = 1,            ///< (code) never returns
    yield = 2,           ///< lets others of the same priority run
    sleep = 3,           ///< (milliseconds)
    clock = 4,           ///< (ClockInfo* out)
    console_write = 5,   ///< (text, length_bytes) -> bytes written: at most kConsoleWriteBytesMax at a time
    console_read = 6,    ///< (buffer, length_bytes) -> bytes read; waits for the first
    console_watch = 7,   ///< (position, buffer, length_bytes) -> bytes of console output from that position on; waits.
                         ///< overflow: that old output is forgotten -> the oldest position still known
    allocate = 8,        ///< (AllocateArgs* in) -> base
    release = 9,         ///< (base, length_bytes)
    protect = 10,        ///< (base, length_bytes, rights)
    guard = 11,          ///< (base, length_bytes)
    map_physical = 12,   ///< (PhysicalArgs* in) -> base; needs kPrivilegeDevices
    seal = 13,           ///< (base, length_bytes)
    move = 14,           ///< (process, base, length_bytes) -> base there; only to one's own children
    share = 15,          ///< (process, base, length_bytes) -> base there; only to one's own children
    query_page = 16,     ///< (address, PageInfo* out, process or 0 = self)
    regions = 17,        ///< (process or 0 = self, from address, RegionInfo* out, count) -> entries written
    port_create = 18,    ///< (PortArgs* in) -> port
    port_destroy = 19,   ///< (port)
    port_mode = 20,      ///< (port, PortMode, sender process)
    send = 21,           ///< (SendArgs* in, flags: kWait, milliseconds or 0 = without end)
    receive = 22,        ///< (port, flags: kWait, milliseconds or 0, message to discard first or 0)
                         ///< -> address of the MessageHead
    reply = 23,          ///< (ReplyArgs* in)
    discard = 24,        ///< (port, message)
    process_start = 25,  ///< (StartArgs* in) -> process
    process_wait = 26,   ///< (process or 0 = any child, ExitInfo* out, flags: kWait) -> process
    process_kill = 27,   ///< (process): oneself, one's descendants, or any with kPrivilegeKill
    process_info = 28,   ///< (index, ProcessInfo* out) -> index after it: the first process at or after index; or
                         ///< status unknown_process
    port_info = 29,      ///< (index, PortRecord* out) -> index after it, likewise; or status unknown_port
    system_info = 30,    ///< (SystemInfo* out)
    ledger = 31,         ///< (after: sequence, LedgerEntry* out, count) -> entries written
    audit = 32,          ///< (AuditInfo* out): runs the audit
    boot_archive = 33,   ///< (ArchiveInfo* out): shares the sealed boot archive with the caller
    shutdown = 34,       ///< (code): ends the machine; needs kPrivilegePower
    forward = 35,        ///< (ForwardArgs* in): a held message goes on to another port, with its reply
    publish = 36,        ///< (SendArgs* in, PortId* in, count, Status* out) -> to how many ports it was sent
    call = 37,           ///< (port, reply port, word, word, cookie): sends two words and waits at the reply port ->
                         ///< a message, as of receive_words
    receive_words = 38,  ///< (port, message to reply to or 0, word, word): replies, and waits for the next message ->
                         ///< address of its MessageHead; or 0, and its words are in registers (docs/abi.md)
    signal_allow = 39,   ///< (signals, process or 0 = anyone): who may raise which signals of the caller's
    signal_raise = 40,   ///< (process, signals); 0 signals only tell whether the process is alive
    wait = 41,           ///< (signals, flags: kWait, milliseconds or 0) -> those of them that were raised
    timer = 42,          ///< (milliseconds or 0 = never, signals): raises signals of the caller's, once
    trace = 43,          ///< (1 = on, 0 = off); needs kPrivilegeTrace
    post = 44,           ///< (port, payload, length_bytes, cookie, reply port or 0): send, without areas or waiting
    interrupt_attach = 45,  ///< (line, signals or 0 = lets go of it): raised by the line's interrupts; needs
                            ///< kPrivilegeDevices
    interrupt_done = 46,    ///< (line): the device has been served, so that its next interrupt may come
    registers_claim = 47,   ///< (first, count): device registers outside memory; needs kPrivilegeDevices
    register_read = 48,     ///< (register, width in bytes: 1, 2 or 4) -> what it holds; of registers claimed
    register_write = 49,    ///< (register, width in bytes, value); of registers claimed
    post_area = 50,  ///< (port, base, length_bytes, cookie, reply port or 0): send of one area that moves, no more
    count_ = 51
};

inline constexpr std::uint32_t kWait = 1;  ///< wait instead of would_block

/// Console output is written while nothing else can run, so a call writes no more than a few lines.
inline constexpr std::uint32_t kConsoleWriteBytesMax = 512;

inline constexpr std::uint32_t kPrivilegeDevices = 1;  ///< may have device memory, registers and interrupts
inline constexpr std::uint32_t kPrivilegePower = 2;    ///< may end the machine
inline constexpr std::uint32_t kPrivilegeKill = 4;     ///< may kill anyone but the first process
inline constexpr std::uint32_t kPrivilegeTrace = 8;    ///< may turn the trace on and off
inline constexpr std::uint32_t kPrivilegeAll = 15;

/// A process's id is its space's id.
using ProcessId = SpaceId;

inline constexpr std::uint32_t kPriorities = 8;  ///< 0 runs only when nobody else wants to; 7 first
inline constexpr std::uint32_t kPriorityDefault = 4;
inline constexpr std::uint32_t kNameBytes = 32;  ///< of a process's name, with the closing 0
inline constexpr std::uint32_t kArgumentBytesMax = 4096;
inline constexpr std::uint32_t kProcessRegionsMax = 8000;  ///< regions of a process, free ones counted

struct AllocateArgs {
    Word length_bytes;
    Word alignment_bytes;
    std::uint32_t placement;  ///< Placement
    Word address;
    std::uint32_t rights;    ///< Rights
    std::uint32_t populate;  ///< 0 or 1
    std::uint32_t guard_pages_below;
    std::uint32_t guard_pages_above;
};

struct PhysicalArgs {
    std::uint64_t address;
    Word length_bytes;
    std::uint32_t rights;
    std::uint32_t cached;
    std::uint32_t reserved;
};

struct PortArgs {
    std::uint32_t mode;
    ProcessId sender;
    std::uint32_t count_messages;
    std::uint32_t message_bytes;
    std::uint32_t credits;  ///< 0: the default
    std::uint32_t signals;  ///< raised when a message comes
};

/// The most ports that one call publishes to.
inline constexpr std::uint32_t kPublishPortsMax = 64;

struct SendArgs {
    PortId to;
    Word payload;
    std::uint32_t length_bytes;
    Word cookie;
    PortId reply_to;
    std::uint32_t area_count;
    AreaToSend areas[kMessageAreasMax];
};

struct ReplyArgs {
    PortId port;
    std::uint32_t message;
    Word payload;
    std::uint32_t length_bytes;
    std::uint32_t area_count;
    AreaToSend areas[kMessageAreasMax];
};

struct ForwardArgs {
    PortId port;
    std::uint32_t message;
    PortId to;
    Word payload;
    std::uint32_t length_bytes;
    std::uint32_t area_count;
    AreaToSend areas[kMessageAreasMax];
};

/// The image is read from the caller's own memory: any readable range that holds an ELF file.
struct StartArgs {
    Word image;
    Word image_bytes;
    Word arguments;  ///< strings, each ended by 0, one after the other; the first is the program's name
    std::uint32_t argument_bytes;
    std::uint32_t priority;      ///< at most the caller's own
    std::uint32_t privileges;    ///< a subset of the caller's own
    std::uint32_t limit_frames;  ///< 0: no limit
    PortId port;                 ///< handed on to the program as it is; the runtime's is the name service
};

/// What a program's first instruction finds: the stack pointer points at this, at the top of its stack area.
struct StartInfo {
    Word argument_count;
    Word arguments;  ///< address of the strings, one after the other
    Word argument_bytes;
    ProcessId self;
    ProcessId parent;
    std::uint32_t privileges;
    Word stack_base;  ///< the guard page below the stack is not counted
    Word stack_end;
    PortId port;  ///< StartArgs'
};

enum class ExitKind : std::uint32_t { exited = 0, killed = 1, faulted = 2 };

struct ExitInfo {
    ProcessId process;
    ExitKind kind;
    std::uint32_t code;    ///< of exit, else 0
    std::uint32_t vector;  ///< of the processor's exception
    Word address;          ///< the address accessed, for a page fault
    Word instruction;      ///< the instruction's own address
    Status status;         ///< what resolve_fault said
};

enum class ProcessState : std::uint32_t {
    ready = 1,
    running = 2,
    sleeping = 3,
    receiving = 4,
    sending = 5,
    reading = 6,
    waiting = 7,
    ended = 8,
    awaiting = 9  ///< signals
};

struct ProcessInfo {
    ProcessId process;
    ProcessId parent;
    ProcessState state;
    std::uint32_t priority;
    std::uint32_t privileges;
    std::uint32_t regions;
    std::uint32_t frames_charged;
    std::uint32_t areas_in_flight;
    std::uint32_t system_calls;
    std::uint32_t ticks;
    char name[kNameBytes];
};

/// A port, and who waits for it.
struct PortRecord {
    PortInfo port;
    std::uint32_t waiting_senders;  ///< processes that wait for room
    std::uint32_t waiting_owner;    ///< 1: its owner waits for a message there, or a signal of the port's
};

/// A port's id holds in its low bits the index that port_info finds it by.
inline constexpr std::uint32_t kPortIndexMask = 0x3FF;

struct ClockInfo {
    std::uint64_t milliseconds;  ///< since boot
    std::uint64_t cycles;        ///< of the processor's counter; guest instructions under -icount
};

struct SystemInfo {
    Counters counters;
    MemoryInfo memory;
    std::uint64_t system_calls;
    std::uint64_t context_switches;
    std::uint64_t page_faults;
    std::uint32_t processes;
    std::uint32_t frames_unreachable;  ///< RAM the kernel saw and can't reach
    std::uint32_t frames_image;        ///< the kernel's own code and data
    std::uint32_t frame_bytes;         ///< that the library keeps for each frame
};

struct ArchiveInfo {
    Word base;
    Word length_bytes;  ///< of the archive; 0: the machine was booted without one
};

struct AuditInfo {
    std::uint32_t clean;
    std::uint32_t spaces;
    std::uint32_t regions;
    std::uint32_t tables;
    std::uint32_t pages;
    char text[160];
};

}  // namespace freehold::abi
