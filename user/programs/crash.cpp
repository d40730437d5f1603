// SPDX-License-Identifier: MIT
// crash KIND: does what a process must not do, and should not live to tell.
#include <initializer_list>
#include <span>

#include <misuse.h>

#include "user/runtime/area.h"
#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

constexpr int kSurvivedCode = 3;
constexpr int kUsageCode = 2;

/// A write the compiler can't reason about.
void write_to(Word address) { *reinterpret_cast<volatile std::uint32_t*>(static_cast<std::uintptr_t>(address)) = 1; }

void write_null() { write_to(0); }

void write_to_sealed() {
    auto area = Area::allocate(kPageBytes);
    if (!area.ok()) return;
    area.value().bytes()[0] = std::byte{1};
    const auto sealed = static_cast<Area&&>(area.value()).seal();
    if (sealed.ok()) write_to(sealed.value().base());
}

/// To its own port: the area is under way and nobody's to touch.
void write_after_move() {
    auto area = Area::allocate(kPageBytes);
    auto port = Port::create();
    if (!area.ok() || !port.ok()) return;
    area.value().bytes()[0] = std::byte{1};
    const Word base = area.value().base();
    if (static_cast<Area&&>(area.value()).send({.to = port.value().id()}) == Status::ok) write_to(base);
}

void write_to_guard() {
    const auto area = Area::allocate(2 * kPageBytes, {.guard_pages_above = 1});
    if (area.ok()) write_to(area.value().base() + kPageBytes);
}

void write_to_code() { write_to(arch::kProgramBase); }

void write_to_kernel() { write_to(freehold::arch::kUserEnd); }

// Deep enough for any stack: the depth is not known when this is compiled.
[[gnu::noinline]] std::uint32_t recurse(volatile std::uint32_t* above, std::uint32_t depth) {
    volatile std::uint32_t frame[64];
    frame[depth % 64] = *above + depth;
    return depth == 0xFFFFFFFF ? 0 : recurse(frame, depth + 1) + frame[0];
}

void overflow_stack() {
    volatile std::uint32_t start = 0;
    (void)recurse(&start, 0);
}

void jump_wildly() { arch::jump_to(0x12345678); }

/// Beside them there is what only this machine knows: arch::kMisuses.
constexpr arch::Misuse kKinds[] = {
    {"null", "write to address 0", write_null},
    {"sealed", "write to a sealed area", write_to_sealed},
    {"moved", "write to an area that was moved away", write_after_move},
    {"stack", "recursion without an end", overflow_stack},
    {"jump", "a jump to where nothing is", jump_wildly},
    {"guard", "write to a guard page", write_to_guard},
    {"code", "write to the program's own code", write_to_code},
    {"kernel", "write to the kernel's half", write_to_kernel},
};

}  // namespace

int program_main(const Arguments& arguments) {
    for (const std::span<const arch::Misuse> kinds : {std::span<const arch::Misuse>(kKinds), {arch::kMisuses}}) {
        for (const arch::Misuse& kind : kinds) {
            if (kind.name != arguments[1]) continue;
            kind.commit();
            print("crash: survived {}\n", kind.what);
            return kSurvivedCode;
        }
    }
    print("usage: crash KIND\n");
    for (const arch::Misuse& kind : kKinds) print("  {:11} {}\n", kind.name, kind.what);
    for (const arch::Misuse& kind : arch::kMisuses) print("  {:11} {}\n", kind.name, kind.what);
    return kUsageCode;
}

}  // namespace freehold::user
