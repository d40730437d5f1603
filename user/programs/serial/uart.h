// SPDX-License-Identifier: MIT
// A 16550 UART that receives. After National Semiconductor's PC16550D data sheet, section 8.
#pragma once

#include <cstddef>
#include <optional>

#include "user/runtime/calls.h"

namespace freehold::user::serial {

/// What was taken from the device: a byte, or word that something was lost.
struct Received {
    std::optional<std::byte> byte;
    bool damaged;
};

class Uart {
  public:
    /// Takes the device's registers, and sets it up: 115200 baud, 8 bits, no parity, 1 stop bit; it asks for no
    /// interrupt yet. What it has received already stays. no_such_device; and of registers_claim().
    Status open(std::uint32_t first_register);

    /// From here on a byte that comes raises the line.
    void enable_interrupts() const { write(kInterruptEnable, 0x01); }

    /// The next byte, if there is one.
    [[nodiscard]] std::optional<Received> take() const;

  private:
    // Registers, by their offset.
    static constexpr std::uint32_t kData = 0;
    static constexpr std::uint32_t kInterruptEnable = 1;
    static constexpr std::uint32_t kFifoControl = 2;
    static constexpr std::uint32_t kLineControl = 3;
    static constexpr std::uint32_t kModemControl = 4;
    static constexpr std::uint32_t kLineStatus = 5;
    static constexpr std::uint32_t kScratch = 7;
    static constexpr std::uint32_t kRegisters = 8;

    [[nodiscard]] std::uint32_t read(std::uint32_t offset) const;
    void write(std::uint32_t offset, std::uint32_t value) const;

    std::uint32_t first_ = 0;
};

}  // namespace freehold::user::serial
