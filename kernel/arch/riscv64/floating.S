// SPDX-License-Identifier: MIT
// FpuState (kernel_machine.h): f0 to f31, then fcsr. The rest of the kernel is compiled without floating point.
    .option arch, +d
    .altmacro
    .macro one_register operation, n
    \operation f\n, 8 * \n(a0)
    .endm
    .macro all operation
    .set number, 0
    .rept 32
    one_register \operation, %number
    .set number, number + 1
    .endr
    .endm

    .text
// void save_floating(FpuState* state)
    .globl save_floating
save_floating:
    all fsd
    csrr t0, fcsr
    sd t0, 256(a0)
    ret

// void load_floating(const FpuState* state)
    .globl load_floating
load_floating:
    ld t0, 256(a0)
    csrw fcsr, t0
    all fld
    ret
