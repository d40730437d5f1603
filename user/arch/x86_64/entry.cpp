// SPDX-License-Identifier: MIT
// A program's first instruction. The stack pointer points at a StartInfo at the top of the stack area:
//
//      rsp ─▶ │ StartInfo │ argument strings │ end of the stack
//
// The address goes on as the only argument, with the stack aligned to 16 bytes as the ABI wants it at a call.
// `ud2` is never reached: start_program() does not return.
asm(R"(
    .section .text.entry, "ax"
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    movq %rsp, %rdi
    andq $-16, %rsp
    call freehold_user_start
    ud2
    .size _start, . - _start
    .previous
)");
