// SPDX-License-Identifier: MIT
// What a person, or ./test, tells a test by the environment.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace freehold::test {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace freehold::test
