// SPDX-License-Identifier: MIT
// The heap over areas of the kernel's.
#include "user/malloc/malloc.h"

#include <algorithm>
#include <new>

#include "user/malloc/heap.h"
#include "user/runtime/calls.h"
#include "user/runtime/format.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

struct KernelPages {
    /// Areas are taken at the lowest addresses there are. The heap has a bit for each 64 KiB of this: not for 127 TiB.
    static constexpr std::uint64_t kSpanBytes =
        std::min<std::uint64_t>(freehold::arch::kUserEnd, std::uint64_t{1} << 36);

    static std::uintptr_t origin() { return 0; }

    static void* take_with(std::size_t length_bytes, std::size_t alignment_bytes, std::uint32_t guard_pages_above) {
        abi::AllocateArgs args{};
        args.length_bytes = static_cast<Word>(length_bytes);
        args.alignment_bytes = static_cast<Word>(alignment_bytes);
        args.placement = static_cast<std::uint32_t>(Placement::lowest);
        args.rights = static_cast<std::uint32_t>(kReadWrite);
        args.guard_pages_above = guard_pages_above;
        const Word base = allocate(args).value_or(0);
        void* const area = reinterpret_cast<void*>(static_cast<std::uintptr_t>(base));
        if (base == 0 || (length_bytes <= kSpanBytes && base <= kSpanBytes - length_bytes)) return area;
        give_back(area, length_bytes);
        return nullptr;
    }
    static void* take(std::size_t length_bytes, std::size_t alignment_bytes) {
        return take_with(length_bytes, alignment_bytes, 1);
    }
    static void* take_unguarded(std::size_t length_bytes, std::size_t alignment_bytes) {
        return take_with(length_bytes, alignment_bytes, 0);
    }
    static void give_back(void* base, std::size_t length_bytes) {
        if (release(detail::word(base), static_cast<Word>(length_bytes)) != Status::ok) {
            fail("the heap could not give an area back");
        }
    }
    [[noreturn]] static void die(const char* what, const void* object) {
        char line[128];
        fail(format_into(line, "heap: the object at 0x{:08x} was {}", detail::word(object), what));
    }
};

constinit Heap<KernelPages> heap;

void* allocate_or_fail(std::size_t length_bytes, std::size_t alignment_bytes) {
    void* const object = heap.allocate_aligned(alignment_bytes, length_bytes);
    if (object == nullptr) fail("new: out of memory");
    return object;
}

}  // namespace

std::size_t heap_bytes_held() { return heap.bytes_held(); }

}  // namespace freehold::user

using freehold::user::allocate_or_fail;
using freehold::user::heap;

void* malloc(std::size_t length_bytes) { return heap.allocate(length_bytes); }
void* calloc(std::size_t count, std::size_t size_bytes) { return heap.allocate_zeroed(count, size_bytes); }
void* realloc(void* object, std::size_t length_bytes) { return heap.reallocate(object, length_bytes); }
void* aligned_alloc(std::size_t alignment_bytes, std::size_t length_bytes) {
    return heap.allocate_aligned(alignment_bytes, length_bytes);
}
void free(void* object) { heap.free(object); }

// The rest of the family (arrays, sizes) is defined in terms of these by the standard; a freestanding program has to
// spell it out.
void* operator new(std::size_t bytes) { return allocate_or_fail(bytes, 16); }
void* operator new[](std::size_t bytes) { return allocate_or_fail(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate_or_fail(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return allocate_or_fail(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* object) noexcept { heap.free(object); }
void operator delete[](void* object) noexcept { heap.free(object); }
void operator delete(void* object, std::size_t) noexcept { heap.free(object); }
void operator delete[](void* object, std::size_t) noexcept { heap.free(object); }
void operator delete(void* object, std::align_val_t) noexcept { heap.free(object); }
void operator delete[](void* object, std::align_val_t) noexcept { heap.free(object); }
void operator delete(void* object, std::size_t, std::align_val_t) noexcept { heap.free(object); }
void operator delete[](void* object, std::size_t, std::align_val_t) noexcept { heap.free(object); }
