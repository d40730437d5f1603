// SPDX-License-Identifier: MIT
#include "tests/support/test_system.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include <gtest/gtest.h>

namespace freehold::test {

namespace {

constexpr std::size_t kMemoryAlignmentWords = 2;
constexpr std::uint64_t kAnything = 0xA5A5'5A5A'A5A5'5A5A;  ///< what a system's memory holds before it is one

const char* const kStates[] = {"", " sealed", " transit", " transit_sealed", " kept"};
const char* const kTypes[] = {"free", "phys", "anon"};

template <typename... Arguments>
void print(std::string& text, const char* format, Arguments... arguments) {
    char line[240];
    std::snprintf(line, sizeof line, format, arguments...);
    text += line;
}

std::string rights_text(Rights rights) {
    return {has(rights, Rights::read) ? 'r' : '-', has(rights, Rights::write) ? 'w' : '-',
            has(rights, Rights::execute) ? 'x' : '-'};
}

std::string region_text(const RegionInfo& region) {
    if (region.type == RegionType::free) return "free";
    return rights_text(region.rights) + " " + kTypes[static_cast<unsigned>(region.type)] +
           kStates[static_cast<unsigned>(region.state)];
}

std::uint32_t checksum(const std::byte* bytes) {
    std::uint32_t sum = 2166136261U;
    for (std::size_t i = 0; i < kPageBytes; ++i) sum = (sum ^ static_cast<std::uint32_t>(bytes[i])) * 16777619U;
    return sum;
}

std::uint8_t pattern(Word address, std::uint32_t seed) {
    const std::uint32_t mixed = (static_cast<std::uint32_t>(address) + seed * 0x9E3779B9U) * 0x85EBCA6BU;
    return static_cast<std::uint8_t>(mixed >> 24 | 1);
}

/// The first lines that two texts do not share.
std::string first_difference(const std::string& before, const std::string& after) {
    std::size_t same = 0;
    while (same < before.size() && same < after.size() && before[same] == after[same]) ++same;
    const std::size_t line = same == 0 ? 0 : before.rfind('\n', same - 1) + 1;
    const auto line_of = [line](const std::string& text) { return text.substr(line, text.find('\n', line) - line); };
    return "was \"" + line_of(before) + "\", is \"" + line_of(after) + "\"";
}

}  // namespace

std::string region_text(AddressSpace& space, Word address) {
    const auto region = query_region(space, VirtAddr(address));
    return region.ok() ? region_text(region.value()) : status_name(region.status());
}

TestSystem::TestSystem(const std::vector<FrameRange>& usable, const std::vector<FrameRange>& taken,
                       Processors processors)
    : host_(usable) {
    const std::size_t words = system_bytes(usable) / sizeof(std::uint64_t) + kMemoryAlignmentWords;
    memory_ = std::make_unique<std::uint64_t[]>(words);
    std::fill_n(memory_.get(), words, kAnything);
    const SystemOptions options{.host = &host_,
                                .usable = usable,
                                .taken = taken,
                                .kernel_root = nullptr,
                                .one_processor = processors == Processors::one};
    const auto bytes = std::as_writable_bytes(std::span(memory_.get(), words));
    const auto system = create_system(bytes, options);
    if (!system.ok()) throw std::runtime_error(status_name(system.status()));
    system_ = system.value();
    idle_root_ = allocate_kernel_frame(*system_).value();
    free_at_start_ = memory().frames_free;
}

TestSystem::~TestSystem() {
    unload_all();
    free_all();
    for (const SpaceId id : spaces_) {
        if (const auto space = find_space(*system_, id); space.ok()) destroy_space(space.value());
    }
    EXPECT_EQ(complaint(), "");
    EXPECT_EQ(memory().frames_free, free_at_start_) << "frames are lost";
    EXPECT_EQ(memory().frames_promised, 0U);
    EXPECT_EQ(memory().frames_sealed, 0U);
}

AddressSpace& TestSystem::make_space(const SpaceOptions& options) {
    const auto space = create_space(*system_, options);
    if (!space.ok()) throw std::runtime_error(status_name(space.status()));
    spaces_.push_back(space_id(*space.value()));
    return *space.value();
}

void TestSystem::unload_all() {
    const std::uint32_t now = freehold_host_processor(&host_);
    for (std::uint32_t processor = 0; processor < sim::Machine::kProcessors; ++processor) {
        host::play_processor(processor);
        unload_space(*system_, idle_root_);
    }
    host::play_processor(now);
}

void TestSystem::destroy(AddressSpace& space) {
    unload_all();
    destroy_space(&space);
}

void TestSystem::exhaust(std::uint32_t left) {
    for (;;) {
        const MemoryInfo info = memory();
        if (info.frames_free - info.frames_promised <= left) return;
        exhausted_.push_back(allocate_kernel_frame(*system_).value());
    }
}

void TestSystem::free_all() {
    for (const FrameNumber frame : exhausted_) free_kernel_frame(*system_, frame);
    exhausted_.clear();
}

Status TestSystem::touch(AddressSpace& space, Word address, Rights access) {
    load_space(space);
    const std::uint32_t processor = freehold_host_processor(&host_);
    for (int attempt = 0; attempt < 3; ++attempt) {
        if (host_.machine().access(processor, VirtAddr(address), access)) return Status::ok;
        const Status status = resolve_fault(space, VirtAddr(address), access);
        if (status != Status::ok) return status;
    }
    ADD_FAILURE() << "the fault at " << address << " was resolved three times, and still it is there";
    return Status::bad_address;
}

Status TestSystem::poke(AddressSpace& space, Word address, std::uint8_t value) {
    if (const Status status = touch(space, address, Rights::write); status != Status::ok) return status;
    const auto place = host_.machine().access(freehold_host_processor(&host_), VirtAddr(address), Rights::write);
    host_.frame(place->frame.value())[address % kPageBytes] = static_cast<std::byte>(value);
    return Status::ok;
}

Result<std::uint8_t> TestSystem::peek(AddressSpace& space, Word address) {
    if (const Status status = touch(space, address, Rights::read); status != Status::ok) return status;
    const auto place = host_.machine().access(freehold_host_processor(&host_), VirtAddr(address), Rights::read);
    return static_cast<std::uint8_t>(host_.frame(place->frame.value())[address % kPageBytes]);
}

Status TestSystem::fill(AddressSpace& space, Word base, Word length_bytes, std::uint32_t seed) {
    for (Word at = 0; at < length_bytes; at += at % kPageBytes == 0 ? kPageBytes - 1 : 1) {
        if (const Status status = poke(space, base + at, pattern(at, seed)); status != Status::ok) return status;
    }
    return Status::ok;
}

bool TestSystem::holds(AddressSpace& space, Word base, Word length_bytes, std::uint32_t seed) {
    for (Word at = 0; at < length_bytes; at += at % kPageBytes == 0 ? kPageBytes - 1 : 1) {
        const auto byte = peek(space, base + at);
        if (!byte.ok() || byte.value() != pattern(at, seed)) return false;
    }
    return true;
}

bool TestSystem::is_zero(AddressSpace& space, Word base, Word length_bytes) {
    for (Word at = 0; at < length_bytes; ++at) {
        const auto byte = peek(space, base + at);
        if (!byte.ok() || byte.value() != 0) return false;
    }
    return true;
}

std::string TestSystem::complaint() {
    const AuditReport report = audit(*system_);
    if (!report.clean) return report.text;
    if (host_.machine().stale_uses() != 0) return "used: " + host_.machine().stale_description();
    if (host::locks_held() != 0) return "a lock is still held";
    return host_.machine().first_stale();
}

void TestSystem::expect_healthy(int line) { EXPECT_EQ(complaint(), "") << "line " << line; }

void TestSystem::expect_refusal(Status got, Status wanted, const std::string& before, int line) {
    EXPECT_STREQ(status_name(got), status_name(wanted)) << "line " << line;
    const std::string after = state();
    EXPECT_TRUE(after == before) << "line " << line << ": " << first_difference(before, after);
    expect_healthy(line);
}

namespace {

void print_pages(std::string& text, AddressSpace& space, host::Host& host, const RegionInfo& region) {
    if (region.pages_present + region.pages_guard == 0) return;
    for (Word at = region.base; at < region.base + region.length_bytes; at += kPageBytes) {
        const PageInfo page = query_page(space, VirtAddr(at)).value();
        if (page.guard) print(text, "      %x guard\n", static_cast<unsigned>(at));
        if (!page.present) continue;
        const auto frame = static_cast<std::uint32_t>(page.physical >> kPageShift);
        const bool device = region.type == RegionType::phys;
        print(text, "      %x frame %x %s%s%s sum %x\n", static_cast<unsigned>(at), frame,
              rights_text(page.rights).c_str(), page.large ? " large" : "", page.table_shared ? " shared" : "",
              device ? 0 : checksum(host.frame(frame)));
    }
}

void print_space(std::string& text, AddressSpace& space, host::Host& host) {
    const SpaceInfo info = space_info(space);
    print(text, "space %x: %u regions, %u of %u charged, %u in flight, root %x\n", static_cast<unsigned>(info.id),
          info.regions, info.frames_charged, info.limit_frames, info.areas_in_flight, info.root.value());
    std::vector<RegionInfo> regions(info.regions);
    regions.resize(walk_regions(space, VirtAddr(0), regions));
    for (const RegionInfo& region : regions) {
        print(text, "   %x +%x %s, %u present, %u guards\n", static_cast<unsigned>(region.base),
              static_cast<unsigned>(region.length_bytes), region_text(region).c_str(), region.pages_present,
              region.pages_guard);
        print_pages(text, space, host, region);
    }
}

}  // namespace

std::string TestSystem::state() {
    std::string text;
    const MemoryInfo info = memory();
    print(text, "memory: %u total, %u free, %u promised, %u kernel, %u sealed, %u charged, %u spaces, %u ports\n",
          info.frames_total, info.frames_free, info.frames_promised, info.frames_kernel, info.frames_sealed,
          info.frames_charged, info.spaces, info.ports);
    for (const SpaceId id : spaces_) {
        if (const auto space = find_space(*system_, id); space.ok()) print_space(text, *space.value(), host_);
    }
    for (std::uint32_t index = 0;;) {
        const auto port = next_port(*system_, index);
        if (!port.ok()) break;
        print(text, "port %x of %x: mode %u for %x, %u slots of %u, %u queued, %u held, %u promised\n",
              static_cast<unsigned>(port.value().id), static_cast<unsigned>(port.value().owner),
              static_cast<unsigned>(port.value().mode), static_cast<unsigned>(port.value().dedicated_to),
              port.value().count_messages, port.value().message_bytes, port.value().queued, port.value().held,
              port.value().promised);
    }
    return text;
}

}  // namespace freehold::test
