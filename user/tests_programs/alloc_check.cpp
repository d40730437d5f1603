// SPDX-License-Identifier: MIT
// alloc_check [misuse]: the heap's life in a real process: random sizes and alignments with their contents checked, and
// with a kind of misuse (double, overrun, wild) the clear end that it must find.
#include <new>

#include "user/malloc/malloc.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kObjects = 300;
constexpr std::uint32_t kSteps = 60000;

struct Object {
    unsigned char* bytes = nullptr;
    std::uint32_t size = 0;
    unsigned char fill = 0;
};

Object objects[kObjects];

std::uint32_t random() {
    static std::uint32_t state = 2463534242U;  // Marsaglia, "Xorshift RNGs": the triple 13, 17, 5
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

bool is_whole(const Object& object) {
    for (std::uint32_t i = 0; i < object.size; i += 1 + i / 16) {
        if (object.bytes[i] != object.fill) return false;
    }
    return object.size == 0 || object.bytes[object.size - 1] == object.fill;
}

void make(Object& object, Checks& checks) {
    object.size = random() % 40 == 0 ? random() % 300000 : random() % (1U << random() % 13);
    object.fill = static_cast<unsigned char>(random());
    std::size_t alignment = 16;
    void* bytes = nullptr;
    switch (random() % 4) {
        case 0:
            alignment = std::size_t{1} << random() % 18;
            bytes = aligned_alloc(alignment, object.size);
            break;
        case 1:
            bytes = calloc(1, object.size);
            break;
        default:
            bytes = malloc(object.size);
            break;
    }
    object.bytes = static_cast<unsigned char*>(bytes);
    if (!checks.expect(bytes != nullptr, "malloc gives memory")) fail("no memory");
    checks.expect(reinterpret_cast<std::uintptr_t>(bytes) % alignment == 0, "the object is aligned");
    __builtin_memset(bytes, object.fill, object.size);
}

void resize(Object& object, Checks& checks) {
    const std::uint32_t size = random() % 6000;
    object.bytes = static_cast<unsigned char*>(realloc(object.bytes, size));
    if (!checks.expect(object.bytes != nullptr, "realloc gives memory")) fail("no memory");
    if (size < object.size) object.size = size;
    checks.expect(is_whole(object), "realloc keeps the contents");
    object.size = size;
    __builtin_memset(object.bytes, object.fill, size);
}

void live(Checks& checks) {
    for (std::uint32_t step = 0; step < kSteps; ++step) {
        Object& object = objects[random() % kObjects];
        if (object.bytes == nullptr) {
            make(object, checks);
            continue;
        }
        if (!checks.expect(is_whole(object), "an object keeps its contents")) return;
        if (random() % 4 == 0) {
            resize(object, checks);
        } else {
            free(object.bytes);
            object.bytes = nullptr;
        }
    }
}

void check_new(Checks& checks) {
    struct Line {
        std::uint32_t word[5];
    };
    struct alignas(256) Wide {
        std::uint32_t word[64];
    };
    auto* const lines = new Line[100]{};
    auto* const wide = new Wide{};
    checks.expect(lines[99].word[4] == 0, "new clears what it is told to");
    checks.expect(reinterpret_cast<std::uintptr_t>(wide) % 256 == 0, "new aligns as the type wants");
    delete wide;
    delete[] lines;
}

/// One of these ends the program, if the heap is right.
int misuse(std::string_view kind) {
    // Through volatile, or the compiler would see through it.
    unsigned char* volatile object = static_cast<unsigned char*>(malloc(40));
    if (kind == "double") free(object);
    if (kind == "overrun") object[41] = 1;
    if (kind == "wild") object = object + 16;
    free(object);
    print("alloc_check: survived {}\n", kind);
    return 3;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments.count() > 1) return misuse(arguments[1]);
    Checks checks;
    live(checks);
    for (Object& object : objects) free(object.bytes);
    check_new(checks);
    const std::size_t held = heap_bytes_held();
    checks.expect(held < 3U << 20, "the heap gives empty slabs back");
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
