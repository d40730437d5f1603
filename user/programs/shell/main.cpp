// SPDX-License-Identifier: MIT
// shell: reads commands from the console and runs them. If the boot archive holds a file etc/commands, the shell runs
// what stands in there instead, separated by `;` or newlines, and ends with 0 only if all of it succeeded.
#include "user/programs/shell/line_editor.h"
#include "user/programs/shell/shell.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"
#include "user/runtime/text.h"

namespace freehold::user {
namespace {

using shell::Shell;

constexpr std::string_view kPrompt = "freehold> ";
constexpr std::string_view kBatchFile = "etc/commands";

class ConsoleSink final : public Sink {
  public:
    void write(std::string_view text) override { print_text(text); }
};

ConsoleSink console;
LineEditor editor(console, kPrompt);  // static: its history is more than a stack should hold

/// Runs the commands of one line; how many failed.
std::uint32_t run_commands(Shell& shell, std::string_view commands) {
    std::uint32_t failed = 0;
    while (!commands.empty() && !shell.done) {
        if (shell::run_command(shell, cut(commands, ";\n")) != 0) ++failed;
    }
    return failed;
}

int run_batch(Shell& shell, std::string_view commands) {
    std::uint32_t failed = run_commands(shell, commands);
    failed += shell::report_ended(Wait::yes);
    if (shell.done && shell.exit_code != 0) return static_cast<int>(shell.exit_code);
    return failed == 0 ? 0 : 1;
}

/// False when the console has ended.
bool read_line() {
    editor.begin();
    for (;;) {
        // One byte at a time: what is typed ahead stays the console's, for a program that reads it.
        char byte = 0;
        const auto count = console_read({&byte, 1});
        if (!count.ok() || count.value() == 0) return false;
        switch (editor.feed(byte)) {
            case LineEditor::Event::none:
                break;
            case LineEditor::Event::line:
                return true;
            case LineEditor::Event::abandoned:
                editor.begin();
                break;
            case LineEditor::Event::end:
                print("exit\n");
                return false;
        }
    }
}

int run_interactively(Shell& shell) {
    print("Freehold. `help` lists the commands.\n");
    while (!shell.done && read_line()) {
        run_commands(shell, editor.line());
        shell::report_ended(Wait::no);
    }
    return static_cast<int>(shell.exit_code);
}

}  // namespace

int program_main(const Arguments&) {
    auto archive = BootArchive::open();
    if (!archive.ok()) {
        print("shell: no boot archive: {}\n", archive.status());
        return 1;
    }
    Shell shell{.archive = static_cast<BootArchive&&>(archive.value())};
    const auto batch = shell.archive.find(kBatchFile);
    if (!batch.ok()) return run_interactively(shell);
    return run_batch(shell, {reinterpret_cast<const char*>(batch.value().data()), batch.value().size()});
}

}  // namespace freehold::user
