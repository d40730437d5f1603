// SPDX-License-Identifier: MIT
// The API for C: each function does what its C++ twin does, refuses what it refuses, and leaves *out alone then.
#include <freehold/c_api.h>
#include <freehold/types.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/host.h"

extern "C" int freehold_c_program(freehold_system* system);

namespace freehold {
namespace {

constexpr Word kPage = FREEHOLD_PAGE_BYTES;
constexpr std::uint32_t kFirst = 256;
constexpr std::uint32_t kFrames = 2048;
constexpr std::uint32_t kTaken = 4;

class CApiTest : public testing::Test {
  protected:
    CApiTest() {
        const freehold_frame_range usable{kFirst, kFrames};
        const freehold_frame_range taken{kFirst, kTaken};
        const std::size_t bytes = freehold_system_bytes(&usable, 1);
        memory_ = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
        const freehold_system_options options{.host = &host,
                                              .usable = &usable,
                                              .usable_count = 1,
                                              .taken = &taken,
                                              .taken_count = 1,
                                              .kernel_root = {},
                                              .one_processor = 1};
        EXPECT_EQ(freehold_create_system(memory_.get(), bytes, &options, &system), FREEHOLD_OK);
        const freehold_space_options plain = freehold_default_space_options();
        EXPECT_EQ(freehold_create_space(system, &plain, &one), FREEHOLD_OK);
        EXPECT_EQ(freehold_create_space(system, &plain, &other), FREEHOLD_OK);
        free_at_start_ = freehold_get_memory_info(system).frames_free;
    }

    void TearDown() override {
        EXPECT_STREQ(complaint().c_str(), "");
        freehold_destroy_space(one);
        freehold_destroy_space(other);
        EXPECT_STREQ(complaint().c_str(), "");
        EXPECT_EQ(freehold_get_memory_info(system).frames_sealed, 0U);
        EXPECT_EQ(freehold_get_memory_info(system).frames_promised, 0U);
    }

    std::string complaint() {
        const freehold_audit_report report = freehold_audit(system);
        return report.clean == 1 ? "" : report.text;
    }

    freehold_word allocate(freehold_space* space, Word count_pages, std::uint8_t populate = 0) {
        freehold_allocate_options options = freehold_default_allocate_options();
        options.length_bytes = count_pages * kPage;
        options.populate = populate;
        freehold_word base = 0;
        EXPECT_EQ(freehold_allocate_area(space, &options, &base), FREEHOLD_OK);
        return base;
    }
    std::uint32_t make_port(freehold_space* owner, std::uint32_t signals = 0) {
        freehold_port_options options = freehold_default_port_options();
        options.signals = signals;
        std::uint32_t port = 0;
        EXPECT_EQ(freehold_create_port(owner, &options, &port), FREEHOLD_OK);
        return port;
    }
    /// A message of a few words, with no answer wanted unless told.
    static freehold_send_options words_to(std::uint32_t port, const std::string& words, std::uint32_t reply_to = 0) {
        freehold_send_options options{};
        options.to = port;
        options.reply_to = reply_to;
        options.cookie = 7;
        options.contents.words = words.data();
        options.contents.words_bytes = words.size();
        return options;
    }
    /// Takes a port's oldest message: its head, and its payload.
    freehold_message_head receive(freehold_space* owner, std::uint32_t port, std::string* payload = nullptr) {
        freehold_word address = 0;
        freehold_message_head head{};
        EXPECT_EQ(freehold_receive_message(owner, port, &address), FREEHOLD_OK);
        EXPECT_EQ(freehold_copy_in(owner, address, &head, sizeof head), FREEHOLD_OK);
        if (payload != nullptr && head.length_bytes != 0) {
            payload->resize(head.length_bytes);
            EXPECT_EQ(freehold_copy_in(owner, address + sizeof head, payload->data(), payload->size()), FREEHOLD_OK);
        }
        return head;
    }
    static std::string text_at(freehold_space* space, freehold_word address, std::size_t length_bytes) {
        std::string text(length_bytes, '?');
        EXPECT_EQ(freehold_copy_in(space, address, text.data(), text.size()), FREEHOLD_OK);
        return text;
    }

