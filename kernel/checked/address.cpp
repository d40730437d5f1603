// SPDX-License-Identifier: MIT
// The address sanitizer's side of the kernel. The compiler calls before each access; a byte of shadow says how many of
// its 8 bytes may be used: 0 all, 1 to 7 so many, more none.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <kernel_machine.h>

#include "kernel/checked/checked.h"
#include "kernel/panic.h"

extern "C" {
extern std::uint8_t kernel_shadow_of_image[];
extern std::uint8_t kernel_shadow_of_stacks[];
extern void (*const kernel_constructors[])();
extern void (*const kernel_constructors_end[])();

void* plain_memcpy(void* to, const void* from, std::size_t count);
void* plain_memmove(void* to, const void* from, std::size_t count);
void* plain_memset(void* at, int byte, std::size_t count);
int plain_memcmp(const void* a, const void* b, std::size_t count);

/// The linker script lets constructors be where this is.
extern const char kernel_is_checked;
const char kernel_is_checked = 1;
}

namespace freehold::kernel::checked {
namespace {

constexpr Word kGranule = 8;
constexpr Word kImageBytes = Word{8} << 20;
constexpr Word kStacksBytes = machine::kStackSlots * machine::kStackSlotBytes;
constexpr std::uint8_t kGap = 0xF9;
constexpr std::uint32_t kFrames = (1U << 30) / kPageBytes;

constinit std::uint64_t poisoned_frames[kFrames / 64]{};
constinit bool reported = false;

/// The shadow of an address, or nullptr where there is none.
std::uint8_t* shadow_of(Word address) {
    if (address - machine::kImageBase < kImageBytes) {
        return kernel_shadow_of_image + (address - machine::kImageBase) / kGranule;
    }
    if (address - machine::kStackWindowBase < kStacksBytes) {
        return kernel_shadow_of_stacks + (address - machine::kStackWindowBase) / kGranule;
    }
    return nullptr;
}

bool is_poisoned_frame(Word address) {
    const Word frame = (address - machine::kWindowBase) >> kPageShift;
    return frame < kFrames && (poisoned_frames[frame / 64] >> (frame % 64) & 1) != 0;
}

bool is_wrong(Word address, Word length_bytes) {
    const Word last = address + length_bytes - 1;
    if (const std::uint8_t* shadow = shadow_of(address); shadow != nullptr) {
        if (shadow_of(last) == nullptr) return true;
        for (const std::uint8_t* const end = shadow_of(last); shadow < end; ++shadow) {
            if (*shadow != 0) return true;
        }
        return *shadow != 0 && last % kGranule >= *shadow;
    }
    for (Word at = address; at <= last; at = (at | (kPageBytes - 1)) + 1) {
        if (is_poisoned_frame(at)) return true;
    }
    return false;
}

const char* place_of(Word address) {
    if (address - machine::kStackWindowBase < kStacksBytes) return "a stack, outside of a variable";
    if (address - machine::kImageBase < kImageBytes) return "the image, outside of a variable";
    return "a free frame";
}

[[gnu::always_inline]] inline void check(const void* pointer, Word length_bytes, const char* what) {
    const Word address = reinterpret_cast<Word>(pointer);
    if (length_bytes == 0 || reported || !is_wrong(address, length_bytes)) return;
    reported = true;
    panic("address sanitizer: ", what, " of ", length_bytes, " bytes at ", Hex{address}, ", in ", place_of(address));
}

/// What the compiler says of a global.
struct Global {
    Word begin;
    Word length_bytes;
    Word length_with_gap;
    const char* name;
    const char* module;
    Word more[3];
};

void shadow_global(const Global& global) {
    std::uint8_t* shadow = shadow_of(global.begin);
    if (shadow == nullptr) return;
    shadow += global.length_bytes / kGranule;
    if (const Word rest = global.length_bytes % kGranule; rest != 0) *shadow++ = static_cast<std::uint8_t>(rest);
    const std::uint8_t* const end = shadow_of(global.begin) + global.length_with_gap / kGranule;
    while (shadow < end) *shadow++ = kGap;
}

void mark_frame(const void* frame, bool poisoned) {
    const Word number = (reinterpret_cast<Word>(frame) - machine::kWindowBase) >> kPageShift;
    if (number >= kFrames) return;
    const std::uint64_t bit = std::uint64_t{1} << (number % 64);
    if (poisoned) {
        poisoned_frames[number / 64] |= bit;
    } else {
        poisoned_frames[number / 64] &= ~bit;
    }
}

}  // namespace

void start() {
    for (const auto* constructor = kernel_constructors; constructor != kernel_constructors_end; ++constructor) {
        (*constructor)();
    }
}

void forget_stack(Word address) {
    const std::uint32_t slot = machine::stack_slot_of(address);
    if (slot >= machine::kStackSlots) return;  // the boot's
    constexpr Word kSlotGranules = machine::kStackSlotBytes / kGranule;
    plain_memset(kernel_shadow_of_stacks + slot * kSlotGranules, 0, kSlotGranules);
}

}  // namespace freehold::kernel::checked

namespace checked = freehold::kernel::checked;

extern "C" {

#define FREEHOLD_ACCESS(size)                                                      \
    void __asan_load##size(const void* at);                                        \
    void __asan_load##size(const void* at) { checked::check(at, size, "a read"); } \
    void __asan_store##size(const void* at);                                       \
    void __asan_store##size(const void* at) { checked::check(at, size, "a write"); }
FREEHOLD_ACCESS(1)
FREEHOLD_ACCESS(2)
FREEHOLD_ACCESS(4)
FREEHOLD_ACCESS(8)
FREEHOLD_ACCESS(16)
#undef FREEHOLD_ACCESS

void __asan_loadN(const void* at, std::size_t count);
void __asan_loadN(const void* at, std::size_t count) { checked::check(at, count, "a read"); }
void __asan_storeN(const void* at, std::size_t count);
void __asan_storeN(const void* at, std::size_t count) { checked::check(at, count, "a write"); }

void __asan_register_globals(const checked::Global* globals, std::size_t count);
void __asan_register_globals(const checked::Global* globals, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) checked::shadow_global(globals[i]);
}
void __asan_unregister_globals(const checked::Global*, std::size_t);
void __asan_unregister_globals(const checked::Global*, std::size_t) {}
void __asan_handle_no_return();
void __asan_handle_no_return() {}

void freehold_poison_frame(void* frame);
void freehold_poison_frame(void* frame) { checked::mark_frame(frame, true); }
void freehold_unpoison_frame(void* frame);
void freehold_unpoison_frame(void* frame) { checked::mark_frame(frame, false); }

// The compiler checks no call of these.
void* memcpy(void* to, const void* from, std::size_t count) {
    checked::check(from, count, "a read");
    checked::check(to, count, "a write");
    return plain_memcpy(to, from, count);
}
void* memmove(void* to, const void* from, std::size_t count) {
    checked::check(from, count, "a read");
    checked::check(to, count, "a write");
    return plain_memmove(to, from, count);
}
void* memset(void* at, int byte, std::size_t count) {
    checked::check(at, count, "a write");
    return plain_memset(at, byte, count);
}
int memcmp(const void* a, const void* b, std::size_t count) {
    checked::check(a, count, "a read");
    checked::check(b, count, "a read");
    return plain_memcmp(a, b, count);
}

}  // extern "C"
