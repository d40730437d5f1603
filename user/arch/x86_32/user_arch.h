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

namespace freehold::user::arch {

struct CallResult {
    Status status;
    Word value;
};

/// One system call, with up to five words.
inline CallResult system_call(abi::Call call, Word first = 0, Word second = 0, Word third = 0, Word fourth = 0,
                              Word fifth = 0) {
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

/// The processor's time-stamp counter; guest instructions where the emulator counts so.
inline std::uint64_t cycles() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (std::uint64_t{high} << 32) | low;
}

/// Lets the processor know that this is a waiting loop.
inline void relax() { asm volatile("pause"); }

inline constexpr std::uint32_t kPageFaultVector = 14;

/// Words for the exceptions a user program can raise (Intel SDM volume 3, section 6.15).
constexpr const char* exception_name(std::uint32_t vector) {
    switch (vector) {
        case 0:
            return "a division error";
        case 1:
            return "a debug exception";
        case 3:
            return "a breakpoint";
        case 4:
            return "an overflow trap";
        case 5:
            return "a bounds check";
        case 6:
            return "an undefined instruction";
        case 11:
            return "a segment not present";
        case 12:
            return "a stack segment fault";
        case 13:
            return "a protection fault";
        case kPageFaultVector:
            return "a page fault";
        case 16:
            return "an x87 error";
        case 17:
            return "an alignment check";
        case 19:
            return "an SSE error";
        default:
            return "an exception";
    }
}

/// The second serial port of a PC: its first register and its interrupt line. Of a machine that has none, a register
/// that is none, so that the driver ends by itself.
inline constexpr std::uint32_t kSecondSerialRegister = 0x2F8;
inline constexpr std::uint32_t kSecondSerialLine = 3;

/// What one page table covers: areas aligned so can be moved and shared by whole tables.
inline constexpr Word kTableBytes = Word{4} << 20;

/// Programs are linked to begin here (program.ld).
inline constexpr Word kProgramBase = 0x00400000;

}  // namespace freehold::user::arch
