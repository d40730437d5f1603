// SPDX-License-Identifier: MIT
// Attacks that x86 alone has: interrupts by hand, segments, flags, stepping.
#include <hostile.h>

#include <algorithm>

#include "user/attacks/hardware.h"
#include "user/attacks/image.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kSegmentAbsentVector = 11;
constexpr std::uint32_t kX87Vector = 16;
/// Selectors tried: more than either table has segments for, with every privilege asked for.
constexpr Word kSelectors = 0x50;
constexpr std::uint32_t kTrapFlag = 1U << 8;

/// The fourth and fifth segment are the program's own.
constexpr bool is_own(Word selector) { return (selector & 4) == 0 && (selector >> 3 == 3 || selector >> 3 == 4); }

bool ends_well(const abi::ExitInfo& end) { return end.kind == abi::ExitKind::exited && end.code == 0; }

/// `int n` for all n: but for the one that makes calls, no gate is for programs.
std::string_view interrupts(Checks& checks) {
    for (std::uint32_t vector = 0; vector < 256; ++vector) {
        const std::byte code[] = {std::byte{0xCD}, static_cast<std::byte>(vector)};
        if (vector == arch::kCallVector) {
            checks.expect(ends_well(end_of(code, "call")), "the vector of calls makes one");
        } else {
            expect_death(checks, code, "int", arch::kPrivilegedVector);
        }
    }
    return kKilled;
}

/// A processor begins with a local descriptor table at address 0, of 64 KiB. A program that may put pages there, and
/// a kernel that leaves the table in force: then a call gate of the program's own leads to the kernel's privileges.
std::string_view call_gate(Checks& checks) {
    constexpr std::uint32_t kReadWrite = 6;
    constexpr Word kPlace = 0x1000;
    constexpr std::uint32_t kKernelSegment = 8;
    constexpr std::uint32_t kGateForPrograms = 0xEC00;  // present, privilege 3, a call gate
    constexpr std::size_t kGateAt = 256;                // in the image's code
    const auto code = CodeList(arch::freehold_call_gate).code();
    Image image = image_of(code);
    const std::uint64_t target = Image::kCode + code.size() - arch::kFarReturnBytes;
    const auto low = static_cast<std::uint32_t>(target);
    const std::uint32_t gate[] = {(low & 0xFFFF) | kKernelSegment << 16U, (low & 0xFFFF0000) | kGateForPrograms,
                                  static_cast<std::uint32_t>(target >> 32U), 0};
    const auto bytes = std::as_bytes(std::span(gate));
    std::copy(bytes.begin(), bytes.end(), image.code.begin() + kGateAt);
    ImageSegment& segment = image.segments[1];
    segment.type = image.segments[0].type;
    segment.flags = kReadWrite;
    segment.address = kPlace;
    segment.offset = Image::kCode - Image::kBase + kGateAt;
    segment.file_bytes = segment.memory_bytes = bytes.size();
    image.file.count_program_headers = 2;
    const abi::ExitInfo end = must(process_wait(must(start_image(image, "gate")), Wait::yes));
    checks.expect(end.code != 42, "nobody returns from the kernel's segment");
    checks.expect(end.kind == abi::ExitKind::faulted && end.vector == arch::kPrivilegedVector, "there is no such gate");
    return kKilled;
}

std::string_view interrupt_one(Checks& checks) {
    constexpr std::byte kCode[] = {std::byte{0xF1}};  // ICEBP: a debug trap, whatever the gate says
    const abi::ExitInfo end = end_of(kCode, "icebp");
    // An emulator may not know it.
    const bool known = end.vector == arch::kDebugVector && end.instruction == Image::kCode + sizeof kCode;
    const bool unknown = end.vector == arch::kAbsentVector && end.instruction == Image::kCode;
    checks.expect(end.kind == abi::ExitKind::faulted && (known || unknown), "a debug trap is its end");
    return kKilled;
}

