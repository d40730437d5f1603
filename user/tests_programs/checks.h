// SPDX-License-Identifier: MIT
// What a test program needs: expect() with a sentence, and one line at the end.
//
//      NAME: passed          or          NAME: failed: the sentence (line N) ... NAME: 3 of 40 checks failed
#pragma once

#include <source_location>
#include <string_view>

#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"

namespace freehold::user {

class Checks {
  public:
    using Place = std::source_location;

    /// `sentence` says what is so if all is well. Returns `holds`.
    bool expect(bool holds, std::string_view sentence, Place place = Place::current()) {
        ++count_;
        if (holds) return true;
        ++failed_;
        print("{}: failed: {} (line {})\n", program_name(), sentence, place.line());
        return false;
    }

    bool expect(Status found, Status wanted, std::string_view what, Place place = Place::current()) {
        ++count_;
        if (found == wanted) return true;
        ++failed_;
        print("{}: failed: {} gives {}, not {} (line {})\n", program_name(), what, wanted, found, place.line());
        return false;
    }

    /// The last line; what program_main returns.
    int finish() const {
        if (failed_ == 0) {
            print("{}: passed\n", program_name());
        } else {
            print("{}: {} of {} checks failed\n", program_name(), failed_, count_);
        }
        return failed_ == 0 ? 0 : 1;
    }

  private:
    std::uint32_t count_ = 0;
    std::uint32_t failed_ = 0;
};

inline std::uint32_t frames_in_use_now() {
    const auto info = system_info();
    return info.ok() ? frames_in_use(info.value().memory) : 0;
}

inline bool audit_is_clean() {
    const auto found = audit();
    if (found.ok() && found.value().clean == 0) print("{}: audit: {}\n", program_name(), found.value().text);
    return found.ok() && found.value().clean != 0;
}

/// All regions of this process, summed up: changes if any region does.
inline std::uint32_t fingerprint_of_regions() {
    std::uint64_t sum = 0;
    RegionInfo buffer[16];
    for (Word from = 0;;) {
        const auto count = regions(ProcessId::none, from, buffer);
        if (!count.ok() || count.value() == 0) return static_cast<std::uint32_t>(sum ^ sum >> 32);
        for (Word i = 0; i < count.value(); ++i) {
            const RegionInfo& region = buffer[i];
            for (const Word word :
                 {region.base, region.length_bytes, static_cast<Word>(region.type), static_cast<Word>(region.state),
                  static_cast<Word>(region.rights), Word{region.pages_guard}}) {
                sum = (sum ^ word) * 1099511628211U;
            }
        }
        const RegionInfo& last = buffer[count.value() - 1];
        from = last.base + last.length_bytes;
    }
}

}  // namespace freehold::user
