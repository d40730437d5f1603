// SPDX-License-Identifier: MIT
// Entry from the firmware: paging on, jump to the kernel's own addresses, call kernel_main(hart, device tree).
//
// The firmware enters at the physical address of `start` in supervisor mode, paging and interrupts off, a0 = hart id,
// a1 = physical address of the device tree: RISC-V boot protocol as OpenSBI and Linux have it.
//
//   root entry 256..509   the window: physical 0 and up, 1 GiB pages, read and write          0xFFFFFFC000000000
//        but 258          physical 2 GiB to 3 GiB, where the kernel is: 2 MiB pages, and 4 KiB pages where the kernel's
//                         code and constants are, so that the window can't write them either
//        510              the image: code can be run, constants read, the rest written        0xFFFFFFFF80000000
//        511              kernel stacks, empty                                                0xFFFFFFFFC0000000
//
// No address is mapped to itself: the trap that turning paging on causes goes to the kernel's own address of what
// follows. Sv39: RISC-V privileged specification 1.12, 4.4.

#define WINDOW_ENTRY 256
#define WINDOW_KERNEL_ENTRY 258
#define WINDOW_GIGABYTES 254
#define KERNEL_GIGABYTE 2
#define IMAGE_PAGES 1024                         /* 4 MiB: two tables */
#define V 0x01
#define R 0x02
#define W 0x04
#define X 0x08
#define G 0x20
#define A 0x40
#define D 0x80
#define SATP_SV39 8
#define SSTATUS_SUM_MXR 0xC0000
#define SSTATUS_FS 0x6000
#define BOOT_STACK_BYTES 16384

    .section .bss.boot_stack, "aw", @nobits
    .balign 4096
    .skip 4096                                   // never mapped, see fill_image
    .globl boot_stack, boot_stack_end
boot_stack:
    .skip BOOT_STACK_BYTES
boot_stack_end:

    .section .bss.tables, "aw", @nobits
    .balign 4096
    .globl kernel_root_table, kernel_stack_table
kernel_root_table:
    .skip 4096
window_gigabyte:                                 // level 1 of the gigabyte the kernel lies in
    .skip 4096
window_image:                                    // level 0 of the 2 MiB it starts in
    .skip 4096
image_directory:
    .skip 4096
image_table:
    .skip 8 * IMAGE_PAGES
stack_directory:
    .skip 4096
kernel_stack_table:
    .skip 8192

// Makes \reg of the address of a table the entry that refers to it.
    .macro to_entry reg, flags
    srli \reg, \reg, 2
    ori \reg, \reg, \flags
    .endm
// table[index] = the entry that refers to `to`.
    .macro refer table, index, to
    la t0, \table
    la t1, \to
    to_entry t1, V
    li t2, 8 * (\index)
    add t0, t0, t2
    sd t1, 0(t0)
    .endm

    .section .text.start, "ax"
    .globl start
start:
    csrw sie, zero
    li t0, SSTATUS_SUM_MXR | SSTATUS_FS          // the kernel touches no user memory, and floating point traps
    csrc sstatus, t0
    la t0, kernel_data_end_of_file               // zeros: the loader need not have written any
    la t1, kernel_image_end
1:  bgeu t0, t1, fill_window
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b

fill_window:
    la t0, kernel_root_table + 8 * WINDOW_ENTRY
    li t1, V | R | W | G | A | D
    li t2, 1 << 28                               // one GiB in an entry
    li t3, WINDOW_GIGABYTES
1:  sd t1, 0(t0)
    add t1, t1, t2
    addi t0, t0, 8
    addi t3, t3, -1
    bnez t3, 1b
    refer kernel_root_table, WINDOW_KERNEL_ENTRY, window_gigabyte
    la t0, window_gigabyte
    li t1, (KERNEL_GIGABYTE << 28) | V | R | W | G | A | D
    li t2, 1 << 19
    li t3, 512
1:  sd t1, 0(t0)
    add t1, t1, t2
    addi t0, t0, 8
    addi t3, t3, -1
    bnez t3, 1b
    refer window_gigabyte, 1, window_image

// Both views of the image, page by page: t0 the physical address, t5 and t6 the entries.
fill_image:
    refer kernel_root_table, 510, image_directory
    refer image_directory, 1, image_table
    refer image_directory, 2, image_table+4096
    refer kernel_root_table, 511, stack_directory
    refer stack_directory, 0, kernel_stack_table
    refer stack_directory, 1, kernel_stack_table+4096
    la t0, start
    li t1, 4096
    la t2, kernel_constants_start
    la t3, kernel_data_start
    la t4, kernel_image_end
    la t5, image_table
    la t6, window_image
    li a2, 512                                   // pages the window shows one by one
1:  srli a3, t0, 2
    ori a4, a3, V | R | W | G | A | D
    bgeu t0, t3, 2f
    ori a4, a3, V | R | G | A | D
2:  beqz a2, 3f
    sd a4, 0(t6)
    addi t6, t6, 8
    addi a2, a2, -1
3:  bgeu t0, t2, 4f
    ori a4, a4, X
4:  bgeu t0, t4, 5f
    sd a4, 0(t5)
    addi t5, t5, 8
5:  add t0, t0, t1
    bltu t0, t4, 1b
    bnez a2, 1b
    la t0, boot_stack - 4096                     // the guard page
    la t1, start
    sub t0, t0, t1
    srli t0, t0, 9
    la t1, image_table
    add t0, t0, t1
    sd zero, 0(t0)

    la t0, in_window
    li t1, 0xFFFFFFFF00000000                    // IMAGE_OFFSET
    add t0, t0, t1
    csrw stvec, t0
    la t0, kernel_root_table
    srli t0, t0, 12
    li t1, SATP_SV39
    slli t1, t1, 60
    or t0, t0, t1
    sfence.vma
    csrw satp, t0
    nop                                          // never reached
    .balign 4
in_window:
    la sp, boot_stack_end
    csrw sscratch, zero                          // the kernel runs, see traps.S
    la t0, trap_entry
    csrw stvec, t0
    li s0, 0                                     // a backtrace ends here
    li ra, 0
    call kernel_main
