// SPDX-License-Identifier: MIT
// System calls of the console. What is written or read goes through a small buffer, piece by piece.
#include <algorithm>

#include "kernel/console/console.h"
#include "kernel/process/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace freehold::kernel {
namespace {

constexpr std::uint32_t kPieceBytes = 512;
static_assert(abi::kConsoleWriteBytesMax <= kPieceBytes);

using Piece = char[kPieceBytes];

}  // namespace

Outcome call_console_write(Process& caller, CallArguments a) {
    if (a[1] == 0) return {Status::ok};
    Piece piece;
    const std::span<char> text(piece, std::min(clamped(a[1]), abi::kConsoleWriteBytesMax));
    const Status status = copy_in(*caller.space, VirtAddr(a[0]), std::as_writable_bytes(text));
    if (status != Status::ok) return {status};
    console::put({text.data(), text.size()});
    console::tell_watchers();
    return {Status::ok, static_cast<Word>(text.size())};
}

Outcome call_console_read(Process& caller, CallArguments a) {
    if (a[1] == 0) return {Status::zero_length};
    while (true) {
        Piece piece;
        const std::uint32_t count = console::peek_input({piece, std::min(clamped(a[1]), kPieceBytes)});
        if (count != 0) {
            const Status status = copy_out(*caller.space, VirtAddr(a[0]), std::as_bytes(std::span(piece, count)));
            if (status != Status::ok) return {status};
            console::take_input(count);
            return {Status::ok, count};
        }
        scheduler::block(ProcessState::reading, kNever, &console::readers());
    }
}

Outcome call_console_watch(Process& caller, CallArguments a) {
    if (a[2] == 0) return {Status::zero_length};
    while (true) {
        Piece piece;
        const auto count = console::read_output(low_bits(a[0]), {piece, std::min(clamped(a[2]), kPieceBytes)});
        if (count.status() == Status::overflow) return {Status::overflow, console::oldest_output()};
        if (!count.ok()) return {count.status()};
        if (count.value() != 0) {
            const auto bytes = std::as_bytes(std::span(piece, count.value()));
            return {copy_out(*caller.space, VirtAddr(a[1]), bytes), count.value()};
        }
        scheduler::block(ProcessState::reading, kNever, &console::watchers());
    }
}

}  // namespace freehold::kernel
