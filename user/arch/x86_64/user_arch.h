// SPDX-License-Identifier: MIT
// What the user side needs to know of 64-bit x86: the system-call instruction and the processor's counter.
// Chosen by include path: -I user/arch/x86_64.
//
//      syscall:  rax number │ rdi rsi rdx r10 r8 words 1 to 5   ──▶   rax status │ rdx value
//
// rcx and r11 are lost: the processor keeps the return address and the flags there; and so is r9, which the kernel
// needs for its first steps. All other registers come back as they were, but for a message in registers: rdx is 0 then,
// rdi its number or cookie, rsi its sender, r10 and r8 its words.
#pragma once

#include <cstdint>

#include <freehold/status.h>

#include "kernel/abi/syscalls.h"
#include "user/arch/x86/processor.h"

namespace freehold::user::arch {

struct CallResult {
    Status status;
    Word value;
};

/// One system call, with five words: user/runtime/calls.h has those with fewer.
inline CallResult system_call(abi::Call call, Word first, Word second, Word third, Word fourth, Word fifth) {
    Word status = static_cast<Word>(call);
    register Word r10 asm("r10") = fourth;
    register Word r8 asm("r8") = fifth;
    asm volatile("syscall"
                 : "+a"(status), "+d"(third)
                 : "D"(first), "S"(second), "r"(r10), "r"(r8)
                 : "rcx", "r9", "r11", "memory", "cc");
    return {static_cast<Status>(status), third};
}

/// A call whose answer may come in registers: two words, and whose they are.
struct WordsResult {
    Status status;
    Word head;  ///< address of a MessageHead; 0: what follows is the message
    Word message;
    Word sender;
    Word first;
    Word second;
};

inline WordsResult words_call(abi::Call call, Word rdi, Word rsi, Word rdx, Word fourth, Word fifth = 0) {
    Word status = static_cast<Word>(call);
    register Word r10 asm("r10") = fourth;
    register Word r8 asm("r8") = fifth;
    asm volatile("syscall"
                 : "+a"(status), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8)
                 :
                 : "rcx", "r9", "r11", "memory", "cc");
    return {static_cast<Status>(status), rdx, rdi, rsi, r10, r8};
}

/// What one page table covers: areas aligned so can be moved and shared by whole tables.
inline constexpr Word kTableBytes = Word{2} << 20;

/// Programs are linked to begin here (program.ld).
inline constexpr Word kProgramBase = 0x00400000;

}  // namespace freehold::user::arch
