// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/boot/device_tree.h"

namespace freehold::kernel::machine {

/// Takes over the devices that the tree names. Until then the firmware prints.
void adopt_devices(const DeviceTree& tree);

}  // namespace freehold::kernel::machine
