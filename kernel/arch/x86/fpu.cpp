// SPDX-License-Identifier: MIT
// FPU and SSE registers change hands lazily: the first use after a switch traps, and only then are they exchanged.
//
//   user    whose registers user code shall find
//   holder  whose registers the processor holds; first use of another's traps because TS is set
#include <cstring>

#include "fpu_registers.h"
#include "kernel/arch/x86/io.h"
#include "kernel/arch/x86/x86.h"

namespace freehold::kernel::machine {
namespace {

constexpr Word kCr0MonitorFpu = 1U << 1;
constexpr Word kCr0Emulate = 1U << 2;
constexpr Word kCr0TaskSwitched = 1U << 3;
constexpr Word kCr0NumericError = 1U << 5;
constexpr Word kCr4Fxsave = 1U << 9;
constexpr Word kCr4SseExceptions = 1U << 10;

// Offsets and initial values in the FXSAVE area: Intel SDM vol. 1, 10.5.1.
constexpr std::size_t kControlWordOffset = 0;
constexpr std::size_t kMxcsrOffset = 24;
constexpr std::uint16_t kControlWordInitial = 0x037F;
constexpr std::uint32_t kMxcsrInitial = 0x1F80;

constinit FpuState* user_state = nullptr;
constinit FpuState* holder_state = nullptr;
constinit bool use_traps = true;

void let_use_trap(bool trap) {
    if (trap == use_traps) return;
    use_traps = trap;
    if (trap) {
        write_cr0(read_cr0() | kCr0TaskSwitched);
    } else {
        asm volatile("clts");
    }
}

}  // namespace

void initialise_fpu() {
    write_cr4(read_cr4() | kCr4Fxsave | kCr4SseExceptions);
    initialise_fpu_registers();
    write_cr0((read_cr0() & ~kCr0Emulate) | kCr0MonitorFpu | kCr0NumericError | kCr0TaskSwitched);
}

void reset_fpu(FpuState& state) {
    std::memset(&state, 0, sizeof(state));
    std::memcpy(state.bytes + kControlWordOffset, &kControlWordInitial, sizeof(kControlWordInitial));
    std::memcpy(state.bytes + kMxcsrOffset, &kMxcsrInitial, sizeof(kMxcsrInitial));
}

void set_fpu_user(FpuState* state) {
    user_state = state;
    let_use_trap(state == nullptr || state != holder_state);
}

void forget_fpu(FpuState& state) {
    if (holder_state == &state) {
        holder_state = nullptr;
        let_use_trap(true);
    }
}

void load_fpu() {
    let_use_trap(false);
    if (holder_state != nullptr) save_fpu(*holder_state);
    // AMD's FXRSTOR leaves the last instruction's pointers alone where no exception is pending, so they are
    // overwritten first: AMD APM vol. 2, 11.4.4.
    const std::uint32_t zero = 0;
    asm volatile("fnclex\n emms\n fildl %0" : : "m"(zero));
    restore_fpu(*user_state);
    holder_state = user_state;
}

}  // namespace freehold::kernel::machine
