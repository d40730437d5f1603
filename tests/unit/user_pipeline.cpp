// SPDX-License-Identifier: MIT
// The pipeline's pure parts: the filters, and the picture of a space's regions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "user/programs/pipeline/filters.h"
#include "user/programs/pipeline/picture.h"

namespace freehold::user::pipeline {
namespace {

std::string in_place(Filter filter, std::string text) {
    change_in_place(filter, std::as_writable_bytes(std::span(text)));
    return text;
}

std::string elsewhere(Filter filter, const std::string& text) {
    std::string result(text.size(), '?');
    change_into(filter, std::as_bytes(std::span(text)), std::as_writable_bytes(std::span(result)));
    return result;
}

TEST(UserPipelineFilter, changes_ascii_letters_only_whatever_the_length) {
    std::string all;
    for (int i = 0; i < 1024; ++i) all += static_cast<char>(i * 37);
    for (std::size_t length = 0; length < all.size(); length += 1 + length / 9) {
        const std::string text = all.substr(length / 2, length);
        std::string wanted = text;
        for (char& byte : wanted) byte = byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 32) : byte;
        EXPECT_EQ(in_place(Filter::upper, text), wanted);
        EXPECT_EQ(elsewhere(Filter::upper, text), wanted);
    }
}

TEST(UserPipelineFilter, reverses_any_length_and_leaves_all_as_it_is_where_told) {
    for (const std::string text : {"", "a", "ab", "abc", "abcdefgh"}) {
        const std::string wanted(text.rbegin(), text.rend());
        EXPECT_EQ(in_place(Filter::reverse, text), wanted);
        EXPECT_EQ(elsewhere(Filter::reverse, text), wanted);
        EXPECT_EQ(in_place(Filter::identity, text), text);
        EXPECT_EQ(elsewhere(Filter::identity, text), text);
    }
}

RegionInfo region(Word base, std::uint32_t pages, RegionType type, Rights rights = Rights::none,
                  RegionState state = RegionState::plain) {
    return {base, pages * kPageBytes, type, state, rights, 0, 0, 0};
}

TEST(UserPipelinePicture, shows_each_kind_by_its_letter_and_sizes_by_their_logarithm) {
    const RegionInfo regions[] = {
        region(0x0000'0000, 1, RegionType::free),
        region(0x0000'1000, 256, RegionType::anon, Rights::read, RegionState::kept),
        region(0x0010'1000, 1, RegionType::anon, Rights::read | Rights::execute),
        region(0x0010'2000, 4, RegionType::anon, Rights::read),
        region(0x0010'6000, 1, RegionType::phys, kReadWrite),
        region(0x0010'7000, 900000, RegionType::free),
    };
    Picture picture;
    picture.draw(regions, 0, 0);
    EXPECT_EQ(picture.text(), ".kkkkkxrrp...");
}

TEST(UserPipelinePicture, cuts_the_file_out_of_the_region_it_lies_in) {
    const RegionInfo regions[] = {region(0x1000, 16, RegionType::anon, kReadWrite),
                                  region(0x11000, 1, RegionType::free)};
    Picture picture;
    picture.draw(regions, 0x2000, 0x1000);
    EXPECT_EQ(picture.text(), "w#ww.");
    picture.draw(regions, 0x1000, 0x10000);
    EXPECT_EQ(picture.text(), "###.");
    picture.draw(regions, 0x10000, 0x1000);
    EXPECT_EQ(picture.text(), "ww#.");
}

TEST(UserPipelinePicture, shows_a_sealed_file_and_keeps_to_its_width) {
    std::vector<RegionInfo> regions;
    for (Word i = 0; i < 40; ++i) {
        regions.push_back(region(i * kPageBytes, 1, RegionType::anon, Rights::read,
                                 i % 2 == 0 ? RegionState::sealed : RegionState::transit));
    }
    Picture picture;
    picture.draw(regions, 0, kPageBytes);
    EXPECT_EQ(picture.text().size(), kPictureColumns);
    EXPECT_TRUE(picture.text().starts_with("=t=t"));
}

}  // namespace
}  // namespace freehold::user::pipeline
