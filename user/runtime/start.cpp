// SPDX-License-Identifier: MIT
// From the entry stub to program_main and out again. Nothing is destroyed at the end: the kernel takes all back.
#include "user/runtime/start.h"

#include "user/runtime/calls.h"
#include "user/runtime/print.h"

using Constructor = void (*)();
extern "C" {
extern const Constructor freehold_constructors_begin[];
extern const Constructor freehold_constructors_end[];

[[noreturn]] void freehold_user_start(const freehold::abi::StartInfo* info);

// What the compiler calls for objects with static lifetime and for pure virtual functions.
void* __dso_handle = nullptr;
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
[[noreturn]] void __cxa_pure_virtual() { freehold::user::fail("a pure virtual function was called"); }
}

namespace freehold::user {
namespace {
std::string_view name_of_program = "?";
PortId port_of_names = PortId::none;
}  // namespace

std::string_view Arguments::operator[](std::uint32_t index) const {
    if (index >= info_->argument_count) return {};
    const auto* text = reinterpret_cast<const char*>(static_cast<std::uintptr_t>(info_->arguments));
    for (; index > 0; --index) text += std::string_view(text).size() + 1;
    return text;
}

std::string_view program_name() { return name_of_program; }

PortId names_port() { return port_of_names; }

void fail(std::string_view why) {
    print("{}: aborted: {}\n", name_of_program, why);
    exit(kFailCode);
}

}  // namespace freehold::user

void freehold_user_start(const freehold::abi::StartInfo* info) {
    const freehold::user::Arguments arguments(*info);
    for (const Constructor* at = freehold_constructors_begin; at != freehold_constructors_end; ++at) (*at)();
    freehold::user::name_of_program = arguments[0];
    freehold::user::port_of_names = info->port;
    freehold::user::exit(static_cast<std::uint32_t>(freehold::user::program_main(arguments)));
}
