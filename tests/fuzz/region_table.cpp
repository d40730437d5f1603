// SPDX-License-Identifier: MIT
// Changes, plans and searches of a region table beside a naive list of pages, for every kind of table.
#include "tests/fuzz/fuzz.h"
#include "tests/unit/region_table_pair.h"

using namespace freehold;

namespace {

constexpr Tag kTags[] = {kFree, kFree, kWritable, kReadable, kDevice, kSealed};
constexpr std::uint32_t kOperationsMax = 300;
constexpr std::uint32_t kCompareEvery = 32;

template <typename Table>
void search(const Pair<Table>& pair, fuzz::Choices& choices) {
    using Word = typename Table::Word;
    const std::size_t length = 1 + choices.below(20);
    const std::size_t alignment = std::size_t{1} << choices.below(6);
    const std::size_t phase = choices.byte() % alignment;
    for (const SearchFrom from : {SearchFrom::lowest, SearchFrom::highest}) {
        const auto found =
            pair.table->find_free(static_cast<Word>(length * kPageBytes), static_cast<Word>(alignment * kPageBytes),
                                  static_cast<Word>(phase * kPageBytes), from);
        fuzz::expect(found.value_or(typename Table::Address(0)).value() ==
                         naive_find(pair.pages, length, alignment, phase, from == SearchFrom::lowest),
                     "a search finds another range than a look at every page");
    }
}

template <typename Table>
void look(const Pair<Table>& pair, std::size_t page) {
    const auto address = static_cast<typename Table::Word>(page * kPageBytes);
    const auto region = pair.table->find(typename Table::Address(address));
    fuzz::expect(region.base.value() <= address && address < region.end.value() && region.tag == pair.pages[page],
                 "a lookup finds another region than the list of pages has");
}

template <typename Table>
void run(fuzz::Choices choices) {
    const std::size_t count_pages = 16 + choices.below(1024);
    const std::uint32_t limit = 1 + choices.below(200);
    Pair<Table> pair(std::vector<Tag>(count_pages, kFree), limit);
    pair.table->frames_allowed = 1 + choices.byte();
    pair.table->frames_only_if_required = choices.byte() % 2 != 0;
    for (std::uint32_t i = 0; choices.left() && i < kOperationsMax; ++i) {
        const std::uint32_t head = choices.byte();
        const std::size_t first = choices.below(1 << 16) % count_pages;
        const std::size_t last = std::min<std::size_t>(count_pages, first + 1 + choices.byte() % (head < 16 ? 256 : 7));
        const Tag tag = kTags[head / 4 % std::size(kTags)];
        if (head % 4 == 0) (void)pair.change(first, last, [tag](Tag) { return tag; });
        if (head % 4 == 1) (void)pair.plan_and_commit(first, last, tag);
        if (head % 4 == 2) (void)pair.change(first, last, [tag](Tag old) { return old.is_free() ? old : tag; });
        if (head % 4 == 3) search(pair, choices);
        look(pair, first);
        if (i % kCompareEvery == 0) pair.expect_equal();
    }
    pair.expect_equal();
    fuzz::expect(!testing::Test::HasFailure(), "the table differs from the list of pages");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices(data, size);
    switch (choices.byte() % 4) {
        case 0:
            run<Narrow>(choices);
            break;
        case 1:
            run<Wide>(choices);
            break;
        case 2:
            run<NarrowTiny>(choices);
            break;
        default:
            run<WideTiny>(choices);
    }
    return 0;
}
