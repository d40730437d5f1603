// SPDX-License-Identifier: MIT
// Instructions for hostile programs, as user/attacks/image.h has them: 64-bit RISC-V.

    .section .rodata
    .macro piece
    .byte 9f - 8f
8:
    .endm
    .macro end_piece name
9:  .asciz "\name"
    .endm
    .macro instruction text:vararg
    piece
    \text
    end_piece "\text"
    .endm
    .macro list name
    .globl freehold_\name
freehold_\name:
    .endm
    .macro end_list
    .byte 0
    .endm
    .option norelax
    .option arch, +f
    .option arch, +d

    list code_to_exit
    piece
    li a0, 0
    li a7, 1
    ecall
    end_piece "exit"
    end_list

    list privileged_code
    instruction sret
    instruction mret
    instruction wfi
    instruction sfence.vma
    instruction sfence.vma a0, a1
    instruction csrr a0, sstatus
    instruction csrr a0, sie
    instruction csrr a0, stvec
    instruction csrr a0, scounteren
    instruction csrr a0, senvcfg
    instruction csrr a0, sscratch
    instruction csrr a0, sepc
    instruction csrr a0, scause
    instruction csrr a0, stval
    instruction csrr a0, sip
    instruction csrr a0, satp
    instruction csrr a0, mstatus
    instruction csrr a0, misa
    instruction csrr a0, medeleg
    instruction csrr a0, mideleg
    instruction csrr a0, mie
    instruction csrr a0, mtvec
    instruction csrr a0, mepc
    instruction csrr a0, mcause
    instruction csrr a0, mtval
    instruction csrr a0, mip
    instruction csrr a0, pmpcfg0
    instruction csrr a0, pmpaddr0
    instruction csrr a0, mhartid
    instruction csrr a0, mvendorid
    instruction csrr a0, tselect
    instruction csrr a0, tdata1
    instruction csrr a0, dcsr
    instruction csrr a0, hstatus
    instruction csrr a0, hgatp
    instruction csrr a0, vsstatus
    instruction csrw satp, zero
    instruction csrsi sstatus, 2
    instruction csrw sscratch, zero
    instruction csrw stvec, zero
    instruction csrw cycle, zero
    instruction csrw pmpcfg0, zero
    end_list

    list absent_code
    instruction unimp
    instruction .word 0
    instruction .word 0x7B200073  // dret
    instruction .word 0x00200073  // uret
    instruction .word 0x62000073  // hfence.gvma
    instruction .word 0x6C004073  // hlv.d
    instruction .word 0xFFFFFFFF
    end_list

    list code_on_stack
    piece
    lui t0, 0x400
    ld sp, 0x200(t0)
    li a7, 0
    ecall
    li a7, 1
    ecall
    end_piece "a call on that stack"
    end_list

    list push_on_stack
    piece
    lui t0, 0x400
    ld sp, 0x200(t0)
    sd t0, -8(sp)
    end_piece "a push on that stack"
    end_list

    list code_of_registers
    piece
    or a0, a0, ra
    or a0, a0, gp
    or a0, a0, tp
    or a0, a0, t0
    or a0, a0, t1
    or a0, a0, t2
    or a0, a0, s0
    or a0, a0, s1
    or a0, a0, a1
    or a0, a0, a2
    or a0, a0, a3
    or a0, a0, a4
    or a0, a0, a5
    or a0, a0, a6
    or a0, a0, a7
    or a0, a0, s2
    or a0, a0, s3
    or a0, a0, s4
    or a0, a0, s5
    or a0, a0, s6
    or a0, a0, s7
    or a0, a0, s8
    or a0, a0, s9
    or a0, a0, s10
    or a0, a0, s11
    or a0, a0, t3
    or a0, a0, t4
    or a0, a0, t5
    or a0, a0, t6
    snez a0, a0
    li a7, 1
    ecall
    end_piece "registers"
    end_list

    list call_alone
    instruction ecall
    end_list

    list call_by_number
    piece
    lui t0, 0x400
    ld a7, 0x200(t0)
    ecall
    li a7, 1
    ecall
    end_piece "number"
    end_list
