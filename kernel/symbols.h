// SPDX-License-Identifier: MIT
// Names of the kernel's functions, for backtraces. The table is made by tools/make_symbols.py from a first link and
// linked in by a second.
#pragma once

#include <cstdint>

#include <freehold/types.h>

namespace freehold::kernel {

struct SymbolPlace {
    const char* name;  ///< of the function that holds the address; nullptr if none does
    std::uint32_t offset_bytes;
};

SymbolPlace symbol_at(Word address);

}  // namespace freehold::kernel
