// SPDX-License-Identifier: MIT
// The smallest port: what its parts need of each other.
#pragma once

#include <freehold/space.h>

namespace minimal {

/// What every hook gets: where frame 0 would be in the kernel's own addresses.
struct Host {
    std::byte* frame_0;
};

/// One user instruction that stores or loads, run in that space; page faults are answered as a kernel does.
freehold::Status user_store(freehold::AddressSpace& space, freehold::VirtAddr address, freehold::Word value);
freehold::Result<freehold::Word> user_load(freehold::AddressSpace& space, freehold::VirtAddr address);

void print(const char* text);

/// Two spaces and an area that moves, is sealed and shared. Prints what goes wrong; true if nothing does.
bool demonstrate(freehold::System& system);

}  // namespace minimal
