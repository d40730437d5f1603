// SPDX-License-Identifier: MIT
// image_64k for Linux: ends at once, without a C library. Like Freehold's its segments take 16 pages.
static const unsigned char filling[54 << 10] = {[0] = 1, [(54 << 10) - 1] = 2};
static int variable = 1;

void _start(void) {
    const volatile unsigned char* const bytes = filling;
    *(volatile int*)&variable = 0;
    __asm__ volatile("syscall" : : "a"(60), "D"((long)(bytes[1])) : "rcx", "r11", "memory");  // exit
    __builtin_unreachable();
}
