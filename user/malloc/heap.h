// SPDX-License-Identifier: MIT
// A heap of slabs, for one thread, over anything that provides pages.
//
//   slab: a 64 KiB area, aligned to 64 KiB         slot                               (trailer: 4 bytes)
//   ┌──────┬────────┬──────┬──────┬─────┬──────┐   ┌──────────────┬────────────────┬─────────┐
//   │ head │ bitmap │ slot │ slot │ ... │ slot │   │ object       │ slack, filled  │ trailer │
//   └──────┴────────┴──────┴──────┴─────┴──────┘   └──────────────┴────────────────┴─────────┘
//
//   large object: an area of its own               alignment of 64 KiB and above
//   ┌──────┬──────────────────┬───────┐            ┌──────┬───────────────────────────┬───────┐
//   │ head │ object, up to .. │ guard │            │ head │ object, aligned           │ guard │
//   └──────┴──────────────────┴───────┘            └──────┴───────────────────────────┴───────┘
//    ▲ 64 KiB aligned                               ▲ 64 KiB before the object
//
// So an object's head is found from its address alone; a map with a bit for each 64 KiB of the address space says
// whether there is a head at all, so no wild pointer is ever followed. The bitmap catches a double free, the trailer
// and the slack an overrun, the guard an overrun of a large object when it happens. A class keeps one empty slab.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "user/malloc/size_classes.h"

namespace freehold::user {

inline constexpr std::size_t kHeapPageBytes = 4096;

template <typename P>
concept PageProvider = requires(P provider, std::size_t length_bytes, std::size_t alignment_bytes, void* base) {
    // The addresses it hands out lie in [origin, origin + kSpanBytes).
    { P::kSpanBytes } -> std::convertible_to<std::uint64_t>;
    { provider.origin() } -> std::same_as<std::uintptr_t>;
    // Zero-filled pages, the last of them a guard; nullptr if there are none.
    { provider.take(length_bytes, alignment_bytes) } -> std::same_as<void*>;
    // Likewise without a guard.
    { provider.take_unguarded(length_bytes, alignment_bytes) } -> std::same_as<void*>;
    {provider.give_back(base, length_bytes)};
    // The program misused the heap. Does not return.
    {provider.die("sentence", static_cast<const void*>(base))};
};

template <PageProvider Provider>
class Heap {
  public:
    constexpr explicit Heap(Provider provider = {}) : provider_(provider) {}
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    /// nullptr if there is no memory. Any size, 0 included, gives an address of its own, aligned to 16 bytes.
    void* allocate(std::size_t length_bytes) {
        if (length_bytes > kSlotBytesMax - kTrailerBytes) return allocate_large(length_bytes, kGrainBytes);
        return allocate_slot(length_bytes, kGrainBytes);
    }

    /// nullptr also for an alignment that is no power of two.
    void* allocate_aligned(std::size_t alignment_bytes, std::size_t length_bytes) {
        if (!std::has_single_bit(alignment_bytes)) return nullptr;
        if (alignment_bytes <= kGrainBytes) return allocate(length_bytes);
        const bool fits = length_bytes <= kSlotBytesMax && alignment_bytes < kHeapPageBytes &&
                          length_bytes + alignment_bytes + kTrailerBytes <= kSlotBytesMax;
        return fits ? allocate_slot(length_bytes, alignment_bytes) : allocate_large(length_bytes, alignment_bytes);
    }

    /// Memory of `count` times `size` zero bytes.
    void* allocate_zeroed(std::size_t count, std::size_t size) {
        std::size_t length_bytes = 0;
        if (__builtin_mul_overflow(count, size, &length_bytes)) return nullptr;
        void* const object = allocate(length_bytes);
        // Pages of a large object are fresh.
        if (object != nullptr && length_bytes <= kSlotBytesMax - kTrailerBytes) {
            __builtin_memset(object, 0, length_bytes);
        }
        return object;
    }

    void free(void* object) {
        if (object == nullptr) return;
        const Found found = find(object);
        if (found.slab != nullptr) {
            free_slot(*found.slab, found.slot);
        } else {
            free_large(*found.large);
        }
    }

