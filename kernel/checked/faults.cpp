// SPDX-License-Identifier: MIT
// A fault of each kind that the sanitizers must catch: fault=global, stack, frame, copy, overflow, index on the command
// line.
#include <cstring>

#include <freehold/system.h>
#include <kernel_machine.h>

#include "kernel/boot/command_line.h"
#include "kernel/checked/checked.h"
#include "kernel/memory/memory.h"
#include "kernel/panic.h"

namespace freehold::kernel::checked {
namespace {

constinit std::uint32_t numbers[5]{1, 2, 3, 4, 5};

/// What the compiler can't know.
template <typename T>
T hidden(T value) {
    asm volatile("" : "+r"(value));
    return value;
}

void read_behind_global() { print(*hidden(numbers + 5), '\n'); }

void write_behind_variable() {
    std::uint32_t local[5]{};
    *hidden(local + 5) = 1;
    asm volatile("" : : "r"(local) : "memory");
}

void* frame_that_is_free() {
    const auto frame = allocate_kernel_frame(system());
    if (!frame.ok()) panic("no frame");
    free_kernel_frame(system(), frame.value());
    return reinterpret_cast<void*>(machine::kWindowBase + (Word{frame.value().value()} << kPageShift));
}

void write_to_free_frame() { *hidden(static_cast<std::uint32_t*>(frame_that_is_free())) = 1; }
void copy_from_free_frame() { std::memcpy(numbers, frame_that_is_free(), hidden(sizeof(numbers))); }
void overflow() { numbers[0] = static_cast<std::uint32_t>(hidden(0x7FFFFFFF) + hidden(1)); }
void index_beyond() { numbers[0] = numbers[hidden(5)]; }

struct Fault {
    std::string_view word;
    void (*commit)();
};
constexpr Fault kFaults[] = {
    {"fault=global", read_behind_global}, {"fault=stack", write_behind_variable}, {"fault=frame", write_to_free_frame},
    {"fault=copy", copy_from_free_frame}, {"fault=overflow", overflow},           {"fault=index", index_beyond},
};

}  // namespace

void commit_fault(std::string_view command_line) {
    for (const Fault& fault : kFaults) {
        if (has_word(command_line, fault.word)) fault.commit();
    }
}

}  // namespace freehold::kernel::checked
