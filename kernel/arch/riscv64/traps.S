// SPDX-License-Identifier: MIT
// The way into the kernel and out again, and from one kernel stack to another.
//
// While user code runs, sscratch holds the address of its TrapFrame (trap_frame.h) at the top of its kernel stack;
// while the kernel runs, sscratch is 0. The kernel is never interrupted, it looks for interrupts where it serves them.
// So a trap of its own is a bug, maybe of the stack: the report runs on another. Nor is sstatus ever saved: its fields
// are user code's throughout.

#define FRAME_PC 248
#define FRAME_SP 8
#define CALL_RECEIVE 22                          /* traps.cpp checks the numbers */
#define CALL_CALL 37
#define CALL_RECEIVE_WORDS 38
#define CALL_POST 44
#define CALL_POST_AREA 50

// x1 to x31 at 8 * (n - 1); x2, the stack pointer, is elsewhere.
    .macro all_but_sp operation
    \operation x1, 0(sp)
    .set number, 3
    .rept 29
    one_register \operation, %number
    .set number, number + 1
    .endr
    .endm
    .altmacro
    .macro one_register operation, n
    \operation x\n, 8 * (\n - 1)(sp)
    .endm

// A short way says whether the call is over with it.
    .macro try_short_way call, name
    li t0, \call
    beq a7, t0, short_way_\name
    .endm
    .macro short_way name
short_way_\name:
    call machine_\name
    beqz a0, long_way
    j return_to_user
    .endm

    .section .text.traps, "ax"
    .balign 4
    .globl trap_entry
trap_entry:
    csrrw sp, sscratch, sp
    beqz sp, from_kernel
    all_but_sp sd
    csrrw t0, sscratch, zero
    csrr a1, sepc
    csrr t1, scause
    sd t0, FRAME_SP(sp)
    li t2, 8                                     // a call from user mode
    li s0, 0                                     // a backtrace ends here
    mv a0, sp
    bne t1, t2, other_trap
    addi a1, a1, 4
    sd a1, FRAME_PC(sp)
    try_short_way CALL_CALL, hand_request
    try_short_way CALL_RECEIVE_WORDS, hand_reply
    try_short_way CALL_RECEIVE, receive
    try_short_way CALL_POST, post
    try_short_way CALL_POST_AREA, post_area
long_way:
    mv a0, sp
    call machine_system_call
return_to_user:
    ld t0, FRAME_PC(sp)
    csrw sscratch, sp
    csrw sepc, t0
    all_but_sp ld
    ld sp, FRAME_SP(sp)
    sret

    short_way hand_request
    short_way hand_reply
    short_way receive
    short_way post
    short_way post_area

other_trap:
    sd a1, FRAME_PC(sp)
    mv a1, t1
    csrr a2, stval
    call machine_user_trap
    j return_to_user

from_kernel:
    la sp, emergency_frame
    all_but_sp sd
    csrrw t0, sscratch, zero
    csrr t1, sepc
    sd t0, FRAME_SP(sp)
    sd t1, FRAME_PC(sp)
    mv a0, sp
    csrr a1, scause
    csrr a2, stval
    la sp, emergency_stack_end
    li s0, 0
    call machine_kernel_trap

// void return_from_call(TrapFrame* frame): leaves the running stack for good and goes on in user code.
    .globl return_from_call
return_from_call:
    mv sp, a0
    j return_to_user

// Where switch_stacks() returns to on the stack of a process that waits for a message since run_instead(): right above
// it lies the process's TrapFrame.
    .globl resume_receiving
resume_receiving:
    li s0, 0
    mv a0, sp
    call machine_receive_again
    j return_to_user

// Where switch_stacks() returns to on a new process's stack; its TrapFrame follows.
    .globl start_user
start_user:
    li s0, 0
    call machine_enter_process
    j return_to_user

// void switch_stacks(Word* leave_at, Word go_to): what a C function must preserve stays on the stack left behind.
    .macro switch_frame operation
    \operation ra, 0(sp)
    \operation s0, 8(sp)
    \operation s1, 16(sp)
    \operation s2, 24(sp)
    \operation s3, 32(sp)
    \operation s4, 40(sp)
    \operation s5, 48(sp)
    \operation s6, 56(sp)
    \operation s7, 64(sp)
    \operation s8, 72(sp)
    \operation s9, 80(sp)
    \operation s10, 88(sp)
    \operation s11, 96(sp)
    .endm
    .globl switch_stacks
switch_stacks:
    addi sp, sp, -112
    switch_frame sd
    sd sp, 0(a0)
    mv a0, a1
// void go_on_at(Word go_to): the same, and the running stack is left for good.
    .globl go_on_at
go_on_at:
    mv sp, a0
    switch_frame ld
    addi sp, sp, 112
    ret

    .section .bss.emergency, "aw", @nobits
    .balign 16
emergency_frame:
    .skip 256
    .skip 8192
emergency_stack_end:
