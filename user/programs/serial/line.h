// SPDX-License-Identifier: MIT
// Bytes from a serial port become lines. A line ends with CR, LF, or CR LF; every other byte is part of it, whatever it
// is. One that is longer than kSerialLineMax comes in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "user/runtime/serial_protocol.h"

namespace freehold::user::serial {

class LineAssembler {
  public:
    /// Takes a byte in; says whether a line, or a piece of one, is complete. @pre the last one was cleared away
    bool feed(std::byte byte) {
        const bool second_of_pair = byte == std::byte{'\n'} && after_return_;
        after_return_ = byte == std::byte{'\r'};
        if (second_of_pair) return false;
        if (byte == std::byte{'\r'} || byte == std::byte{'\n'}) return true;
        bytes_[length_++] = byte;
        if (length_ < kSerialLineMax) return false;
        flags_ |= kSerialLineGoesOn;
        return true;
    }

    /// Bytes of the line were lost or broken.
    void damage() { flags_ |= kSerialLineDamaged; }

    [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_, length_}; }
    [[nodiscard]] std::uint32_t flags() const { return flags_; }

    void clear() { length_ = flags_ = 0; }

  private:
    std::byte bytes_[kSerialLineMax];
    std::uint32_t length_ = 0;
    std::uint32_t flags_ = 0;
    bool after_return_ = false;
};

}  // namespace freehold::user::serial
