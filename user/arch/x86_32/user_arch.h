// SPDX-License-Identifier: MIT
// What the user side needs to know of 32-bit x86: the system-call instruction and the processor's counter.
// Chosen by include path: -I user/arch/x86_32.
//
//      int 0x80:  eax number │ ebx ecx edx esi edi words 1 to 5   ──▶   eax status │ edx value
//
// All other registers come back as they were, but for a message in registers: edx is 0 then, ebx its number or cookie,
// ecx its sender, esi and edi its words.
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
    asm volatile("int $0x80"
                 : "+a"(status), "+d"(third)
                 : "b"(first), "c"(second), "S"(fourth), "D"(fifth)
                 : "memory", "cc");
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

inline WordsResult words_call(abi::Call call, Word ebx, Word ecx, Word edx, Word esi, Word edi = 0) {
    Word status = static_cast<Word>(call);
    asm volatile("int $0x80" : "+a"(status), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi) : : "memory", "cc");
    return {static_cast<Status>(status), edx, ebx, ecx, esi, edi};
}

/// What one page table covers: areas aligned so can be moved and shared by whole tables.
inline constexpr Word kTableBytes = Word{4} << 20;

/// Programs are linked to begin here (program.ld).
inline constexpr Word kProgramBase = 0x00400000;

}  // namespace freehold::user::arch
