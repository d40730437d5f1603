// SPDX-License-Identifier: MIT
// A region table with frames from the heap and books as books.h keeps them, for words of 32 and of 64 bits, with frames
// as they are, and with frames of a few words, which split and merge all the time.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "src/space/region_table.h"

namespace freehold {

inline constexpr Tag kFree = Tag::free();
inline constexpr Tag kWritable = Tag::make(RegionType::anon, kReadWrite);
inline constexpr Tag kReadable = Tag::make(RegionType::anon, Rights::read);
inline constexpr Tag kDevice = Tag::make(RegionType::phys, kReadWrite);
inline constexpr Tag kSealed = Tag::make(RegionType::anon, Rights::read, RegionState::sealed);

template <typename AWord>
class Addr {
  public:
    constexpr Addr() = default;
    constexpr explicit Addr(AWord value) : value_(value) {}
    [[nodiscard]] constexpr AWord value() const { return value_; }
    constexpr auto operator<=>(const Addr&) const = default;

  private:
    AWord value_ = 0;
};

template <typename AWord>
class AddrRange {
  public:
    constexpr AddrRange(Addr<AWord> base, Addr<AWord> end) : base_(base), end_(end) {}
    [[nodiscard]] constexpr Addr<AWord> base() const { return base_; }
    [[nodiscard]] constexpr Addr<AWord> end() const { return end_; }
    constexpr bool operator==(const AddrRange&) const = default;

  private:
    Addr<AWord> base_;
    Addr<AWord> end_;
};

/// Frames of 12 words in chunks of 4, and a directory that grows at 2 and 3 leaves.
struct TinyShape {
    static constexpr std::uint32_t kChunks = 3;
    static constexpr std::uint32_t kChunkWords = 4;
    static constexpr std::uint32_t kInlineLeaves = 2;
    static constexpr std::uint32_t kSmallLeaves = 5;
    static constexpr std::uint32_t kLargeLeaves = 256;
};

template <typename AWord, typename Shape>
using TableOf = BasicRegionTable<Addr<AWord>, AddrRange<AWord>, 3000, Shape>;

/// A table and its frames, with books as books.h keeps them.
template <typename AWord, typename Shape>
struct Framed : TableOf<AWord, Shape> {
    using Table = TableOf<AWord, Shape>;
    using FrameShape = Shape;
    using Word = AWord;
    using Address = Addr<AWord>;
    using Range = AddrRange<AWord>;
    using Region = typename Table::Region;
    /// Where user space ends.
    static constexpr AWord kEnd = sizeof(AWord) == 4 ? AWord{0xF0000000} : static_cast<AWord>(std::uint64_t{1} << 47);

    explicit Framed(Address end, std::uint32_t limit = 3000) { Table::init(end, FrameNumber(0), new_frame(), limit); }

    /// What an operation does: false, and nothing has changed, if it has no room.
    template <typename Change>
    [[nodiscard]] bool try_transform(const Range& range, Change change) {
        const std::int32_t growth = Table::growth(range, change);
        if (!Table::allows(growth)) return false;
        if (!give_frames(range, growth)) return false;
        Table::transform(range, change);
        trim();
        return true;
    }
    void assign(const Range& range, Tag tag) {
        const bool done = try_transform(range, [tag](Tag) { return tag; });
        ASSERT_TRUE(done);
    }

    bool give_frames(const Range& range, std::int32_t growth) {
        const std::uint32_t slots = growth > 0 ? static_cast<std::uint32_t>(growth) : 0;
        const std::uint32_t required = Table::frames_required(slots);
        if (Table::count_frames() + required > frames_allowed) return false;
        std::uint32_t wanted = Table::frames_wanted(range, slots);
        if (frames_only_if_required || Table::count_frames() + wanted > frames_allowed) wanted = required;
        for (; wanted > 0; --wanted) {
            const FrameNumber number(static_cast<std::uint32_t>(frames.size()));
            Table::add_frame(number, new_frame());
        }
        return true;
    }
    void trim() {
        for (FrameNumber frame; Table::take_surplus(frame);) frames[frame.value()] = nullptr;
    }
    void* new_frame() {
        frames.push_back(std::make_unique<Frame>());
        return frames.back().get();
    }
    [[nodiscard]] std::uint32_t frames_out() const {
        return static_cast<std::uint32_t>(
            std::count_if(frames.begin(), frames.end(), [](auto& f) { return f != nullptr; }));
    }

    struct alignas(64) Frame {
        std::byte bytes[kPageBytes];
    };
    std::vector<std::unique_ptr<Frame>> frames;
    std::uint32_t frames_allowed = 100000;
    bool frames_only_if_required = false;
};

using Narrow = Framed<std::uint32_t, FrameShape<std::uint32_t>>;
using Wide = Framed<std::uint64_t, FrameShape<std::uint64_t>>;
using NarrowTiny = Framed<std::uint32_t, TinyShape>;
using WideTiny = Framed<std::uint64_t, TinyShape>;
using Tables = testing::Types<Narrow, Wide, NarrowTiny, WideTiny>;

}  // namespace freehold
