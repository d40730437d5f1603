// SPDX-License-Identifier: MIT
// Starting a program: an address space with its segments and a stack, and a kernel stack.
//
//   kUserEnd ┌───────────────────────────┐
//            │ arguments                 │
//            │ StartInfo                 │◀─ stack pointer
//            │ stack                     │  kStackBytes
//            ├───────────────────────────┤
//            │ guard page                │
//            └───────────────────────────┘
//              ...
//              segments, where the image wants them
#include <algorithm>
#include <array>
#include <cstring>

#include "kernel/memory/memory.h"
#include "kernel/process/elf.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/trace/trace.h"

namespace freehold::kernel {
namespace {

constexpr Word kStackBytes = 256 * 1024;
constexpr Word kStackAlignment = 16;

/// What a program's first instruction needs.
struct Entry {
    VirtAddr instruction;
    VirtAddr stack_pointer;
};

// Too large for a kernel stack. One of each is enough: starting a program is never interrupted.
constinit ElfPlan elf_plan{};
constinit std::array<std::byte, kProgramHeadersMax * machine::ElfKind::kProgramHeaderBytes> program_headers{};

/// Gives the program those pages of a segment that lie in the image as they are to be, and are sealed: nobody needs a
/// copy of what nobody can write. The bytes so given, from the segment's first page on.
Result<Word> share_segment(const StartOptions& options, AddressSpace& space, const ElfSegment& segment) {
    const Word source = (options.image + segment.file_offset_bytes).value();
    const VirtAddr target = segment.address;
    const Word length_bytes = segment.file_bytes / kPageBytes * kPageBytes;
    if (has(segment.rights, Rights::write) || length_bytes == 0 || source % kPageBytes != 0) return Word{0};
    if (target != segment.pages.base()) return Word{0};
    const PageRange range(VirtAddr(source), VirtAddr(source + length_bytes));
    const auto shared = share_area(*options.image_space, range, space, {.placement = Placement::at, .address = target});
    if (shared.ok()) return length_bytes;
    const bool lacks_room = shared.status() == Status::out_of_memory || shared.status() == Status::over_limit;
    if (lacks_room) return shared.status();
    return Word{0};  // not sealed, or too long to go where it must: the copy will say what else is wrong
}

Status load_segment(const StartOptions& options, AddressSpace& space, const ElfSegment& segment) {
    const auto shared = share_segment(options, space, segment);
    if (!shared.ok()) return shared.status();
    if (shared.value() != segment.pages.length_bytes()) {
        AllocateOptions area;
        area.length_bytes = segment.pages.length_bytes() - shared.value();
        area.placement = Placement::at;
        area.address = segment.pages.base() + shared.value();
        if (const auto made = allocate_area(space, area); !made.ok()) return made.status();
    }
    if (segment.file_bytes != shared.value()) {
        const VirtAddr from = options.image + segment.file_offset_bytes + shared.value();
        const Status copied = copy_across(*options.image_space, from, space, segment.address + shared.value(),
                                          segment.file_bytes - shared.value());
        if (copied != Status::ok) return copied;
    }
    return segment.rights == kReadWrite ? Status::ok : protect_area(space, segment.pages, segment.rights);
}

/// The address of the first instruction.
Result<VirtAddr> load_image(const StartOptions& options, AddressSpace& space) {
    std::array<std::byte, machine::ElfKind::kHeaderBytes> header_bytes;
    if (options.image_bytes < header_bytes.size()) return Status::bad_image;
    if (options.image_bytes > kUserEnd.value() || options.image > kUserEnd - options.image_bytes) {
        return Status::bad_address;
    }
    if (const Status s = copy_in(*options.image_space, options.image, header_bytes); s != Status::ok) return s;
    const auto header = read_elf_header<machine::ElfKind>(header_bytes, options.image_bytes);
    if (!header.ok()) return header.status();

    const auto used =
        std::span(program_headers).first(header.value().count_program_headers * machine::ElfKind::kProgramHeaderBytes);
    const VirtAddr table_address = options.image + header.value().program_headers_offset_bytes;
    if (const Status s = copy_in(*options.image_space, table_address, used); s != Status::ok) return s;
    const Status read = read_elf_segments<machine::ElfKind>(header.value(), used, options.image_bytes, elf_plan);
    if (read != Status::ok) return read;
    for (std::uint32_t i = 0; i < elf_plan.count_segments; ++i) {
        if (const Status s = load_segment(options, space, elf_plan.segments[i]); s != Status::ok) return s;
    }
    return header.value().entry;
}

/// The stack pointer: where the StartInfo is.
Result<VirtAddr> make_stack(const StartOptions& options, AddressSpace& space) {
    AllocateOptions area;
    area.length_bytes = kStackBytes + kPageBytes;
    area.placement = Placement::highest;
    area.guard_pages_below = 1;
    const auto base = allocate_area(space, area);
    if (!base.ok()) return base.status();
    const VirtAddr end = base.value() + area.length_bytes;
    const auto argument_bytes = static_cast<Word>(options.arguments.size());
    const VirtAddr arguments = end - argument_bytes;
    const VirtAddr info_address((arguments - sizeof(abi::StartInfo)).value() & ~(kStackAlignment - 1));

    abi::StartInfo info{};
    info.argument_count = static_cast<Word>(std::count(options.arguments.begin(), options.arguments.end(), '\0'));
    info.arguments = arguments.value();
    info.argument_bytes = argument_bytes;
    info.self = space_id(space);
    info.parent = options.parent != nullptr ? options.parent->id : ProcessId::none;
    info.privileges = options.privileges;
    info.stack_base = (base.value() + kPageBytes).value();
    info.stack_end = end.value();
    info.port = options.port;
    if (const Status s = copy_out(space, info_address, std::as_bytes(std::span(&info, 1))); s != Status::ok) return s;
    if (argument_bytes != 0) {
        const Status s = copy_out(space, arguments, std::as_bytes(options.arguments));
        if (s != Status::ok) return s;
    }
    return info_address;
}

Result<Entry> fill_space(const StartOptions& options, AddressSpace& space) {
    const auto instruction = load_image(options, space);
    if (!instruction.ok()) return instruction.status();
    const auto stack_pointer = make_stack(options, space);
    if (!stack_pointer.ok()) return stack_pointer.status();
    return Entry{instruction.value(), stack_pointer.value()};
}

Result<std::array<FrameNumber, machine::kStackFrames>> allocate_kernel_stack() {
    std::array<FrameNumber, machine::kStackFrames> frames;
    for (std::uint32_t i = 0; i < frames.size(); ++i) {
        const auto frame = allocate_kernel_frame(system());
        if (!frame.ok()) {
            while (i != 0) free_kernel_frame(system(), frames[--i]);
            return frame.status();
        }
        frames[i] = frame.value();
    }
    return frames;
}

/// The first argument, cut to length; what a terminal would not print becomes a question mark. Programs are told all
/// bytes of a name, so nothing is left of the last one here.
void set_name(Process& process, std::span<const char> arguments) {
    std::uint32_t length = 0;
    while (length + 1 < sizeof(process.name) && length < arguments.size() && arguments[length] != '\0') {
        const char c = arguments[length];
        process.name[length++] = c > ' ' && c < '\x7F' ? c : '?';
    }
    std::fill(process.name + length, std::end(process.name), '\0');
}

/// Can't fail: all that could was done before.
void commit(Process& process, const StartOptions& options, AddressSpace& space, const Entry& entry,
            const std::array<FrameNumber, machine::kStackFrames>& stack) {
    process.used = true;
    process.space = &space;
    process.id = space_id(space);
    process.parent = options.parent;
    process.adopted = false;
    process.priority = options.priority;
    process.privileges = options.privileges;
    process.base_priority = options.priority;
    process.receives_from = process.sends_to = PortId::none;
    process.works_for_it = nullptr;
    process.timed_out = false;
    process.takes_words_at = process.takes_head_at = PortId::none;
    process.deadline = process.timer = kNever;
    process.ticks_left = scheduler::kSliceTicks;
    process.ticks = process.system_calls = process.handovers = 0;
    process.archive_base = 0;
    process.exit = {};
    set_name(process, options.arguments);
    machine::reset_fpu(process.fpu);
    std::copy(stack.begin(), stack.end(), process.stack_frames);
    process.has_stack = true;
    const auto slot = static_cast<std::uint32_t>(&process - process_table().data()) + 1;
    process.stack_slot = slot;
    machine::map_kernel_stack(slot, stack[0], stack[1]);
    process.context = machine::make_user_context(slot, entry.instruction.value(), entry.stack_pointer.value());
    if (trace::is_on()) trace::starts(process);
    scheduler::make_ready(process);
}

}  // namespace

Result<ProcessId> start_process(const StartOptions& options) {
    if (!options.arguments.empty() && options.arguments.back() != '\0') return Status::bad_option;
    const auto place = std::find_if(process_table().begin(), process_table().end(),
                                    [](const Process& process) { return !process.used; });
    if (place == process_table().end()) return Status::process_table_full;
    Process& process = *place;
    const auto stack = allocate_kernel_stack();
    if (!stack.ok()) return stack.status();

    SpaceOptions space_options;
    if (options.limit_frames != 0) space_options.limit_frames = options.limit_frames;
    space_options.limit_regions = abi::kProcessRegionsMax;
    space_options.owner_token = reinterpret_cast<std::uintptr_t>(&process);
    const auto space = create_space(system(), space_options);
    Result<Entry> entry = space.status();
    if (space.ok()) {
        entry = fill_space(options, *space.value());
        if (!entry.ok()) destroy_space(space.value());
    }
    if (!entry.ok()) {
        for (const FrameNumber frame : stack.value()) free_kernel_frame(system(), frame);
        return entry.status();
    }
    commit(process, options, *space.value(), entry.value(), stack.value());
    return process.id;
}

}  // namespace freehold::kernel
