// SPDX-License-Identifier: MIT
#include "host/hosted_system.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace freehold::host {

namespace {

constexpr std::uint32_t kFaultsMax = 1000;

[[noreturn]] void stop(const char* what) {
    std::fprintf(stderr, "host: %s\n", what);
    std::abort();
}

}  // namespace

HostedSystem::HostedSystem(std::uint32_t count_frames, bool one_processor)
    : usable_{FrameNumber(256), count_frames}, host_({&usable_, 1}) {
    const std::size_t bytes = system_bytes({&usable_, 1});
    memory_ = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
    std::memset(memory_.get(), 0xA5, bytes);  // what it holds before is nobody's concern
    SystemOptions options;
    options.host = &host_;
    options.usable = {&usable_, 1};
    options.one_processor = one_processor;
    const auto created = create_system({reinterpret_cast<std::byte*>(memory_.get()), bytes}, options);
    if (!created.ok()) stop(status_name(created.status()));
    system_ = created.value();
}

template <typename Act>
Status HostedSystem::perform(AddressSpace& space, VirtAddr address, Rights access, Act act) {
    load_space(space);
    auto on_byte = [&](const sim::Translation& found) {
        act(host_.frame(found.frame.value()) + address.value() % kPageBytes);
    };
    // Somebody else may take away what a fault just gave; but nobody can go on doing so for long.
    for (std::uint32_t faults = 0; faults < kFaultsMax; ++faults) {
        if (machine().access(freehold_host_processor(&host_), address, access, on_byte)) return Status::ok;
        if (const Status status = resolve_fault(space, address, access); status != Status::ok) return status;
    }
    stop("faults are answered, and the access still fails");
}

Result<std::byte*> HostedSystem::touch(AddressSpace& space, VirtAddr address, Rights access) {
    std::byte* byte = nullptr;
    const Status status = perform(space, address, access, [&byte](std::byte* at) { byte = at; });
    if (status != Status::ok) return status;
    return byte;
}

Result<std::uint32_t> HostedSystem::load_word(AddressSpace& space, VirtAddr address) {
    std::uint32_t value = 0;
    const Status status = perform(space, address, Rights::read, [&value](std::byte* at) {
        value = std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at)).load(std::memory_order_relaxed);
    });
    if (status != Status::ok) return status;
    return value;
}

Status HostedSystem::store_word(AddressSpace& space, VirtAddr address, std::uint32_t value) {
    return perform(space, address, Rights::write, [value](std::byte* at) {
        std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at)).store(value, std::memory_order_relaxed);
    });
}

}  // namespace freehold::host
