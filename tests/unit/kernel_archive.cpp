// SPDX-License-Identifier: MIT
// The reader of boot archives, given good ones, and everything else. Each archive lies in a heap block of its exact
// size, so that a sanitizer sees any look beyond it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernel/archive/cpio.h"

namespace freehold::archive {
namespace {

constexpr std::uint32_t kFile = 0100644;
constexpr std::uint32_t kDirectory = 0040755;
constexpr std::uint32_t kSymbolicLink = 0120777;
constexpr std::size_t kFieldFileBytes = 6 + 8 * 6;  ///< where fields stand in a header
constexpr std::size_t kFieldNameBytes = 6 + 8 * 11;
constexpr std::size_t kHeaderBytes = 110;
constexpr std::size_t kEntriesMax = 100;  ///< more than any archive here can hold

std::string padded(std::string text) {
    text.resize((text.size() + 3) / 4 * 4);
    return text;
}

/// An entry as cpio writes it, padding and all.
std::string entry(const std::string& name, const std::string& data, std::uint32_t mode = kFile) {
    char header[kHeaderBytes + 1];
    std::snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1U, mode, 0U, 0U,
                  1U, 0U, static_cast<unsigned>(data.size()), 0U, 0U, 0U, 0U, static_cast<unsigned>(name.size() + 1),
                  0U);
    return padded(padded(header + name + '\0') + data);
}

std::string end_of_archive() { return entry("TRAILER!!!", "", 0); }

/// Bytes on the heap, not one more.
class Block {
  public:
    explicit Block(const std::string& text) : bytes_(new std::byte[text.size()]), size_(text.size()) {
        std::memcpy(bytes_.get(), text.data(), size_);
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// All names and contents, and how it ended: "name=data ... no_such_file".
std::string contents(std::span<const std::byte> archive) {
    Reader reader(archive);
    std::string text;
    for (std::size_t i = 0; i < kEntriesMax; ++i) {
        const auto next = reader.next();
        if (!next.ok()) {
            EXPECT_EQ(reader.next().status(), next.status()) << "asked again it says the same";
            return text + status_name(next.status());
        }
        text += std::string(next.value().name) + '=' + text_of(next.value().data) + ' ';
    }
    return text + "no end";
}
std::string contents(const std::string& archive) { return contents(Block(archive).bytes()); }

std::string with_field(std::string archive, std::size_t field, const std::string& digits) {
    return archive.replace(field, digits.size(), digits);
}

TEST(KernelArchive, reads_files_and_directories_in_order) {
    const std::string archive = entry("bin", "", kDirectory) + entry("bin/hello", "code") + end_of_archive();
    EXPECT_EQ(contents(archive), "bin= bin/hello=code no_such_file");
    const Block block(archive);
    Reader reader(block.bytes());
    EXPECT_TRUE(reader.next().value().is_directory());
    const Entry file = reader.next().value();
    EXPECT_TRUE(file.is_file());
    EXPECT_FALSE(file.is_directory());
    EXPECT_EQ(file.mode, kFile);
}

TEST(KernelArchive, reads_names_and_contents_of_every_length) {
    for (std::size_t length = 1; length < 20; ++length) {
        const std::string name(length, 'n');
        const std::string archive = entry(name, std::string(20 - length, 'd')) + entry("z", "") + end_of_archive();
        ASSERT_EQ(contents(archive), name + "=" + std::string(20 - length, 'd') + " z= no_such_file");
    }
}

TEST(KernelArchive, leaves_the_root_out_of_names) {
    const std::string archive = entry("./bin/a", "1") + entry("/b", "2") + entry(".//./c", "3") + end_of_archive();
    EXPECT_EQ(contents(archive), "bin/a=1 b=2 c=3 no_such_file");
    EXPECT_EQ(contents(entry("../x", "") + entry(".x", "") + end_of_archive()), "../x= .x= no_such_file");
}

TEST(KernelArchive, finds_a_file_by_name_and_no_directory_nor_link) {
    const Block block(entry("data", "", kDirectory) + entry("link", "data/a", kSymbolicLink) +
                      entry("data/a", "first") + entry("data/a", "second") + end_of_archive());
    EXPECT_EQ(text_of(find_file(block.bytes(), "data/a").value().data), "first");
    EXPECT_EQ(text_of(find_file(block.bytes(), "./data/a").value().data), "first");
    EXPECT_EQ(text_of(find_file(block.bytes(), "/data/a").value().data), "first");
    for (const char* const name : {"data", "link", "data/", "data/a/", "data/aa", "ata/a", "", "/", "TRAILER!!!"}) {
        EXPECT_EQ(find_file(block.bytes(), name).status(), Status::no_such_file) << name;
    }
}

TEST(KernelArchive, finds_a_file_before_the_damage_but_none_behind_it) {
    const Block block(entry("a", "1") + "damage");
    EXPECT_TRUE(find_file(block.bytes(), "a").ok());
    EXPECT_EQ(find_file(block.bytes(), "b").status(), Status::bad_archive);
}

TEST(KernelArchive, an_archive_without_its_end_is_bad) {
    EXPECT_EQ(contents(std::string()), "bad_archive");
    EXPECT_EQ(contents(entry("a", "1")), "a=1 bad_archive");
}

TEST(KernelArchive, cut_off_at_any_byte_it_is_bad_and_nothing_behind_the_cut_is_read) {
    const std::string whole = entry("bin/hello", "code") + entry("d", "", kDirectory) + entry("x", "xyz");
    const std::string archive = whole + end_of_archive();
    for (std::size_t length = 0; length < archive.size(); ++length) {
        const std::string text = contents(archive.substr(0, length));
        ASSERT_TRUE(text.ends_with("bad_archive")) << "cut at " << length << ": " << text;
    }
    EXPECT_TRUE(contents(archive).ends_with("no_such_file"));
}

TEST(KernelArchive, what_follows_the_end_does_not_matter) {
    EXPECT_EQ(contents(entry("a", "1") + end_of_archive() + std::string(512, '\0')), "a=1 no_such_file");
    EXPECT_EQ(contents(end_of_archive() + "junk"), "no_such_file");
}

TEST(KernelArchive, only_the_two_new_formats_are_read) {
    const std::string good = entry("a", "1") + end_of_archive();
    EXPECT_EQ(contents(with_field(good, 0, "070702")), "a=1 no_such_file");
    for (const char* const magic : {"070707", "070700", "07070", "\x71\xC7", "170701", "      "}) {
        EXPECT_EQ(contents(with_field(good, 0, magic + std::string(6 - std::strlen(magic), '\0'))), "bad_archive");
    }
}

TEST(KernelArchive, a_wrong_digit_in_any_field_is_bad) {
    const std::string good = entry("a", "1") + end_of_archive();
    for (std::size_t at = 6; at < kHeaderBytes; ++at) {
        for (const char* const wrong : {"g", "G", " ", "-", "+", "x", "/", ":", "@", "`"}) {
            ASSERT_EQ(contents(with_field(good, at, wrong)), "bad_archive") << "at " << at << ": " << wrong;
        }
        ASSERT_EQ(contents(with_field(good, at, std::string(1, '\0'))), "bad_archive") << "at " << at;
        ASSERT_EQ(contents(with_field(good, at, "\xFF")), "bad_archive") << "at " << at;
    }
}

TEST(KernelArchive, digits_may_be_upper_or_lower_case) {
    const std::string data(0xAB, 'd');
    const std::string good = entry("a", data) + end_of_archive();
    EXPECT_EQ(contents(good), "a=" + data + " no_such_file");
    EXPECT_EQ(contents(with_field(good, kFieldFileBytes, "000000AB")), "a=" + data + " no_such_file");
}

TEST(KernelArchive, lengths_beyond_the_archive_are_bad_whatever_they_wrap_to) {
    const std::string good = entry("a", "1234") + end_of_archive();
    for (const char* const length :
         {"ffffffff", "fffffffe", "fffffffc", "80000000", "7fffffff", "ffffff8c", "00001000"}) {
        EXPECT_EQ(contents(with_field(good, kFieldFileBytes, length)), "bad_archive") << length;
        EXPECT_EQ(contents(with_field(good, kFieldNameBytes, length)), "bad_archive") << length;
        const std::string both = with_field(with_field(good, kFieldFileBytes, length), kFieldNameBytes, length);
        EXPECT_EQ(contents(both), "bad_archive") << length;
    }
}

TEST(KernelArchive, the_last_file_may_end_with_the_archive_but_not_beyond_it) {
    const std::string alone = entry("abc", "12345678");
    EXPECT_EQ(contents(alone), "abc=12345678 bad_archive");
    EXPECT_EQ(contents(with_field(alone, kFieldFileBytes, "00000009")), "bad_archive");
    const std::string odd = entry("abc", "12345");
    EXPECT_EQ(contents(odd.substr(0, odd.size() - 3)), "abc=12345 bad_archive") << "its padding may be cut off";
    EXPECT_EQ(contents(odd.substr(0, odd.size() - 4)), "bad_archive");
}

TEST(KernelArchive, nothing_but_zeros_follows_a_name) {
    const std::string good = entry("abcde", "1") + end_of_archive();
    EXPECT_EQ(contents(with_field(good, kHeaderBytes + 5, "f")), "bad_archive") << "no zero at its end";
    EXPECT_EQ(contents(with_field(good, kHeaderBytes + 2, std::string(1, '\0'))), "bad_archive") << "one within";
    EXPECT_EQ(contents(with_field(good, kFieldNameBytes, "00000000")), "bad_archive") << "of no bytes";
    EXPECT_EQ(contents(entry("", "1") + end_of_archive()), "bad_archive") << "of nothing but its zero";
    const std::string zeros(9, '\0');
    EXPECT_EQ(contents(entry(zeros, "1") + end_of_archive()), "bad_archive") << "of nothing but zeros";
    EXPECT_EQ(contents(entry("abcde" + zeros, "1") + end_of_archive()), "abcde=1 no_such_file");
    EXPECT_EQ(contents(entry("abcde" + zeros + "f", "1") + end_of_archive()), "bad_archive") << "behind the zeros";
}

/// What must hold of any bytes: each entry lies within them, one behind the other, and the reader comes to an end.
void expect_harmless(const std::string& text) {
    const Block block(text);
    const std::byte* const begin = block.bytes().data();
    const std::byte* const end = begin + block.bytes().size();
    Reader reader(block.bytes());
    const std::byte* before = begin;
    for (std::size_t count = 0;; ++count) {
        ASSERT_LT(count, kEntriesMax);
        const auto next = reader.next();
        if (!next.ok()) break;
        const auto* const name = reinterpret_cast<const std::byte*>(next.value().name.data());
        ASSERT_TRUE(name >= before && name + next.value().name.size() < end);
        const auto data = next.value().data;
        ASSERT_TRUE(data.data() >= name + next.value().name.size() && data.size() <= text.size());
        ASSERT_LE(data.data() + data.size(), end);
        before = data.data() + data.size();
        (void)text_of(data);
    }
    (void)find_file(block.bytes(), "bin/hello");
}

TEST(KernelArchive, survives_random_changes) {
    const std::string good = entry("bin/hello", "some code") + entry("data", "", kDirectory) +
                             entry("data/x", std::string(300, 'x')) + end_of_archive();
    std::mt19937 random(30);
    const std::string digits = "0123456789abcdefABCDEF0000ffff";
    for (int round = 0; round < 20000; ++round) {
        std::string text = good;
        for (auto changes = 1 + random() % 4; changes != 0; --changes) {
            const bool digit = random() % 4 != 0;
            text[random() % text.size()] = digit ? digits[random() % digits.size()] : static_cast<char>(random());
        }
        if (random() % 4 == 0) text.resize(random() % text.size());
        ASSERT_NO_FATAL_FAILURE(expect_harmless(text)) << "round " << round;
    }
}

TEST(KernelArchive, survives_random_bytes_behind_a_good_magic) {
    std::mt19937 random(31);
    for (int round = 0; round < 5000; ++round) {
        std::string text(random() % 400, '\0');
        std::generate(text.begin(), text.end(), [&] { return "0f1"[random() % 3]; });
        if (text.size() >= 6) text.replace(0, 6, "070701");
        ASSERT_NO_FATAL_FAILURE(expect_harmless(text)) << "round " << round;
    }
}

}  // namespace
}  // namespace freehold::archive
