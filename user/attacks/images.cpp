// SPDX-License-Identifier: MIT
// Attacks by program files: the kernel reads an ELF file that a program made up. tests/unit/kernel_elf.cpp has more of
// them, for the reader alone.
#include "user/attacks/attack.h"
#include "user/attacks/image.h"

namespace freehold::user {
namespace {

constexpr Word kEnd = freehold::arch::kUserEnd;
constexpr std::uint32_t kReadWriteFlags = 6;
constexpr std::uint32_t kAllFlags = 7;
constexpr std::uint32_t kSegmentInterpreter = 3;
constexpr std::uint16_t kTypeShared = 3;

/// What comes of starting it, spoilt; nothing else does.
template <typename Spoil>
std::string_view spoilt(Checks& checks, Spoil spoil) {
    Image image = image_of({});
    spoil(image);
    const Unchanged unchanged(checks, "a file that is no program changed nothing");
    return status_name(start_image(image, "spoilt").status());
}

/// A second segment, of memory alone.
void add_segment(Image& image, Word address, Word memory_bytes, std::uint32_t flags = kReadWriteFlags) {
    ImageSegment& segment = image.segments[1];
    segment.type = image.segments[0].type;
    segment.flags = flags;
    segment.address = address;
    segment.memory_bytes = memory_bytes;
    image.file.count_program_headers = 2;
}

template <std::size_t kCount>
std::string_view each_refused(Checks& checks, void (*const (&spoils)[kCount])(Image&)) {
    for (const auto spoil : spoils) {
        checks.expect(spoilt(checks, spoil) == status_name(Status::bad_image), "it is refused");
    }
    return status_name(Status::bad_image);
}

std::string_view overlapping(Checks& checks) {
    return each_refused(checks, {
                                    [](Image& i) { add_segment(i, Image::kBase, kPageBytes); },
                                    [](Image& i) { add_segment(i, Image::kBase + 8, 8); },
                                    [](Image& i) { add_segment(i, Image::kBase - kPageBytes, 2 * kPageBytes); },
                                    [](Image& i) { add_segment(i, kPageBytes, kEnd - kPageBytes); },
                                });
}

std::string_view wrapped(Checks& checks) {
    return each_refused(checks, {
                                    [](Image& i) { add_segment(i, kLastPage, 2 * kPageBytes); },
                                    [](Image& i) { add_segment(i, 2 * Image::kBase, kLastWord); },
                                    [](Image& i) { add_segment(i, kLastWord, kLastWord); },
                                    [](Image& i) { i.segments[0].offset = kLastPage; },
                                    [](Image& i) { i.segments[0].file_bytes = kLastWord; },
                                    [](Image& i) { i.file.program_headers = kLastWord - 7; },
                                });
}

std::string_view kernel_half(Checks& checks) {
    return each_refused(checks, {
                                    [](Image& i) { add_segment(i, kEnd, kPageBytes); },
                                    [](Image& i) { add_segment(i, kEnd - kPageBytes, 2 * kPageBytes); },
                                    [](Image& i) { add_segment(i, kLastPage, kPageBytes); },
                                    [](Image& i) { add_segment(i, 0, kPageBytes); },
                                    [](Image& i) { i.segments[0].address = 0; },
                                    [](Image& i) { i.file.entry = kEnd; },
                                });
}

std::string_view entries(Checks& checks) {
    return each_refused(checks, {
                                    [](Image& i) { i.file.entry = 0; },
                                    [](Image& i) { i.file.entry = Image::kBase - 1; },
                                    [](Image& i) { i.file.entry = Image::kBase + sizeof(Image); },
                                    [](Image& i) {
                                        add_segment(i, 2 * Image::kBase, kPageBytes);
                                        i.file.entry = 2 * Image::kBase;
                                    },
                                });
}

std::string_view foreign(Checks& checks) {
    return each_refused(checks, {
                                    [](Image& i) { i.file.machine ^= 1; },
                                    [](Image& i) { i.file.type = kTypeShared; },
                                    [](Image& i) { i.file.ident[4] ^= 3; },
                                    [](Image& i) { i.file.ident[5] = 2; },
                                    [](Image& i) { i.file.count_program_headers = 0; },
                                    [](Image& i) { i.file.count_program_headers = 0xFFFF; },
                                    [](Image& i) { i.file.program_header_bytes = 1; },
                                    [](Image& i) { i.segments[0].type = kSegmentInterpreter; },
                                    [](Image& i) { i.segments[0].memory_bytes = 1; },
                                    [](Image& i) { i.segments[0].align = 3; },
                                });
}

std::string_view writable_code(Checks& checks) {
    return spoilt(checks, [](Image& image) { image.segments[0].flags = kAllFlags; });
}

/// Cut off after every single byte.
std::string_view cut_off(Checks& checks) {
    const Image image = image_of({});
    const Unchanged unchanged(checks, "a file cut off changed nothing");
    for (Word bytes = 0; bytes < sizeof image; ++bytes) {
        checks.expect(start_image(image, "cut", bytes).status(), Status::bad_image, "a file cut off");
    }
    return status_name(start_image(image, "cut", sizeof image - 1).status());
}

std::string_view all_memory(Checks& checks) {
    return spoilt(checks, [](Image& image) { add_segment(image, 2 * Image::kBase, Word{1} << 30U); });
}

/// Where the stack would go there is something else: the stack goes elsewhere.
std::string_view over_the_stack(Checks& checks) {
    Image image = image_of({});
    add_segment(image, kEnd - 128 * kPageBytes, 128 * kPageBytes);
    const abi::ExitInfo end = must(process_wait(must(start_image(image, "stackless")), Wait::yes));
    checks.expect(end.kind == abi::ExitKind::exited && end.code == 0, "it runs");
    return status_name(Status::ok);
}

/// A call as the very last instruction of user space: behind it there is nothing to return to.
std::string_view last_instruction(Checks& checks) {
    const auto code = CodeList(freehold_call_alone).code();
    Image image = image_of(code);
    add_segment(image, kEnd - code.size(), code.size(), Image::kReadExecute);
    image.segments[1].offset = Image::kCode - Image::kBase;
    image.segments[1].file_bytes = code.size();
    image.file.entry = kEnd - code.size();
    const abi::ExitInfo end = must(process_wait(must(start_image(image, "last")), Wait::yes));
    checks.expect(end.kind == abi::ExitKind::faulted && end.address == kEnd && end.instruction == kEnd,
                  "it dies where user space ends");
    return kKilled;
}

constexpr Attack kAttacks[] = {
    {"image-overlap", "a program whose segments overlap", "bad_image", overlapping},
    {"image-wrapped", "a program whose segments, or their place in the file, wrap around", "bad_image", wrapped},
    {"image-kernel", "a program whose segments or entry lie in the kernel's half, or in page 0", "bad_image",
     kernel_half},
    {"image-entry", "a program whose entry lies outside, or in data", "bad_image", entries},
    {"image-writable-code", "a program whose code may be written", "bad_image", writable_code},
    {"image-foreign", "a program for another machine, of another kind, with nonsense in its headers", "bad_image",
     foreign},
    {"image-cut", "a program cut off after every single byte", "bad_image", cut_off},
    {"image-all-memory", "a program that wants more memory than there is", "out_of_memory", all_memory},
    {"image-over-stack", "a program with a segment where its stack would be", "ok", over_the_stack},
    {"image-last-instruction", "a program whose last instruction, where user space ends, is a call",
     "killed: jump, outside_user_space", last_instruction},
};

}  // namespace

std::span<const Attack> image_attacks() { return kAttacks; }

}  // namespace freehold::user
