// SPDX-License-Identifier: MIT
// device_check: interrupts and device registers from a driver's side. Runs in place of init, which has all privileges,
// on a machine with a second serial port, and ends the machine: with 0 if all is well.
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kUart = arch::kSecondSerialRegister;
constexpr std::uint32_t kLine = arch::kSecondSerialLine;
constexpr std::uint32_t kUartRegisters = 8;
constexpr std::uint32_t kInterruptEnable = kUart + 1;
constexpr std::uint32_t kModemControl = kUart + 4;
constexpr std::uint32_t kSignal = 0x80000000;
constexpr std::uint32_t kOtherLine = 5;
constexpr std::uint32_t kMilliseconds = 1000;

/// Has the device raise its line: it may send, and says so. A new edge, whatever was before.
void raise_line() {
    must(register_write(kInterruptEnable, 0));
    must(register_write(kInterruptEnable, 2));
}

Status await_signal(std::uint32_t milliseconds) { return signal_wait(kSignal, Wait::yes, milliseconds).status(); }

void check_lines(Checks& checks) {
    for (const std::uint32_t line : {16U, 99U, 0x80000000U, 0xFFFFFFFFU}) {
        checks.expect(interrupt_attach(line, kSignal), Status::no_such_device, "a line that is none");
        checks.expect(interrupt_done(line), Status::no_such_device, "serving a line that is none");
    }
    for (const std::uint32_t line : {0U, 1U, 2U, 4U}) {
        checks.expect(interrupt_attach(line, kSignal), Status::no_such_device, "a line of the kernel's");
    }
    checks.expect(interrupt_done(kLine), Status::not_permitted, "serving a line of nobody's");
    checks.expect(interrupt_attach(kLine, 0), Status::ok, "letting go of a line of nobody's");
}

void check_interrupts(Checks& checks) {
    must(register_write(kModemControl, 0x0B));
    checks.expect(interrupt_attach(kLine, kSignal), Status::ok, "taking the line");
    raise_line();
    checks.expect(await_signal(kMilliseconds), Status::ok, "an interrupt");
    raise_line();
    checks.expect(await_signal(50), Status::timed_out, "an interrupt before the last one is served");
    checks.expect(interrupt_done(kLine), Status::ok, "serving it");
    checks.expect(await_signal(kMilliseconds), Status::ok, "the interrupt that came meanwhile");
    checks.expect(interrupt_attach(kLine, 0), Status::ok, "letting go of the line");
    raise_line();
    checks.expect(await_signal(50), Status::timed_out, "an interrupt of a line let go of");
    checks.expect(interrupt_attach(kLine, kSignal), Status::ok, "taking it again");
    checks.expect(interrupt_attach(kLine, kSignal), Status::ok, "taking it twice");
}

void check_claims(Checks& checks) {
    checks.expect(registers_claim(0x500, 0), Status::zero_length, "no registers");
    checks.expect(registers_claim(0xFFFF, 2), Status::no_such_device, "registers beyond all");
    checks.expect(registers_claim(0x10000, 1), Status::no_such_device, "a register beyond all");
    checks.expect(registers_claim(0xFFFFFFFF, 2), Status::no_such_device, "registers that wrap around");
    checks.expect(registers_claim(8, 0xFFFFFFFF), Status::no_such_device, "more registers than there are");
    for (const std::uint32_t first : {0x00U, 0x20U, 0x43U, 0x60U, 0xA1U, 0xF4U, 0x3E8U, 0x3F8U, 0xCF8U}) {
        checks.expect(registers_claim(first, 1), Status::no_such_device, "a register of the kernel's");
    }
    checks.expect(registers_claim(0x3F0, 0x10), Status::no_such_device, "registers of which one is the kernel's");
    checks.expect(register_read(kUart).status(), Status::not_permitted, "a register of nobody's");
    checks.expect(registers_claim(kUart, kUartRegisters), Status::ok, "the device's registers");
    checks.expect(registers_claim(kUart + 7, 2), Status::device_taken, "registers of which one is taken");
    checks.expect(register_read(kUart + 7, 2).status(), Status::not_permitted, "a register across the claim's end");
    checks.expect(register_read(kUart + 8).status(), Status::not_permitted, "a register behind the claim");
    checks.expect(register_read(kUart - 1).status(), Status::not_permitted, "a register before the claim");
    for (const std::uint32_t width : {0U, 3U, 8U, 0xFFFFFFFFU}) {
        checks.expect(register_read(kUart, width).status(), Status::bad_option, "a width that is none");
        checks.expect(register_write(kUart, 0, width), Status::bad_option, "a width that is none");
    }
    checks.expect(register_write(kUart + 7, 0xA5), Status::ok, "writing the scratch register");
    checks.expect(must(register_read(kUart + 7)) == 0xA5, "it holds what was written");
}

