// SPDX-License-Identifier: MIT
// The table of system calls.
#include <iterator>

#include "kernel/process/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/trace/trace.h"

namespace freehold::kernel {
namespace {

using abi::Call;

/// In the order of abi::Call; the static_asserts catch a line out of place.
struct Row {
    Call call;
    Handler handler;
};

constexpr Row kTable[] = {
    {Call::null, call_null},
    {Call::exit, call_exit},
    {Call::yield, call_yield},
    {Call::sleep, call_sleep},
    {Call::clock, call_clock},
    {Call::console_write, call_console_write},
    {Call::console_read, call_console_read},
    {Call::console_watch, call_console_watch},
    {Call::allocate, call_allocate},
    {Call::release, call_release},
    {Call::protect, call_protect},
    {Call::guard, call_guard},
    {Call::map_physical, call_map_physical},
    {Call::seal, call_seal},
    {Call::move, call_move},
    {Call::share, call_share},
    {Call::query_page, call_query_page},
    {Call::regions, call_regions},
    {Call::port_create, call_port_create},
    {Call::port_destroy, call_port_destroy},
    {Call::port_mode, call_port_mode},
    {Call::send, call_send},
    {Call::receive, call_receive},
    {Call::reply, call_reply},
    {Call::discard, call_discard},
    {Call::process_start, call_process_start},
    {Call::process_wait, call_process_wait},
    {Call::process_kill, call_process_kill},
    {Call::process_info, call_process_info},
    {Call::port_info, call_port_info},
    {Call::system_info, call_system_info},
    {Call::ledger, call_ledger},
    {Call::audit, call_audit},
    {Call::boot_archive, call_boot_archive},
    {Call::shutdown, call_shutdown},
    {Call::forward, call_forward},
    {Call::publish, call_publish},
    {Call::call, call_call},
    {Call::receive_words, call_receive_words},
    {Call::signal_allow, call_signal_allow},
    {Call::signal_raise, call_signal_raise},
    {Call::wait, call_wait},
    {Call::timer, call_timer},
    {Call::trace, call_trace},
    {Call::post, call_post},
    {Call::interrupt_attach, call_interrupt_attach},
    {Call::interrupt_done, call_interrupt_done},
    {Call::registers_claim, call_registers_claim},
    {Call::register_read, call_register_read},
    {Call::register_write, call_register_write},
    {Call::post_area, call_post_area},
};

constexpr std::uint32_t kCalls = static_cast<std::uint32_t>(Call::count_);

consteval bool in_order() {
    for (std::uint32_t i = 0; i < std::size(kTable); ++i) {
        if (static_cast<std::uint32_t>(kTable[i].call) != i) return false;
    }
    return true;
}
static_assert(std::size(kTable) == kCalls && in_order());

/// Not within system_call(): what it needs would be saved for each call.
[[gnu::noinline]] Outcome trace_call(const Row& row, Process& caller, CallArguments arguments) {
    return trace::traced_call(row.handler, row.call, caller, arguments);
}

}  // namespace

Outcome system_call(Word number, CallArguments arguments) {
    Process& caller = *scheduler::current();
    ++caller.system_calls;
    if (number >= kCalls) return {Status::unknown_call};
    const Row& row = kTable[number];
    return trace::is_on() ? trace_call(row, caller, arguments) : row.handler(caller, arguments);
}

}  // namespace freehold::kernel
