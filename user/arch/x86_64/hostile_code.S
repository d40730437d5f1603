// SPDX-License-Identifier: MIT
// Instructions for hostile programs, as user/attacks/image.h has them: x86-64.
#include "user/arch/x86/hostile_code.S"

    .section .rodata
    list code_to_exit
    piece
    mov $1, %eax
    xor %edi, %edi
    syscall
    end_piece "exit"
    end_list

    list privileged_code
    privileged_on_both
    instruction mov %cr0, %rax
    instruction mov %rax, %cr0
    instruction mov %cr2, %rax
    instruction mov %cr3, %rax
    instruction mov %rax, %cr3
    instruction mov %cr4, %rax
    instruction mov %rax, %cr4
    instruction mov %rax, %cr8
    instruction mov %dr0, %rax
    instruction mov %rax, %dr7
    instruction swapgs
    instruction sysretq
    instruction xsetbv
    instruction sgdt 0x400000
    instruction sidt 0x400000
    instruction sldt %eax
    instruction str %eax
    instruction smsw %eax
    end_list

    list absent_code
    absent_on_both
    instruction sysenter
    instruction sysexitl
    instruction rdfsbase %rax
    instruction wrgsbase %rax
    end_list

    list code_on_stack
    piece
    mov 0x400200, %rsp
    xor %eax, %eax
    syscall
    mov %rax, %rdi
    mov $1, %eax
    syscall
    end_piece "a call on that stack"
    end_list

    list push_on_stack
    piece
    mov 0x400200, %rsp
    push %rax
    end_piece "a push on that stack"
    end_list

    list code_of_registers
    piece
    or %rcx, %rbx
    or %rdx, %rbx
    or %rsi, %rbx
    or %rdi, %rbx
    or %rbp, %rbx
    or %r8, %rbx
    or %r9, %rbx
    or %r10, %rbx
    or %r11, %rbx
    or %r12, %rbx
    or %r13, %rbx
    or %r14, %rbx
    or %r15, %rbx
    xor %edi, %edi
    or %rax, %rbx
    setne %dil
    mov $1, %eax
    syscall
    end_piece "registers"
    end_list

    .macro load_segment register
    piece
    mov 0x400200, %rax
    mov %ax, %\register
    mov $1, %eax
    xor %edi, %edi
    syscall
    end_piece "\register"
    .endm
    list load_segments
    load_segment ds
    load_segment es
    load_segment fs
    load_segment gs
    load_segment ss
    end_list

    list far_return
    piece
    push 0x400200
    push $0x400210 + 7f - 8b
    lretq
7:
    end_piece "far return"
    end_list

    list set_flags
    piece
    push 0x400200
    popf
    xor %eax, %eax
    syscall
    mov %rax, %rdi
    mov $1, %eax
    syscall
    end_piece "flags"
    end_list

    list nested_return
    piece
    pushf
    orq $0x4000, (%rsp)
    popf
    iretq
    end_piece "nested return"
    end_list

    list x87_division
    piece
    fninit
    push $0x33B
    fldcw (%rsp)
    fld1
    fldz
    fdivrp %st, %st(1)
    fwait
    end_piece "x87"
    end_list

    list call_alone
    instruction syscall
    end_list

    list call_by_number
    piece
    mov 0x400200, %rax
    syscall
    mov %rax, %rdi
    mov $1, %eax
    syscall
    end_piece "number"
    end_list

// In a local table at address 0: the descriptor at 0x1000, for programs. The gate leads to the return at the end.
    list call_gate
    piece
    lcall *(0x400210 + 7f - 8b)
    mov $42, %edi
    mov $1, %eax
    syscall
7:  .long 0
    .word 0x1007
    lretq
    end_piece "gate"
    end_list
