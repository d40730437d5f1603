// SPDX-License-Identifier: MIT
// The user side's heap over pages of a host arena, in which every misuse that the heap reports ends the process.
#include <gtest/gtest.h>

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "user/malloc/heap.h"

namespace freehold::user {
namespace {

/// An arena of address space, handed out lowest first; what is given back can't be read or written.
struct ArenaState {
    static constexpr std::size_t kBytes = std::size_t{256} << 20;
    std::uintptr_t origin = 0;
    std::set<std::uintptr_t> used_pages;
    std::size_t refuse_above_bytes = ~std::size_t{0};

    ArenaState() {
        void* base = mmap(nullptr, kBytes + kSlabBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        origin = (reinterpret_cast<std::uintptr_t>(base) + kSlabBytes) & ~(kSlabBytes - 1);
    }
};

ArenaState& arena() {
    static ArenaState state;
    return state;
}

struct ArenaPages {
    static constexpr std::uint64_t kSpanBytes = ArenaState::kBytes;
    static std::uintptr_t origin() { return arena().origin; }

    static void* take(std::size_t length, std::size_t alignment) { return place(length, alignment, kHeapPageBytes); }
    static void* take_unguarded(std::size_t length, std::size_t alignment) { return place(length, alignment, 0); }

    static void* place(std::size_t length, std::size_t alignment, std::size_t guard) {
        auto& state = arena();
        if (state.used_pages.size() * kHeapPageBytes + length > state.refuse_above_bytes) return nullptr;
        const std::uintptr_t end = state.origin + ArenaState::kBytes;
        for (std::uintptr_t base = (state.origin + alignment - 1) & ~(alignment - 1); base + length <= end;) {
            const auto next = state.used_pages.lower_bound(base);
            if (next == state.used_pages.end() || *next >= base + length) {
                for (std::uintptr_t page = base; page < base + length; page += kHeapPageBytes) {
                    state.used_pages.insert(page);
                }
                auto* const pages = reinterpret_cast<void*>(base);
                mprotect(pages, length - guard, PROT_READ | PROT_WRITE);
                std::memset(pages, 0, length - guard);
                return pages;
            }
            base = (*next + alignment) & ~(alignment - 1);
        }
        return nullptr;
    }
    static void give_back(void* base, std::size_t length) {
        const auto first = reinterpret_cast<std::uintptr_t>(base);
        for (std::uintptr_t page = first; page < first + length; page += kHeapPageBytes) {
            ASSERT_EQ(arena().used_pages.erase(page), 1U);
        }
        mprotect(base, length, PROT_NONE);
    }
    [[noreturn]] static void die(const char* what, const void*) {
        std::fprintf(stderr, "%s\n", what);
        std::abort();
    }
};

class UserHeap : public testing::Test {
  protected:
    UserHeap() { arena().refuse_above_bytes = ~std::size_t{0}; }
    ~UserHeap() override {
        // Whatever a test left behind goes with its heap.
        for (const std::uintptr_t page : arena().used_pages) {
            mprotect(reinterpret_cast<void*>(page), kHeapPageBytes, PROT_NONE);
        }
        arena().used_pages.clear();
    }
    Heap<ArenaPages> heap;
};

bool aligned(const void* object, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(object) % alignment == 0;
}

TEST_F(UserHeap, gives_each_object_memory_of_its_own_aligned_to_16_bytes) {
    std::map<std::uintptr_t, std::size_t> objects;
    for (std::size_t size = 0; size < 40000; size += 1 + size / 7) {
        for (int copy = 0; copy < 3; ++copy) {
            void* const object = heap.allocate(size);
            ASSERT_TRUE(object != nullptr && aligned(object, 16)) << size;
            std::memset(object, 0xAA, size);
            objects[reinterpret_cast<std::uintptr_t>(object)] = size;
        }
    }
    std::uintptr_t last_end = 0;
    for (const auto& [base, size] : objects) {
        EXPECT_GE(base, last_end);
        last_end = base + (size == 0 ? 1 : size);
    }
    for (const auto& [base, size] : objects) heap.free(reinterpret_cast<void*>(base));
}

TEST_F(UserHeap, aligns_as_told_up_to_a_mebibyte) {
    for (std::size_t alignment = 1; alignment <= (1U << 20); alignment *= 2) {
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, std::size_t{100}, alignment, 3 * alignment + 5}) {
            void* const object = heap.allocate_aligned(alignment, size);
            ASSERT_TRUE(object != nullptr && aligned(object, alignment)) << alignment << " " << size;
            std::memset(object, 0x55, size);
            EXPECT_EQ(heap.length_of(object), size);
            heap.free(object);
        }
    }
    EXPECT_EQ(heap.allocate_aligned(24, 10), nullptr);
    EXPECT_EQ(heap.allocate_aligned(0, 10), nullptr);
}

TEST_F(UserHeap, gives_empty_slabs_back_but_one_a_class) {
    std::vector<void*> objects;
    for (int i = 0; i < 10000; ++i) objects.push_back(heap.allocate(100));
    EXPECT_GT(heap.bytes_held(), 10 * kSlabBytes);
    for (void* object : objects) heap.free(object);
    EXPECT_EQ(heap.bytes_held(), kSlabBytes);
    EXPECT_EQ(arena().used_pages.size() * kHeapPageBytes, kSlabBytes);
}

TEST_F(UserHeap, gives_a_large_object_an_area_of_its_own_that_goes_when_it_is_freed) {
    void* const object = heap.allocate(1000000);
    EXPECT_GE(heap.bytes_held(), 1000000U);
    std::memset(object, 1, 1000000);
    heap.free(object);
    EXPECT_EQ(heap.bytes_held(), 0U);
    EXPECT_TRUE(arena().used_pages.empty());
}

TEST_F(UserHeap, keeps_the_address_when_a_new_size_fits_the_class) {
    void* const object = heap.allocate(1000);
    std::memset(object, 7, 1000);
    EXPECT_EQ(heap.reallocate(object, 1010), object);
    EXPECT_EQ(heap.length_of(object), 1010U);
    void* const large = heap.allocate(100000);
    EXPECT_EQ(heap.reallocate(large, 100050), large);
    EXPECT_NE(heap.reallocate(large, 10), large);
}

TEST_F(UserHeap, keeps_the_contents_when_the_size_changes) {
    auto* object = static_cast<unsigned char*>(heap.allocate(1));
    std::size_t old_size = 1;
    object[0] = 0;
    for (std::size_t size : {10U, 100U, 5000U, 70000U, 300000U, 40000U, 300U, 20U}) {
        object = static_cast<unsigned char*>(heap.reallocate(object, size));
        for (std::size_t i = 0; i < std::min(size, old_size); ++i) ASSERT_EQ(object[i], i % 251);
        for (std::size_t i = 0; i < size; ++i) object[i] = static_cast<unsigned char>(i % 251);
        old_size = size;
    }
}

TEST_F(UserHeap, clears_what_calloc_gives_and_refuses_a_product_that_overflows) {
    void* const dirty = heap.allocate(500);
    std::memset(dirty, 0xFF, 500);
    heap.free(dirty);
    const auto* const clean = static_cast<unsigned char*>(heap.allocate_zeroed(100, 5));
    for (int i = 0; i < 500; ++i) ASSERT_EQ(clean[i], 0);
    EXPECT_EQ(heap.allocate_zeroed(~std::size_t{0} / 2, 3), nullptr);
    EXPECT_EQ(heap.allocate(~std::size_t{0} - 4), nullptr);
}

TEST_F(UserHeap, says_no_when_pages_run_out_and_goes_on_afterwards) {
    arena().refuse_above_bytes = 1 << 20;
    std::vector<void*> objects;
    while (void* object = heap.allocate(3000)) objects.push_back(object);
    EXPECT_EQ(heap.allocate(100000), nullptr);
    EXPECT_GT(objects.size(), 250U);
    for (void* object : objects) heap.free(object);
    EXPECT_NE(heap.allocate(3000), nullptr);
}

TEST_F(UserHeap, keeps_all_contents_through_a_long_random_life) {
    std::mt19937 random(7);
    struct Object {
        unsigned char* bytes;
        std::size_t size;
        unsigned char fill;
    };
    std::vector<Object> objects;
    for (int step = 0; step < 100000; ++step) {
        if (objects.size() < 200 && random() % 2 == 0) {
            const std::size_t size = random() % (random() % 50 == 0 ? 200000 : 1 << random() % 12);
            const auto fill = static_cast<unsigned char>(random());
            auto* const bytes = static_cast<unsigned char*>(
                random() % 4 == 0 ? heap.allocate_aligned(std::size_t{1} << random() % 18, size) : heap.allocate(size));
            ASSERT_NE(bytes, nullptr);
            std::memset(bytes, fill, size);
            objects.push_back({bytes, size, fill});
        } else if (!objects.empty()) {
            const std::size_t index = random() % objects.size();
            Object& object = objects[index];
            for (std::size_t i = 0; i < object.size; i += 1 + i / 8) ASSERT_EQ(object.bytes[i], object.fill);
            if (random() % 4 == 0) {
                object.size = random() % 5000;
                object.bytes = static_cast<unsigned char*>(heap.reallocate(object.bytes, object.size));
                std::memset(object.bytes, object.fill, object.size);
                continue;
            }
            heap.free(object.bytes);
            object = objects.back();
            objects.pop_back();
        }
    }
    for (const Object& object : objects) heap.free(object.bytes);
    EXPECT_LE(heap.bytes_held(), kSizeClasses * kSlabBytes);
}

using UserHeapDeathTest = UserHeap;

TEST_F(UserHeapDeathTest, ends_the_program_on_a_double_free) {
    void* const other = heap.allocate(40);
    void* const object = heap.allocate(40);
    heap.free(object);
    EXPECT_DEATH(heap.free(object), "freed twice");
    void* const large = heap.allocate(100000);
    heap.free(large);
    EXPECT_DEATH(heap.free(large), "freed twice");
    heap.free(other);
}

TEST_F(UserHeapDeathTest, ends_the_program_on_a_write_past_an_objects_end) {
    auto* const small = static_cast<unsigned char*>(heap.allocate(40));
    small[40] = 1;
    EXPECT_DEATH(heap.free(small), "past its end");
    auto* const full = static_cast<unsigned char*>(heap.allocate(44));  // 48 less the trailer: no slack
    full[45] ^= 1;
    EXPECT_DEATH(heap.free(full), "past its end");
    auto* const large = static_cast<unsigned char*>(heap.allocate(100000));
    large[100000] = 1;
    EXPECT_DEATH(heap.free(large), "past its end");
}

TEST_F(UserHeapDeathTest, ends_the_program_when_an_address_was_never_given_out) {
    int local = 0;
    EXPECT_DEATH(heap.free(&local), "not from malloc");
    auto* const object = static_cast<unsigned char*>(heap.allocate(1000));
    EXPECT_DEATH(heap.free(object + 16), "not the address");
    EXPECT_DEATH(heap.free(reinterpret_cast<void*>(arena().origin + 50 * kSlabBytes)), "not from malloc");
}

TEST_F(UserHeapDeathTest, faults_at_once_past_the_last_page_of_a_large_object) {
    auto* const object = static_cast<volatile unsigned char*>(heap.allocate(10 * kHeapPageBytes - 64));
    object[10 * kHeapPageBytes - 65] = 1;
    EXPECT_DEATH(object[10 * kHeapPageBytes - 64] = 1, "");
}

}  // namespace
}  // namespace freehold::user
