// SPDX-License-Identifier: MIT
// badcalls: every system call with wrong arguments. Calls at random are fuzz_calls' affair.
#include "user/tests_programs/badcalls.h"

namespace freehold::user {
namespace {

void check_unknown_calls(Checks& checks) {
    const Unchanged unchanged(checks, "unknown calls change nothing");
    for (const Word number : {static_cast<Word>(Call::count_), Word{1000}, Word{0x80000000}, Word{0xFFFFFFFF}}) {
        checks.expect(raw_call(static_cast<Call>(number), 1, 2, 3, 4, 5), Status::unknown_call, "an unknown call");
    }
}

}  // namespace

int program_main(const Arguments& /*arguments*/) {
    Checks checks;
    const auto archive = BootArchive::open();
    if (!checks.expect(archive.status(), Status::ok, "opening the archive")) return checks.finish();
    check_unknown_calls(checks);
    check_pointers(checks);
    check_areas(checks);
    check_ports(checks);
    check_processes(checks, archive.value());
    checks.expect(audit_is_clean(), "the audit is clean");
    return checks.finish();
}

}  // namespace freehold::user
