// SPDX-License-Identifier: MIT
// What the user side needs to know of 64-bit RISC-V: the system-call instruction and the processor's counter.
// Chosen by include path: -I user/arch/riscv64.
//
//      ecall:  a7 number │ a0 to a4 words 1 to 5   ──▶   a0 status │ a1 value
//
// All other registers come back as they were, but for a message in registers: a1 is 0 then, a2 its number or cookie,
// a3 its sender, a4 and a5 its words.
#pragma once

#include <cstdint>

#include <freehold/status.h>

#include "kernel/abi/syscalls.h"

namespace freehold::user::arch {

struct CallResult {
    Status status;
    Word value;
};

/// One system call, with five words: user/runtime/calls.h has those with fewer.
inline CallResult system_call(abi::Call call, Word first, Word second, Word third, Word fourth, Word fifth) {
    register Word a0 asm("a0") = first;
    register Word a1 asm("a1") = second;
    register Word a2 asm("a2") = third;
    register Word a3 asm("a3") = fourth;
    register Word a4 asm("a4") = fifth;
    register Word a7 asm("a7") = static_cast<Word>(call);
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a7) : "memory");
    return {static_cast<Status>(a0), a1};
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

inline WordsResult words_call(abi::Call call, Word one, Word two, Word three, Word four, Word five = 0) {
    register Word a0 asm("a0") = one;
    register Word a1 asm("a1") = two;
    register Word a2 asm("a2") = three;
    register Word a3 asm("a3") = four;
    register Word a4 asm("a4") = five;
    register Word a5 asm("a5") = 0;
    register Word a7 asm("a7") = static_cast<Word>(call);
    asm volatile("ecall" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5) : "r"(a7) : "memory");
    return {static_cast<Status>(a0), a1, a2, a3, a4, a5};
}

/// The processor's cycle counter; guest instructions where the emulator counts so.
inline std::uint64_t cycles() {
    std::uint64_t value = 0;
    asm volatile("rdcycle %0" : "=r"(value));
    return value;
}

/// Lets the processor know that this is a waiting loop: `pause`, a hint, written as what older processors take it for.
inline void relax() { asm volatile(".insn i 0x0F, 0, x0, x0, 0x010" : : : "memory"); }

inline constexpr std::uint32_t kFetchPageFault = 12;
inline constexpr std::uint32_t kLoadPageFault = 13;
inline constexpr std::uint32_t kStorePageFault = 15;

constexpr bool is_page_fault(std::uint32_t cause) {
    return cause == kFetchPageFault || cause == kLoadPageFault || cause == kStorePageFault;
}

/// Words for the exceptions a user program can raise (RISC-V privileged specification 1.12, table 4.2).
constexpr const char* exception_name(std::uint32_t cause) {
    switch (cause) {
        case 0:
            return "a misaligned jump";
        case 1:
        case 5:
        case 7:
            return "an access to no memory";
        case 2:
            return "an undefined instruction";
        case 3:
            return "a breakpoint";
        case 4:
        case 6:
            return "an alignment check";
        case kFetchPageFault:
        case kLoadPageFault:
        case kStorePageFault:
            return "a page fault";
        default:
            return "an exception";
    }
}

/// There is no second serial port whose driver could be the PC's: registers that are none, so that it ends by itself.
inline constexpr std::uint32_t kSecondSerialRegister = 0xFFFFFFFF;
inline constexpr std::uint32_t kSecondSerialLine = 0;

/// What one page table covers: areas aligned so can be moved and shared by whole tables.
inline constexpr Word kTableBytes = Word{2} << 20;

/// Programs are linked to begin here (program.ld).
inline constexpr Word kProgramBase = 0x00400000;

}  // namespace freehold::user::arch
