// SPDX-License-Identifier: MIT
#include "user/programs/serial/uart.h"

#include "user/runtime/start.h"

namespace freehold::user::serial {
namespace {

constexpr std::uint32_t kStatusHasData = 0x01;
constexpr std::uint32_t kStatusOverrun = 0x02;
constexpr std::uint32_t kStatusParity = 0x04;
constexpr std::uint32_t kStatusFraming = 0x08;
constexpr std::uint32_t kStatusBreak = 0x10;
constexpr std::uint32_t kStatusDamaged = kStatusOverrun | kStatusParity | kStatusFraming | kStatusBreak;

// An interrupt when half of the 16 bytes are taken, or when those there have waited for four characters' time. The bits
// that empty the FIFO are left alone: a driver before this one may have left something in it.
constexpr std::uint32_t kFifoOn = 0x81;

constexpr std::uint32_t kDivisorNext = 0x80;
constexpr std::uint32_t kEightBits = 0x03;
constexpr std::uint32_t kReady = 0x0B;  // DTR, RTS; and OUT2, which lets interrupts through on a PC
constexpr std::uint32_t kProbe = 0x5A;

}  // namespace

std::uint32_t Uart::read(std::uint32_t offset) const {
    const auto value = register_read(first_ + offset);
    if (!value.ok()) fail("a register of its own can't be read");
    return static_cast<std::uint32_t>(value.value());
}

void Uart::write(std::uint32_t offset, std::uint32_t value) const {
    if (register_write(first_ + offset, value) != Status::ok) fail("a register of its own can't be written");
}

Status Uart::open(std::uint32_t first_register) {
    const Status status = registers_claim(first_register, kRegisters);
    if (status != Status::ok) return status;
    first_ = first_register;
    write(kScratch, kProbe);
    if (read(kScratch) != kProbe) return Status::no_such_device;
    write(kLineControl, kDivisorNext);
    write(kData, 1);
    write(kInterruptEnable, 0);  // the divisor's upper half
    write(kLineControl, kEightBits);
    write(kInterruptEnable, 0);
    write(kFifoControl, kFifoOn);
    write(kModemControl, kReady);
    return Status::ok;
}

std::optional<Received> Uart::take() const {
    const std::uint32_t status = read(kLineStatus);
    if ((status & kStatusHasData) == 0) {
        // A FIFO that is full tells of an overrun with the byte that found no room, not with those it holds.
        if ((status & kStatusDamaged) != 0) return Received{std::nullopt, true};
        return std::nullopt;
    }
    const auto byte = static_cast<std::byte>(read(kData));
    // A break shows up as a byte of zeros that nobody typed.
    if ((status & kStatusBreak) != 0) return Received{std::nullopt, true};
    return Received{byte, (status & kStatusDamaged) != 0};
}

}  // namespace freehold::user::serial
