// SPDX-License-Identifier: MIT
// Attacks on the machine's protections, as far as all machines have them: what a program's code does, without asking
// the kernel. What one machine alone has: user/arch/*/hostile.cpp.
#include <hostile.h>

#include <algorithm>

#include "user/attacks/hardware.h"
#include "user/attacks/image.h"

namespace freehold::user {

void expect_death(Checks& checks, std::span<const std::byte> code, std::string_view name, std::uint32_t vector) {
    const abi::ExitInfo end = end_of(code, name);
    checks.expect(end.kind == abi::ExitKind::faulted, name);
    checks.expect(end.vector == vector, name);
    checks.expect(end.instruction == Image::kCode, name);
}

namespace {

std::string_view each_dies(Checks& checks, const unsigned char* list, std::uint32_t vector) {
    for (CodeList next(list); !next.done(); next.next()) expect_death(checks, next.code(), next.name(), vector);
    return kKilled;
}

std::string_view privileged(Checks& checks) {
    return each_dies(checks, freehold_privileged_code, arch::kPrivilegedVector);
}

std::string_view absent(Checks& checks) { return each_dies(checks, freehold_absent_code, arch::kAbsentVector); }

std::string_view read_page_zero(Checks& /*checks*/) { return read_at(8); }

std::string_view jump_to(Word address) {
    announce(address);
    arch::jump_to(address);
    return kSurvived;
}

std::string_view jump_to_zero(Checks& /*checks*/) { return jump_to(0); }

std::string_view read_kernel(Checks& /*checks*/) { return read_at(freehold::arch::kUserEnd); }

std::string_view jump_to_kernel(Checks& /*checks*/) { return jump_to(arch::kKernelCode); }

/// A return instruction in plain memory, called.
std::string_view run_data(Checks& /*checks*/) {
    const Word base = pages(1);
    std::copy(std::begin(arch::kReturn), std::end(arch::kReturn),
              reinterpret_cast<std::uint8_t*>(static_cast<std::uintptr_t>(base)));
    announce(base);
    reinterpret_cast<void (*)()>(static_cast<std::uintptr_t>(base))();
    return status_name(Status::ok);
}

constexpr Word kStacks[] = {
    0,         8,         kPageBytes,        Image::kBase + 64, freehold::arch::kUserEnd + kPageBytes,
    kLastPage, kLastWord, kLastWord / 2 + 1, arch::kKernelCode};

/// The kernel has stacks of its own: where a program's lies is nothing to it.
std::string_view call_without_stack(Checks& checks) {
    for (const Word stack : kStacks) {
        const abi::ExitInfo end = end_of(CodeList(freehold_code_on_stack).code(), "stack", stack);
        checks.expect(end.kind == abi::ExitKind::exited && end.code == 0, "a call comes back on any stack");
    }
    return status_name(Status::ok);
}

std::string_view push_without_stack(Checks& checks) {
    for (const Word stack : kStacks) {
        const abi::ExitInfo end = end_of(CodeList(freehold_push_on_stack).code(), "stack", stack);
        checks.expect(end.kind == abi::ExitKind::faulted, "a write there is the program's end");
        checks.expect(end.instruction > Image::kCode && end.instruction < Image::kCode + Image::kCodeBytes,
                      "and the kernel knows where it was");
    }
    return kKilled;
}

constexpr Attack kAttacks[] = {
    {"privileged", "each instruction that is for the kernel only, in a process each", arch::kPrivilegedDeath,
     privileged},
    {"absent", "each instruction that is not there, or turned off", arch::kAbsentDeath, absent},
    {"page-zero-read", "reads page 0", "killed: read, outside_user_space", read_page_zero},
    {"page-zero-jump", "jumps to address 0", "killed: jump, outside_user_space", jump_to_zero},
    {"kernel-read", "reads where user space ends", "killed: read, outside_user_space", read_kernel},
    {"kernel-jump", "jumps into the kernel's code", "killed: jump, outside_user_space", jump_to_kernel},
    {"run-data", "runs an instruction in memory that may be written", arch::kDataDeath, run_data},
    {"stack-calls", "makes calls with the stack at 0, in the kernel, in code, at no address", "ok", call_without_stack},
    {"stack-pushes", "writes to a stack at such a place", arch::kStackDeath, push_without_stack},
};

}  // namespace

std::span<const Attack> hardware_attacks() { return kAttacks; }

}  // namespace freehold::user
