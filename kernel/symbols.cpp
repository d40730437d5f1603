// SPDX-License-Identifier: MIT
// The search in the table of function names.
#include "kernel/symbols.h"

#include <algorithm>
#include <cstddef>
#include <span>

/// As the generated assembly lays it out: sorted by address, which counts from the image's start.
struct KernelSymbol {
    std::uint32_t offset_bytes;
    std::uint32_t name_offset_bytes;
};

extern "C" {
extern const std::byte kernel_image_start[];
extern const std::byte kernel_text_end[];
extern const KernelSymbol kernel_symbols[];
extern const KernelSymbol kernel_symbols_end[];
extern const char kernel_symbol_names[];
}

namespace freehold::kernel {

SymbolPlace symbol_at(Word address) {
    const Word start = reinterpret_cast<Word>(kernel_image_start);
    if (address < start || address >= reinterpret_cast<Word>(kernel_text_end)) return {nullptr, 0};
    const auto offset = static_cast<std::uint32_t>(address - start);
    const std::span table(kernel_symbols, kernel_symbols_end);
    const auto above = std::upper_bound(table.begin(), table.end(), offset,
                                        [](std::uint32_t wanted, KernelSymbol s) { return wanted < s.offset_bytes; });
    if (above == table.begin()) return {nullptr, 0};
    const KernelSymbol& found = *(above - 1);
    return {kernel_symbol_names + found.name_offset_bytes, offset - found.offset_bytes};
}

}  // namespace freehold::kernel
