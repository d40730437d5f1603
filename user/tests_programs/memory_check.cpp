// SPDX-License-Identifier: MIT
// memory_check: memcpy, memmove, memset and memcmp against plain loops, at every alignment and overlap.
#include "user/tests_programs/checks.h"

extern "C" {
void* memcpy(void* to, const void* from, std::size_t count);
void* memmove(void* to, const void* from, std::size_t count);
void* memset(void* to, int value, std::size_t count);
int memcmp(const void* left, const void* right, std::size_t count);
}

namespace freehold::user {
namespace {

constexpr std::size_t kRoom = 256;
constexpr std::size_t kLengthMax = 100;

using Bytes = unsigned char[kRoom];

Bytes tried;
Bytes wanted;

void fill_both() {
    for (std::size_t i = 0; i < kRoom; ++i) tried[i] = wanted[i] = static_cast<unsigned char>(i * 7 + 1);
}

bool same() {
    // Through volatile, or the compiler would make a memcmp of it.
    const volatile unsigned char* const a = tried;
    for (std::size_t i = 0; i < kRoom; ++i) {
        if (a[i] != wanted[i]) return false;
    }
    return true;
}

/// As memmove should do it: by way of another place.
void move_plainly(std::size_t to, std::size_t from, std::size_t count) {
    volatile unsigned char other[kRoom];
    for (std::size_t i = 0; i < count; ++i) other[i] = wanted[from + i];
    for (std::size_t i = 0; i < count; ++i) wanted[to + i] = other[i];
}

bool copies_well() {
    for (std::size_t from = 0; from < 8; ++from) {
        for (std::size_t to = 0; to < 8; ++to) {
            for (std::size_t count = 0; count < kLengthMax; ++count) {
                fill_both();
                memcpy(tried + 128 + to, tried + from, count);
                move_plainly(128 + to, from, count);
                if (!same()) return false;
            }
        }
    }
    return true;
}

bool moves_well() {
    for (std::size_t from = 40; from < 110; from += 1 + from % 3) {
        for (std::size_t to = 40; to < 110; to += 1 + to % 2) {
            for (std::size_t count = 0; count < kLengthMax; count += 1 + count / 8) {
                fill_both();
                memmove(tried + to, tried + from, count);
                move_plainly(to, from, count);
                if (!same()) return false;
            }
        }
    }
    return true;
}

bool sets_well() {
    for (std::size_t to = 0; to < 8; ++to) {
        for (std::size_t count = 0; count < kLengthMax; ++count) {
            fill_both();
            memset(tried + to, 0x1A5, count);  // only the low byte counts
            volatile unsigned char* const plain = wanted + to;
            for (std::size_t i = 0; i < count; ++i) plain[i] = 0xA5;
            if (!same()) return false;
        }
    }
    return true;
}

bool compares_well() {
    for (std::size_t at = 0; at < kLengthMax; ++at) {
        fill_both();
        if (memcmp(tried + 1, wanted + 1, kLengthMax) != 0) return false;
        tried[1 + at] = 0x80;
        wanted[1 + at] = 0x7F;
        if (memcmp(tried + 1, wanted + 1, kLengthMax) <= 0 || memcmp(wanted + 1, tried + 1, kLengthMax) >= 0)
            return false;
        if (memcmp(tried + 1, wanted + 1, at) != 0) return false;
    }
    return true;
}

}  // namespace

int program_main(const Arguments&) {
    Checks checks;
    checks.expect(copies_well(), "memcpy copies");
    checks.expect(moves_well(), "memmove moves, up and down");
    checks.expect(sets_well(), "memset sets");
    checks.expect(compares_well(), "memcmp compares bytes without a sign");
    return checks.finish();
}

}  // namespace freehold::user
