// SPDX-License-Identifier: MIT
// A main() for fuzz targets without libFuzzer: tries the inputs of a text file, one a line in hexadecimal, as in
// tests/fuzz/corpus, and then a number of random ones that are always the same: fuzz_NAME FILE COUNT
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& line) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at + 2 <= line.size(); at += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(at, 2), nullptr, 16)));
    }
    return bytes;
}

}  // namespace

int main(int count_arguments, char** arguments) {
    if (count_arguments != 3) return 2;
    std::ifstream file(arguments[1]);
    std::size_t tried = 0;
    for (std::string line; std::getline(file, line); ++tried) {
        const auto bytes = bytes_of(line);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::mt19937 random(1);
    for (const std::size_t end = tried + std::stoul(arguments[2]); tried < end; ++tried) {
        std::vector<std::uint8_t> bytes(1 + random() % 400);
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%zu inputs\n", tried);
    return 0;
}