    host::Host host{std::vector<FrameRange>{{FrameNumber(kFirst), kFrames}}};
    freehold_system* system = nullptr;
    freehold_space* one = nullptr;
    freehold_space* other = nullptr;
    std::uint32_t free_at_start_ = 0;

  private:
    std::unique_ptr<std::max_align_t[]> memory_;
};

TEST_F(CApiTest, AProgramInCWorks) { EXPECT_EQ(freehold_c_program(system), 0) << "the line in c_api_compiles.c"; }

TEST_F(CApiTest, NamesAndConstants) {
    EXPECT_STREQ(freehold_status_name(FREEHOLD_OUTSIDE_USER_SPACE), "outside_user_space");
    EXPECT_STREQ(freehold_status_name(0xFFFFFFFF), "unknown status");
    EXPECT_STREQ(freehold_operation_name(FREEHOLD_OPERATION_COME_BACK), "come_back");
    EXPECT_EQ(freehold_user_end(), kUserEnd.value());
    EXPECT_EQ(freehold_default_credits(FREEHOLD_PORT_MODE_DEDICATED, 8), 8U);
    EXPECT_LT(freehold_default_credits(FREEHOLD_PORT_MODE_OPEN, 8), 8U);
    EXPECT_EQ(freehold_default_port_options().count_messages, 16U);
    EXPECT_EQ(freehold_default_allocate_options().alignment_bytes, kPage);
    EXPECT_EQ(freehold_default_physical_options().rights, FREEHOLD_READ_WRITE);
}

TEST_F(CApiTest, ASystemNeedsMemoryAndSaysSo) {
    freehold_system* none = nullptr;
    const freehold_frame_range usable{kFirst, kFrames};
    freehold_system_options options{};
    options.host = &host;
    alignas(16) std::array<std::byte, 64> little{};
    options.usable = &usable;
    options.usable_count = 1;
    EXPECT_EQ(freehold_create_system(little.data(), little.size(), &options, &none), FREEHOLD_MEMORY_MAP_INVALID);
    EXPECT_EQ(none, nullptr);
}

TEST_F(CApiTest, FramesOfTheKernelsOwnAreCounted) {
    const std::uint32_t before = freehold_get_memory_info(system).frames_kernel;
    std::uint32_t frame = 0;
    ASSERT_EQ(freehold_allocate_kernel_frame(system, &frame), FREEHOLD_OK);
    EXPECT_GE(frame, kFirst + kTaken);
    EXPECT_EQ(freehold_get_memory_info(system).frames_kernel, before + 1);
    freehold_free_kernel_frame(system, frame);
    EXPECT_EQ(freehold_get_memory_info(system).frames_kernel, before);
    EXPECT_GE(freehold_get_counters(system).frames_freed, 1U);
}

TEST_F(CApiTest, ASpaceIsFoundByItsIdWhileItLives) {
    const freehold_space_options options{.limit_frames = 10, .owner_token = 77, .limit_regions = 1000};
    freehold_space* space = nullptr;
    ASSERT_EQ(freehold_create_space(system, &options, &space), FREEHOLD_OK);
    EXPECT_EQ(freehold_space_owner(space), 77U);
    EXPECT_EQ(freehold_space_system(space), system);
    EXPECT_EQ(freehold_get_space_info(space).limit_frames, 10U);
    const std::uint32_t id = freehold_space_id(space);
    EXPECT_EQ(freehold_get_space_info(space).id, id);
    freehold_space* found = nullptr;
    EXPECT_EQ(freehold_find_space(system, id, &found), FREEHOLD_OK);
    EXPECT_EQ(found, space);
    freehold_load_space(space);
    freehold_unload_space(system, kFirst);
    freehold_destroy_space(space);
    found = one;
    EXPECT_EQ(freehold_find_space(system, id, &found), FREEHOLD_UNKNOWN_SPACE);
    EXPECT_EQ(found, one) << "a failure leaves *out alone";

    const freehold_space_options none{};
    EXPECT_EQ(freehold_create_space(system, &none, &found), FREEHOLD_OVER_LIMIT) << "a limit of 0 is one of 0";
}

TEST_F(CApiTest, AnAreaIsAllocatedWrittenProtectedAndReleased) {
    const freehold_word base = allocate(one, 2);
    EXPECT_EQ(freehold_get_space_info(one).frames_charged, 5U) << "root, regions, table, two pages";
    EXPECT_EQ(freehold_copy_out(one, base + kPage - 2, "text", 4), FREEHOLD_OK);
    EXPECT_EQ(text_at(one, base + kPage - 2, 4), "text");
    freehold_page_info page{};
    EXPECT_EQ(freehold_query_page(one, base, &page), FREEHOLD_OK);
    EXPECT_EQ(page.present, 1U);
    EXPECT_EQ(page.rights, FREEHOLD_READ_WRITE);

    EXPECT_EQ(freehold_protect_area(one, base, kPage, FREEHOLD_RIGHT_READ), FREEHOLD_OK);
    EXPECT_EQ(freehold_protect_area(one, base, kPage, FREEHOLD_RIGHT_WRITE), FREEHOLD_BAD_RIGHTS);
    EXPECT_EQ(freehold_protect_area(one, base, kPage, 0xFF), FREEHOLD_BAD_RIGHTS);
    EXPECT_EQ(freehold_copy_out(one, base, "x", 1), FREEHOLD_ACCESS_DENIED);
    freehold_region_info region{};
    EXPECT_EQ(freehold_query_region(one, base, &region), FREEHOLD_OK);
    EXPECT_EQ(region.type, FREEHOLD_REGION_ANON);
    EXPECT_EQ(region.state, FREEHOLD_STATE_PLAIN);
    EXPECT_EQ(region.rights, FREEHOLD_RIGHT_READ);
    EXPECT_EQ(region.length_bytes, kPage);
    EXPECT_EQ(region.pages_present, 1U);

    std::array<freehold_region_info, 8> all{};
    ASSERT_EQ(freehold_walk_regions(one, 0, all.data(), all.size()), 4U);
    EXPECT_EQ(all[0].type, FREEHOLD_REGION_FREE);
    EXPECT_EQ(all[2].base, base + kPage);
    EXPECT_EQ(freehold_walk_regions(one, 0, all.data(), 1), 1U);

    EXPECT_EQ(freehold_release_area(one, base, 2 * kPage), FREEHOLD_OK);
    EXPECT_EQ(freehold_release_area(one, base, 2 * kPage), FREEHOLD_NOT_MAPPED);
    EXPECT_EQ(freehold_get_memory_info(system).frames_free, free_at_start_);
}

TEST_F(CApiTest, ABadRangeIsRefusedByEveryCallOnRanges) {
    freehold_word out = 5;
    for (const auto& [base, length, status] : {std::array<std::uint64_t, 3>{kPage, 0, FREEHOLD_ZERO_LENGTH},
                                               {kPage + 1, kPage, FREEHOLD_MISALIGNED},
                                               {0xFFFFF000, 2 * kPage, FREEHOLD_OVERFLOW},
                                               {0, kPage, FREEHOLD_OUTSIDE_USER_SPACE}}) {
        const auto at = static_cast<freehold_word>(base);
        const auto bytes = static_cast<freehold_word>(length);
        EXPECT_EQ(freehold_release_area(one, at, bytes), status);
        EXPECT_EQ(freehold_protect_area(one, at, bytes, FREEHOLD_RIGHT_READ), status);
        EXPECT_EQ(freehold_guard_area(one, at, bytes), status);
        EXPECT_EQ(freehold_seal_area(one, at, bytes), status);
        EXPECT_EQ(freehold_move_area(one, at, bytes, other, FREEHOLD_PLACE_LOWEST, &out), status);
        EXPECT_EQ(freehold_share_area(one, at, bytes, other, FREEHOLD_PLACE_LOWEST, &out), status);
    }
    EXPECT_EQ(out, 5U);
}

TEST_F(CApiTest, AllocationsAreRefusedForTheirOptions) {
    freehold_allocate_options options = freehold_default_allocate_options();
    freehold_word out = 5;
    EXPECT_EQ(freehold_allocate_area(one, &options, &out), FREEHOLD_ZERO_LENGTH);
    options.length_bytes = kPage;
    options.placement = 200;
    EXPECT_EQ(freehold_allocate_area(one, &options, &out), FREEHOLD_BAD_OPTION);
    options.placement = FREEHOLD_PLACE_AT;
    options.address = allocate(one, 1);
    EXPECT_EQ(freehold_allocate_area(one, &options, &out), FREEHOLD_NOT_FREE);
    options.placement = FREEHOLD_PLACE_HIGHEST;
    options.alignment_bytes = 3;
    EXPECT_EQ(freehold_allocate_area(one, &options, &out), FREEHOLD_BAD_ALIGNMENT);
    EXPECT_EQ(out, 5U);
    options.alignment_bytes = kPage;
    EXPECT_EQ(freehold_allocate_area(one, &options, &out), FREEHOLD_OK);
    EXPECT_EQ(out, freehold_user_end() - kPage);
}

TEST_F(CApiTest, FaultsAndGuards) {
    const freehold_word base = allocate(one, 3);
    EXPECT_EQ(freehold_resolve_fault(one, base, FREEHOLD_RIGHT_WRITE), FREEHOLD_OK);
    EXPECT_EQ(freehold_guard_area(one, base + kPage, kPage), FREEHOLD_OK);
    EXPECT_EQ(freehold_resolve_fault(one, base + kPage, FREEHOLD_RIGHT_READ), FREEHOLD_GUARD_PAGE);
    EXPECT_EQ(freehold_resolve_fault(one, base + 3 * kPage, FREEHOLD_RIGHT_READ), FREEHOLD_NOT_MAPPED);
    freehold_page_info page{};
    EXPECT_EQ(freehold_query_page(one, base + kPage, &page), FREEHOLD_OK);
    EXPECT_EQ(page.guard, 1U);
    EXPECT_EQ(freehold_query_page(one, freehold_user_end(), &page), FREEHOLD_OUTSIDE_USER_SPACE);
}

TEST_F(CApiTest, AnyByteButZeroMeansYes) {
    const freehold_word base = allocate(one, 1, 0xFE);
    freehold_page_info page{};
    EXPECT_EQ(freehold_query_page(one, base, &page), FREEHOLD_OK);
    EXPECT_EQ(page.present, 1U);
}

TEST_F(CApiTest, DeviceMemoryAndBootFramesBecomeAreas) {
    freehold_physical_options options = freehold_default_physical_options();
    options.address = 0xE0000000;
    options.length_bytes = kPage;
    freehold_word device = 0;
    EXPECT_EQ(freehold_map_physical(one, &options, &device), FREEHOLD_OK);
    EXPECT_EQ(freehold_seal_area(one, device, kPage), FREEHOLD_NOT_ANONYMOUS);
    options.address = std::uint64_t{kFirst} * kPage;
    EXPECT_EQ(freehold_map_physical(one, &options, &device), FREEHOLD_NO_SUCH_DEVICE);

    freehold_word adopted = 0;
    EXPECT_EQ(freehold_adopt_frames(one, {kFirst, 0}, &adopted), FREEHOLD_ZERO_LENGTH);
    EXPECT_EQ(freehold_adopt_frames(one, {kFirst, kTaken}, &adopted), FREEHOLD_OK);
    freehold_region_info region{};
    EXPECT_EQ(freehold_query_region(one, adopted, &region), FREEHOLD_OK);
    EXPECT_EQ(region.state, FREEHOLD_STATE_SEALED);
}

TEST_F(CApiTest, AnAreaMovesAndASealedOneIsShared) {
    const freehold_word base = allocate(one, 2);
    EXPECT_EQ(freehold_copy_out(one, base, "mine", 4), FREEHOLD_OK);
    freehold_word there = 0;
    EXPECT_EQ(freehold_move_area(one, base, kPage, one, FREEHOLD_PLACE_LOWEST, &there), FREEHOLD_RECEIVER_IS_SENDER);
    EXPECT_EQ(freehold_move_area(one, base, kPage, other, FREEHOLD_PLACE_HIGHEST, &there), FREEHOLD_OK);
    EXPECT_EQ(text_at(other, there, 4), "mine");
    char byte = 0;
    EXPECT_EQ(freehold_copy_in(one, base, &byte, 1), FREEHOLD_BAD_ADDRESS);

    freehold_word back = 0;
    EXPECT_EQ(freehold_share_area(other, there, kPage, one, FREEHOLD_PLACE_LOWEST, &back), FREEHOLD_NOT_SEALED);
    EXPECT_EQ(freehold_seal_area(other, there, kPage), FREEHOLD_OK);
    EXPECT_EQ(freehold_share_area(other, there, kPage, one, FREEHOLD_PLACE_LOWEST, &back), FREEHOLD_OK);
    EXPECT_EQ(text_at(one, back, 4), "mine");
    EXPECT_EQ(freehold_copy_out(one, back, "x", 1), FREEHOLD_SEALED);
    EXPECT_EQ(freehold_copy_across(other, there, one, base + kPage, 4), FREEHOLD_OK);
    EXPECT_EQ(text_at(one, base + kPage, 4), "mine");
    EXPECT_EQ(freehold_get_counters(system).areas_moved, 1U);
    EXPECT_EQ(freehold_get_counters(system).areas_shared, 1U);
}

TEST_F(CApiTest, TheLedgerKeepsWhatHappened) {
    std::array<freehold_ledger_entry, 64> entries{};
    const std::uint32_t before = freehold_read_ledger(system, 0, entries.data(), entries.size());
    ASSERT_NE(before, 0U);
    const freehold_word base = allocate(one, 1);
    ASSERT_EQ(freehold_read_ledger(system, entries[before - 1].sequence, entries.data(), entries.size()), 1U);
    EXPECT_EQ(entries[0].operation, static_cast<std::uint32_t>(FREEHOLD_OPERATION_ALLOCATE));
    EXPECT_EQ(entries[0].from, freehold_space_id(one));
    EXPECT_EQ(entries[0].base, base);
    EXPECT_EQ(entries[0].length_bytes, kPage);
}

TEST_F(CApiTest, ARequestIsAnsweredAndWhatItCarriesArrives) {
    const std::uint32_t service = make_port(other);
    const std::uint32_t answers = make_port(one);
    const freehold_word base = allocate(one, 1);
    EXPECT_EQ(freehold_copy_out(one, base, "area", 4), FREEHOLD_OK);
    const freehold_area_to_send area{base, kPage, FREEHOLD_AREA_MOVE};
    const std::string words = "question";
    freehold_send_options request = words_to(service, words, answers);
    request.contents.areas = &area;
    request.contents.area_count = 1;
    EXPECT_EQ(freehold_check_send(one, service, answers), FREEHOLD_OK);
    ASSERT_EQ(freehold_send_message(one, &request), FREEHOLD_OK);

    std::string payload;
    const freehold_message_head head = receive(other, service, &payload);
    EXPECT_EQ(payload, "question");
    EXPECT_EQ(head.sender, freehold_space_id(one));
    EXPECT_EQ(head.cookie, 7U);
    EXPECT_EQ(head.flags, static_cast<std::uint32_t>(FREEHOLD_MESSAGE_WANTS_REPLY));
    ASSERT_EQ(head.area_count, 1U);
    EXPECT_EQ(head.areas[0].length_bytes, kPage);
    EXPECT_EQ(text_at(other, head.areas[0].base, 4), "area");

    freehold_reply_options reply{};
    reply.port = service;
    reply.message = head.message;
    reply.contents.words = "answer";
    reply.contents.words_bytes = 6;
    EXPECT_EQ(freehold_reply_message(other, &reply), FREEHOLD_OK);
    EXPECT_EQ(freehold_reply_message(other, &reply), FREEHOLD_UNKNOWN_MESSAGE);
    const freehold_message_head answer = receive(one, answers, &payload);
    EXPECT_EQ(payload, "answer");
    EXPECT_EQ(answer.cookie, 7U);
    EXPECT_EQ(answer.status, static_cast<freehold_status>(FREEHOLD_OK));
    EXPECT_EQ(answer.flags, static_cast<std::uint32_t>(FREEHOLD_MESSAGE_IS_REPLY));
    EXPECT_EQ(freehold_discard_message(one, answers, answer.message), FREEHOLD_OK);
}

TEST_F(CApiTest, MessagesAreRefusedForWhatTheyCarry) {
    const std::uint32_t port = make_port(other);
    const std::vector<freehold_area_to_send> areas(FREEHOLD_MESSAGE_AREAS_MAX + 1);
    freehold_send_options options = words_to(port, "");
    options.contents.areas = areas.data();
    options.contents.area_count = areas.size();
    EXPECT_EQ(freehold_send_message(one, &options), FREEHOLD_TOO_MANY_AREAS);
    options.contents.area_count = 0;
    options.contents.payload = kPage;
    options.contents.length_bytes = FREEHOLD_MESSAGE_BYTES_MAX + 1;
    EXPECT_EQ(freehold_send_message(one, &options), FREEHOLD_MESSAGE_TOO_LONG);
    options.contents.length_bytes = 1;
    EXPECT_EQ(freehold_send_message(one, &options), FREEHOLD_BAD_ADDRESS);
    options.to = 0xFFFFFFFF;
    EXPECT_EQ(freehold_send_message(one, &options), FREEHOLD_UNKNOWN_PORT);
}

TEST_F(CApiTest, AMessageIsForwardedAndPublished) {
    const std::uint32_t first = make_port(one);
    const std::uint32_t second = make_port(other);
    const std::string words = "news";
    const freehold_send_options options = words_to(0, words);
    const std::array<std::uint32_t, 3> to{first, 0xFFFFFFFF, second};
    std::array<freehold_status, 3> outcomes{};
    EXPECT_EQ(freehold_publish_message(one, &options, to.data(), outcomes.data(), to.size()), 2U);
    EXPECT_EQ(outcomes[0], static_cast<freehold_status>(FREEHOLD_OK));
    EXPECT_EQ(outcomes[1], static_cast<freehold_status>(FREEHOLD_UNKNOWN_PORT));
    EXPECT_EQ(outcomes[2], static_cast<freehold_status>(FREEHOLD_OK));

    freehold_forward_options forward{};
    forward.port = first;
    forward.message = receive(one, first).message;
    forward.to = second;
    forward.contents.words = "more";
    forward.contents.words_bytes = 4;
    EXPECT_EQ(freehold_forward_message(one, &forward), FREEHOLD_OK);
    std::string payload;
    EXPECT_EQ(receive(other, second, &payload).origin, freehold_space_id(one));
    EXPECT_EQ(payload, "news");
    receive(other, second, &payload);
    EXPECT_EQ(payload, "more");
}

TEST_F(CApiTest, ARequestGoesFromHandToHand) {
    host.waits = [](std::uintptr_t, std::uint32_t) { return true; };
    const std::uint32_t service = make_port(other);
    const std::uint32_t answers = make_port(one);
    freehold_handover request{};
    ASSERT_EQ(freehold_hand_over_request(one, service, answers, 9, &request), FREEHOLD_OK);
    freehold_handover reply{};
    ASSERT_EQ(freehold_hand_over_reply(other, service, request.word, &reply), FREEHOLD_OK);
    EXPECT_EQ(reply.word, 9U);
    EXPECT_EQ(reply.more, 0U);
    EXPECT_EQ(freehold_hand_over_reply(other, service, request.word, &reply), FREEHOLD_UNKNOWN_MESSAGE);
}

TEST_F(CApiTest, AMessageIsPostedAndTaken) {
    const std::uint32_t service = make_port(other);
    const freehold_send_options options = words_to(service, "");
    freehold_posted posted{};
    ASSERT_EQ(freehold_post_message(one, &options, &posted), FREEHOLD_OK);
    EXPECT_EQ(posted.head, 0U) << "it is queued";
    freehold_word head = 0;
    ASSERT_EQ(freehold_take_message(other, service, 0, &head), FREEHOLD_OK);
    EXPECT_NE(head, 0U);
    EXPECT_EQ(freehold_take_message(other, service, 1, &head), FREEHOLD_UNKNOWN_MESSAGE);
    ASSERT_EQ(freehold_take_message(other, service, 0, &head), FREEHOLD_OK);
    EXPECT_EQ(head, 0U) << "nothing is queued";
}

TEST_F(CApiTest, AnAreaIsPostedToWhoWaits) {
    const std::uint32_t service = make_port(other);
    freehold_area_options options{};
    options.to = service;
    options.base = allocate(one, 1, 1);
    options.length_bytes = kPage;
    freehold_posted posted{};
    EXPECT_EQ(freehold_post_area(one, &options, &posted), FREEHOLD_WOULD_BLOCK) << "nobody waits";
    host.waits = [](std::uintptr_t, std::uint32_t) { return true; };
    ASSERT_EQ(freehold_post_area(one, &options, &posted), FREEHOLD_OK);
    EXPECT_NE(posted.head, 0U);
}

TEST_F(CApiTest, NamesAreThoseOfTheOtherApiAndFramesAreZeroedAhead) {
    EXPECT_STREQ(freehold_region_type_name(2), region_type_name(RegionType::anon));
    EXPECT_STREQ(freehold_region_state_name(1), region_state_name(RegionState::sealed));
    EXPECT_EQ(freehold_zero_frame_ahead(system, 1), 1);
    EXPECT_EQ(freehold_zero_frame_ahead(system, 1), 0);
}

TEST_F(CApiTest, SignalsAreRaisedAndTaken) {
    const std::uint32_t to = freehold_space_id(other);
    const std::uint32_t by = freehold_space_id(one);
    EXPECT_EQ(freehold_raise_signals(system, by, to, 1), FREEHOLD_NOT_PERMITTED);
    EXPECT_EQ(freehold_allow_signals(other, 1, by), FREEHOLD_OK);
    EXPECT_EQ(freehold_raise_signals(system, by, to, 1), FREEHOLD_OK);
    const std::uint32_t port = make_port(other, 4);
    const freehold_send_options options = words_to(port, "");
    EXPECT_EQ(freehold_send_message(one, &options), FREEHOLD_OK);
    EXPECT_EQ(freehold_take_signals(other, 6), 4U);
    EXPECT_EQ(freehold_take_signals(other, 7), 1U);
    EXPECT_EQ(freehold_take_signals(other, 7), 0U);
}

TEST_F(CApiTest, PortsAreListedOpenedClosedAndDestroyed) {
    const std::uint32_t port = make_port(other);
    freehold_port_info info{};
    std::uint32_t index = 0;
    EXPECT_EQ(freehold_next_port(system, &index, &info), FREEHOLD_OK);
    EXPECT_EQ(info.id, port);
    EXPECT_EQ(freehold_next_port(system, &index, &info), FREEHOLD_UNKNOWN_PORT);
    const freehold_send_options options = words_to(port, "");
    EXPECT_EQ(freehold_set_port_mode(one, port, FREEHOLD_PORT_MODE_OPEN, 0), FREEHOLD_NOT_PERMITTED);
    EXPECT_EQ(freehold_set_port_mode(other, port, 3, 0), FREEHOLD_BAD_OPTION);
    EXPECT_EQ(freehold_set_port_mode(other, port, FREEHOLD_PORT_MODE_CLOSED, 0), FREEHOLD_OK);
    EXPECT_EQ(freehold_send_message(one, &options), FREEHOLD_PORT_CLOSED);
    EXPECT_EQ(freehold_get_port_info(system, port, &info), FREEHOLD_OK);
    EXPECT_EQ(info.mode, static_cast<std::uint32_t>(FREEHOLD_PORT_MODE_CLOSED));
    EXPECT_EQ(freehold_destroy_port(other, port), FREEHOLD_OK);
    EXPECT_EQ(freehold_get_port_info(system, port, &info), FREEHOLD_UNKNOWN_PORT);
}

}  // namespace
}  // namespace freehold
