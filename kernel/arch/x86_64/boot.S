// SPDX-License-Identifier: MIT
// Multiboot 1 entry: long mode on, jump to the kernel's own addresses, call kernel_main(magic, info address).
//
// The loader enters at the physical address of `start`, paging off, flat 32-bit segments, eax = magic, ebx =
// information. The tables are built by the assembler: an identity map of the image's MiB for the moment of the
// switch, which kernel code takes away again; the image; and the window's first 4 GiB, which map_window() corrects.
// Multiboot Specification 0.6.96, sections 3.1 and 3.2; Intel SDM vol. 3A, 10.8.5 "Initializing IA-32e Mode".

#define IMAGE_BASE 0xFFFFFFFF80000000
#ifdef FREEHOLD_CHECKED
#define IMAGE_TABLES 4
#else
#define IMAGE_TABLES 2                           /* 2 MiB each; as kImageTables */
#endif
#define MULTIBOOT_FLAGS 0x3                      /* modules on page boundaries; a memory map */
#define BOOT_STACK_BYTES 16384
#define PHYSICAL(symbol) ((symbol) - IMAGE_BASE)

#define TABLE 0x3                                /* present, writable */
#define PAGE 0x103                               /* and global */
#define LARGE_PAGE 0x8000000000000183            /* and large, and nothing to be executed */

#define SHADOW_PAGE 0x8000000000000103           /* and nothing to be executed */

#define FEATURE_LONG_MODE (1 << 29)
#define FEATURE_NO_EXECUTE (1 << 20)
#define MSR_EFER 0xC0000080
#define EFER_BITS 0x901                          /* no-execute, long mode, system calls */
#define SERIAL 0x3F8

    .section .multiboot, "a"
    .balign 4
    .long 0x1BADB002
    .long MULTIBOOT_FLAGS
    .long -(0x1BADB002 + MULTIBOOT_FLAGS)

    .globl kernel_image_limit
    .set kernel_image_limit, IMAGE_BASE + IMAGE_TABLES * 0x200000

    .section .data.root, "aw"
    .balign 4096
    .globl kernel_root_table, kernel_image_tables, kernel_window_table, kernel_window_tables
kernel_root_table:
    .quad PHYSICAL(identity_table) + TABLE
    .fill 255, 8, 0
    .quad PHYSICAL(kernel_window_table) + TABLE
    .fill 254, 8, 0
    .quad PHYSICAL(image_table) + TABLE
identity_table:                                  /* of 512 GiB from 0 up */
    .quad PHYSICAL(image_directory) + TABLE
    .fill 511, 8, 0
image_table:                                     /* of the last 512 GiB */
    .fill 510, 8, 0
    .quad PHYSICAL(image_directory) + TABLE
    .quad PHYSICAL(stack_directory) + TABLE
image_directory:
    .set index, 0
    .rept IMAGE_TABLES
    .quad PHYSICAL(kernel_image_tables) + (index << 12) + TABLE
    .set index, index + 1
    .endr
    .fill 512 - IMAGE_TABLES, 8, 0
stack_directory:
    .quad PHYSICAL(kernel_stack_table) + TABLE
    .quad PHYSICAL(kernel_stack_table) + 4096 + TABLE
#ifdef FREEHOLD_CHECKED
    .fill 126, 8, 0
    .quad PHYSICAL(image_shadow_table) + TABLE       /* 0xFFFFFFFFD0000000 */
    .fill 63, 8, 0
    .quad PHYSICAL(stacks_shadow_table) + TABLE      /* 0xFFFFFFFFD8000000 */
    .fill 319, 8, 0
#else
    .fill 510, 8, 0
#endif
kernel_image_tables:
    .set index, 0
    .rept 512 * IMAGE_TABLES
    .quad (index << 12) + PAGE
    .set index, index + 1
    .endr
kernel_window_table:                             /* of the window's first 512 GiB */
    .set index, 0
    .rept 4
    .quad PHYSICAL(kernel_window_tables) + (index << 12) + TABLE
    .set index, index + 1
    .endr
    .fill 508, 8, 0
kernel_window_tables:
    .set index, 0
    .rept 2048
    .quad (index << 21) + LARGE_PAGE
    .set index, index + 1
    .endr

#ifdef FREEHOLD_CHECKED
// Where -fasan-shadow-offset has the compiler find the byte of shadow for 8 of the image or of a kernel stack. They are
// all zero at first: everything may be used.
    .macro shadow_table name, bytes, pages
\name:
    .set index, 0
    .rept \pages
    .quad PHYSICAL(\bytes) + (index << 12) + SHADOW_PAGE
    .set index, index + 1
    .endr
    .fill 512 - \pages, 8, 0
    .endm
    shadow_table image_shadow_table, kernel_shadow_of_image, 256
    shadow_table stacks_shadow_table, kernel_shadow_of_stacks, 128

    .section .bss
    .balign 4096
    .globl kernel_shadow_of_image, kernel_shadow_of_stacks
kernel_shadow_of_image:
    .skip 256 * 4096
kernel_shadow_of_stacks:
    .skip 128 * 4096
#endif

    .section .bss
    .balign 4096
    .globl kernel_stack_table
kernel_stack_table:
    .skip 8192
    .globl boot_stack, boot_stack_end
boot_stack:
    .skip BOOT_STACK_BYTES
boot_stack_end:

    .section .rodata
    .balign 8
boot_descriptors:
    .quad 0
    .quad 0x00AF9A000000FFFF                     /* 64-bit code */
    .quad 0x00CF92000000FFFF                     /* data */
boot_descriptors_end:
boot_descriptors_pointer:
    .word boot_descriptors_end - boot_descriptors - 1
    .long PHYSICAL(boot_descriptors)
refusal:
    .asciz "Freehold for x86_64 needs a 64-bit processor that knows pages not to be executed.\r\n"

    .section .text.start, "ax"
    .code32
    .globl start
start:
    cli
    cld
    mov %eax, %edi
    mov %ebx, %esi
    mov $0x80000000, %eax
    cpuid
    cmp $0x80000001, %eax
    jb refuse
    mov $0x80000001, %eax
    cpuid
    and $(FEATURE_LONG_MODE | FEATURE_NO_EXECUTE), %edx
    cmp $(FEATURE_LONG_MODE | FEATURE_NO_EXECUTE), %edx
    jne refuse
    mov $PHYSICAL(kernel_root_table), %ecx
    mov %ecx, %cr3
    mov %cr4, %ecx
    or $0x20, %ecx                               /* PAE: entries of 64 bits */
    mov %ecx, %cr4
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_BITS, %eax
    wrmsr
    mov %cr0, %ecx
    or $0x80010000, %ecx                         /* PG, WP */
    mov %ecx, %cr0
    lgdt PHYSICAL(boot_descriptors_pointer)
    ljmp $0x08, $PHYSICAL(in_long_mode)

refuse:
    mov $PHYSICAL(refusal), %esi
    mov $SERIAL, %edx
1:  lodsb
    out %al, (%dx)
    test %al, %al
    jnz 1b
2:  hlt
    jmp 2b

    .code64
in_long_mode:
    mov $in_image, %rax
    jmp *%rax
in_image:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $boot_stack_end, %rsp
    xor %ebp, %ebp                               /* a backtrace ends here */
    call kernel_main
