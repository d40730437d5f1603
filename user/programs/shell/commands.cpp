// SPDX-License-Identifier: MIT
// The shell's commands, and how a line becomes one.
#include "user/programs/shell/shell.h"
#include "user/runtime/print.h"
#include "user/runtime/process.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user::shell {
namespace {

using Function = std::uint32_t (*)(Shell& shell, const Words& words);

struct Command {
    std::string_view name;
    std::string_view arguments;
    std::string_view help;
    std::uint32_t words_min;  ///< the name included
    std::uint32_t words_max;
    Function function;
};

constexpr std::uint32_t kLedgerLines = 20;

std::uint32_t complain(std::string_view about, std::string_view what) {
    print("{}: {}\n", about, what);
    return 1;
}

constexpr std::string_view without_slash(std::string_view name) { return name.starts_with('/') ? drop(name, 1) : name; }

std::uint32_t list(Shell& shell, const Words& words) {
    const std::string_view prefix = without_slash(words[1]);
    bool found = false;
    if (shell.archive.bytes().empty()) return complain("ls", "the machine was started without an archive");
    for (auto entries = shell.archive.entries();;) {
        const auto entry = entries.next();
        if (entry.status() == Status::no_such_file) break;
        if (!entry.ok()) return complain("ls", status_name(entry.status()));
        if (!entry.value().is_file() || !entry.value().name.starts_with(prefix)) continue;
        print("{:12,}  /{}\n", entry.value().data.size(), entry.value().name);
        found = true;
    }
    return found ? 0 : complain(words[1].empty() ? "ls" : words[1], "no such file");
}

std::uint32_t show_file(Shell& shell, const Words& words) {
    const auto file = shell.archive.find(words[1]);
    if (file.status() == Status::no_such_file) return complain(words[1], "no such file");
    if (!file.ok()) return complain(words[1], status_name(file.status()));
    const std::string_view text(reinterpret_cast<const char*>(file.value().data()), file.value().size());
    print_text(text);
    if (!text.ends_with('\n')) print("\n");
    return 0;
}

/// Says how a process ended where that is worth a word.
std::uint32_t report_end(std::string_view name, const abi::ExitInfo& info) {
    const std::uint32_t status = status_of_end(info);
    if (status == 0) return 0;
    char line[128];
    BufferSink sink(line);
    describe_end(sink, info);
    print("{} ({}) {}\n", name, info.process, sink.text());
    return status;
}

std::uint32_t run_program(Shell& shell, const Words& words, std::uint32_t first) {
    const std::string_view name = words[first];
    const auto process = start_program(shell.archive, words.from(first));
    if (process.status() == Status::no_such_file) {
        return complain(name, first == 0 ? "no such command or program; `help` lists them" : "no such program");
    }
    if (!process.ok()) return complain(name, status_name(process.status()));
    if (words.background) {
        print("[{}] {}\n", process.value(), name);
        return 0;
    }
    const auto ended = process_wait(process.value(), Wait::yes);
    if (!ended.ok()) return complain(name, status_name(ended.status()));
    return report_end(name, ended.value());
}

std::uint32_t run(Shell& shell, const Words& words) { return run_program(shell, words, 1); }

/// The process a word names; complains if it is no number.
Result<ProcessId> process_of(std::string_view command, std::string_view word) {
    const auto number = parse_number(word);
    if (number.has_value() && *number != 0) return static_cast<ProcessId>(*number);
    print("{}: `{}` is no process; `ps` lists them\n", command, word);
    return Status::unknown_process;
}

std::uint32_t kill(Shell&, const Words& words) {
    const auto process = process_of("kill", words[1]);
    if (!process.ok()) return 1;
    const Status status = process_kill(process.value());
    return status == Status::ok ? 0 : complain("kill", status_name(status));
}

std::uint32_t maps(Shell&, const Words& words) {
    if (words.count == 1) return show_regions(ProcessId::none);
    const auto process = process_of("maps", words[1]);
    return process.ok() ? show_regions(process.value()) : 1;
}

std::uint32_t ledger_lines(Shell&, const Words& words) {
    if (words.count == 1) return show_ledger(kLedgerLines);
    if (words[1] == "frame" && words.count == 3) {
        const auto frame = parse_number(words[2]);
        return frame.has_value() ? show_frame(*frame) : complain("ledger", "FRAME is a number");
    }
    if (words[1] == "who" && words.count == 4) {
        const auto process = process_of("ledger", words[2]);
        const auto address = parse_number(words[3]);
        if (!process.ok()) return 1;
        return address.has_value() ? show_page(process.value(), *address) : complain("ledger", "ADDRESS is a number");
    }
    const auto count = words.count == 2 ? parse_number(words[1]) : std::nullopt;
    return count.has_value() ? show_ledger(*count)
                             : complain("ledger", "COUNT, `frame FRAME` or `who PROCESS ADDRESS`, all of them numbers");
}

std::uint32_t turn_trace(Shell&, const Words& words) {
    const bool on = words[1] == "on";
    if (!on && words[1] != "off") return complain("trace", "`on` or `off`");
    const Status status = trace(on);
    if (status == Status::no_such_device) return complain("trace", "the machine has no serial port for it");
    return status == Status::ok ? 0 : complain("trace", status_name(status));
}

std::uint32_t leave(Shell& shell, const Words& words) {
    const auto code = words.count > 1 ? parse_number(words[1]) : 0;
    if (!code.has_value()) return complain("exit", "CODE is a number");
    shell.done = true;
    shell.exit_code = *code;
    return *code;
}

std::uint32_t help(Shell& shell, const Words& words);

constexpr Command kCommands[] = {
    {"help", "", "this list", 1, 1, help},
    {"ls", "[PREFIX]", "files whose names begin so, and their sizes", 1, 2, list},
    {"cat", "FILE", "a file's contents", 2, 2, show_file},
    {"run", "NAME [ARGUMENT...]", "run a program; NAME alone does too", 2, Words::kMax, run},
    {"ps", "", "processes", 1, 1, [](Shell&, const Words&) { return show_processes(); }},
    {"kill", "PROCESS", "end a process", 2, 2, kill},
    {"maps", "[PROCESS]", "a process's regions: type, rights, state, pages present, guard pages", 1, 2, maps},
    {"mem", "", "what memory is used for, and the kernel's counters", 1, 1,
     [](Shell&, const Words&) { return show_memory(); }},
    {"ports", "", "ports, their messages, and who waits there", 1, 1,
     [](Shell&, const Words&) { return show_ports(); }},
    {"names", "", "names that ports are published under", 1, 1, [](Shell&, const Words&) { return show_names(); }},
    {"audit", "", "compare regions, page tables, frames and charges", 1, 1,
     [](Shell&, const Words&) { return show_audit(); }},
    {"ledger", "[COUNT]", "who owned what, and when: the latest operations", 1, 4, ledger_lines},
    {"trace", "on|off", "send what happens from here on to the third serial port", 2, 2, turn_trace},
    {"exit", "[CODE]", "end the machine", 1, 2, leave},
};

std::uint32_t help(Shell& shell, const Words&) {
    char usage[40];
    for (const Command& command : kCommands) {
        print("  {:26}{}\n", format_into(usage, "{} {}", command.name, command.arguments), command.help);
    }
    print("  {:26}{}\n", "ledger frame FRAME", "who has that frame of memory, and had it before");
    print("  {:26}{}\n", "ledger who PROCESS ADDRESS", " the same of the frame at that address");
    print("  {:26}{}\n", "NAME [ARGUMENT...] &", "run a program in the background");
    print("programs:");
    if (!shell.archive.bytes().empty()) {
        auto entries = shell.archive.entries();
        for (auto entry = entries.next(); entry.ok(); entry = entries.next()) {
            if (entry.value().is_file() && entry.value().name.starts_with("bin/")) {
                print(" {}", drop(entry.value().name, 4));
            }
        }
    }
    print("\n");
    return 0;
}

/// Status ok, or arguments_too_long: more words than a command can have.
Status split(std::string_view line, Words& words) {
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
        if (words.count == Words::kMax) return Status::arguments_too_long;
        words.word[words.count++] = word;
    }
    if (words.count == 0) return Status::ok;
    std::string_view& last = words.word[words.count - 1];
    if (!last.ends_with('&')) return Status::ok;
    words.background = true;
    last = take(last, last.size() - 1);
    if (last.empty()) --words.count;
    return Status::ok;
}

}  // namespace

std::uint32_t report_ended(Wait wait) {
    std::uint32_t failed = 0;
    for (;;) {
        const auto ended = process_wait(ProcessId::none, wait);
        if (!ended.ok()) return failed;
        char line[128];
        BufferSink sink(line);
        describe_end(sink, ended.value());
        print("[{}] {}\n", ended.value().process, sink.text());
        if (status_of_end(ended.value()) != 0) ++failed;
    }
}

std::uint32_t run_command(Shell& shell, std::string_view line) {
    Words words;
    const Status status = split(line, words);
    if (status != Status::ok) return complain("shell", status_name(status));
    if (words.count == 0) return 0;
    for (const Command& command : kCommands) {
        if (words[0] != command.name) continue;
        if (words.count >= command.words_min && words.count <= command.words_max) return command.function(shell, words);
        print("usage: {} {}\n", command.name, command.arguments);
        return 1;
    }
    return run_program(shell, words, 0);
}

}  // namespace freehold::user::shell
