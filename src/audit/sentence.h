// SPDX-License-Identifier: MIT
// Sentence: text and numbers, one after the other, into a buffer that is cut off at its end, never overrun.
#pragma once

#include <concepts>
#include <cstddef>

#include <freehold/config.h>

namespace freehold {

/// A number or address, printed in hexadecimal.
struct Hex {
    Word value;
};

class Sentence {
  public:
    template <std::size_t kSize>
    explicit Sentence(char (&buffer)[kSize]) : at_(buffer), end_(buffer + kSize - 1) {
        *at_ = 0;
    }

    Sentence& operator<<(const char* text) {
        while (*text != 0 && at_ < end_) *at_++ = *text++;
        *at_ = 0;
        return *this;
    }
    Sentence& operator<<(std::unsigned_integral auto number) { return digits(number, 10); }
    Sentence& operator<<(Hex number) {
        *this << "0x";
        return digits(number.value, 16);
    }

  private:
    Sentence& digits(Word rest, unsigned base) {
        char reversed[24];
        std::size_t count = 0;
        do {
            reversed[count++] = "0123456789abcdef"[rest % base];
            rest /= base;
        } while (rest != 0);
        while (count != 0 && at_ < end_) *at_++ = reversed[--count];
        *at_ = 0;
        return *this;
    }

    char* at_;
    char* end_;
};

}  // namespace freehold
