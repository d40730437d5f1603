# SPDX-License-Identifier: MIT
# Flags as targets to link against: what is linked gets them, nothing else does.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# Optimized, with symbols, and with assertions: they stay on in what is released.
set(FREEHOLD_OPTIMIZE "-O2 -g" CACHE STRING "How much; tests on the host are compiled faster than they would run")
set(CMAKE_CXX_FLAGS_RELEASE "${FREEHOLD_OPTIMIZE}" CACHE STRING "" FORCE)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Every target of ours.
add_library(freehold_warnings INTERFACE)
target_compile_options(freehold_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror>)

# "src/...", "kernel/...", "user/..." from the project's root, <freehold/...> from include/.
add_library(freehold_paths INTERFACE)
target_include_directories(freehold_paths INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)

# Code that runs without an operating system below it. Frame pointers stay, for backtraces.
add_library(freehold_freestanding INTERFACE)
target_compile_options(freehold_freestanding INTERFACE
  -ffreestanding -fno-stack-protector -fno-pic -fno-pie -fno-asynchronous-unwind-tables -fno-omit-frame-pointer
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)
target_link_options(freehold_freestanding INTERFACE -nostdlib -static -no-pie)
# The FPU's registers are the processes'. A kernel of 64 bits is linked into the last 2 GiB of all addresses, and an
# interrupt writes below its stack pointer.
add_library(freehold_kernel_code INTERFACE)
target_link_libraries(freehold_kernel_code INTERFACE freehold_freestanding)
if(FREEHOLD_ARCH STREQUAL x86_32)
  # A status and a word beside it come back in two registers, as they do on the other machines.
  target_compile_options(freehold_freestanding INTERFACE -mgeneral-regs-only -freg-struct-return)
  target_link_options(freehold_freestanding INTERFACE -freg-struct-return)
elseif(FREEHOLD_ARCH STREQUAL x86_64)
  target_compile_options(freehold_freestanding INTERFACE -mgeneral-regs-only -mno-red-zone)
  target_compile_options(freehold_kernel_code INTERFACE -mcmodel=kernel)
  target_link_options(freehold_kernel_code INTERFACE -mcmodel=kernel)
elseif(FREEHOLD_ARCH STREQUAL riscv64)
  # Debian's headers ask for a list of what its C library lacks at this ABI; there is no C library, and so no list.
  file(WRITE ${CMAKE_BINARY_DIR}/include/gnu/stubs-lp64.h "")
  target_include_directories(freehold_freestanding SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/include)
  target_compile_options(freehold_freestanding INTERFACE
    -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mstrict-align)
  target_link_options(freehold_freestanding INTERFACE -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany)
endif()
# Division of 64-bit numbers and the like. RISC-V's libgcc is for another ABI; there, the machine's folder has them.
set(freehold_compiler_library gcc)
if(FREEHOLD_ARCH STREQUAL riscv64)
  set(freehold_compiler_library "")
endif()

# The kernel under sanitizers: kernel/checked says what they find, and how.
option(FREEHOLD_CHECKED "the kernel for x86_64 under the address and undefined-behaviour sanitizers" OFF)
add_library(freehold_checks INTERFACE)
if(FREEHOLD_CHECKED)
  target_compile_definitions(freehold_kernel_code INTERFACE FREEHOLD_CHECKED)
  target_compile_options(freehold_checks INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=undefined
    -fno-sanitize-recover=all -fsanitize=kernel-address -fasan-shadow-offset=0xdfffffffe0000000
    --param=asan-globals=1 --param=asan-stack=1 --param=asan-instrumentation-with-call-threshold=0>)
else()
  # Hooks, locks and the parts of the library are a few instructions each: they are worth most where they are called.
  target_compile_options(freehold_checks INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-flto=auto>)
endif()

# The host's sanitizers, for the whole build: "address,undefined", "thread" or nothing.
set(FREEHOLD_SANITIZE "" CACHE STRING "sanitizers of a host build")
if(FREEHOLD_SANITIZE)
  add_compile_options(-fsanitize=${FREEHOLD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FREEHOLD_SANITIZE})
endif()

# Whether the host's build counts branches as it runs, and has the fuzz targets: Clang only.
option(FREEHOLD_FUZZ "libFuzzer's targets" OFF)
if(FREEHOLD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Whether the host's build counts what is reached: Clang only. tools/coverage.py reads it.
option(FREEHOLD_COVERAGE "count lines and branches" OFF)
if(FREEHOLD_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
