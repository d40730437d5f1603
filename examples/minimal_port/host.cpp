// SPDX-License-Identifier: MIT
// The port on a hosted system: memory is an array, and the machine is the software one.
#include <cstdio>
#include <vector>

#include <freehold/host.h>

#include "arch/sim/machine.h"
#include "examples/minimal_port/port.h"

namespace {

using namespace freehold;

constexpr std::uint32_t kFrames = 4096;

struct SimulatedHost : minimal::Host {
    explicit SimulatedHost(std::byte* memory) : Host{memory}, machine(this, freehold_host_frame_pointer) {}
    sim::Machine machine;
};

SimulatedHost* the_host = nullptr;

Result<std::byte*> touch(AddressSpace& space, VirtAddr address, Rights access) {
    load_space(space);
    while (true) {
        if (const auto found = the_host->machine.access(0, address, access)) {
            return the_host->frame_0 + std::size_t{found->frame.value()} * kPageBytes + address.value() % kPageBytes;
        }
        if (const Status status = resolve_fault(space, address, access); status != Status::ok) return status;
    }
}

}  // namespace

sim::Machine* freehold_sim_machine(void* host) { return &static_cast<SimulatedHost*>(host)->machine; }

void minimal::print(const char* text) { std::fputs(text, stdout); }

Status minimal::user_store(AddressSpace& space, VirtAddr address, Word value) {
    const auto byte = touch(space, address, Rights::write);
    if (byte.ok()) *reinterpret_cast<Word*>(byte.value()) = value;
    return byte.status();
}

Result<Word> minimal::user_load(AddressSpace& space, VirtAddr address) {
    const auto byte = touch(space, address, Rights::read);
    if (!byte.ok()) return byte.status();
    return *reinterpret_cast<Word*>(byte.value());
}

int main() {
    struct alignas(kPageBytes) Frame {
        std::byte bytes[kPageBytes];
    };
    std::vector<Frame> memory(kFrames);
    SimulatedHost host(memory[0].bytes);
    the_host = &host;
    const FrameRange usable{FrameNumber(1), kFrames - 1};
    std::vector<std::max_align_t> books(system_bytes({&usable, 1}) / sizeof(std::max_align_t) + 1);
    SystemOptions options;
    options.host = &host;
    options.usable = {&usable, 1};
    const auto system = create_system(std::as_writable_bytes(std::span(books)), options);
    const bool good = system.ok() && minimal::demonstrate(*system.value());
    minimal::print(good ? "minimal port: works\n" : "minimal port: does not work\n");
    return good ? 0 : 1;
}
