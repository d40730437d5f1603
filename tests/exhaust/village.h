// SPDX-License-Identifier: MIT
// A village: three processes that send each other requests and areas, and die. It keeps its own books of what each has
// asked and sent, and says in the end whether everybody alive was told and every area is where it belongs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/hosted_system.h"

namespace freehold::exhaust {

enum Who : std::uint32_t { kSender, kReceiver, kThird, kEverybody };

class Village {
  public:
    /// A machine with plenty of memory; or one where two people are alone with so many free frames: what does not fit
    /// then, or has no memory, is not done.
    Village();
    explicit Village(std::uint32_t free_frames);

    /// An area made, sent or received. One that is moved is in one place.
    struct Area {
        Who home;
        Word base;
        Word length_bytes;
        AreaToSend::Kind kind;
        std::uint32_t mark;
        bool sent = false;
        Who to = kEverybody;
        Who arrived = kEverybody;  ///< nobody
        Word arrived_at = 0;
    };

    // --- what its people do; an outcome other than success is theirs to bear ---

    void send(Who from, Who to, bool wants_reply, std::vector<AreaToSend::Kind> kinds = {});
    void publish(Who from);
    void receive(Who who);
    void reply(Who who, std::vector<AreaToSend::Kind> kinds = {});
    void discard(Who who);
    void forward(Who who, Who to, std::vector<AreaToSend::Kind> kinds = {});
    void post(Who from, Who to);
    void post_area(Who from, Who to);
    void hand_over_request(Who from, Who to);
    void hand_over_reply(Who who);
    void end_port(Who who);
    void another_port(Who who);
    void change_mode(Who who);
    void signal(Who from, Who to);
    void use_memory(Who who);
    void raise_a_child();
    void kill(Who who);

    /// Whether it lives, and its port with it.
    [[nodiscard]] bool takes(Who who) const { return alive(who) && open_[who]; }

    [[nodiscard]] host::Host& host() { return hosted_.host(); }

    /// All of one person that the future depends on, but for the order of the queue; where all words are the same, and
    /// those of memory, two villages go on alike.
    [[nodiscard]] std::string state_of(Who who);
    [[nodiscard]] std::string state_of_memory();
    [[nodiscard]] std::uint32_t count_queued(Who who);

    /// What is wrong by now, or nothing: the audit's complaint, or a translation that somebody keeps and must not.
    std::string complaint();

    /// Everybody alive answers all, and all is counted; then all end. What is wrong, or nothing.
    std::string settle();

  private:
    struct Held {
        std::uint32_t message;  ///< 0: its holder has yet to look at it
        Who from;
        VirtAddr at = {};
    };
    struct Asked {
        Who by;
        Word cookie;
    };

    [[nodiscard]] bool alive(Who who) const { return spaces_[who] != nullptr; }
    std::vector<AreaToSend> make_areas(Who home, Who to, const std::vector<AreaToSend::Kind>& kinds);
    void note_sent(std::size_t count, Status status);
    std::uint32_t mark_at(Who who, Word base);
    [[nodiscard]] Held first_held(Who who);
    std::uint32_t number_of(Who who, Held& held);
    void note_arrival(Who who, Word base);
    bool take(Who who);
    bool let_go(Who who);
    Status furnish(Who home, Word base, std::uint32_t mark, AreaToSend::Kind kind);
    void give_back_frames();
    std::string check_answers() const;
    std::string check_area(const Area& area);
    std::string close();

    host::HostedSystem hosted_;
    MemoryInfo at_start_ = {};
    std::array<AddressSpace*, kEverybody> spaces_{};
    std::array<PortId, kEverybody> ports_{};
    std::array<bool, kEverybody> open_{};
    std::array<std::vector<Held>, kEverybody> held_;
    std::array<SpaceId, kEverybody> ids_{};
    std::vector<Area> areas_;
    std::vector<Asked> asked_;
    std::vector<Asked> answered_;
    std::optional<std::string> wrong_;
    std::vector<FrameNumber> taken_;  ///< so that few frames are free
    bool short_of_memory_ = false;
    std::uint32_t marks_ = 0;
    Word cookies_ = 0;
};

}  // namespace freehold::exhaust
