// SPDX-License-Identifier: MIT
// A list of processes, linked through the processes themselves: each is on one list at most, so it can be taken off
// whichever that is, in O(1), when it is killed.
#pragma once

namespace freehold::kernel {

struct Process;

class ProcessList {
  public:
    constexpr ProcessList() = default;
    ProcessList(const ProcessList&) = delete;
    ProcessList& operator=(const ProcessList&) = delete;

    [[nodiscard]] Process* front() const { return first_; }
    [[nodiscard]] bool empty() const { return first_ == nullptr; }

    void push_back(Process& process) { insert(process, nullptr); }
    void push_front(Process& process) { insert(process, first_); }

    /// Inserts before `next`, which is on this list; at the end where that is null. The process is on no list.
    void insert(Process& process, Process* next);

    /// Takes a process off this list.
    void remove(Process& process);

  private:
    Process* first_ = nullptr;
    Process* last_ = nullptr;
};

}  // namespace freehold::kernel
