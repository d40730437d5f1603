// SPDX-License-Identifier: MIT
// init: the first process. Starts the screen, the name service, the serial driver and the shell, takes note of every
// process whose parent is gone, starts a driver that died anew, and ends the machine with the shell's code.
//
// Arguments come from the kernel's command line: `noscreen` leaves the screen out. All are passed on to the shell.
#include "user/runtime/port.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

constexpr std::uint32_t kArgumentsMax = 16;

// Failing to give the machine its shell back is all init can die of.
constexpr std::uint32_t kCodeWithoutShell = 127;

bool wants_screen(const Arguments& arguments) {
    for (std::uint32_t i = 1; i < arguments.count(); ++i) {
        if (arguments[i] == "noscreen") return false;
    }
    return true;
}

/// The state of a process; ended if it is no more.
abi::ProcessState state_of(ProcessId process) {
    for (Word index = 0;;) {
        const auto next = next_process(index);
        if (!next.ok()) return abi::ProcessState::ended;
        if (next.value().process == process) return next.value().state;
    }
}

/// Starts the screen, which paints when nobody else has work, and waits until it has all the memory it will ever need:
/// what others then count is their own. How it ends nobody asks.
void start_screen(const BootArchive& archive) {
    const std::string_view words[] = {"screen"};
    const ProgramOptions options{.priority = abi::kPriorityDefault - 1, .privileges = abi::kPrivilegeDevices};
    const auto screen = start_program(archive, words, options);
    if (!screen.ok()) {
        print("init: no screen: {}\n", screen.status());
        return;
    }
    for (;;) {
        const auto state = state_of(screen.value());
        if (state == abi::ProcessState::reading || state == abi::ProcessState::ended) return;
        sleep(1);
    }
}

constexpr std::uint32_t kNamesMilliseconds = 10000;  // far more than it takes to start

/// Starts the name service, which says where it listens to the port it is told of.
Result<PortId> start_names(const BootArchive& archive) {
    const auto port = Port::create({.count_messages = 1, .message_bytes = sizeof(PortId)});
    if (!port.ok()) return port.status();
    const std::string_view words[] = {"names"};
    const auto names = start_program(archive, words, {.names = port.value().id()});
    if (!names.ok()) return names.status();
    const auto message = port.value().receive(Wait::yes, kNamesMilliseconds);
    if (!message.ok()) return message.status();
    const PortId* const told = message.value().payload_as<PortId>();
    if (told == nullptr || message.value().sender() != names.value()) return Status::bad_option;
    return *told;
}

/// Without it, names are unknown; all else goes on.
PortId names_or_none(const BootArchive& archive) {
    const auto names = start_names(archive);
    if (names.ok()) return names.value();
    print("init: no name service: {}\n", names.status());
    return PortId::none;
}

/// The driver of the second serial port, as often as it must be started. It ends by itself where there is no such port.
class SerialDriver {
  public:
    SerialDriver(const BootArchive& archive, PortId names) : archive_(archive), names_(names) {}

    /// Starts it, and waits until it serves or has ended: what others then count is their own.
    void start() {
        const std::string_view words[] = {"serial"};
        const ProgramOptions options{
            .priority = abi::kPriorityDefault + 1, .privileges = abi::kPrivilegeDevices, .names = names_};
        const auto started = start_program(archive_, words, options);
        if (!started.ok()) return print("init: no serial driver: {}\n", started.status());
        process_ = started.value();
        for (;;) {
            const auto state = state_of(process_);
            if (state == abi::ProcessState::awaiting || state == abi::ProcessState::ended) return;
            sleep(1);
        }
    }

    /// Somebody has ended: if it was the driver, and not of its own accord, it starts anew, some time at the earliest
    /// after the last time, so that one which dies at once does not keep the machine busy.
    void take_note(const abi::ExitInfo& ended) {
        if (ended.process != process_ || ended.kind == abi::ExitKind::exited) return;
        sleep(kRestartMilliseconds);
        start();
    }

  private:
    static constexpr std::uint32_t kRestartMilliseconds = 100;

    const BootArchive& archive_;
    PortId names_;
    ProcessId process_ = ProcessId::none;
};

Result<ProcessId> start_shell(const BootArchive& archive, const Arguments& arguments, PortId names) {
    std::string_view words[kArgumentsMax] = {"shell"};
    std::uint32_t count = 1;
    for (std::uint32_t i = 1; i < arguments.count() && count < kArgumentsMax; ++i) words[count++] = arguments[i];
    return start_program(archive, std::span(words).first(count),
                         {.privileges = abi::kPrivilegeKill | abi::kPrivilegeTrace, .names = names});
}

/// Waits until the shell ends; whoever else ends meanwhile is taken note of.
std::uint32_t outlive(ProcessId shell, SerialDriver& driver) {
    for (;;) {
        const auto ended = process_wait(ProcessId::none, Wait::yes);
        if (!ended.ok()) {
            print("init: waiting failed: {}\n", ended.status());
            return kCodeWithoutShell;
        }
        driver.take_note(ended.value());
        if (ended.value().process != shell) continue;
        if (ended.value().kind == abi::ExitKind::exited) return ended.value().code;
        char line[128];
        BufferSink sink(line);
        describe_end(sink, ended.value());
        print("init: the shell {}\n", sink.text());
        return status_of_end(ended.value());
    }
}

std::uint32_t run_shell(const BootArchive& archive, const Arguments& arguments) {
    const PortId names = names_or_none(archive);
    SerialDriver driver(archive, names);
    driver.start();
    const auto shell = start_shell(archive, arguments, names);
    if (shell.ok()) return outlive(shell.value(), driver);
    print("init: no shell: {}\n", shell.status());
    return kCodeWithoutShell;
}

}  // namespace

int program_main(const Arguments& arguments) {
    const auto archive = BootArchive::open();
    std::uint32_t code = kCodeWithoutShell;
    if (!archive.ok()) {
        print("init: no boot archive: {}\n", archive.status());
    } else {
        if (wants_screen(arguments)) start_screen(archive.value());
        code = run_shell(archive.value(), arguments);
    }
    (void)shutdown(code);
    return static_cast<int>(code);
}

}  // namespace freehold::user
