// SPDX-License-Identifier: MIT
// What the user side needs to know of 32-bit x86: the system-call instruction and the processor's counter.
// Chosen by include path: -I user/arch/x86_32.
//
//      int 0x80:  eax number │ ebx ecx edx esi edi words 1 to 5   ──▶   eax status │ edx value
//
// All other registers come back as they were, but for a message in registers: edx is 0 then, ebx its number or cookie,
// ecx its sender, esi and edi its words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <freehold/status.h>

#include "kernel/abi/syscalls.h"
#include "user/arch/x86/processor.h"

namespace freehold::user::arch {

struct CallResult {
    Status status;
    Word value;
};

/// One system call, with up to five words. Registers of words that it has not hold what they held.
template <typename... Words>
requires(sizeof...(Words) <= 5 && (std::is_convertible_v<Words, Word> && ...)) inline CallResult
    system_call(abi::Call call, Words... words) {
    constexpr std::size_t kCount = sizeof...(Words);
    const Word given[kCount + 1] = {words...};
    Word status = static_cast<Word>(call);
    Word ebx, ecx, edx, esi, edi;
    if constexpr (kCount > 0)
        ebx = given[0];
    else
        asm("" : "=b"(ebx));
    if constexpr (kCount > 1)
        ecx = given[1];
    else
        asm("" : "=c"(ecx));
    if constexpr (kCount > 2)
        edx = given[2];
    else
        asm("" : "=d"(edx));
    if constexpr (kCount > 3)
        esi = given[3];
    else
        asm("" : "=S"(esi));
    if constexpr (kCount > 4)
        edi = given[4];
    else
        asm("" : "=D"(edi));
    asm volatile("int $0x80" : "+a"(status), "+d"(edx) : "b"(ebx), "c"(ecx), "S"(esi), "D"(edi) : "memory", "cc");
    return {static_cast<Status>(status), edx};
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
