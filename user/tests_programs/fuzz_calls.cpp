// SPDX-License-Identifier: MIT
// fuzz_calls [CALLS] [SEED]: some processes make system calls at random, until there were a million, if not told
// otherwise: with handles and ranges that are alive, of each other too, and with wild words. They share ports and
// areas, start and kill children, and die of what they do to themselves; then another takes the place.
//
//      members ──calls──▶ kernel          every kCallsPerAudit calls a member looks at the audit
//         ▲
//      keeper: starts them anew, ends one that waits for what never comes, and has a memory nobody may touch
#include "user/tests_programs/fuzz_calls.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kCalls = 1'000'000;
constexpr std::uint32_t kMembers = 6;
constexpr std::uint32_t kMemberFrames = 2000;  // a whole table's pages; all of it runs out for one now and then
constexpr std::uint32_t kLookMilliseconds = 20;
constexpr std::uint32_t kWitnessWords = 3000;

class Keeper {
  public:
    Keeper(Checks& checks, std::uint32_t seed) : checks_(checks), seed_(seed), first_seed_(seed) {
        for (std::uint32_t i = 0; i < kWitnessWords; ++i) witness_[i] = i * 2654435761U;
    }

    void run(std::uint32_t calls) {
        const std::uint64_t begin = calls_so_far();
        std::uint32_t tenths = 0;
        while (found_ == 0 && calls_so_far() - begin < calls) {
            for (Member& member : members_) look_after(member);
            const auto now = static_cast<std::uint32_t>((calls_so_far() - begin) * 10 / calls);
            if (now > tenths && now < 10) print("fuzz_calls: {}0 %\n", now);
            tenths = now;
            sleep(kLookMilliseconds);
        }
        for (Member& member : members_) {
            if (member.process != ProcessId::none) end(member);
        }
        bool whole = true;
        for (std::uint32_t i = 0; i < kWitnessWords; ++i) whole = whole && witness_[i] == i * 2654435761U;
        checks_.expect(whole, "the keeper's memory is unharmed");
        checks_.expect(found_ == 0, "no member finds anything wrong");
        checks_.expect(audit_is_clean(), "the audit is clean");
        print("fuzz_calls: {:,} calls of {:,} processes, {:,} of them ended while they waited, seed {}\n",
              calls_so_far() - begin, seed_ - first_seed_, blocked_, first_seed_);
    }

  private:
    struct Member {
        ProcessId process = ProcessId::none;
        std::uint32_t calls = 0;
        std::uint32_t idle_looks = 0;
    };
    static constexpr std::uint32_t kIdleLooksMax = 4;

    static std::uint64_t calls_so_far() { return must(system_info()).system_calls; }

    void look_after(Member& member) {
        if (member.process == ProcessId::none) {
            member = {family_.start("@member", ++seed_, 0,
                                    {.priority = abi::kPriorityDefault - 1, .limit_frames = kMemberFrames})};
            return;
        }
        const auto ended = process_wait(member.process, Wait::no);
        if (ended.ok()) return note_end(member, ended.value());
        const std::uint32_t calls = must(info_of(member.process)).system_calls;
        member.idle_looks = calls == member.calls ? member.idle_looks + 1 : 0;
        member.calls = calls;
        if (member.idle_looks <= kIdleLooksMax) return;
        ++blocked_;
        end(member);
    }

    void end(Member& member) {
        (void)process_kill(member.process);
        note_end(member, must(process_wait(member.process, Wait::yes)));
    }

    void note_end(Member& member, const abi::ExitInfo& how) {
        if (how.kind == abi::ExitKind::exited && how.code == fuzz::kFoundCode) ++found_;
        member = {};
    }

    Checks& checks_;
    Family family_;
    Member members_[kMembers];
    std::uint32_t seed_;
    std::uint32_t first_seed_;
    std::uint32_t blocked_ = 0;
    std::uint32_t found_ = 0;
    std::uint32_t witness_[kWitnessWords];
};

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@member") fuzz::run_member(number_in(arguments, 2));
    Checks checks;
    Keeper(checks, number_in(arguments, 2, 1)).run(number_in(arguments, 1, kCalls));
    return checks.finish();
}

}  // namespace freehold::user
