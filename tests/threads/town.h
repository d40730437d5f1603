// SPDX-License-Identifier: MIT
// A town: one system, and the places in it that all threads share. A place is somewhere a space may be; residents stay,
// guests come and go while others send to them.
//
//   residents  [ space ][ space ][ space ]      areas belong to the thread that made or received them
//   guests     [ space ][   -   ][ space ]      likewise
//   wild       [ space ][ space ]               anybody does anything to any range
//
// What the town adds for its own sake must not order what threads do, or it would hide races of the library: a place is
// held by many at once, and ports are found in words that nobody waits for.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "host/hosted_system.h"

namespace freehold::threads {

inline constexpr std::uint32_t kThreads = 4;
inline constexpr std::uint32_t kResidents = 3;
inline constexpr std::uint32_t kGuests = 3;
inline constexpr std::uint32_t kFirstWild = kResidents + kGuests;
inline constexpr std::uint32_t kPlaces = kFirstWild + 2;
inline constexpr std::uint32_t kPortsOfPlace = 3;

/// A small, fast generator (xorshift64*), so that a seed means the same everywhere.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
    std::uint32_t below(std::uint32_t bound) {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<std::uint32_t>((state_ * 0x2545F4914F6CDD1DULL) >> 33) % bound;
    }
    bool one_in(std::uint32_t bound) { return below(bound) == 0; }

  private:
    std::uint64_t state_;
};

struct Place {
    std::shared_mutex life;         ///< shared: the space stays; alone: it may come or go. Alone is only ever tried
    AddressSpace* space = nullptr;  ///< under `life`
    std::array<std::atomic<PortId>, kPortsOfPlace> ports = {};
    std::array<std::shared_mutex, kPortsOfPlace> reading;  ///< shared: nobody of this space ends the port meanwhile
};

/// An area that belongs to a thread. The first two words of each page say which it is: its stamp and its number; zeros
/// where the stamp is 0.
struct Area {
    std::uint32_t place = 0;
    SpaceId space = SpaceId::none;
    VirtAddr base;
    Word pages = 0;
    std::uint32_t stamp = 0;
    std::uint32_t first_page = 0;  ///< the number of its first page: areas are cut in two
    bool sealed = false;
    bool writable = true;

    [[nodiscard]] PageRange range() const { return {base, base + pages * kPageBytes}; }
};

class Town {
  public:
    explicit Town(std::uint32_t count_frames);

    [[nodiscard]] System& system() { return hosted_.system(); }
    [[nodiscard]] host::HostedSystem& hosted() { return hosted_; }
    [[nodiscard]] Place& place(std::uint32_t index) { return places_.at(index); }
    [[nodiscard]] static bool is_guest(std::uint32_t index) { return index >= kResidents && index < kFirstWild; }

    /// This thread's processor uses no space from now on.
    void unload() { unload_space(system(), idle_root_); }

    // --- while no other thread works ---

    /// What is wrong with the system, or nothing. @pre no other thread works
    std::string complaint();

    /// Releases areas that came back from ports that died, and all of the wild places. `sent` are the stamps of all
    /// areas ever sent; another one is a complaint.
    std::string collect(const std::vector<Area>& owned, const std::vector<std::uint32_t>& sent);

    /// What a page's first two words should be, but are not; or nothing.
    std::string check(const Area& area);

    /// Ends all; says what is wrong then.
    std::string close();

  private:
    std::string collect_region(std::uint32_t index, const RegionInfo& region, const std::vector<Area>& owned,
                               const std::vector<std::uint32_t>& sent);

    host::HostedSystem hosted_;
    FrameNumber idle_root_;
    std::uint32_t free_at_start_ = 0;
    std::array<Place, kPlaces> places_;
};

/// Holds a place: its space, if one is there, stays until the end of the scope.
class Hold {
  public:
    Hold(Town& town, std::uint32_t index) : town_(town), index_(index), lock_(town.place(index).life) {}
    ~Hold() {
        if (Town::is_guest(index_)) town_.unload();  // whoever ends it must find it loaded nowhere
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    [[nodiscard]] AddressSpace* space() const { return town_.place(index_).space; }

  private:
    Town& town_;
    std::uint32_t index_;
    std::shared_lock<std::shared_mutex> lock_;
};

/// Holds two places, in order; or one, if they are the same.
class HoldTwo {
  public:
    HoldTwo(Town& town, std::uint32_t a, std::uint32_t b) : first_(town, std::min(a, b)) {
        if (a != b) second_.emplace(town, std::max(a, b));
    }

  private:
    Hold first_;
    std::optional<Hold> second_;
};

}  // namespace freehold::threads
