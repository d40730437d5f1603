// SPDX-License-Identifier: MIT
// Attacks on what others left behind: in memory, in registers, in the gaps of answers.
#include <processor_state.h>

#include <cstring>

#include "user/attacks/attack.h"
#include "user/attacks/image.h"

namespace freehold::user {
namespace {

constexpr Word kSecretPages = 2048;
constexpr std::uint32_t kSecret = 0x5EC2E75;

arch::FloatingState floating;

bool is_zero(Word base, Word end) {
    for (Word at = base; at < end; at += 4) {
        if (word_at(at) != 0) return false;
    }
    return true;
}

/// Fills memory and registers with secrets, says so to whoever asks, and ends.
int run_secret(const Arguments& arguments) {
    const Word base = pages(kSecretPages);
    for (Word at = base; at < base + kSecretPages * kPageBytes; at += 64) word_at(at) = kSecret;
    const PortId parent = port_in(arguments, 2);
    abi::SendArgs letter = letter_to(parent);
    letter.payload = base;
    letter.length_bytes = 3;
    must(message_send(letter, Wait::yes));
    return 0;
}

/// After a process with secrets has died.
PortId after_secrets(const Family& family) {
    const PortId inbox = open_port(2, 128, 2);
    (void)await_end(family.start("@secret", inbox));
    return inbox;
}

std::string_view fresh_frames(Checks& checks) {
    const Family family;
    (void)after_secrets(family);
    const Word base = pages(2 * kSecretPages, {.populate = true});
    checks.expect(is_zero(base, base + 2 * kSecretPages * kPageBytes), "memory is new");
    const Word lazy = pages(kSecretPages);
    checks.expect(is_zero(lazy, lazy + kSecretPages * kPageBytes), "so is what comes at a touch");
    return status_name(Status::ok);
}

/// Below what this program has used so far there is nothing on its stack.
std::string_view fresh_stack(Checks& checks) {
    const Family family;
    (void)after_secrets(family);
    return status_name(checks.expect(await_end(family.start("@stack")) == 0, "a stack is new") ? Status::ok
                                                                                               : Status::not_free);
}

int run_stack(const Arguments& arguments) {
    constexpr Word kUsed = 4 * kPageBytes;
    return is_zero(arguments.info().stack_base, arguments.info().stack_end - kUsed) ? 0 : 1;
}

std::string_view fresh_buffers(Checks& checks) {
    const Family family;
    (void)after_secrets(family);
    (void)open_port(64, 4096);
    RegionInfo buffer[64];
    const Word count = must(regions(ProcessId::none, 0, buffer));
    for (Word i = 0; i < count; ++i) {
        const RegionInfo& region = buffer[i];
        if (region.state != RegionState::kept || region.length_bytes < 64 * kPageBytes) continue;
        const Word bytes = region.length_bytes;
        for (Word at = region.base; at < region.base + bytes; at += 4) {
            if (!checks.expect(word_at(at) != kSecret, "a port's buffer is new")) break;
        }
    }
    return status_name(Status::ok);
}

std::string_view same_place(Checks& checks) {
    const Word base = pages(64);
    touch(base, 64);
    must(release(base, 64 * kPageBytes));
    const auto again = Area::allocate(64 * kPageBytes, {.placement = Placement::at, .address = base});
    checks.expect(is_zero(base, base + 64 * kPageBytes), "what was here is gone");
    return status_name(again.status());
}

/// What follows a payload of three bytes in its sender's memory does not come along.
std::string_view message_tail(Checks& checks) {
    const Family family;
    const PortId inbox = after_secrets(family);
    const Word head = must(message_receive(inbox, Wait::no));
    const Word payload = head + sizeof(MessageHead);
    checks.expect(head_at(head).length_bytes == 3 && word_at(payload) == (kSecret & 0xFFFFFF), "three bytes came");
    checks.expect(is_zero(payload + 4, payload + 64), "and no more");
    return status_name(Status::ok);
}

/// A call that fills a structure, into bytes that are not zero: what the structure does not use of them is.
template <typename Info>
void expect_clean(Checks& checks, std::string_view name, Call call, Word first, bool second = false) {
    alignas(Info) unsigned char bytes[sizeof(Info)];
    std::memset(bytes, 0xA5, sizeof bytes);
    const Status found = second ? raw_call(call, first, detail::word(bytes)) : raw_call(call, detail::word(bytes));
    checks.expect(found, Status::ok, name);
    Info info;
    std::memcpy(&info, bytes, sizeof bytes);
    __builtin_clear_padding(&info);
    checks.expect(std::memcmp(&info, bytes, sizeof bytes) == 0, name);
}

bool is_zero_behind_end(std::span<const char> text) {
    std::size_t end = 0;
    while (end < text.size() && text[end] != '\0') ++end;
    while (end < text.size() && text[end] == '\0') ++end;
    return end == text.size();
}

std::string_view gaps(Checks& checks) {
    const Family family;
    expect_clean<abi::ClockInfo>(checks, "clock", Call::clock, 0);
    expect_clean<abi::SystemInfo>(checks, "system", Call::system_info, 0);
    expect_clean<abi::AuditInfo>(checks, "audit", Call::audit, 0);
    expect_clean<abi::ArchiveInfo>(checks, "archive", Call::boot_archive, 0);
    expect_clean<PageInfo>(checks, "page", Call::query_page, arch::kProgramBase, true);
    expect_clean<abi::ProcessInfo>(checks, "process", Call::process_info, 0, true);
    expect_clean<abi::PortRecord>(checks, "port", Call::port_info, 0, true);
    checks.expect(is_zero_behind_end(must(audit()).text), "the audit's text");
    // A long name, and then at the same place of the table a short one.
    (void)must(process_wait(must(start_image(image_of({}), "a-long-name-that-is-a-secret-too")), Wait::yes));
    const ProcessId child = must(start_image(image_of({}), "short"));
    Word index = 0;
    for (auto next = next_process(index); next.ok(); next = next_process(index)) {
        checks.expect(is_zero_behind_end(next.value().name), "a process's name");
    }
    (void)must(process_wait(child, Wait::yes));
    return status_name(Status::ok);
}

/// Registers after each call: as they were, but for its answer, which is no address of the kernel's.
std::string_view registers_of_calls(Checks& checks) {
    static arch::FloatingState after;
    for (std::uint32_t number = 0; number <= detail::word(Call::count_); ++number) {
        const auto call = static_cast<Call>(number);
        if (call == Call::exit || call == Call::sleep || call == Call::console_read || call == Call::console_watch) {
            continue;
        }
        arch::GeneralState general{};
        Word value = 0xD15EA5E2 + number;
        for (auto& word : general.word) word = value, value += 0x01010100;
        const arch::GeneralState wanted = general;
        arch::fill(floating, number);
        arch::freehold_load_floating(&floating);
        arch::freehold_call_general(&general, number);
        arch::freehold_store_floating(&after);
        for (std::size_t i = 0; i < std::size(general.word); ++i) {
            checks.expect(general.word[i] == wanted.word[i] || general.word[i] < freehold::arch::kUserEnd,
                          "no register tells of the kernel");
        }
        arch::accept_call(general, wanted);
        checks.expect(std::memcmp(&general, &wanted, sizeof general) == 0, "general registers are as they were");
        checks.expect(std::memcmp(&floating, &after, sizeof after) == 0, "and so are the others");
    }
    return status_name(Status::ok);
}

std::string_view registers_at_start(Checks& checks) {
    const abi::ExitInfo end = end_of(CodeList(freehold_code_of_registers).code(), "registers");
    checks.expect(end.kind == abi::ExitKind::exited && end.code == 0, "a program begins with zeros");
    return status_name(Status::ok);
}

/// A sum of the floating-point registers that it begins with.
int run_floating(const Arguments& /*arguments*/) {
    arch::freehold_store_floating(&floating);
    std::uint32_t sum = 0;
    for (Word at = 0; at < sizeof floating; at += 4) sum = sum * 31 + word_at(detail::word(&floating) + at);
    return static_cast<int>(sum & 0x7FFF'FFFF);
}

/// A program begins with the same ones whatever its starter had in them.
std::string_view floating_at_start(Checks& checks) {
    const Family family;
    std::uint32_t sums[2];
    for (std::uint32_t seed = 0; seed < 2; ++seed) {
        arch::fill(floating, seed + 3);
        arch::freehold_load_floating(&floating);
        sums[seed] = await_end(family.start("@floating"));
    }
    checks.expect(sums[0] == sums[1], "floating-point registers tell nothing of others");
    return status_name(Status::ok);
}

constexpr Attack kAttacks[] = {
    {"fresh-frames", "looks through new memory for what a dead process had there", "ok", fresh_frames},
    {"fresh-stack", "looks through a new stack", "ok", fresh_stack},
    {"fresh-buffers", "looks through the buffer of a new port", "ok", fresh_buffers},
    {"same-place", "allocates where it released, and looks", "ok", same_place},
    {"message-tail", "looks behind a short message for the rest of its sender's page", "ok", message_tail},
    {"gaps", "looks at the bytes of answers that hold nothing", "ok", gaps},
    {"registers-of-calls", "looks at all registers after each call", "ok", registers_of_calls},
    {"registers-at-start", "looks at all registers at its first instruction", "ok", registers_at_start},
    {"floating-at-start", "looks at the floating-point registers at its start", "ok", floating_at_start},
};

constexpr Role kRoles[] = {{"@secret", run_secret}, {"@stack", run_stack}, {"@floating", run_floating}};

}  // namespace

std::span<const Attack> stale_data_attacks() { return kAttacks; }
std::span<const Role> stale_data_roles() { return kRoles; }

}  // namespace freehold::user
