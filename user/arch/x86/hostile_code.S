// SPDX-License-Identifier: MIT
// Instructions for hostile programs, as user/attacks/image.h has them: what both widths of x86 share.
// `instruction TEXT` lists that instruction under its own text; `piece NAME` to `end_piece` several under a name.
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

// For the kernel only: a protection fault. The privilege is checked before anything in memory is looked at.
    .macro privileged_on_both
    instruction cli
    instruction sti
    instruction hlt
    instruction clts
    instruction invd
    instruction wbinvd
    instruction lmsw %ax
    instruction lgdt 0x400000
    instruction lidt 0x400000
    instruction lldt %ax
    instruction ltr %ax
    instruction invlpg 0x400000
    instruction rdmsr
    instruction wrmsr
    instruction rdpmc
    instruction in $0x60, %al
    instruction inl %dx, %eax
    instruction out %al, $0x64
    instruction outl %eax, %dx
    instruction insb
    instruction outsb
    .endm

// There is no such instruction, or it is not turned on, or not for programs: an invalid instruction.
    .macro absent_on_both
    instruction ud2
    instruction rsm
    instruction monitor
    instruction mwait
    instruction vmcall
    instruction vmrun
    instruction vmload
    instruction vmsave
    instruction stgi
    instruction clgi
    instruction skinit
    instruction invlpga
    instruction rdpkru
    .endm
