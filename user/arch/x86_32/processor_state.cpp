// SPDX-License-Identifier: MIT
// See processor_state.h. Offsets: sse at 0, x87 at 128, mxcsr at 192, x87 control at 196.
#include "processor_state.h"

#include <cstddef>

namespace freehold::user::arch {
static_assert(offsetof(FloatingState, x87) == 128);
static_assert(offsetof(FloatingState, mxcsr) == 192);
static_assert(offsetof(FloatingState, x87_control) == 196);
}  // namespace freehold::user::arch

asm(R"(
    .text
    .globl freehold_load_floating
freehold_load_floating:
    movl 4(%esp), %eax
    movaps   0(%eax), %xmm0
    movaps  16(%eax), %xmm1
    movaps  32(%eax), %xmm2
    movaps  48(%eax), %xmm3
    movaps  64(%eax), %xmm4
    movaps  80(%eax), %xmm5
    movaps  96(%eax), %xmm6
    movaps 112(%eax), %xmm7
    fninit
    fldcw 196(%eax)
    fldl 184(%eax)
    fldl 176(%eax)
    fldl 168(%eax)
    fldl 160(%eax)
    fldl 152(%eax)
    fldl 144(%eax)
    fldl 136(%eax)
    fldl 128(%eax)
    ldmxcsr 192(%eax)
    ret

    .globl freehold_store_floating
freehold_store_floating:
    movl 4(%esp), %eax
    movaps %xmm0,   0(%eax)
    movaps %xmm1,  16(%eax)
    movaps %xmm2,  32(%eax)
    movaps %xmm3,  48(%eax)
    movaps %xmm4,  64(%eax)
    movaps %xmm5,  80(%eax)
    movaps %xmm6,  96(%eax)
    movaps %xmm7, 112(%eax)
    movl $0, 196(%eax)
    fnstcw 196(%eax)
    fstpl 128(%eax)
    fstpl 136(%eax)
    fstpl 144(%eax)
    fstpl 152(%eax)
    fstpl 160(%eax)
    fstpl 168(%eax)
    fstpl 176(%eax)
    fstpl 184(%eax)
    stmxcsr 192(%eax)
    ret

    .globl freehold_spin_general
freehold_spin_general:
    pushl %ebx
    pushl %esi
    pushl %edi
    pushl %ebp
    movl 24(%esp), %eax
    pushl %eax
    movl 24(%esp), %eax
    movl  0(%eax), %ebx
    movl  4(%eax), %ecx
    movl  8(%eax), %edx
    movl 12(%eax), %esi
    movl 16(%eax), %edi
    movl 20(%eax), %ebp
    popl %eax
1:  decl %eax
    jnz 1b
    movl 20(%esp), %eax
    jmp 2f

    .globl freehold_call_general
freehold_call_general:
    pushl %ebx
    pushl %esi
    pushl %edi
    pushl %ebp
    movl 20(%esp), %eax
    movl  0(%eax), %ebx
    movl  4(%eax), %ecx
    movl  8(%eax), %edx
    movl 12(%eax), %esi
    movl 16(%eax), %edi
    movl 20(%eax), %ebp
    movl 24(%esp), %eax
    int $0x80
    movl 20(%esp), %eax
2:  movl %ebx,  0(%eax)
    movl %ecx,  4(%eax)
    movl %edx,  8(%eax)
    movl %esi, 12(%eax)
    movl %edi, 16(%eax)
    movl %ebp, 20(%eax)
    popl %ebp
    popl %edi
    popl %esi
    popl %ebx
    ret
    .previous
)");