void check_table(Checks& checks) {
    Status status = Status::ok;
    for (std::uint32_t i = 0; i < 0x1000 && status == Status::ok; ++i) status = registers_claim(0x1000 + 2 * i, 1);
    checks.expect(status, Status::device_table_full, "claiming without end");
}

/// A driver beside the first one: what is taken is taken; then it takes the other line, and ends or is ended.
int run_second(bool stays) {
    if (interrupt_attach(kLine, kSignal) != Status::device_taken) return 1;
    if (interrupt_done(kLine) != Status::not_permitted) return 2;
    if (registers_claim(kUart, 1) != Status::device_taken) return 3;
    if (register_read(kUart).status() != Status::not_permitted) return 4;
    if (interrupt_attach(kOtherLine, kSignal) != Status::ok) return 5;
    if (registers_claim(0x220, 16) != Status::ok) return 6;
    while (stays) sleep(1000);
    return 0;
}

int run_unprivileged() {
    if (interrupt_attach(kOtherLine, kSignal) != Status::not_permitted) return 1;
    if (interrupt_done(kOtherLine) != Status::not_permitted) return 2;
    return registers_claim(0x220, 16) == Status::not_permitted ? 0 : 3;
}

void check_others(Checks& checks, const BootArchive& archive) {
    const auto start = [&](std::string_view role, std::uint32_t privileges) {
        const std::string_view words[] = {"device_check", role};
        return must(start_program(archive, words, {.privileges = privileges}));
    };
    checks.expect(await_end(start("@unprivileged", 0)) == 0, "who has no privilege gets no device");
    for (int i = 0; i < 2; ++i) {
        checks.expect(await_end(start("@second", abi::kPrivilegeDevices)) == 0, "a device has one driver at a time");
    }
    const ProcessId killed = start("@staying", abi::kPrivilegeDevices);
    checks.expect(comes_to(killed, abi::ProcessState::sleeping), "it has what it wants");
    checks.expect(interrupt_attach(kOtherLine, kSignal), Status::device_taken, "another's line");
    checks.expect(registers_claim(0x22F, 2), Status::device_taken, "another's registers");
    end_child(killed);
    checks.expect(interrupt_attach(kOtherLine, kSignal), Status::ok, "a dead driver's line");
    checks.expect(registers_claim(0x22F, 2), Status::ok, "a dead driver's registers");
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@second") return run_second(false);
    if (arguments[1] == "@staying") return run_second(true);
    if (arguments[1] == "@unprivileged") return run_unprivileged();
    Checks checks;
    const auto archive = must(BootArchive::open());
    check_lines(checks);
    check_claims(checks);
    check_interrupts(checks);
    check_others(checks, archive);
    check_table(checks);
    checks.expect(audit_is_clean(), "the audit is clean");
    return static_cast<int>(static_cast<std::uint32_t>(shutdown(static_cast<std::uint32_t>(checks.finish()))));
}

}  // namespace freehold::user
