// SPDX-License-Identifier: MIT
// Instructions for hostile programs, as user/attacks/image.h has them: 32-bit x86.
#include "user/arch/x86/hostile_code.S"

    .section .rodata
    list code_to_exit
    piece
    mov $1, %eax
    xor %ebx, %ebx
    int $0x80
    end_piece "exit"
    end_list

    list privileged_code
    privileged_on_both
    instruction sysenter
    instruction sysexit
    instruction sgdt 0x400000
    instruction sidt 0x400000
    instruction sldt %eax
    instruction str %eax
    instruction smsw %eax
    instruction mov %cr0, %eax
    instruction mov %eax, %cr0
    instruction mov %cr2, %eax
    instruction mov %cr3, %eax
    instruction mov %eax, %cr3
    instruction mov %cr4, %eax
    instruction mov %eax, %cr4
    instruction mov %dr0, %eax
    instruction mov %eax, %dr7
    end_list

    list absent_code
    absent_on_both
    instruction syscall
    end_list

    list code_on_stack
    piece
    mov 0x400200, %esp
    xor %eax, %eax
    int $0x80
    mov %eax, %ebx
    mov $1, %eax
    int $0x80
    end_piece "a call on that stack"
    end_list

    list push_on_stack
    piece
    mov 0x400200, %esp
    push %eax
    end_piece "a push on that stack"
    end_list

    list code_of_registers
    piece
    or %ecx, %ebx
    or %edx, %ebx
    or %esi, %ebx
    or %edi, %ebx
    or %ebp, %ebx
    or %eax, %ebx
    setne %bl
    movzx %bl, %ebx
    mov $1, %eax
    int $0x80
    end_piece "registers"
    end_list

    .macro load_segment register
    piece
    mov 0x400200, %eax
    mov %ax, %\register
    mov $1, %eax
    xor %ebx, %ebx
    int $0x80
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
    lret
7:
    end_piece "far return"
    end_list

    list set_flags
    piece
    push 0x400200
    popf
    xor %eax, %eax
    int $0x80
    mov %eax, %ebx
    mov $1, %eax
    int $0x80
    end_piece "flags"
    end_list

    list nested_return
    piece
    pushf
    orl $0x4000, (%esp)
    popf
    iret
    end_piece "nested return"
    end_list

    list x87_division
    piece
    fninit
    push $0x33B
    fldcw (%esp)
    fld1
    fldz
    fdivrp %st, %st(1)
    fwait
    end_piece "x87"
    end_list

    list call_alone
    instruction int $0x80
    end_list

    list call_by_number
    piece
    mov 0x400200, %eax
    int $0x80
    mov %eax, %ebx
    mov $1, %eax
    int $0x80
    end_piece "number"
    end_list

// In a local table at address 0: the descriptor at 0x1000, for programs. The gate leads to the return at the end.
    list call_gate
    piece
    lcall $0x1007, $0
    mov $42, %ebx
    mov $1, %eax
    int $0x80
    lret
    end_piece "gate"
    end_list
