// SPDX-License-Identifier: MIT
// Floating-point registers change hands lazily: the first use after a switch traps, and only then are they exchanged.
// They are saved only if they were written since they were loaded: sstatus.FS tells.
//
//   user    whose registers user code shall find
//   holder  whose registers the processor holds; first use of another's traps because sstatus.FS is off
//
// RISC-V privileged specification 1.12, 3.1.6.6 "Extension Context Status".
#include <cstring>

#include "registers.h"
#include "trap_frame.h"

extern "C" {
void save_floating(freehold::kernel::machine::FpuState* state);
void load_floating(const freehold::kernel::machine::FpuState* state);
}

namespace freehold::kernel::machine {
namespace {

constexpr Word kFloatingMask = 3U << 13;
constexpr Word kFloatingClean = 2U << 13;
constexpr Word kFloatingDirty = 3U << 13;

constinit FpuState* user_state = nullptr;
constinit FpuState* holder_state = nullptr;
constinit bool use_traps = true;
constinit bool holder_wrote = false;  // while its use traps: what sstatus said before

void let_use_trap(bool trap) {
    if (trap == use_traps) return;
    use_traps = trap;
    if (trap) {
        holder_wrote = (read_csr<kSstatus>() & kFloatingMask) == kFloatingDirty;
        clear_csr<kSstatus>(kFloatingMask);
    } else {
        set_csr<kSstatus>(holder_wrote ? kFloatingDirty : kFloatingClean);
    }
}

}  // namespace

void reset_fpu(FpuState& state) { std::memset(&state, 0, sizeof(state)); }

void set_fpu_user(FpuState* state) {
    user_state = state;
    let_use_trap(state == nullptr || state != holder_state);
}

void forget_fpu(FpuState& state) {
    if (holder_state == &state) {
        let_use_trap(true);
        holder_state = nullptr;
        holder_wrote = false;
    }
}

bool load_fpu() {
    if (!use_traps) return false;
    let_use_trap(false);
    if (holder_state != nullptr && holder_wrote) save_floating(holder_state);
    load_floating(user_state);
    holder_state = user_state;
    clear_csr<kSstatus>(kFloatingMask);
    set_csr<kSstatus>(kFloatingClean);
    return true;
}

}  // namespace freehold::kernel::machine
