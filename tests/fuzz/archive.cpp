// SPDX-License-Identifier: MIT
// The reader of boot archives: whatever the bytes are, each entry lies within them, one behind the other.
#include "kernel/archive/cpio.h"

#include "tests/fuzz/fuzz.h"

using namespace freehold;

namespace {

void expect_within(std::span<const std::byte> whole, std::span<const std::byte> part, std::string_view what) {
    const bool within = part.data() >= whole.data() && part.size() <= whole.size() &&
                        static_cast<std::size_t>(part.data() - whole.data()) <= whole.size() - part.size();
    fuzz::expect(within, what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Block block(data, size);
    archive::Reader reader(block.bytes());
    std::span<const std::byte> rest = block.bytes();
    std::size_t count = 0;
    for (auto next = reader.next(); next.ok(); next = reader.next()) {
        const archive::Entry& entry = next.value();
        expect_within(rest, std::as_bytes(std::span(entry.name)), "a name outside of the archive");
        if (!entry.data.empty()) expect_within(rest, entry.data, "contents outside of the archive");
        if (!entry.data.empty()) rest = rest.subspan(static_cast<std::size_t>(entry.data.data() - rest.data()));
        rest = rest.subspan(entry.data.size());
        fuzz::expect(++count <= size, "more entries than bytes");
        if (!entry.is_file() || entry.name.empty()) continue;
        const auto found = archive::find_file(block.bytes(), entry.name);
        fuzz::expect(found.ok() && found.value().name == entry.name, "a file that is there is not found");
    }
    fuzz::expect(reader.next().status() == reader.next().status(), "asked again it says something else");
    return 0;
}
