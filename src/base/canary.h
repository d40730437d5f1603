// SPDX-License-Identifier: MIT
// Canaries: faults let in on purpose, one at a time, to see that the tests find them. Only where FREEHOLD_CANARIES is
// defined, which it is for nothing but the programs of `./test canaries`; everywhere else no code comes of one.
#pragma once

namespace freehold {

enum class Canary {
    none,
    skipped_invalidation,  ///< this processor's TLB is not told of what changed
    skipped_shootdown,     ///< nor are the others'
    lost_reference,        ///< one more reference to a frame is not counted
    dirty_frame,           ///< a frame is handed out with what its last owner left
    wrong_merge,           ///< neighbours of different rights become one region
    missed_rollback,       ///< a charge stays though the operation fails
    double_owner,          ///< what was moved stays with its sender, too
    writable_seal,         ///< pages of a sealed area can still be written
    lost_area,             ///< an area of a port that dies does not come back
    silent_death,          ///< who waits for an answer is not told that there will be none
};

#ifdef FREEHOLD_CANARIES
extern const Canary canary_let_in;
inline bool lets_in(Canary canary) { return canary == canary_let_in; }
#else
constexpr bool lets_in(Canary /*canary*/) { return false; }
#endif

}  // namespace freehold
