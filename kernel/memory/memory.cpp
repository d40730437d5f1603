// SPDX-License-Identifier: MIT
// Who gets which frame at boot:
//
//   frames below kFirstUsableFrame       nobody: the firmware's
//   the kernel's image, the archive      taken
//   the window's page tables             taken, where the machine needs any
//   the System with its frame table      taken: the lowest run that is free and large enough
//   all other usable frames              the pool
//
// Further boot modules than the first have no use; their frames belong to the pool.
#include "kernel/memory/memory.h"

#include <cstring>

#include <kernel_machine.h>

#include "kernel/panic.h"

namespace freehold::kernel {
namespace {

constinit System* the_system = nullptr;
constinit BootArchive the_archive{};
constinit MemoryPlan plan{};

std::byte* in_window(FrameNumber frame) {
    return reinterpret_cast<std::byte*>(machine::kWindowBase + (Word{frame.value()} << kPageShift));
}

std::span<const FrameRange> usable_ranges() { return {plan.usable, plan.count_ranges}; }

/// The frames of the archive; count 0 without one.
FrameRange archive_frames(const BootInfo& boot) {
    if (boot.count_modules == 0 || boot.modules[0].end <= boot.modules[0].base) return {};
    const BootModule& module = boot.modules[0];
    const auto first = FrameNumber(static_cast<std::uint32_t>(module.base >> kPageShift));
    const std::uint64_t end = (module.end + kPageBytes - 1) >> kPageShift;
    const FrameRange frames{first, static_cast<std::uint32_t>(end - first.value())};
    if (module.base % kPageBytes != 0) panic("the boot archive does not start at a page boundary");
    if (end > machine::kWindowFrames || !holds(usable_ranges(), frames))
        panic("the boot archive lies beyond the kernel's reach, or not in RAM");
    return frames;
}

/// The lowest free run; `what` says for what, if there is none.
FrameRange take_run(std::span<const FrameRange> taken, std::uint32_t count, const char* what) {
    const auto first = find_free_run(usable_ranges(), taken, count);
    if (!first.ok()) panic("no room for ", what, " of ", count, " frames");
    return {first.value(), count};
}

/// What the machine takes for it; count 0 if nothing.
FrameRange map_window(std::span<const FrameRange> taken) {
    const std::uint32_t count = machine::window_table_frames(usable_ranges());
    const FrameRange tables = count != 0 ? take_run(taken, count, "the window's page tables") : FrameRange{};
    machine::map_window(usable_ranges(), tables.first);
    return tables;
}

void create(FrameRange archive) {
    FrameRange taken[4] = {machine::kernel_image(), archive};
    taken[2] = map_window(std::span(taken).first(2));
    const std::size_t needed = system_bytes(usable_ranges());
    const auto count = static_cast<std::uint32_t>((needed + kPageBytes - 1) >> kPageShift);
    taken[3] = take_run(std::span(taken).first(3), count, "the frame table");
    SystemOptions options;
    options.usable = usable_ranges();
    options.taken = taken;
    options.kernel_root = machine::kernel_root();
    options.one_processor = true;
    const auto made = create_system({in_window(taken[3].first), std::size_t{count} << kPageShift}, options);
    if (!made.ok()) panic("no system: ", status_name(made.status()));
    the_system = made.value();
}

/// Makes the archive a sealed area. What stands behind it in its last frame is nobody's business.
void adopt_archive(const BootInfo& boot, FrameRange frames) {
    const auto length = static_cast<std::size_t>(boot.modules[0].end - boot.modules[0].base);
    std::byte* const bytes = in_window(frames.first);
    std::memset(bytes + length, 0, (std::size_t{frames.count} << kPageShift) - length);
    const auto space = create_space(*the_system, {});
    if (!space.ok()) panic("no space for the boot archive: ", status_name(space.status()));
    const auto base = adopt_frames(*space.value(), frames);
    if (!base.ok()) panic("no area for the boot archive: ", status_name(base.status()));
    the_archive.bytes = {bytes, length};
    the_archive.space = space.value();
    the_archive.base = base.value();
}

}  // namespace

void initialise_memory(const BootInfo& boot) {
    constexpr std::uint32_t kFirst = machine::kFirstUsableFrame;
    const FrameRange reach{FrameNumber(kFirst), machine::kWindowFrames - kFirst};
    if (const Status status = plan_memory({boot.memory, boot.count_memory}, reach, plan); status != Status::ok) {
        panic("no usable memory: ", status_name(status));
    }
    const FrameRange archive = archive_frames(boot);
    create(archive);
    if (archive.count != 0) adopt_archive(boot, archive);
}

System& system() { return *the_system; }
bool has_system() { return the_system != nullptr; }

std::uint32_t frames_unreachable() {
    return plan.frames_unreachable > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(plan.frames_unreachable);
}

PageRange BootArchive::pages() const {
    const auto length = static_cast<Word>((bytes.size() + kPageBytes - 1) & ~std::size_t{kPageBytes - 1});
    return PageRange(base, base + length);
}

const BootArchive& boot_archive() { return the_archive; }

}  // namespace freehold::kernel
