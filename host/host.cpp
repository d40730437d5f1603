// SPDX-License-Identifier: MIT
#include "host/host.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

namespace freehold::host {

namespace {

thread_local std::uint32_t this_processor = 0;
thread_local std::uint32_t held = 0;

/// A number that no other living thread has.
std::uintptr_t this_thread() { return reinterpret_cast<std::uintptr_t>(&held); }

[[noreturn]] void stop(const char* what) { freehold_host_panic(what, __FILE_NAME__, 0); }

}  // namespace

void play_processor(std::uint32_t processor) { this_processor = processor; }
std::uint32_t locks_held() { return held; }

Host::Host(std::span<const FrameRange> memory)
    : memory_(memory.begin(), memory.end()), machine_(this, freehold_host_frame_pointer) {
    if (memory_.empty()) stop("a host without memory");
    std::uint32_t last = 0;
    first_ = memory_.front().first.value();
    for (const FrameRange& range : memory_) {
        first_ = std::min(first_, range.first.value());
        last = std::max(last, range.first.value() + range.count);
    }
    span_ = last - first_;
    void* const area =
        mmap(nullptr, std::size_t{span_} * kPageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) throw std::bad_alloc();
    bytes_ = static_cast<std::byte*>(area);
    for (const FrameRange& range : memory_) {
        const std::size_t length_bytes = std::size_t{range.count} * kPageBytes;
        if (mprotect(frame(range.first.value()), length_bytes, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
        std::memset(frame(range.first.value()), 0xA5, length_bytes);
    }
}

Host::~Host() { munmap(bytes_, std::size_t{span_} * kPageBytes); }

std::byte* Host::frame(std::uint32_t number) {
    if (number - first_ >= span_) stop("a frame beyond the machine's memory");
    return bytes_ + std::size_t{number - first_} * kPageBytes;
}

void Host::shoot_down(std::uint32_t mask, std::uintptr_t base, std::uintptr_t length_bytes) {
    ++shootdowns_;
    if ((mask >> this_processor & 1) != 0) stop("a shootdown of this very processor");
    std::this_thread::yield();  // interrupts take their time; meanwhile the others go on with what their TLBs hold
    for (std::uint32_t processor = 0; processor < sim::Machine::kProcessors; ++processor) {
        if ((mask >> processor & 1) == 0) continue;
        if (length_bytes == 0) machine_.invalidate_user(processor);
        for (std::uintptr_t page = base; page < base + length_bytes; page += kPageBytes) {
            machine_.invalidate_page(processor, VirtAddr(static_cast<Word>(page)));
        }
    }
    if (on_shootdown) on_shootdown(mask, base, length_bytes);
}

}  // namespace freehold::host

using freehold::host::Host;

freehold::sim::Machine* freehold_sim_machine(void* host) { return &static_cast<Host*>(host)->machine(); }

void* freehold_host_frame_pointer(void* host, std::uint32_t frame_number) {
    return static_cast<Host*>(host)->frame(frame_number);
}

void freehold_host_lock(void* host, freehold::HostLock* lock) {
    const Host& machine = *static_cast<Host*>(host);
    machine.note(Host::Step::wanted, lock);
    const std::atomic_ref<std::uintptr_t> owner(lock->word[0]);
    for (std::uintptr_t expected = 0;
         !owner.compare_exchange_weak(expected, freehold::host::this_thread(), std::memory_order_acquire);
         expected = 0) {
        if (expected == freehold::host::this_thread()) freehold::host::stop("a lock taken twice");
        if (expected == 0) continue;
        std::this_thread::yield();
        machine.note(Host::Step::busy, lock);
    }
    if (freehold::host::held++ == 0) static_cast<Host*>(host)->machine().begin_work(freehold::host::this_processor);
    machine.note(Host::Step::taken, lock);
}

void freehold_host_unlock(void* host, freehold::HostLock* lock) {
    const std::atomic_ref<std::uintptr_t> owner(lock->word[0]);
    if (owner.load(std::memory_order_relaxed) != freehold::host::this_thread()) {
        freehold::host::stop("a lock let go that was not held");
    }
    owner.store(0, std::memory_order_release);
    if (--freehold::host::held == 0) static_cast<Host*>(host)->machine().end_work(freehold::host::this_processor);
    static_cast<Host*>(host)->note(Host::Step::freed, lock);
}

std::uint32_t freehold_host_processor(void*) { return freehold::host::this_processor; }

void freehold_host_shootdown(void* host, std::uint32_t processor_mask, std::uintptr_t base,
                             std::uintptr_t length_bytes) {
    static_cast<Host*>(host)->shoot_down(processor_mask, base, length_bytes);
}

void freehold_host_wake(void* host, std::uintptr_t owner_token, std::uint32_t port_id) {
    if (freehold::host::held != 0) freehold::host::stop("a wake with a lock held");
    const Host& machine = *static_cast<Host*>(host);
    machine.note(Host::Step::wake, nullptr);
    if (machine.on_wake) machine.on_wake(owner_token, port_id);
}

int freehold_host_waits(void* host, std::uintptr_t owner_token, std::uint32_t port_id) {
    const Host& machine = *static_cast<Host*>(host);
    return machine.waits && machine.waits(owner_token, port_id) ? 2 : 0;
}

void freehold_host_pause(void* host) { static_cast<Host*>(host)->pause(); }

std::uint64_t freehold_host_timestamp(void* host) { return static_cast<Host*>(host)->timestamp(); }

void freehold_host_panic(const char* what, const char* file, std::uint32_t line) {
    std::fprintf(stderr, "panic: %s (%s:%u)\n", what, file, line);
    std::abort();
}