/// Every selector there might be a segment for, of both tables, with every privilege, in every register.
std::string_view segments(Checks& checks) {
    for (CodeList next(arch::freehold_load_segments); !next.done(); next.next()) {
        for (Word selector = 0; selector < kSelectors; ++selector) {
            const abi::ExitInfo end = end_of(next.code(), next.name(), selector);
            const bool died = end.kind == abi::ExitKind::faulted &&
                              (end.vector == arch::kPrivilegedVector || end.vector == kSegmentAbsentVector);
            const bool null = selector < 4 && next.name() != "ss";
            checks.expect(died || (ends_well(end) && (null || is_own(selector))), next.name());
        }
    }
    return kKilled;
}

/// Into the kernel's segments, and into those that hold no code.
std::string_view far_returns(Checks& checks) {
    for (Word selector = 0; selector < kSelectors; ++selector) {
        const abi::ExitInfo end = end_of(CodeList(arch::freehold_far_return).code(), "far", selector);
        const bool died = end.kind == abi::ExitKind::faulted && end.vector == arch::kPrivilegedVector;
        checks.expect(died || (ends_well(end) && is_own(selector)), "only its own segment is for a program");
    }
    return kKilled;
}

/// Each flag by itself, and all together, at a system call: the kernel does not care, and the program lives.
std::string_view flags(Checks& checks) {
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
        if (1U << bit == kTrapFlag) continue;
        checks.expect(ends_well(end_of(CodeList(arch::freehold_set_flags).code(), "flags", Word{1} << bit)),
                      "a call comes back, whatever the flags");
    }
    checks.expect(ends_well(end_of(CodeList(arch::freehold_set_flags).code(), "flags", 0xFFFFFFFF & ~kTrapFlag)),
                  "a call comes back with all flags set");
    return status_name(Status::ok);
}

std::string_view stepping(Checks& checks) {
    const abi::ExitInfo end = end_of(CodeList(arch::freehold_set_flags).code(), "step", kTrapFlag);
    checks.expect(end.kind == abi::ExitKind::faulted && end.vector == arch::kDebugVector, "a debug trap is its end");
    return kKilled;
}

std::string_view nested_return(Checks& checks) {
    const abi::ExitInfo end = end_of(CodeList(arch::freehold_nested_return).code(), "nested");
    checks.expect(end.kind == abi::ExitKind::faulted && end.vector == arch::kNestedReturnVector, "it is its end");
    return kKilled;
}

std::string_view x87_division(Checks& checks) {
    const abi::ExitInfo end = end_of(CodeList(arch::freehold_x87_division).code(), "x87");
    checks.expect(end.kind == abi::ExitKind::faulted && end.vector == kX87Vector, "it is its end");
    return kKilled;
}

constexpr Attack kAttacks[] = {
    {"interrupts", "raises all 256 vectors by `int n`, in a process each", arch::kPrivilegedDeath, interrupts},
    {"call-gate", "calls the kernel's segment through a gate it made in the local descriptor table",
     arch::kPrivilegedDeath, call_gate},
    {"icebp", "raises a debug trap by ICEBP, which asks no gate", "killed: debug trap or invalid instruction",
     interrupt_one},
    {"segments", "loads every selector of both tables into every segment register",
     "killed: general protection fault or segment not present", segments},
    {"far-returns", "returns into every segment, the kernel's among them", arch::kPrivilegedDeath, far_returns},
    {"flags", "makes calls with each flag set, and all", "ok", flags},
    {"stepping", "asks for a trap behind each instruction, and makes a call", "killed: debug trap", stepping},
    {"nested-return", "returns as a nested task does", arch::kNestedReturnDeath, nested_return},
    {"x87-division", "divides by zero in the x87, unmasked", "killed: x87 floating-point error", x87_division},
};

}  // namespace

std::span<const Attack> machine_attacks() { return kAttacks; }

}  // namespace freehold::user
