// SPDX-License-Identifier: MIT
// FREEHOLD_ASSERT: stops the system where the library itself is wrong. Stays on in release builds.
//
// Never for user input, and never for exhaustion: those get a Status. The only macro of the library: nothing else can
// tell the condition's text and its line.
#pragma once

#include <freehold/host.h>

#define FREEHOLD_ASSERT(condition)                       \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::freehold_host_panic("assertion failed: " #condition, __FILE_NAME__, __LINE__))
