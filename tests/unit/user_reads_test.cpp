// SPDX-License-Identifier: MIT
// Each word of a user's is read once: what a call has looked at can't be another when it looks again, for it does not.
//
// All bytes that leave a user's pages go through memcpy. The linker puts the one below in its place, which counts how
// often each watched byte is read.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/support/test_system.h"

namespace {

/// The pages under watch, one after the other, and how often each of their bytes was read.
struct Watch {
    static constexpr std::size_t kPages = 3;
    std::array<const std::byte*, kPages> pages{};
    std::array<std::array<unsigned, freehold::kPageBytes>, kPages> reads{};
};
thread_local Watch* watch = nullptr;

void note(const void* from, std::size_t length_bytes) {
    if (watch == nullptr) return;
    for (std::size_t page = 0; page < Watch::kPages; ++page) {
        for (std::size_t i = 0; i < length_bytes; ++i) {
            const std::ptrdiff_t at = static_cast<const std::byte*>(from) + i - watch->pages[page];
            if (at >= 0 && at < freehold::kPageBytes) ++watch->reads[page][static_cast<std::size_t>(at)];
        }
    }
}

}  // namespace

extern "C" {
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
void* __wrap_memcpy(void* to, const void* from, std::size_t length_bytes) {
    note(from, length_bytes);
    return std::memmove(to, from, length_bytes);
}
// What Clang's address sanitizer makes of it.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
void* __wrap___asan_memcpy(void* to, const void* from, std::size_t length_bytes) {
    note(from, length_bytes);
    return std::memmove(to, from, length_bytes);
}
}

namespace freehold::test {
namespace {

class UserReads : public testing::Test {
  protected:
    UserReads() {
        base_ = allocate_area(client_, {.length_bytes = Watch::kPages * kPageBytes}).value();
        EXPECT_EQ(test_.fill(client_, base_.value(), Watch::kPages * kPageBytes, 1), Status::ok);
        for (std::size_t page = 0; page < Watch::kPages; ++page) {
            const auto info = query_page(client_, base_ + static_cast<Word>(page) * kPageBytes).value();
            watch_.pages[page] = test_.host().frame(static_cast<std::uint32_t>(info.physical >> kPageShift));
        }
    }
    void TearDown() override { test_.expect_healthy(); }

    /// Expects `call` to succeed, and to read each of those bytes that often, and no others.
    template <typename Call>
    void expect_reads(std::string_view name, Word offset, Word length_bytes, unsigned times, Call call) {
        watch_.reads = {};
        watch = &watch_;
        const Status status = call();
        watch = nullptr;
        EXPECT_EQ(status, Status::ok) << name;
        for (Word at = 0; at < Watch::kPages * kPageBytes; ++at) {
            const bool wanted = at >= offset && at < offset + length_bytes;
            ASSERT_EQ(watch_.reads[at / kPageBytes][at % kPageBytes], wanted ? times : 0) << name << ", byte " << at;
        }
    }

    /// Within a page, across one border, and across two.
    template <typename Call>
    void for_each_range(std::string_view name, unsigned times, Call call) {
        constexpr std::array<std::array<Word, 2>, 4> kRanges = {
            {{16, 40}, {kPageBytes - 8, 24}, {kPageBytes - 100, kPageBytes + 200}, {0, kPageBytes}}};
        for (const auto& [offset, length_bytes] : kRanges) {
            expect_reads(name, offset, length_bytes, times,
                         [&, offset = offset, length_bytes = length_bytes] { return call(offset, length_bytes); });
        }
    }

    SendOptions letter(PortId to, Word offset, Word length_bytes) {
        return {.to = to, .payload = base_ + offset, .length_bytes = static_cast<std::uint32_t>(length_bytes)};
    }
    PortId open(AddressSpace& owner) {
        return create_port(owner, {.count_messages = 32, .message_bytes = 3 * kPageBytes, .credits = 32}).value();
    }
    TestSystem test_{4096};
    AddressSpace& client_ = test_.make_space();
    AddressSpace& server_ = test_.make_space();
    VirtAddr base_;
    Watch watch_;
};

TEST_F(UserReads, EachWordOfAUsersIsReadOnceByACall) {
    std::array<std::byte, 3 * kPageBytes> kernel{};
    for_each_range("copy_in", 1, [&](Word offset, Word length_bytes) {
        return copy_in(client_, base_ + offset, std::span(kernel).first(length_bytes));
    });
    const VirtAddr there = allocate_area(server_, {.length_bytes = 4 * kPageBytes}).value();
    for_each_range("copy_across", 1, [&](Word offset, Word length_bytes) {
        return copy_across(client_, base_ + offset, server_, there + 60, length_bytes);
    });
}

TEST_F(UserReads, EachWordOfAUsersIsReadOnceByAMessage) {
    const PortId port = open(server_);
    for_each_range("send_message", 1, [&](Word offset, Word length_bytes) {
        return send_message(client_, letter(port, offset, length_bytes));
    });
    expect_reads("post_message", 16, 40, 1, [&] { return post_message(client_, letter(port, 16, 40)).status(); });
    test_.host().waits = [](std::uintptr_t, std::uint32_t) { return true; };
    const PortId awaited = open(server_);
    expect_reads("post_message to who waits", 16, 40, 1,
                 [&] { return post_message(client_, letter(awaited, 16, 40)).status(); });
    test_.host().waits = nullptr;
    const PortId ports[] = {open(server_), open(server_)};
    Status outcomes[2] = {};
    for_each_range("publish_message, for each port", 2, [&](Word offset, Word length_bytes) {
        const SendOptions options = letter(PortId::none, offset, length_bytes);
        return publish_message(client_, options, ports, outcomes) == 2 ? Status::ok : outcomes[0];
    });
}

TEST_F(UserReads, EachWordOfAUsersIsReadOnceByAnAnswer) {
    // The client answers itself: what is read are its pages.
    const PortId requests = create_port(client_, {.count_messages = 8, .message_bytes = 64}).value();
    const PortId answers = open(server_);
    const PortId other = open(server_);
    const auto request = [&] {
        SendOptions options;
        options.to = requests;
        options.reply_to = answers;
        EXPECT_EQ(send_message(server_, options), Status::ok);
        MessageHead head{};
        EXPECT_EQ(
            copy_in(client_, receive_message(client_, requests).value(), std::as_writable_bytes(std::span(&head, 1))),
            Status::ok);
        return head.message;
    };
    for_each_range("reply_message", 1, [&](Word offset, Word length_bytes) {
        watch = nullptr;
        ReplyOptions options;
        options.port = requests;
        options.message = request();
        options.payload = base_ + offset;
        options.length_bytes = static_cast<std::uint32_t>(length_bytes);
        watch = &watch_;
        return reply_message(client_, options);
    });
    for_each_range("forward_message", 1, [&](Word offset, Word length_bytes) {
        watch = nullptr;
        ForwardOptions options;
        options.port = requests;
        options.message = request();
        options.to = other;
        options.payload = base_ + offset;
        options.length_bytes = static_cast<std::uint32_t>(length_bytes);
        watch = &watch_;
        return forward_message(client_, options);
    });
}

}  // namespace
}  // namespace freehold::test
