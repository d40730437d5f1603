// SPDX-License-Identifier: MIT
// See processor_state.h. Offsets: vector at 0, x87 at 512, mxcsr at 576, x87 control at 580.
#include "processor_state.h"

#include <cstddef>

std::uint32_t freehold::user::arch::freehold_has_avx = 0;

namespace freehold::user::arch {
static_assert(offsetof(FloatingState, x87) == 512);
static_assert(offsetof(FloatingState, mxcsr) == 576);
static_assert(offsetof(FloatingState, x87_control) == 580);
}  // namespace freehold::user::arch

asm(R"(
    .text
    .globl freehold_load_floating
freehold_load_floating:
    cmpl $0, freehold_has_avx
    je 1f
    vmovaps 0(%rdi), %ymm0
    vmovaps 32(%rdi), %ymm1
    vmovaps 64(%rdi), %ymm2
    vmovaps 96(%rdi), %ymm3
    vmovaps 128(%rdi), %ymm4
    vmovaps 160(%rdi), %ymm5
    vmovaps 192(%rdi), %ymm6
    vmovaps 224(%rdi), %ymm7
    vmovaps 256(%rdi), %ymm8
    vmovaps 288(%rdi), %ymm9
    vmovaps 320(%rdi), %ymm10
    vmovaps 352(%rdi), %ymm11
    vmovaps 384(%rdi), %ymm12
    vmovaps 416(%rdi), %ymm13
    vmovaps 448(%rdi), %ymm14
    vmovaps 480(%rdi), %ymm15
    jmp 2f
1:
    movaps 0(%rdi), %xmm0
    movaps 32(%rdi), %xmm1
    movaps 64(%rdi), %xmm2
    movaps 96(%rdi), %xmm3
    movaps 128(%rdi), %xmm4
    movaps 160(%rdi), %xmm5
    movaps 192(%rdi), %xmm6
    movaps 224(%rdi), %xmm7
    movaps 256(%rdi), %xmm8
    movaps 288(%rdi), %xmm9
    movaps 320(%rdi), %xmm10
    movaps 352(%rdi), %xmm11
    movaps 384(%rdi), %xmm12
    movaps 416(%rdi), %xmm13
    movaps 448(%rdi), %xmm14
    movaps 480(%rdi), %xmm15
2:  fninit
    fldcw 580(%rdi)
    fldl 568(%rdi)
    fldl 560(%rdi)
    fldl 552(%rdi)
    fldl 544(%rdi)
    fldl 536(%rdi)
    fldl 528(%rdi)
    fldl 520(%rdi)
    fldl 512(%rdi)
    ldmxcsr 576(%rdi)
    ret

    .globl freehold_store_floating
freehold_store_floating:
    cmpl $0, freehold_has_avx
    je 1f
    vmovaps %ymm0, 0(%rdi)
    vmovaps %ymm1, 32(%rdi)
    vmovaps %ymm2, 64(%rdi)
    vmovaps %ymm3, 96(%rdi)
    vmovaps %ymm4, 128(%rdi)
    vmovaps %ymm5, 160(%rdi)
    vmovaps %ymm6, 192(%rdi)
    vmovaps %ymm7, 224(%rdi)
    vmovaps %ymm8, 256(%rdi)
    vmovaps %ymm9, 288(%rdi)
    vmovaps %ymm10, 320(%rdi)
    vmovaps %ymm11, 352(%rdi)
    vmovaps %ymm12, 384(%rdi)
    vmovaps %ymm13, 416(%rdi)
    vmovaps %ymm14, 448(%rdi)
    vmovaps %ymm15, 480(%rdi)
    jmp 2f
1:
    movaps %xmm0, 0(%rdi)
    movaps %xmm1, 32(%rdi)
    movaps %xmm2, 64(%rdi)
    movaps %xmm3, 96(%rdi)
    movaps %xmm4, 128(%rdi)
    movaps %xmm5, 160(%rdi)
    movaps %xmm6, 192(%rdi)
    movaps %xmm7, 224(%rdi)
    movaps %xmm8, 256(%rdi)
    movaps %xmm9, 288(%rdi)
    movaps %xmm10, 320(%rdi)
    movaps %xmm11, 352(%rdi)
    movaps %xmm12, 384(%rdi)
    movaps %xmm13, 416(%rdi)
    movaps %xmm14, 448(%rdi)
    movaps %xmm15, 480(%rdi)
2:  movl $0, 580(%rdi)
    fnstcw 580(%rdi)
    fstpl 512(%rdi)
    fstpl 520(%rdi)
    fstpl 528(%rdi)
    fstpl 536(%rdi)
    fstpl 544(%rdi)
    fstpl 552(%rdi)
    fstpl 560(%rdi)
    fstpl 568(%rdi)
    stmxcsr 576(%rdi)
    ret

    .globl freehold_spin_general
freehold_spin_general:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
    pushq %rsi
    movq %rdi, %rax
    movq   0(%rax), %rbx
    movq   8(%rax), %rcx
    movq  16(%rax), %rdx
    movq  24(%rax), %rsi
    movq  32(%rax), %rdi
    movq  40(%rax), %rbp
    movq  48(%rax), %r8
    movq  56(%rax), %r9
    movq  64(%rax), %r10
    movq  72(%rax), %r11
    movq  80(%rax), %r12
    movq  88(%rax), %r13
    movq  96(%rax), %r14
    movq 104(%rax), %r15
    popq %rax
1:  decl %eax
    jnz 1b
    jmp 2f

    .globl freehold_call_general
freehold_call_general:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
    movl %esi, %eax
    movq   0(%rdi), %rbx
    movq   8(%rdi), %rcx
    movq  16(%rdi), %rdx
    movq  24(%rdi), %rsi
    movq  40(%rdi), %rbp
    movq  48(%rdi), %r8
    movq  56(%rdi), %r9
    movq  64(%rdi), %r10
    movq  72(%rdi), %r11
    movq  80(%rdi), %r12
    movq  88(%rdi), %r13
    movq  96(%rdi), %r14
    movq 104(%rdi), %r15
    movq  32(%rdi), %rdi
    syscall
2:  popq %rax
    movq %rbx, 0(%rax)
    movq %rcx, 8(%rax)
    movq %rdx, 16(%rax)
    movq %rsi, 24(%rax)
    movq %rdi, 32(%rax)
    movq %rbp, 40(%rax)
    movq %r8, 48(%rax)
    movq %r9, 56(%rax)
    movq %r10, 64(%rax)
    movq %r11, 72(%rax)
    movq %r12, 80(%rax)
    movq %r13, 88(%rax)
    movq %r14, 96(%rax)
    movq %r15, 104(%rax)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .previous
)");
