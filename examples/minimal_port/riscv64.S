// SPDX-License-Identifier: MIT
// From the firmware to kernel_main, and from the kernel to user code and back.
#define WINDOW 0xFFFFFFC000000000

    .section .text.start, "ax"
    .globl start
start:                                           // supervisor mode, physical addresses
    li t1, WINDOW
    la t0, in_window
    add t0, t0, t1
    csrw stvec, t0                               // where the trap goes that turning paging on is
    la t0, kernel_root
    srli t0, t0, 12
    li t1, 8 << 60                               // Sv39
    or t0, t0, t1
    sfence.vma
    csrw satp, t0
    .balign 4
in_window:
    la sp, stack_end
    la t0, trap
    csrw stvec, t0
    li t0, 1 << 8                                // SPP: sret goes to user mode
    csrc sstatus, t0
    call kernel_main

// Word run_user(Word instruction, Word* registers): runs user code with a0 and a1 from the two registers until it
// traps; stores a1 and the trap's address there, and returns the trap's cause.
    .globl run_user
run_user:
    addi sp, sp, -240
    .macro saved operation
    .irp n, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
    \operation x\n, 8 * \n(sp)
    .endr
    .endm
    saved sd
    sd a1, 0(sp)
    csrw sscratch, sp
    csrw sepc, a0
    ld a0, 0(a1)
    ld a1, 8(a1)
    sret
    .balign 4
trap:
    csrrw sp, sscratch, sp
    saved ld
    ld t0, 0(sp)
    addi sp, sp, 240
    sd a1, 8(t0)
    csrr t1, stval
    sd t1, 0(t0)
    csrr a0, scause
    ret

    .section .rodata
    .globl user_code, user_code_end
user_code:                                       // at 0: store; at 8: load
    .option norvc
    sd a1, 0(a0)
    ecall
    ld a1, 0(a0)
    ecall
user_code_end:

    .section .data
    .balign 4096
    .globl kernel_root
kernel_root:                                     // physical 2 GiB to 3 GiB, one page of 1 GiB that allows everything
    .fill 258, 8, 0
    .quad (2 << 28) | 0xEF
    .fill 253, 8, 0

    .section .bss
    .balign 16
    .skip 16384
stack_end:
