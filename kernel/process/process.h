// SPDX-License-Identifier: MIT
// Processes: one thread each, an address space each, a kernel stack each.
//
//   start ──▶ ready ⇄ running ──▶ ended ──▶ free
//               ▲        │          kept until its parent has asked how it ended
//               └─ blocked ◀┘       (sleeping, receiving, sending, reading, waiting)
//
// A blocked process is one inside a system call that will try again when woken. It holds nothing but its stack, so it
// can be ended where it stands.
#pragma once

#include <cstdint>
#include <span>

#include <freehold/space.h>
#include <kernel_machine.h>

#include "kernel/abi/syscalls.h"
#include "kernel/process/process_list.h"

namespace freehold::kernel {

using abi::ExitInfo;
using abi::ExitKind;
using abi::ProcessId;
using abi::ProcessState;

inline constexpr std::uint64_t kNever = ~std::uint64_t{0};  ///< in ticks of the timer

struct Process {
    machine::FpuState fpu{};  ///< first, so that its address needs no computing

    Process* next = nullptr;  ///< of `list`
    Process* previous = nullptr;
    ProcessList* list = nullptr;  ///< the one it is on

    AddressSpace* space = nullptr;  ///< null once it has ended
    ProcessId id = ProcessId::none;
    Process* parent = nullptr;  ///< null for the first process
    bool used = false;
    bool adopted = false;  ///< its parent died: the first process took it in, and nobody waits for its end
    ProcessState state{};
    std::uint32_t priority = 0;       ///< that it runs with now
    std::uint32_t base_priority = 0;  ///< that it was given; above it, it works for someone more important
    std::uint32_t privileges = 0;

    PortId receives_from = PortId::none;  ///< the port it waits at for a message
    PortId sends_to = PortId::none;       ///< the port it waits for room in, until its call is over
    Process* works_for_it = nullptr;      ///< whose answer it waits for: that one works with its priority
    // Where it can be handed a message: receives_from, or none. Then its kernel stack counts for nothing: it returns to
    // user code with the message, or calls receive_again().
    PortId takes_words_at = PortId::none;  ///< in registers, too
    PortId takes_head_at = PortId::none;   ///< only in memory
    bool received_words = false;           ///< which of them it was, for receive_again()
    std::uint64_t deadline = kNever;       ///< tick at which its waiting ends, if nothing else ends it
    bool timed_out = false;                ///< that was how it ended
    std::uint64_t timer = kNever;          ///< tick at which its timer raises signals
    std::uint32_t timer_signals = 0;
    std::uint32_t awaits = 0;        ///< signals, while it is awaiting
    std::uint32_t ticks_left = 0;    ///< of its time slice
    std::uint32_t ticks = 0;         ///< of the timer, while it ran
    std::uint32_t handovers = 0;     ///< its system calls that were at once a switch to who waited for them
    std::uint32_t system_calls = 0;  ///< all others
    Word archive_base = 0;           ///< where boot_archive put the archive; 0: nowhere yet

    std::uint32_t stack_slot = 0;  ///< of its kernel stack; slot 0 is the idle loop's
    FrameNumber stack_frames[machine::kStackFrames];
    bool has_stack = false;
    machine::Context context{};

    ExitInfo exit{};  ///< when ended
    char name[abi::kNameBytes] = {};
};

/// The process of a slot; null for the idle loop and for slots nobody uses.
Process* process_of_stack(std::uint32_t slot);

/// All places of the process table, free ones included.
std::span<Process> process_table();

/// The process of that id, alive or ended; null if there is none.
Process* find_process(ProcessId id);

/// The first process; null before it has started.
Process* first_process();

/// Whether `ancestor` started `process`, or started who did, and so on.
bool descends_from(const Process& process, const Process& ancestor);

/// What starts a program. The image lies in `image_space`, which is the starter's own, or the kernel's.
struct StartOptions {
    AddressSpace* image_space;
    VirtAddr image;
    Word image_bytes;
    std::span<const char> arguments;  ///< strings, each ended by 0; the first is the name
    Process* parent;                  ///< null: this becomes the first process
    std::uint32_t priority;
    std::uint32_t privileges;
    std::uint32_t limit_frames;
    PortId port = PortId::none;  ///< handed on in StartInfo
};

/// Starts a program; nothing is left over if it fails.
/// process_table_full; bad_option: arguments don't end with 0; bad_image; bad_address and what copy_across says of the
/// image; out_of_memory and what else create_space and allocate_area say.
Result<ProcessId> start_process(const StartOptions& options);

/// Ends a process and all it had, and tells its parent. Does not return if it is the current one.
void end_process(Process& process, const ExitInfo& how);

/// System calls since boot, of all processes, and those of them that were handovers.
std::uint64_t count_system_calls();
std::uint64_t count_handovers();

/// Gives back the place of a process that has ended and has been asked after.
void free_place(Process& process);

/// Gives back the kernel stack of a process that has ended and no longer runs on it.
void free_kernel_stack(Process& process);

/// Prints "[3 shell] ": what kernel lines about a process start with.
void print_label(const Process& process);

}  // namespace freehold::kernel
