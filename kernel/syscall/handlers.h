// SPDX-License-Identifier: MIT
// The handlers of all system calls; what each does is said in kernel/abi/syscalls.h. The caller is the current process.
// Every number in `a` is the caller's word for it and nothing more.
#pragma once

#include "kernel/process/process.h"
#include "kernel/traps.h"

namespace freehold::kernel {

using Handler = Outcome (*)(Process& caller, CallArguments a);

// A word may be wider than what it stands for. Of a count, a length or a time, too much is as much as there can be; of
// ids, codes and signals the low 32 bits are meant.
constexpr std::uint32_t clamped(Word word) { return word > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(word); }
constexpr std::uint32_t low_bits(Word word) { return static_cast<std::uint32_t>(word); }

// process_calls.cpp
Outcome call_null(Process& caller, CallArguments a);
Outcome call_exit(Process& caller, CallArguments a);
Outcome call_yield(Process& caller, CallArguments a);
Outcome call_sleep(Process& caller, CallArguments a);
Outcome call_process_start(Process& caller, CallArguments a);
Outcome call_process_wait(Process& caller, CallArguments a);
Outcome call_process_kill(Process& caller, CallArguments a);
Outcome call_shutdown(Process& caller, CallArguments a);
Outcome call_trace(Process& caller, CallArguments a);

// console_calls.cpp
Outcome call_console_write(Process& caller, CallArguments a);
Outcome call_console_read(Process& caller, CallArguments a);
Outcome call_console_watch(Process& caller, CallArguments a);

// memory_calls.cpp
Outcome call_allocate(Process& caller, CallArguments a);
Outcome call_release(Process& caller, CallArguments a);
Outcome call_protect(Process& caller, CallArguments a);
Outcome call_guard(Process& caller, CallArguments a);
Outcome call_map_physical(Process& caller, CallArguments a);
Outcome call_seal(Process& caller, CallArguments a);
Outcome call_move(Process& caller, CallArguments a);
Outcome call_share(Process& caller, CallArguments a);
Outcome call_boot_archive(Process& caller, CallArguments a);

// signal_calls.cpp
Outcome call_signal_allow(Process& caller, CallArguments a);
Outcome call_signal_raise(Process& caller, CallArguments a);
Outcome call_wait(Process& caller, CallArguments a);
Outcome call_timer(Process& caller, CallArguments a);

// words_calls.cpp: the handlers are for all that can't be handed over at once
Outcome call_call(Process& caller, CallArguments a);
Outcome call_receive_words(Process& caller, CallArguments a);

// message_calls.cpp
Outcome call_post(Process& caller, CallArguments a);
Outcome call_post_area(Process& caller, CallArguments a);
Outcome call_send(Process& caller, CallArguments a);
Outcome call_receive(Process& caller, CallArguments a);
Outcome call_reply(Process& caller, CallArguments a);
Outcome call_forward(Process& caller, CallArguments a);
Outcome call_publish(Process& caller, CallArguments a);
Outcome call_discard(Process& caller, CallArguments a);

// port_calls.cpp
Outcome call_port_create(Process& caller, CallArguments a);
Outcome call_port_destroy(Process& caller, CallArguments a);
Outcome call_port_mode(Process& caller, CallArguments a);

// device_calls.cpp
Outcome call_interrupt_attach(Process& caller, CallArguments a);
Outcome call_interrupt_done(Process& caller, CallArguments a);
Outcome call_registers_claim(Process& caller, CallArguments a);
Outcome call_register_read(Process& caller, CallArguments a);
Outcome call_register_write(Process& caller, CallArguments a);

// info_calls.cpp
Outcome call_clock(Process& caller, CallArguments a);
Outcome call_query_page(Process& caller, CallArguments a);
Outcome call_regions(Process& caller, CallArguments a);
Outcome call_process_info(Process& caller, CallArguments a);
Outcome call_port_info(Process& caller, CallArguments a);
Outcome call_system_info(Process& caller, CallArguments a);
Outcome call_ledger(Process& caller, CallArguments a);
Outcome call_audit(Process& caller, CallArguments a);

}  // namespace freehold::kernel
