// SPDX-License-Identifier: MIT
// A program's first instruction. The stack pointer points at a StartInfo at the top of the stack area:
//
//      sp ─▶ │ StartInfo │ argument strings │ end of the stack
//
// The address goes on as the only argument; the kernel aligned it to 16 bytes, as the ABI wants the stack at a call.
// `unimp` is never reached: start_program() does not return.
asm(R"(
    .section .text.entry, "ax"
    .globl _start
    .type _start, @function
_start:
    li s0, 0
    li ra, 0
    mv a0, sp
    call freehold_user_start
    unimp
    .size _start, . - _start
    .previous
)");
