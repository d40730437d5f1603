// SPDX-License-Identifier: MIT
// For programs that test and measure: they end at the first call that fails.
#pragma once

#include "user/runtime/calls.h"
#include "user/runtime/start.h"

namespace freehold::user {

inline void must(Status status) {
    if (status != Status::ok) fail(status_name(status));
}

template <typename T>
T must(Result<T> result) {
    must(result.status());
    return static_cast<T&&>(result.value());
}

inline const MessageHead& head_at(Word address) {
    return *reinterpret_cast<const MessageHead*>(static_cast<std::uintptr_t>(address));
}

}  // namespace freehold::user
