// SPDX-License-Identifier: MIT
// witness: has memory of every kind, registers full of a pattern, and a name; whoever asks is told a checksum of all of
// it. It must always be the same, whatever others do.
//
//      ask witness sum   ──▶   sum 1a2b3c4d, 23 regions 5e6f7081, registers kept
#include <processor_state.h>

#include <cstring>

#include "user/runtime/names.h"
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kSeed = 77;
constexpr Word kTouchedPages = 64;
constexpr Word kPromisedPages = 512;

struct Range {
    Word base;
    Word length_bytes;
};

arch::FloatingState pattern;
arch::FloatingState found;

std::uint32_t sum_of(std::uint64_t sum, Range range) {
    for (Word at = range.base; at < range.base + range.length_bytes; at += 4)
        sum = (sum ^ word_at(at)) * 1099511628211U;
    return static_cast<std::uint32_t>(sum ^ sum >> 32);
}

Range area(Word count_pages, const AreaOptions& options = {}) {
    const Range range{must(Area::allocate(count_pages * kPageBytes, options)).forget(), count_pages * kPageBytes};
    Random random(kSeed);
    for (Word at = range.base; at < range.base + range.length_bytes; at += 4) word_at(at) = random.below(~0U);
    return range;
}

/// What it has: read and written, sealed, whole tables, and one under way, of which only the kernel's books can tell.
class Belongings {
  public:
    Belongings() {
        must(seal(sealed_.base, sealed_.length_bytes));
        must(area_post(own_port_, away_.base, away_.length_bytes, 0, PortId::none));
        promised_ = must(Area::allocate(kPromisedPages * kPageBytes)).forget();
        arch::fill(pattern, kSeed);
        arch::freehold_load_floating(&pattern);
    }

    [[nodiscard]] std::uint32_t sum() const {
        std::uint32_t sum = kSeed;
        for (const Range& range : {code_, plain_, sealed_}) sum = sum_of(sum, range);
        return sum;
    }

    /// The registers have been full since the last time.
    bool registers_kept() {
        arch::freehold_store_floating(&found);
        const bool kept = std::memcmp(&pattern, &found, sizeof found) == 0;
        arch::freehold_load_floating(&pattern);
        return kept;
    }

    /// What was promised is given, whatever others take: one more page each time, which is zero.
    bool promise_kept() {
        const std::uint32_t word = word_at(promised_ + touched_ * kPageBytes);
        word_at(promised_ + touched_ * kPageBytes) = 0;
        touched_ = (touched_ + 1) % kPromisedPages;
        return word == 0;
    }

  private:
    Range code_{arch::kProgramBase, 2 * kPageBytes};
    Range plain_ = area(kTouchedPages, {.populate = true});
    Range sealed_ = area(kTouchedPages);
    Range away_ = area(4);
    PortId own_port_ = open_port(2, 64, 2);
    Word promised_ = 0;
    Word touched_ = 0;
};

}  // namespace

int program_main(const Arguments&) {
    const auto port = must(Port::create({.count_messages = 8, .message_bytes = 64, .credits = 4}));
    Belongings belongings;
    must(publish_name("witness", port.id()));
    print("witness: ready\n");
    for (;;) {
        auto request = must(port.receive());
        if (!request.wants_reply()) continue;
        char text[128];
        const std::string_view answer = format_into(
            text, "sum {:x}, regions {:x}, registers {}, promise {}", belongings.sum(), fingerprint_of_regions(),
            belongings.registers_kept() ? "kept" : "LOST", belongings.promise_kept() ? "kept" : "BROKEN");
        (void)static_cast<Message&&>(request).reply(bytes_of(answer));
    }
}

}  // namespace freehold::user
