// SPDX-License-Identifier: MIT
// All of Freehold.
#pragma once

#include <freehold/audit.h>
#include <freehold/config.h>
#include <freehold/host.h>
#include <freehold/ipc.h>
#include <freehold/space.h>
#include <freehold/status.h>
#include <freehold/system.h>
#include <freehold/types.h>
