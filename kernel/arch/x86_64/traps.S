// SPDX-License-Identifier: MIT
// The way into the kernel and out again, and from one kernel stack to another.
//
// Every trap ends up with a TrapFrame (trap_frame.h) on the kernel stack. One processor: so a system call finds its
// stack in the task state, and nothing has to be found by way of GS. Until the stack is switched, and after it has been
// given back, only a non-maskable interrupt, a machine check or a debug trap can come, and they have their own stacks.

#define USER_DATA 0x1b
#define USER_CODE 0x23
#define KERNEL_STACK (kernel_task + 4)
#define NOT_CANONICAL_BIT 47
#define CALL_RECEIVE 22                          /* traps.cpp checks the numbers */
#define CALL_CALL 37
#define CALL_RECEIVE_WORDS 38
#define CALL_POST 44
#define CALL_POST_AREA 50

    .macro push_registers
    push %r11
    push %r9
    push %rcx
    push %rax
    push_kept
    .endm

// What a system call does not lose.
    .macro push_kept
    push %r8
    push %r10
    push %rdx
    push %rsi
    push %rdi
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    .endm

    .macro pop_kept
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    pop %rdi
    pop %rsi
    pop %rdx
    pop %r10
    pop %r8
    pop %rax
    .endm

    .section .text.traps, "ax"

// A stub per vector. Where the processor pushes no error code, the stub pushes a zero.
    .macro stub vector
trap_\vector:
    .set with_code, \vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17
    .if !(with_code || \vector == 21 || \vector == 29 || \vector == 30)
    push $0
    .endif
    push $\vector
    jmp trap_common
    .endm

    .altmacro
    .macro stub_number number
    stub %number
    .endm
    .set vector, 0
    .rept 48
    stub_number vector
    .set vector, vector + 1
    .endr

trap_common:
    push_registers
    cld
    mov %rsp, %rdi
    call machine_trap
trap_return:
    pop_kept
    pop %rcx
    pop %r9
    pop %r11
    add $16, %rsp                                /* vector, error code */
    iretq

// The processor has put the return address into rcx and the flags into r11, and masked interrupts. r9 is lost, too:
// with a register to spare, nothing has to be copied.
    .globl trap_system_call
trap_system_call:
    mov KERNEL_STACK, %r9
    mov %rsp, -16(%r9)
    mov %r11, -24(%r9)
    mov %rcx, -40(%r9)
    lea -88(%r9), %rsp                           /* above the words of the call */
    push_kept
    cmp $CALL_POST_AREA, %rax
    ja long_way
    jmp *short_ways(,%rax,8)
long_way:
    mov %rsp, %rdi
    mov %rax, %rsi
    call machine_system_call
    .globl return_from_call
return_from_call:
    pop_kept
    mov 40(%rsp), %rcx
    xor %r9d, %r9d
    bt $NOT_CANONICAL_BIT, %rcx
    jc 4f
    mov 56(%rsp), %r11
    mov 64(%rsp), %rsp
    sysretq
// To such an address SYSRET would fault in the kernel, with the user's stack. User space ends far below, so this is for
// nobody.
4:  xor %r11d, %r11d
    movq $USER_CODE, 48(%rsp)
    movq $USER_DATA, 72(%rsp)
    add $40, %rsp
    iretq

// A short way says whether the call is over with it.
    .macro short_way name, number
short_way_\name:
    mov %rsp, %rdi
    call machine_\name
    test %al, %al
    jnz return_from_call
    mov $\number, %eax
    jmp long_way
    .endm

    short_way receive, CALL_RECEIVE
    short_way hand_request, CALL_CALL
    short_way hand_reply, CALL_RECEIVE_WORDS
    short_way post, CALL_POST
    short_way post_area, CALL_POST_AREA

    .section .rodata
    .balign 8
short_ways:
    .rept CALL_RECEIVE
    .quad long_way
    .endr
    .quad short_way_receive
    .rept CALL_CALL - CALL_RECEIVE - 1
    .quad long_way
    .endr
    .quad short_way_hand_request, short_way_hand_reply
    .rept CALL_POST - CALL_RECEIVE_WORDS - 1
    .quad long_way
    .endr
    .quad short_way_post
    .rept CALL_POST_AREA - CALL_POST - 1
    .quad long_way
    .endr
    .quad short_way_post_area
    .section .text.traps, "ax"

// Where switch_stacks() returns to on the stack of a process that waits for a message since run_instead(): right above
// it lies the process's TrapFrame.
    .globl resume_receiving
resume_receiving:
    mov %rsp, %rdi
    call machine_receive_again
    jmp return_from_call

// void switch_stacks(Word* leave_at, Word go_to): what a C function must preserve stays on the stack left behind.
    .globl switch_stacks
switch_stacks:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// Where switch_stacks() returns to on a new process's stack; its TrapFrame follows.
    .globl start_user
start_user:
    call machine_enter_process
    jmp trap_return

// The same of a process that returns from a system call.
    .globl end_call
end_call:
    call machine_enter_process
    jmp return_from_call

    .section .rodata
    .balign 8
    .globl trap_stubs
    .macro stub_address number
    .quad trap_\number
    .endm
    .macro stub_address_number number
    stub_address %number
    .endm
trap_stubs:
    .set vector, 0
    .rept 48
    stub_address_number vector
    .set vector, vector + 1
    .endr
