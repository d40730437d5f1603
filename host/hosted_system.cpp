// SPDX-License-Identifier: MIT
#include "host/hosted_system.h"

#include <cstdio>
#include <cstdlib>

namespace freehold::host {

namespace {

[[noreturn]] void stop(const char* what) {
    std::fprintf(stderr, "host: %s\n", what);
    std::abort();
}

}  // namespace

HostedSystem::HostedSystem(std::uint32_t count_frames, FrameNumber first)
    : usable_{first, count_frames}, host_({&usable_, 1}) {
    const std::size_t bytes = system_bytes({&usable_, 1});
    memory_ = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
    SystemOptions options;
    options.host = &host_;
    options.usable = {&usable_, 1};
    const auto created = create_system({reinterpret_cast<std::byte*>(memory_.get()), bytes}, options);
    if (!created.ok()) stop(status_name(created.status()));
    system_ = created.value();
}

Result<std::byte*> HostedSystem::touch(AddressSpace& space, VirtAddr address, Rights access) {
    const std::uint32_t processor = freehold_host_processor(&host_);
    load_space(space);
    auto translation = machine().access(processor, address, access);
    if (!translation) {
        if (const Status status = resolve_fault(space, address, access); status != Status::ok) return status;
        translation = machine().access(processor, address, access);
    }
    if (!translation) stop("a fault was answered, and the access still fails");
    return host_.frame(translation->frame.value()) + address.value() % kPageBytes;
}

}  // namespace freehold::host
