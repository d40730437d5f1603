// SPDX-License-Identifier: MIT
// The port on QEMU's RISC-V machine `virt`, with its least memory: a kernel that demonstrates and turns itself off.
#include "examples/minimal_port/port.h"

using namespace freehold;

extern "C" {
Word run_user(Word instruction, Word* registers);
extern std::byte image_end[];
extern const std::byte user_code[], user_code_end[], kernel_root[];

// What the compiler and the library want of a C library.
void* memmove(void* to, const void* from, std::size_t count) {
    auto* const target = static_cast<char*>(to);
    const auto* const source = static_cast<const char*>(from);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = target <= source ? i : count - 1 - i;
        target[at] = source[at];
    }
    return to;
}
void* memcpy(void* to, const void* from, std::size_t count) { return memmove(to, from, count); }
void* memset(void* to, int value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) static_cast<char*>(to)[i] = static_cast<char>(value);
    return to;
}
int memcmp(const void* a, const void* b, std::size_t count) {
    const auto *left = static_cast<const unsigned char*>(a), *right = static_cast<const unsigned char*>(b);
    while (count != 0 && *left == *right) ++left, ++right, --count;
    return count == 0 ? 0 : *left - *right;
}
}

namespace {

constexpr Word kWindow = 0xFFFFFFC000000000;
constexpr std::uint32_t kFirstFrame = 0x80200, kEndFrame = 0x88000;  // behind the firmware; 128 MiB in all
constexpr Word kPutCharacter = 1, kTurnOff = 8;                      // of the firmware
constexpr VirtAddr kCode{0x30'0000'0000};                            // far from where areas are put
constexpr Word kStoreCode = 0, kLoadCode = 8, kFetchFault = 12, kLoadFault = 13, kEcall = 8;

minimal::Host host{reinterpret_cast<std::byte*>(kWindow)};

void call_firmware(Word extension, Word argument) {
    register Word a0 asm("a0") = argument;
    register Word a1 asm("a1") = 0;
    register Word a6 asm("a6") = 0;
    register Word a7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}

/// Gives the space the two pieces of code, the first time.
Status add_code(AddressSpace& space) {
    if (query_region(space, kCode).value().type != RegionType::free) return Status::ok;
    const auto made = allocate_area(space, {.length_bytes = kPageBytes, .placement = Placement::at, .address = kCode});
    if (!made.ok()) return made.status();
    const Status copied = copy_out(space, kCode, {user_code, user_code_end});
    return copied != Status::ok ? copied
                                : protect_area(space, {kCode, kCode + kPageBytes}, Rights::read | Rights::execute);
}

/// Runs a piece of code until it has done its instruction.
Result<Word> run(AddressSpace& space, Word code, VirtAddr address, Word value) {
    if (const Status status = add_code(space); status != Status::ok) return status;
    load_space(space);
    while (true) {
        Word registers[2] = {address.value(), value};
        const Word cause = run_user(kCode.value() + code, registers);
        if (cause == kEcall) return registers[1];
        const Rights read_or_write = cause == kLoadFault ? Rights::read : Rights::write;
        const Rights access = cause == kFetchFault ? Rights::execute : read_or_write;
        if (const Status status = resolve_fault(space, VirtAddr(registers[0]), access); status != Status::ok)
            return status;
    }
}

}  // namespace

void minimal::print(const char* text) {
    for (; *text != '\0'; ++text) call_firmware(kPutCharacter, static_cast<unsigned char>(*text));
}

Status minimal::user_store(AddressSpace& space, VirtAddr address, Word value) {
    return run(space, kStoreCode, address, value).status();
}

Result<Word> minimal::user_load(AddressSpace& space, VirtAddr address) { return run(space, kLoadCode, address, 0); }

extern "C" void kernel_main() {
    const FrameRange usable{FrameNumber(kFirstFrame), kEndFrame - kFirstFrame};
    const std::size_t books = (system_bytes({&usable, 1}) + kPageBytes - 1) / kPageBytes;
    const auto image_frames = static_cast<std::uint32_t>((image_end - host.frame_0) / kPageBytes) - kFirstFrame;
    const FrameRange taken{usable.first, image_frames + static_cast<std::uint32_t>(books)};
    const auto system =
        create_system({image_end, books * kPageBytes},
                      {.host = &host, .usable = {&usable, 1}, .taken = {&taken, 1}, .kernel_root = kernel_root});
    const bool good = system.ok() && minimal::demonstrate(*system.value());
    minimal::print(good ? "minimal port: works\n" : "minimal port: does not work\n");
    call_firmware(kTurnOff, 0);
}
