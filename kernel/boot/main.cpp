// SPDX-License-Identifier: MIT
// From the first C++ instruction to the first process.
#include <kernel_machine.h>

#include "kernel/archive/cpio.h"
#include "kernel/boot/boot_info.h"
#include "kernel/boot/command_line.h"
#include "kernel/checked/checked.h"
#include "kernel/memory/memory.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/version.h"

namespace freehold::kernel {
namespace {

constexpr std::string_view kFirstProgram = "bin/init";
constexpr std::uint32_t kFramesPerMebibyte = (1U << 20) / kPageBytes;

constinit BootInfo boot_info{};
constinit char first_arguments[kCommandLineBytes + 64]{};

void print_memory() {
    const MemoryInfo memory = memory_info(system());
    print("memory: ", memory.frames_total / kFramesPerMebibyte, " MiB in ", memory.frames_total, " frames, ",
          memory.frames_free, " free\n");
    const std::uint32_t unreachable = frames_unreachable();
    if (unreachable != 0) {
        print((unreachable + kFramesPerMebibyte - 1) / kFramesPerMebibyte,
              " MiB of RAM lie beyond the kernel's window and are not used\n");
    }
}

void print_archive() {
    if (boot_info.count_modules == 0) return print("no boot archive\n");
    print("boot archive: ", boot_archive().bytes.size(), " bytes\n");
    if (boot_info.count_modules > 1) print(boot_info.count_modules - 1, " further boot modules are not used\n");
}

void start_first_process() {
    const BootArchive& archive = boot_archive();
    if (archive.space == nullptr) panic("no boot archive: the loader must pass one as the first module");
    const auto program = archive::find_file(archive.bytes, kFirstProgram);
    if (!program.ok()) panic("no ", kFirstProgram, " in the boot archive: ", status_name(program.status()));
    const auto data = program.value().data;
    const auto offset = static_cast<Word>(data.data() - archive.bytes.data());
    const std::size_t argument_bytes = make_arguments("init", boot_info.command_line, first_arguments);
    const auto started = start_process({.image_space = archive.space,
                                        .image = archive.base + offset,
                                        .image_bytes = static_cast<Word>(data.size()),
                                        .arguments = {first_arguments, argument_bytes},
                                        .parent = nullptr,
                                        .priority = abi::kPriorities - 1,
                                        .privileges = abi::kPrivilegeAll,
                                        .limit_frames = 0});
    if (!started.ok()) panic(kFirstProgram, " does not start: ", status_name(started.status()));
}

/// On the idle loop's stack, before it loops.
void before_idle() {
    if (has_word(boot_info.command_line, "panic=1")) panic("asked for on the command line");
    if (has_word(boot_info.command_line, "panic=stack")) machine::overflow_stack();
    if (has_word(boot_info.command_line, "panic=end")) panic_at_the_end();
    checked::commit_fault(boot_info.command_line);
    machine::start_devices();
    start_first_process();
}

FrameNumber frame_for_idle_stack() {
    const auto frame = allocate_kernel_frame(system());
    if (!frame.ok()) panic("no frame for a kernel stack");
    return frame.value();
}

}  // namespace

extern "C" [[noreturn]] void kernel_main(Word first, Word second) {
    checked::start();
    machine::initialise_processor();
    if (machine::read_boot_info(first, second, boot_info) != Status::ok) {
        panic("the boot loader left no information that makes sense");
    }
    const bool quiet = has_word(boot_info.command_line, "quiet");
    if (!quiet) print("Freehold ", kVersion, " on ", arch::kName, '\n');
    initialise_memory(boot_info);
    if (!quiet) {
        print_memory();
        print_archive();
    }
    const FrameNumber low = frame_for_idle_stack();
    scheduler::start(low, frame_for_idle_stack(), before_idle);
}

}  // namespace freehold::kernel
