// SPDX-License-Identifier: MIT
// The way into the kernel and out again, and from one kernel stack to another.
//
// Every trap ends up with a TrapFrame (trap_frame.h) on the kernel stack. User segment registers aren't kept: a user's
// code has one flat segment, and finds it in ds and es whatever it left there. The kernel uses that one too: it is the
// same memory, and nothing has to be put back on the way out.

#define USER_DATA 0x23
#define CALL_RECEIVE 22                          /* traps.cpp checks the numbers */
#define CALL_CALL 37
#define CALL_RECEIVE_WORDS 38
#define CALL_POST 44
#define CALL_POST_AREA 50

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
    pusha
    mov $USER_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    cld
    push %esp
    call machine_trap
    add $4, %esp
trap_return:
    popa
    add $8, %esp
    iret

    .globl trap_system_call
trap_system_call:
    sub $8, %esp                                 /* no vector, no error code */
    pusha
    mov $USER_DATA, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    cld
    cmp $CALL_POST_AREA, %eax
    ja long_way
    jmp *short_ways(,%eax,4)
long_way:
    mov %eax, %edx
    mov %esp, %eax
    call machine_system_call
return_to_user:
    popa
    add $8, %esp
    iret

// A short way says whether the call is over with it.
    .macro short_way name, number
short_way_\name:
    mov %esp, %eax
    call machine_\name
    test %al, %al
    jnz return_to_user
    mov $\number, %eax
    jmp long_way
    .endm

    short_way receive, CALL_RECEIVE
    short_way hand_request, CALL_CALL
    short_way hand_reply, CALL_RECEIVE_WORDS
    short_way post, CALL_POST
    short_way post_area, CALL_POST_AREA

    .section .rodata
    .balign 4
short_ways:
    .rept CALL_RECEIVE
    .long long_way
    .endr
    .long short_way_receive
    .rept CALL_CALL - CALL_RECEIVE - 1
    .long long_way
    .endr
    .long short_way_hand_request, short_way_hand_reply
    .rept CALL_POST - CALL_RECEIVE_WORDS - 1
    .long long_way
    .endr
    .long short_way_post
    .rept CALL_POST_AREA - CALL_POST - 1
    .long long_way
    .endr
    .long short_way_post_area
    .section .text.traps, "ax"

// Where switch_stacks() returns to on the stack of a process that waits for a message since run_instead(): right above
// it lies the process's TrapFrame.
    .globl resume_receiving
resume_receiving:
    push %esp
    call machine_receive_again
    add $4, %esp
    jmp trap_return

// void switch_stacks(Word* leave_at, Word go_to): what a C function must preserve stays on the stack left behind.
    .globl switch_stacks
switch_stacks:
    mov 4(%esp), %eax
    mov 8(%esp), %edx
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov %esp, (%eax)
    mov %edx, %esp
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

// Where switch_stacks() returns to on a new process's stack; its TrapFrame follows.
    .globl start_user
start_user:
    call machine_enter_process
    jmp trap_return

// The double-fault task starts here, on a stack of its own.
    .globl double_fault_entry
double_fault_entry:
    cld
    call machine_double_fault

    .section .rodata
    .balign 4
    .globl trap_stubs
    .macro stub_address number
    .long trap_\number
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
