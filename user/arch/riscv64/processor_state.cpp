// SPDX-License-Identifier: MIT
// See processor_state.h.
#include "processor_state.h"

asm(R"(
    .option push
    .option arch, +d
    .altmacro
    .macro one_floating operation, n
    \operation f\n, 8 * \n(a0)
    .endm
    .macro all_floating operation
    .set number, 0
    .rept 32
    one_floating \operation, %number
    .set number, number + 1
    .endr
    .endm

    .text
    .globl freehold_load_floating
freehold_load_floating:
    all_floating fld
    ld t0, 256(a0)
    csrw fcsr, t0
    ret

    .globl freehold_store_floating
freehold_store_floating:
    all_floating fsd
    csrr t0, fcsr
    sd t0, 256(a0)
    ret
    .option pop

# The registers of a GeneralState, at `base`, which is none of them or the last.
    .macro general operation, base
    \operation x1, 0(\base)
    \operation x3, 8(\base)
    \operation x4, 16(\base)
    \operation x5, 24(\base)
    \operation x6, 32(\base)
    \operation x7, 40(\base)
    \operation x8, 48(\base)
    \operation x9, 56(\base)
    \operation x11, 64(\base)
    \operation x12, 72(\base)
    \operation x13, 80(\base)
    \operation x14, 88(\base)
    \operation x15, 96(\base)
    \operation x16, 104(\base)
    \operation x17, 112(\base)
    \operation x18, 120(\base)
    \operation x19, 128(\base)
    \operation x20, 136(\base)
    \operation x21, 144(\base)
    \operation x22, 152(\base)
    \operation x23, 160(\base)
    \operation x24, 168(\base)
    \operation x25, 176(\base)
    \operation x26, 184(\base)
    \operation x27, 192(\base)
    \operation x28, 200(\base)
    \operation x29, 208(\base)
    \operation x30, 216(\base)
    \operation x31, 224(\base)
    .endm

# The caller's own registers go on the stack, and the state's address above them.
    .globl freehold_spin_general
freehold_spin_general:
    addi sp, sp, -256
    general sd, sp
    sd a0, 232(sp)
    sd a1, 240(sp)
    general ld, a0
    ld a0, 240(sp)
1:  addi a0, a0, -1
    bnez a0, 1b
    j 2f

    .globl freehold_call_general
freehold_call_general:
    addi sp, sp, -256
    general sd, sp
    sd a0, 232(sp)
    sd a1, 112(a0)
    general ld, a0
    li a0, 0
    ecall
2:  ld a0, 232(sp)
    general sd, a0
    general ld, sp
    addi sp, sp, 256
    ret
)");
