// SPDX-License-Identifier: MIT
// Multiboot 1 entry: paging on, jump to the kernel's own addresses, call kernel_main(magic, info address).
//
// The loader enters at the physical address of `start`, paging off, flat segments, eax = magic, ebx = information.
// The root table is built by the assembler: an identity map of the first 4 MiB for the moment of the switch, which
// kernel code takes away again, and the window. Multiboot Specification 0.6.96, sections 3.1 and 3.2.

#define WINDOW_BASE 0xF0000000
#define WINDOW_LARGE_PAGES 60
#define STACK_WINDOW_ENTRY 1020                  /* 0xFF000000 / 4 MiB */
#define MULTIBOOT_FLAGS 0x3                      /* modules on page boundaries; a memory map */
#define BOOT_STACK_BYTES 16384

    .section .multiboot, "a"
    .balign 4
    .long 0x1BADB002
    .long MULTIBOOT_FLAGS
    .long -(0x1BADB002 + MULTIBOOT_FLAGS)

    .section .data.root, "aw"
    .balign 4096
    .globl kernel_root_table
kernel_root_table:
    .long 0x83                                   /* present, writable, large */
    .fill 959, 4, 0
    .set index, 0
    .rept WINDOW_LARGE_PAGES
    .long (index << 22) | 0x183                  /* and global */
    .set index, index + 1
    .endr
    .long kernel_stack_table - WINDOW_BASE + 0x3
    .fill 1023 - STACK_WINDOW_ENTRY, 4, 0

    .section .bss
    .balign 4096
    .globl kernel_stack_table
kernel_stack_table:
    .skip 4096
    .globl boot_stack, boot_stack_end
boot_stack:
    .skip BOOT_STACK_BYTES
boot_stack_end:

    .section .text.start, "ax"
    .globl start
start:
    cli
    cld
    mov $(kernel_root_table - WINDOW_BASE), %ecx
    mov %ecx, %cr3
    mov %cr4, %ecx
    or $0x10, %ecx                               /* PSE: large pages */
    mov %ecx, %cr4
    mov %cr0, %ecx
    or $0x80010000, %ecx                         /* PG, WP */
    mov %ecx, %cr0
    mov $in_window, %ecx
    jmp *%ecx
in_window:
    mov $boot_stack_end, %esp
    xor %ebp, %ebp                               /* a backtrace ends here */
    push %ebx
    push %eax
    call kernel_main
