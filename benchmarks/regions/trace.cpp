// SPDX-License-Identifier: MIT
#include "benchmarks/regions/trace.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace freehold::bench {

namespace {

/// Above the highest place where a search from the top may look, nothing is free.
constexpr std::uint32_t kAboveLimit = 0xFFF;
constexpr std::uint64_t kUserEnd32 = 0xF0000000;
constexpr std::uint64_t kUserEnd64 = std::uint64_t{1} << 47;
constexpr std::uint64_t kFixed = 1;
constexpr std::uint64_t kAnonymous = 2;
constexpr std::uint32_t kReadWrite = 3;

struct Line {
    char operation = 0;
    std::vector<std::uint64_t> numbers;

    [[nodiscard]] std::uint64_t at(std::size_t index) const { return numbers.at(index); }
};

/// The regions that a trace leaves behind while it is read: for what a protection changes, and to count them.
class Shadow {
  public:
    explicit Shadow(std::uint64_t end) { starts_ = {{0, kFree}, {end, kAboveLimit + 1}}; }

    void assign(std::uint64_t base, std::uint64_t end, std::uint32_t tag) {
        cut(base);
        cut(end);
        starts_.erase(starts_.lower_bound(base), starts_.lower_bound(end));
        const auto at = starts_.emplace(base, tag).first;
        if (const auto above = std::next(at); above->second == tag) starts_.erase(above);
        if (at != starts_.begin() && std::prev(at)->second == tag) starts_.erase(at);
        most_ = std::max(most_, starts_.size() - 1);
    }

    [[nodiscard]] std::uint32_t tag_at(std::uint64_t address) const {
        return std::prev(starts_.upper_bound(address))->second;
    }

    [[nodiscard]] std::uint32_t most() const { return static_cast<std::uint32_t>(most_); }

  private:
    void cut(std::uint64_t at) { starts_.emplace(at, tag_at(at)); }

    std::map<std::uint64_t, std::uint32_t> starts_;
    std::size_t most_ = 0;
};

template <typename Word>
class Reader {
  public:
    Reader(const std::string& path, std::uint64_t end) : shadow_(end), end_(end) {
        trace_.user_end = static_cast<Word>(end);
        trace_.name = std::filesystem::path(path).filename().replace_extension().string();
    }

    Trace<Word> finish() {
        trace_.most_regions = shadow_.most();
        return std::move(trace_);
    }

    void take_replay_form(const Line& line) {
        switch (line.operation) {
            case 'L':
                limit_ = line.at(0);
                return assign(limit_, end_ - limit_, kAboveLimit);
            case 'S':
                return assign(line.at(0), line.at(1), tag_of_type(line.at(2)));
            case 'G':
                return assign(line.at(0), line.at(1), tag_of_type(line.at(2)), TraceKind::search);
            case 'F':
                return find(line.at(0));
            default:
                throw std::runtime_error("an operation that is none of S, G, F and L");
        }
    }

    /// Fields: address, length, protection, flags, result.
    void take_recorded_form(const Line& line) {
        const std::uint64_t address = line.at(0);
        const std::uint64_t length = line.at(1);
        if (line.operation == 'F') {
            for (std::uint64_t page = 0; page <= length; ++page) find(address + page * kPageBytes);
            return;
        }
        const std::uint32_t rights = static_cast<std::uint32_t>(line.at(2) & 7);
        const std::uint64_t flags = line.at(3);
        const std::uint64_t result = line.at(4);
        switch (line.operation) {
            case 'I':
                initial_.push_back({address, length, tag_of(rights, flags)});
                return;
            case 'M':
                place_initial();
                return assign(result, length, tag_of(rights, flags),
                              (flags & kFixed) != 0 ? TraceKind::assign : TraceKind::search);
            case 'U':
                return assign(address, length, kFree);
            case 'P':
                return protect(address, length, rights);
            case 'B':
                place_initial();
                return set_break(result);
            case 'R':
                return remap(address, length, line.at(3), result);
            default:
                throw std::runtime_error("an operation that is none of I, M, U, P, B, R and F");
        }
    }

    void place_initial() {
        if (initial_.empty()) return;
        std::sort(initial_.begin(), initial_.end(), [](auto& a, auto& b) { return a.base < b.base; });
        // The highest one is the stack; mappings go below those that stand next to it.
        std::size_t lowest = initial_.size() > 1 ? initial_.size() - 2 : 0;
        while (lowest > 0 && initial_[lowest - 1].base + initial_[lowest - 1].length == initial_[lowest].base) --lowest;
        limit_ = initial_[lowest].base;
        assign(limit_, end_ - limit_, kAboveLimit);
        for (const auto& area : initial_) assign(area.base, area.length, area.tag);
        initial_.clear();
    }

  private:
    struct Initial {
        std::uint64_t base;
        std::uint64_t length;
        std::uint32_t tag;
    };

