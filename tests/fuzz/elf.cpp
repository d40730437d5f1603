// SPDX-License-Identifier: MIT
// The reader of executables, of all three machines: whatever a file says, a plan that it takes is sound.
#include "kernel/process/elf.h"

#include "tests/fuzz/fuzz.h"

using namespace freehold;
using namespace freehold::kernel;

namespace {

void expect_sound(const ElfPlan& plan, VirtAddr entry, std::size_t image_bytes) {
    fuzz::expect(plan.count_segments <= kSegmentsMax, "too many segments");
    bool entry_in_code = false;
    for (std::uint32_t i = 0; i < plan.count_segments; ++i) {
        const ElfSegment& segment = plan.segments[i];
        const Word room = segment.pages.end() - segment.address;
        fuzz::expect(PageRange::checked(segment.pages.base().value(), segment.pages.length_bytes()).ok(),
                     "a bad range");
        fuzz::expect(segment.pages.contains(segment.address) && segment.file_bytes <= room, "bytes beyond the pages");
        fuzz::expect(std::uint64_t{segment.file_offset_bytes} + segment.file_bytes <= image_bytes,
                     "bytes from nowhere");
        fuzz::expect(valid(segment.rights) && !has(segment.rights, Rights::write | Rights::execute), "bad rights");
        entry_in_code |= segment.pages.contains(entry) && has(segment.rights, Rights::execute);
        for (std::uint32_t j = 0; j < i; ++j) {
            const PageRange other = plan.segments[j].pages;
            fuzz::expect(other.end() <= segment.pages.base() || segment.pages.end() <= other.base(), "shared pages");
        }
    }
    fuzz::expect(entry_in_code, "the entry is not in code");
}

/// As the kernel starts a program: first the header, then what stands where it says.
template <typename Kind>
void read_file(std::span<const std::byte> file) {
    if (file.size() < Kind::kHeaderBytes) return;
    const auto image_bytes = static_cast<Word>(file.size());
    const auto header = read_elf_header<Kind>(file.template first<Kind::kHeaderBytes>(), image_bytes);
    if (!header.ok()) return;
    const ElfHeader& found = header.value();
    const std::size_t length = std::size_t{found.count_program_headers} * Kind::kProgramHeaderBytes;
    fuzz::expect(
        found.program_headers_offset_bytes <= file.size() && file.size() - found.program_headers_offset_bytes >= length,
        "program headers outside of the image");
    const fuzz::Block programs(file.data() + found.program_headers_offset_bytes, length);
    ElfPlan plan;
    if (read_elf_segments<Kind>(found, programs.bytes(), image_bytes, plan) != Status::ok) return;
    expect_sound(plan, found.entry, file.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Block file(data, size);
    read_file<ElfI386>(file.bytes());
    read_file<ElfX86_64>(file.bytes());
    read_file<ElfRiscv64>(file.bytes());
    return 0;
}
