// SPDX-License-Identifier: MIT
// keep: a process allocates an area and sends it to another, which keeps it until it is killed. So the ledger has
// something to tell.
#include "user/tests_programs/family.h"

namespace freehold::user {
namespace {

[[noreturn]] void run_keeper(PortId parent, ProcessId self) {
    const PortId port = open_port(2, 64);
    introduce(parent, port);
    const MessageHead& head = head_at(must(message_receive(port, Wait::yes)));
    print("keep: process {} keeps 0x{:08x} of process {}\n", self, head.areas[0].base, head.sender);
    for (;;) sleep(1000);
}

int run_giver() {
    const Family family;
    const PortId inbox = open_port(2, 64);
    const ProcessId keeper = family.start("@keeper", inbox);
    const PortId to = static_cast<PortId>(next_cookie(inbox));
    auto area = must(Area::allocate(3 * kPageBytes));
    word_at(area.base() + kPageBytes) = 1;
    must(static_cast<Area&&>(area).send({.to = to}));
    (void)must(process_wait(keeper, Wait::yes));
    return 0;
}

}  // namespace

int program_main(const Arguments& arguments) {
    if (arguments[1] == "@keeper") run_keeper(port_in(arguments, 2), arguments.info().self);
    return run_giver();
}

}  // namespace freehold::user
