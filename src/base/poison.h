// SPDX-License-Identifier: MIT
// Frames that nobody may touch, for a kernel under an address sanitizer: FREEHOLD_CHECKED.
#pragma once

extern "C" void freehold_poison_frame(void* frame);
extern "C" void freehold_unpoison_frame(void* frame);

namespace freehold {

#ifdef FREEHOLD_CHECKED
inline constexpr bool kPoisons = true;
#else
inline constexpr bool kPoisons = false;
#endif

}  // namespace freehold
