// SPDX-License-Identifier: MIT
// Turns: two threads of which one runs at a time, each a processor, and which one is settled by their steps alone. So
// an operation meets another at a step of one's choice, and a run can be repeated.
//
//   first   --1--2--3|                  |--4--5|     |--6-- ...      its steps are counted: locks wanted, taken, let
//   go, second           |--...-- wants a lock     |-- done              and wakes
//                       that the first holds --'  let go
//
// The second begins at the given step of the first, or after its last. It runs to its end, or as far as the first's
// locks let it, and goes on when the lock it wants is free.
#pragma once

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

#include "host/host.h"

namespace freehold::exhaust {

class Turns {
  public:
    explicit Turns(host::Host& host) : host_(host) {
        host_.on_step = [this](host::Host::Step step, const HostLock* lock) { on_step(step, lock); };
    }
    ~Turns() { host_.on_step = nullptr; }
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// Runs both; `second` begins at step `at` of `first`, counted from 1. How many steps `first` had.
    std::uint32_t run(const std::function<void()>& first, const std::function<void()>& second, std::uint32_t at) {
        at_ = at;
        std::thread other([this, &second] {
            host::play_processor(1);
            wait_for(1);
            second();
            finish(1);
        });
        first();
        finish(0);
        other.join();
        return steps_;
    }

  private:
    static constexpr std::uint32_t kBusyMax = 8;

    void on_step(host::Host::Step step, const HostLock* lock) {
        const std::uint32_t me = freehold_host_processor(&host_);
        if (step == host::Host::Step::busy) {
            // Both want what the other has: neither will ever let go.
            if (done_[1 - me] || ++busy_ > kBusyMax) stop("a deadlock");
            wanted_[me] = lock;
            pass(me);
            wanted_[me] = nullptr;
            return;
        }
        busy_ = 0;
        const bool begins = me == 0 && ++steps_ == at_;
        const bool lets_go = step == host::Host::Step::freed && wanted_[1 - me] == lock;
        if (begins || lets_go) pass(me);
    }

    void pass(std::uint32_t me) {
        std::unique_lock guard(mutex_);
        if (done_[1 - me]) return;
        turn_ = 1 - me;
        changed_.notify_all();
        changed_.wait(guard, [this, me] { return turn_ == me; });
    }
    void wait_for(std::uint32_t me) {
        std::unique_lock guard(mutex_);
        changed_.wait(guard, [this, me] { return turn_ == me; });
    }
    void finish(std::uint32_t me) {
        const std::lock_guard guard(mutex_);
        done_[me] = true;
        turn_ = 1 - me;
        changed_.notify_all();
    }
    [[noreturn]] static void stop(const char* what) {
        std::fprintf(stderr, "turns: %s\n", what);
        std::abort();
    }

    host::Host& host_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint32_t turn_ = 0;
    bool done_[2] = {false, false};
    const HostLock* wanted_[2] = {nullptr, nullptr};
    std::uint32_t busy_ = 0;   ///< times in a row that a lock was not free
    std::uint32_t steps_ = 0;  ///< of the first
    std::uint32_t at_ = 0;
};

}  // namespace freehold::exhaust