    /// Keeps the address where the new size fits and does not waste half of the room.
    void* reallocate(void* object, std::size_t length_bytes) {
        if (object == nullptr) return allocate(length_bytes);
        const Found found = find(object);
        const std::size_t room = found.room;
        if (length_bytes <= room && (length_bytes >= room / 2 || room <= 2 * kGrainBytes)) {
            if (found.slab != nullptr) {
                mark_slot(object, length_bytes, room);
            } else {
                mark_large(*found.large, length_bytes);
            }
            return object;
        }
        void* const other = allocate(length_bytes);
        if (other == nullptr) return nullptr;
        const std::size_t old_bytes = found.length_bytes;
        __builtin_memcpy(other, object, old_bytes < length_bytes ? old_bytes : length_bytes);
        free(object);
        return other;
    }

    /// Bytes asked for when the object was made.
    std::size_t length_of(void* object) { return find(object).length_bytes; }

    /// Bytes taken from the provider and not given back.
    [[nodiscard]] std::size_t bytes_held() const { return bytes_held_; }

  private:
    struct Slab {
        std::uintptr_t mark;
        std::uint32_t size_class;
        std::uint32_t count_free;
        std::uint32_t first_word;  // no free slot stands in a bitmap word below it
        Slab* previous;
        Slab* next;

        std::uint32_t* used() {
            return reinterpret_cast<std::uint32_t*>(reinterpret_cast<unsigned char*>(this) + kSlabFixedBytes);
        }
    };
    static_assert(sizeof(Slab) <= kSlabFixedBytes);

    struct Large {
        std::uintptr_t mark;
        void* base;
        std::size_t area_bytes;
        unsigned char* object;
        std::size_t length_bytes;
    };
    static_assert(sizeof(Large) <= kSlabFixedBytes);

    /// At the end of each used slot.
    struct Trailer {
        std::uint16_t slack_bytes;  // between object and trailer
        std::uint16_t check;
    };
    static constexpr std::size_t kTrailerBytes = sizeof(Trailer);
    static constexpr std::size_t kFilledBytes = 8;  // of the slack, or fewer
    static constexpr unsigned char kFill = 0xFD;
    static constexpr std::uintptr_t kSlabMark = 0x51ABF00D;
    static constexpr std::uintptr_t kLargeMark = 0x1A46E0B7;

    struct Found {
        Slab* slab = nullptr;
        std::uint32_t slot = 0;
        Large* large = nullptr;
        std::size_t room = 0;  // bytes the object could have here
        std::size_t length_bytes = 0;
    };

