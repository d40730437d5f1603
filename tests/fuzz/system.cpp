// SPDX-License-Identifier: MIT
// Operations on a whole system beside the naive map of pages: allocate, release, protect, seal, move, share, guard,
// accesses. Frames are few, so that any of them may run out.
#include "tests/fuzz/fuzz.h"
#include "tests/model/page_model.h"

using namespace freehold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint32_t kOperationsMax = 200;
    constexpr std::uint32_t kAuditEvery = 16;
    fuzz::Choices choices(data, size);
    const std::uint32_t start = choices.byte();
    model::Model model((start & 1) != 0, 40 + start);
    for (std::uint32_t i = 0; choices.left() && i < kOperationsMax; ++i) {
        const std::uint32_t head = choices.byte();
        model::Operation op{head % 10, head / 10 % model::kSpaces, head / 30 % model::kSpaces, 0, 1, choices.byte()};
        op.page = choices.below(model::kWindow);
        op.count = 1 + choices.below(48);
        fuzz::expect_nothing(model.apply(op));
        if (i % kAuditEvery == 0) fuzz::expect_nothing(model.complaint());
    }
    fuzz::expect_nothing(model.compare_all());
    return 0;
}
