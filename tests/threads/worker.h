// SPDX-License-Identifier: MIT
// A worker: what one thread, which is one processor, does in the town. It knows what each of its areas must hold, and
// stops at the first thing that is not as it should be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/threads/town.h"

namespace freehold::threads {

class Worker {
  public:
    Worker(Town& town, std::uint32_t processor, std::uint64_t seed)
        : town_(town), processor_(processor), random_(seed), next_stamp_((processor + 1) << 24) {}

    /// Plays its processor for so many steps, or until something is wrong.
    void work(std::uint32_t steps);

    [[nodiscard]] const std::string& failure() const { return failure_; }
    [[nodiscard]] const std::vector<Area>& areas() const { return areas_; }
    [[nodiscard]] const std::vector<std::uint32_t>& sent() const { return sent_; }

    /// What happened, for whoever wants to see that it did.
    struct Tally {
        std::uint32_t moved = 0;
        std::uint32_t shared = 0;
        std::uint32_t sent = 0;
        std::uint32_t received = 0;
        std::uint32_t areas_received = 0;
        std::uint32_t replied = 0;
        std::uint32_t handed_over = 0;
        std::uint32_t peers_gone = 0;
        std::uint32_t spaces_ended = 0;
        std::uint32_t ports_ended = 0;
    };
    [[nodiscard]] const Tally& tally() const { return tally_; }

  private:
    struct Held {
        std::uint32_t place;
        SpaceId space;
        PortId port;
        std::uint32_t message;
    };

    void step();

    // Areas of its own.
    void allocate();
    void verify();
    void release();
    void protect();
    void seal();
    void cut();
    void transfer();
    void copy();
    void map_device();

    // Messages.
    void send();
    void receive();
    void answer();
    void take_areas(AddressSpace& space, std::uint32_t place, const MessageHead& head,
                    const std::vector<std::uint32_t>& payload);
    Status reply(AddressSpace& space, const Held& held);
    Status forward(AddressSpace& space, const Held& held);
    void hand_over();
    void signal();
    void change_ports();

    // Spaces, and the rest.
    void change_guests();
    void look();
    void run_wild();
    void stroll_wild(AddressSpace& space);
    void run_wild_transfer(AddressSpace& from, AddressSpace& to, PageRange range);
    void run_wild_message(AddressSpace& from, std::uint32_t place, PageRange range);

    std::vector<AreaToSend> choose_parcel(std::uint32_t place, SpaceId space, std::size_t but);
    std::size_t choose_payload(std::uint32_t place, SpaceId space);
    void prepare(AddressSpace& space, const Area& payload, const std::vector<AreaToSend>& parcel);
    void forget(const std::vector<AreaToSend>& parcel, SpaceId space);
    std::vector<std::uint32_t> read_words(AddressSpace& space, VirtAddr from, std::uint32_t count);

    PortId choose_port(std::uint32_t place);
    std::size_t choose_area();
    AddressSpace* space_of(std::size_t area);
    void stamp(AddressSpace& space, Area& area);
    void check(AddressSpace& space, const Area& area);
    bool expect(Status got, Status wanted, const char* what);
    bool ended(Status status, const char* what);
    void fail(const std::string& what);

    Town& town_;
    std::uint32_t processor_;
    Random random_;
    std::uint32_t next_stamp_;
    std::vector<Area> areas_;
    std::vector<Held> held_;
    std::vector<std::uint32_t> sent_;
    std::string failure_;
    Tally tally_;
};

}  // namespace freehold::threads
