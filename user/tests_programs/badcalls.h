// SPDX-License-Identifier: MIT
// badcalls, in parts: each part makes calls with arguments that are wrong in every way, and expects a status that says
// so and nothing changed.
#pragma once

#include "user/runtime/area.h"
#include "user/runtime/port.h"
#include "user/tests_programs/checks.h"

namespace freehold::user {

inline Status raw_call(Call call, Word first = 0, Word second = 0, Word third = 0, Word fourth = 0, Word fifth = 0) {
    return arch::system_call(call, first, second, third, fourth, fifth).status;
}

/// The end of all addresses.
inline constexpr Word kLastWord = ~Word{0};
inline constexpr Word kLastPage = kLastWord - (kPageBytes - 1);

/// Addresses no structure can be read from or written to: null, page 0, the kernel's half, the end of all addresses,
/// across the end of user space.
inline constexpr Word kBadPointers[] = {0,
                                        8,
                                        0xFFC,
                                        freehold::arch::kUserEnd,
                                        freehold::arch::kUserEnd - 4,
                                        freehold::arch::kUserEnd + 0x100000,
                                        kLastPage,
                                        kLastWord - 3,
                                        kLastWord};

/// Remembers what this process has, and expects the same at the end of its life.
class Unchanged {
  public:
    Unchanged(Checks& checks, std::string_view what)
        : checks_(checks), what_(what), regions_(fingerprint_of_regions()), frames_(frames_in_use_now()) {}
    Unchanged(const Unchanged&) = delete;
    Unchanged& operator=(const Unchanged&) = delete;
    ~Unchanged() {
        checks_.expect(fingerprint_of_regions() == regions_, what_);
        checks_.expect(frames_in_use_now() == frames_, what_);
    }

  private:
    Checks& checks_;
    std::string_view what_;
    std::uint32_t regions_;
    std::uint32_t frames_;
};

inline void expect_failure(Checks& checks, Status status, std::string_view what,
                           Checks::Place place = Checks::Place::current()) {
    checks.expect(status != Status::ok, what, place);
}

void check_pointers(Checks& checks);
void check_areas(Checks& checks);
void check_ports(Checks& checks);
void check_processes(Checks& checks, const BootArchive& archive);

}  // namespace freehold::user