    void find(std::uint64_t address) {
        place_initial();
        trace_.operations.push_back({TraceKind::find, 0, checked(address), 0});
    }

    void assign(std::uint64_t base, std::uint64_t length, std::uint32_t tag, TraceKind kind = TraceKind::assign) {
        length = (length + kPageBytes - 1) / kPageBytes * kPageBytes;
        if (base % kPageBytes != 0 || base == 0 || length == 0 || base + length < base || base + length > end_) {
            throw std::runtime_error("a range that is not of pages of user space");
        }
        if (tag == kFree && base >= limit_) tag = kAboveLimit;
        shadow_.assign(base, base + length, tag);
        trace_.operations.push_back({kind, tag, static_cast<Word>(base), static_cast<Word>(length)});
    }

    /// The replay form's types are any numbers; tags have 12 bits.
    std::uint32_t tag_of_type(std::uint64_t type) {
        if (type == 0) return kFree;
        const auto next = static_cast<std::uint32_t>(tags_.size()) + 1;
        const std::uint32_t tag = tags_.emplace(type, next).first->second;
        if (tag >= kAboveLimit) throw std::runtime_error("more types than a table has tags for");
        return tag;
    }

    /// Anonymous areas of the same rights become one; mappings of files are all different.
    std::uint32_t tag_of(std::uint32_t rights, std::uint64_t flags) {
        if ((flags & kAnonymous) != 0) return 1 + rights;
        files_ = files_ % 0x1FC + 1;
        return files_ << 3 | rights;
    }

    /// Region by region, as what they are stays: anonymous or a file.
    void protect(std::uint64_t base, std::uint64_t length, std::uint32_t rights) {
        place_initial();
        const std::uint32_t tag = shadow_.tag_at(base);
        assign(base, length, tag < 9 ? 1 + rights : (tag & ~7U) | rights);
    }

    void set_break(std::uint64_t result) {
        if (break_ != 0 && result > break_) assign(break_, result - break_, 1 + kReadWrite);
        if (break_ != 0 && result < break_) assign(result, break_ - result, kFree);
        break_ = (result + kPageBytes - 1) / kPageBytes * kPageBytes;
    }

    void remap(std::uint64_t base, std::uint64_t length, std::uint64_t wanted, std::uint64_t result) {
        const std::uint32_t tag = shadow_.tag_at(base);
        if (result != base) assign(base, length, kFree);
        if (result == base && wanted < length) return assign(base + wanted, length - wanted, kFree);
        assign(result, wanted, tag, result != base ? TraceKind::search : TraceKind::assign);
    }

    Word checked(std::uint64_t address) const {
        if (address >= end_) throw std::runtime_error("an address outside user space");
        return static_cast<Word>(address);
    }

    Trace<Word> trace_;
    Shadow shadow_;
    std::vector<Initial> initial_;
    std::map<std::uint64_t, std::uint32_t> tags_;
    std::uint64_t end_;
    std::uint64_t limit_ = ~std::uint64_t{0};
    std::uint64_t break_ = 0;
    std::uint32_t files_ = 0;
};

Line parse(const std::string& text) {
    std::istringstream words(text);
    Line line;
    words >> line.operation;
    for (std::string word; words >> word;) {
        std::size_t used = 0;
        line.numbers.push_back(std::stoull(word, &used, 16));
        if (used != word.size()) throw std::runtime_error("a number that is not hexadecimal");
    }
    return line;
}

template <typename Word, typename Take>
Trace<Word> read_lines(std::istream& file, const std::string& path, std::uint64_t end, Take take) {
    Reader<Word> reader(path, end);
    std::string text;
    for (std::size_t number = 1; std::getline(file, text); ++number) {
        if (text.empty() || text[0] == '#') continue;
        try {
            take(reader, parse(text));
        } catch (const std::out_of_range&) {
            throw std::runtime_error(path + ":" + std::to_string(number) + ": too few fields, or a number too large");
        } catch (const std::exception& error) {
            throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
        }
    }
    if constexpr (sizeof(Word) == 8) reader.place_initial();
    return reader.finish();
}

}  // namespace

AnyTrace read_trace(const std::string& path) {
    std::ifstream file(path);
    if (!file || std::filesystem::is_directory(path)) throw std::runtime_error(path + ": can't be read");
    std::string text;
    char first = '#';
    while (first == '#' && std::getline(file, text)) first = text.empty() ? '#' : text[0];
    file.clear();
    file.seekg(0);
    // The replay form tells what it is by its first operation.
    if (first == 'L' || first == 'S' || first == 'G') {
        return read_lines<std::uint32_t>(file, path, kUserEnd32,
                                         [](auto& reader, const Line& line) { reader.take_replay_form(line); });
    }
    return read_lines<std::uint64_t>(file, path, kUserEnd64,
                                     [](auto& reader, const Line& line) { reader.take_recorded_form(line); });
}

}  // namespace freehold::bench
