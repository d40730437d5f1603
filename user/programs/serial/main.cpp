// SPDX-License-Identifier: MIT
// serial: the driver of the machine's second serial port. init starts it; it ends with 0 where there is no such port.
#include "user/programs/serial/service.h"
#include "user/runtime/print.h"
#include "user/runtime/start.h"

namespace freehold::user {
namespace {

serial::Service service;  // static: more than a stack should hold

}  // namespace

int program_main(const Arguments&) {
    const Status status = service.start(arch::kSecondSerialRegister, arch::kSecondSerialLine);
    if (status == Status::no_such_device) return 0;
    if (status != Status::ok) {
        print("serial: {}\n", status);
        return 1;
    }
    service.serve();
}

}  // namespace freehold::user
