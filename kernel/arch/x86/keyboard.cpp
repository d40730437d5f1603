// SPDX-License-Identifier: MIT
// The PS/2 keyboard: scan codes of set 1 to characters of a US layout. Arrow keys send what a terminal sends.
#include <cstdint>
#include <string_view>

#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"
#include "kernel/traps.h"

namespace freehold::kernel::machine {
namespace {

constexpr std::uint16_t kData = 0x60;
constexpr std::uint16_t kStatus = 0x64;
constexpr std::uint8_t kStatusHasData = 0x01;
constexpr std::uint8_t kStatusAbsent = 0xFF;  // a bus nobody drives

constexpr std::uint8_t kReleased = 0x80;
constexpr std::uint8_t kExtended = 0xE0;
constexpr std::uint8_t kKeyControl = 0x1D;
constexpr std::uint8_t kKeyLeftShift = 0x2A;
constexpr std::uint8_t kKeyRightShift = 0x36;
constexpr std::uint8_t kKeyCapsLock = 0x3A;

// By scan code, from 0; a blank in column 0 and wherever no character belongs to the key.
constexpr std::string_view kPlain{
    "\0\x1B"
    "1234567890-=\x7F\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ",
    58};
constexpr std::string_view kShifted{
    "\0\x1B"
    "!@#$%^&*()_+\x7F\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ",
    58};
static_assert(kPlain[0x39] == ' ' && kShifted[0x39] == ' ' && kPlain[0x1C] == '\r');

constinit bool shift = false;
constinit bool control = false;
constinit bool caps_lock = false;
constinit bool extended = false;

void type(std::string_view text) {
    for (const char c : text) input_character(c);
}

void press_extended(std::uint8_t key) {
    switch (key) {
        case 0x48:
            return type("\x1B[A");
        case 0x50:
            return type("\x1B[B");
        case 0x4D:
            return type("\x1B[C");
        case 0x4B:
            return type("\x1B[D");
        case 0x47:
            return type("\x1B[H");
        case 0x4F:
            return type("\x1B[F");
        case 0x53:
            return type("\x1B[3~");
        case 0x1C:
            return type("\r");
        case 0x35:
            return type("/");
        default:
            return;
    }
}

void press(std::uint8_t key) {
    if (key >= kPlain.size()) return;
    const char plain = kPlain[key];
    const bool letter = plain >= 'a' && plain <= 'z';
    char c = (letter ? shift != caps_lock : shift) ? kShifted[key] : plain;
    if (control && letter) c = static_cast<char>(plain - 'a' + 1);
    if (c != '\0') input_character(c);
}

void take(std::uint8_t code) {
    if (code == kExtended) {
        extended = true;
        return;
    }
    const bool was_extended = extended;
    extended = false;
    const bool pressed = (code & kReleased) == 0;
    const auto key = static_cast<std::uint8_t>(code & ~kReleased);
    if (key == kKeyControl) {
        control = pressed;
    } else if (key == kKeyLeftShift || key == kKeyRightShift) {
        if (!was_extended) shift = pressed;  // the keyboard wraps some extended keys in shifts of its own
    } else if (key == kKeyCapsLock) {
        if (pressed) caps_lock = !caps_lock;
    } else if (pressed) {
        was_extended ? press_extended(key) : press(key);
    }
}

}  // namespace

void keyboard_interrupt() {
    for (std::uint32_t i = 0; i < 32; ++i) {
        const std::uint8_t status = in8(kStatus);
        if (status == kStatusAbsent || (status & kStatusHasData) == 0) return;
        take(in8(kData));
    }
}

}  // namespace freehold::kernel::machine