    static std::uintptr_t number(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
    static constexpr std::size_t round_up(std::size_t value, std::size_t to) { return (value + to - 1) & ~(to - 1); }

    // --- the map of heads -------------------------------------------------------------------------------------------

    struct MapPlace {
        std::size_t word;
        std::uint32_t bit;
    };
    MapPlace map_place(const void* head) {
        const std::uintptr_t chunk = (number(head) - provider_.origin()) / kSlabBytes;
        return {chunk / 32, 1U << (chunk % 32)};
    }
    void set_head(const void* head) {
        const MapPlace place = map_place(head);
        map_[place.word] |= place.bit;
    }
    void clear_head(const void* head) {
        const MapPlace place = map_place(head);
        map_[place.word] &= ~place.bit;
    }
    bool is_head(const void* head) {
        if (number(head) - provider_.origin() >= Provider::kSpanBytes) return false;
        const MapPlace place = map_place(head);
        return (map_[place.word] & place.bit) != 0;
    }

    // --- finding what an address belongs to -------------------------------------------------------------------------

    Found find(void* object) {
        const bool on_boundary = number(object) % kSlabBytes == 0;
        auto* const head =
            static_cast<unsigned char*>(object) - (on_boundary ? kSlabBytes : number(object) % kSlabBytes);
        if (!is_head(head)) provider_.die("freed twice, or not from malloc", object);
        const std::uintptr_t mark = *reinterpret_cast<const std::uintptr_t*>(head);
        if (mark == (kLargeMark ^ number(head))) return find_large(*reinterpret_cast<Large*>(head), object);
        if (mark != (kSlabMark ^ number(head)) || on_boundary) {
            provider_.die("not from malloc, or the memory before it is overwritten", object);
        }
        return find_slot(*reinterpret_cast<Slab*>(head), static_cast<unsigned char*>(object));
    }

    Found find_large(Large& large, const void* object) {
        if (large.object != object) provider_.die("not the address malloc returned", object);
        const std::size_t room = room_of(large);
        const std::size_t slack = room - large.length_bytes;
        if (large.length_bytes > room || !is_filled(large.object + large.length_bytes, slack)) {
            provider_.die("written past its end", object);
        }
        return {.large = &large, .room = room, .length_bytes = large.length_bytes};
    }

    Found find_slot(Slab& slab, unsigned char* object) {
        const SizeClass& kind = kClasses[slab.size_class];
        const std::size_t offset = number(object) - number(&slab);
        const auto slot = static_cast<std::uint32_t>((offset - kind.first_offset) / kind.slot_bytes);
        if (offset < kind.first_offset || slot >= kind.count_slots) provider_.die("not from malloc", object);
        if ((slab.used()[slot / 32] & (1U << (slot % 32))) == 0) provider_.die("freed twice", object);
        auto* const end = slot_address(slab, slot) + kind.slot_bytes - kTrailerBytes;
        const std::size_t room = static_cast<std::size_t>(end - object);
        Trailer trailer{};
        __builtin_memcpy(&trailer, end, sizeof trailer);
        if (object > end || trailer.slack_bytes > room || trailer.check != check_of(object, trailer.slack_bytes)) {
            provider_.die("written past its end, or not the address malloc returned", object);
        }
        const std::size_t length_bytes = room - trailer.slack_bytes;
        if (!is_filled(object + length_bytes, trailer.slack_bytes)) provider_.die("written past its end", object);
        return {.slab = &slab, .slot = slot, .room = room, .length_bytes = length_bytes};
    }

    static unsigned char* slot_address(Slab& slab, std::uint32_t slot) {
        const SizeClass& kind = kClasses[slab.size_class];
        return reinterpret_cast<unsigned char*>(&slab) + kind.first_offset + std::size_t{slot} * kind.slot_bytes;
    }

    static std::uint16_t check_of(const void* object, std::uint32_t slack_bytes) {
        return static_cast<std::uint16_t>(((number(object) >> 4) * 0x9E37 ^ slack_bytes * 0x6B) + 0xA5C3);
    }

    static void fill(unsigned char* slack, std::size_t slack_bytes) {
        for (std::size_t i = 0; i < slack_bytes && i < kFilledBytes; ++i) slack[i] = kFill;
    }
    static bool is_filled(const unsigned char* slack, std::size_t slack_bytes) {
        for (std::size_t i = 0; i < slack_bytes && i < kFilledBytes; ++i) {
            if (slack[i] != kFill) return false;
        }
        return true;
    }

    // --- slots ------------------------------------------------------------------------------------------------------

    static void mark_slot(void* object, std::size_t length_bytes, std::size_t room) {
        auto* const bytes = static_cast<unsigned char*>(object);
        const auto slack = static_cast<std::uint16_t>(room - length_bytes);
        fill(bytes + length_bytes, slack);
        const Trailer trailer{slack, check_of(object, slack)};
        __builtin_memcpy(bytes + room, &trailer, sizeof trailer);
    }

    void* allocate_slot(std::size_t length_bytes, std::size_t alignment_bytes) {
        const std::uint8_t kind = class_of(length_bytes + (alignment_bytes - kGrainBytes) + kTrailerBytes);
        Slab* slab = partial_[kind];
        if (slab == nullptr) slab = add_slab(kind);
        if (slab == nullptr) return nullptr;

        std::uint32_t* const used = slab->used();
        std::uint32_t word = slab->first_word;
        while (used[word] == ~0U) ++word;
        const auto bit = static_cast<std::uint32_t>(std::countr_one(used[word]));
        used[word] |= 1U << bit;
        slab->first_word = word;
        if (--slab->count_free == 0) unlink(*slab);

        unsigned char* const slot = slot_address(*slab, word * 32 + bit);
        unsigned char* const object = slot + ((0 - number(slot)) & (alignment_bytes - 1));
        unsigned char* const end = slot + kClasses[kind].slot_bytes - kTrailerBytes;
        mark_slot(object, length_bytes, static_cast<std::size_t>(end - object));
        return object;
    }

    void free_slot(Slab& slab, std::uint32_t slot) {
        slab.used()[slot / 32] &= ~(1U << (slot % 32));
        if (slot / 32 < slab.first_word) slab.first_word = slot / 32;
        if (++slab.count_free == 1) link(slab);
        if (slab.count_free < kClasses[slab.size_class].count_slots) return;
        unlink(slab);
        Slab*& spare = spare_[slab.size_class];
        if (spare == nullptr) {
            spare = &slab;
            return;
        }
        clear_head(&slab);
        bytes_held_ -= kSlabBytes;
        provider_.give_back(&slab, kSlabBytes);
    }

    Slab* add_slab(std::uint8_t kind) {
        Slab* slab = spare_[kind];
        spare_[kind] = nullptr;
        if (slab == nullptr) {
            slab = static_cast<Slab*>(provider_.take_unguarded(kSlabBytes, kSlabBytes));
            if (slab == nullptr) return nullptr;
            bytes_held_ += kSlabBytes;
            slab->mark = kSlabMark ^ number(slab);
            slab->size_class = kind;
            slab->count_free = kClasses[kind].count_slots;
            set_head(slab);
        }
        link(*slab);
        return slab;
    }

    void link(Slab& slab) {
        Slab*& first = partial_[slab.size_class];
        slab.previous = nullptr;
        slab.next = first;
        if (first != nullptr) first->previous = &slab;
        first = &slab;
    }

    void unlink(Slab& slab) {
        (slab.previous != nullptr ? slab.previous->next : partial_[slab.size_class]) = slab.next;
        if (slab.next != nullptr) slab.next->previous = slab.previous;
    }

    // --- large objects ----------------------------------------------------------------------------------------------

    static std::size_t room_of(const Large& large) {
        const auto* const end = static_cast<const unsigned char*>(large.base) + large.area_bytes - kHeapPageBytes;
        return static_cast<std::size_t>(end - large.object);
    }

    static void mark_large(Large& large, std::size_t length_bytes) {
        large.length_bytes = length_bytes;
        fill(large.object + length_bytes, room_of(large) - length_bytes);
    }

    void* allocate_large(std::size_t length_bytes, std::size_t alignment_bytes) {
        if (length_bytes > Provider::kSpanBytes / 2 || alignment_bytes > Provider::kSpanBytes / 2) return nullptr;
        const bool by_area = alignment_bytes >= kSlabBytes;  // the area's own alignment does it
        const std::size_t offset = alignment_bytes > kSlabFixedBytes ? alignment_bytes : kSlabFixedBytes;
        const std::size_t object_bytes = round_up((by_area ? 0 : offset) + length_bytes, kHeapPageBytes);
        std::size_t area_bytes = object_bytes + kHeapPageBytes + (by_area ? offset : 0);
        auto* base = static_cast<unsigned char*>(provider_.take(area_bytes, by_area ? alignment_bytes : kSlabBytes));
        if (base == nullptr) return nullptr;

        unsigned char* const object = base + offset;
        if (offset > kSlabBytes) {
            provider_.give_back(base, offset - kSlabBytes);  // the head needs no more than 64 KiB before the object
            base += offset - kSlabBytes;
            area_bytes -= offset - kSlabBytes;
        }
        bytes_held_ += area_bytes;
        auto* const large = reinterpret_cast<Large*>(base);
        *large = {kLargeMark ^ number(base), base, area_bytes, object, 0};
        mark_large(*large, length_bytes);
        set_head(base);
        return object;
    }

    void free_large(Large& large) {
        clear_head(&large);
        bytes_held_ -= large.area_bytes;
        provider_.give_back(large.base, large.area_bytes);
    }

    Provider provider_;
    std::size_t bytes_held_ = 0;
    std::array<Slab*, kSizeClasses> partial_{};  // slabs with free and used slots, by class
    std::array<Slab*, kSizeClasses> spare_{};    // one empty slab a class, or none
    std::array<std::uint32_t, Provider::kSpanBytes / kSlabBytes / 32 + 1> map_{};
};

}  // namespace freehold::user
