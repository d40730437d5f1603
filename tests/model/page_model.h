// SPDX-License-Identifier: MIT
// A naive model of a whole system's memory: a map from page to contents and rights for each space, and the operations
// that both are put through.
//
// Every page ever written carries a stamp of its own, so the model knows what each page must read. After each
// operation the page it touched is compared through the processor's TLB; all pages, the audit and the TLBs when asked.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "host/hosted_system.h"

namespace freehold::model {

inline constexpr std::uint32_t kSpaces = 3;

/// Where tables have tables, areas are large enough to hold some of them whole.
inline constexpr bool kDeep = arch::kSimLevels > 2 && arch::kSimLeafBits < 8;
inline constexpr std::uint32_t kFrames = kDeep ? 2500 : 600;
inline constexpr Word kWindow = kDeep ? 800 : 96;  ///< pages of each space the operations choose from
inline constexpr Word kTablePages = 16;            ///< of a table of pages where they are small
inline constexpr Word kUpperPages = 256;           ///< of a table of such tables

/// What a page of a space is, as a user would put it.
struct ModelPage {
    Rights rights = Rights::none;
    bool sealed = false;
    bool guard = false;
    std::uint32_t stamp = 0;  ///< what its first word reads
};

struct Operation {
    std::uint32_t kind;
    std::uint32_t space;
    std::uint32_t other;
    Word page;
    Word count;
    std::uint32_t extra;
};

class Model {
  public:
    /// With one processor areas may move in one pass.
    explicit Model(bool one_processor, std::uint32_t count_frames = kFrames)
        : one_processor_(one_processor), hosted_(count_frames, one_processor) {
        for (auto& space : spaces_) space = create_space(hosted_.system(), {}).value();
    }

    /// Empty if the system did as the model says, else what differs.
    std::string apply(const Operation& op) {
        const PageRange range(VirtAddr((op.page + 1) * kPageBytes), VirtAddr((op.page + 1 + op.count) * kPageBytes));
        switch (op.kind % 10) {
            case 0:
                return allocate(op, range);
            case 1:
                return release(op, range);
            case 2:
                return protect(op, range);
            case 3:
                return seal(op, range);
            case 4:
                return transfer(op, range, false);
            case 5:
                return transfer(op, range, true);
            case 6:
                return guard(op, range);
            case 7:
                return write(op, range.base());
            default:
                return read(op.space, range.base().value() / kPageBytes);
        }
    }

    std::string compare_all() {
        for (std::uint32_t space = 0; space < kSpaces; ++space) {
            for (Word page = 1; page <= kWindow + 64; ++page) {
                if (auto wrong = read(space, page); !wrong.empty()) return wrong;
            }
        }
        return complaint();
    }

    /// What the audit or the TLBs say is wrong, or nothing.
    std::string complaint() {
        const AuditReport report = audit(hosted_.system());
        if (!report.clean) return report.text;
        if (hosted_.machine().stale_uses() != 0) return hosted_.machine().stale_description();
        return hosted_.machine().first_stale();
    }

  private:
    using Pages = std::map<Word, ModelPage>;

    static std::string differ(const char* what, Status status, Status expected) {
        return std::string(what) + " says " + status_name(status) + ", the model " + status_name(expected);
    }

    template <typename Check>
    Status expect(std::uint32_t space, PageRange range, Check check) {
        for (Word page = range.base().value() / kPageBytes; page < range.end().value() / kPageBytes; ++page) {
            const auto found = pages_[space].find(page);
            if (found == pages_[space].end()) return Status::not_mapped;
            if (const Status status = check(found->second); status != Status::ok) return status;
        }
        return Status::ok;
    }

    /// Exhaustion is not the model's to foresee: any operation may run out, if it then changes nothing.
    static bool ran_out(Status status) {
        return status == Status::out_of_memory || status == Status::region_table_full ||
               status == Status::no_address_range;
    }

    template <typename Change>
    void for_pages(std::uint32_t space, PageRange range, Change change) {
        for (Word page = range.base().value() / kPageBytes; page < range.end().value() / kPageBytes; ++page) {
            change(page, pages_[space][page]);
        }
    }

    std::string allocate(const Operation& op, PageRange range) {
        Status expected = Status::ok;
        for (Word page = range.base().value() / kPageBytes; page < range.end().value() / kPageBytes; ++page) {
            if (pages_[op.space].contains(page)) expected = Status::not_free;
        }
        const AllocateOptions options{.length_bytes = range.length_bytes(),
                                      .placement = Placement::at,
                                      .address = range.base(),
                                      .populate = op.extra % 4 == 0};
        const Status status = allocate_area(*spaces_[op.space], options).status();
        if (ran_out(status)) return {};
        if (status != expected) return differ("allocate", status, expected);
        if (status == Status::ok) {
            for_pages(op.space, range, [](Word, ModelPage& page) { page = {.rights = kReadWrite}; });
        }
        return {};
    }

    std::string release(const Operation& op, PageRange range) {
        const Status expected = expect(op.space, range, [](const ModelPage&) { return Status::ok; });
        const Status status = release_area(*spaces_[op.space], range);
        if (ran_out(status)) return {};
        if (status != expected) return differ("release", status, expected);
        if (status != Status::ok) return {};
        pages_[op.space].erase(pages_[op.space].lower_bound(range.base().value() / kPageBytes),
                               pages_[op.space].lower_bound(range.end().value() / kPageBytes));
        return {};
    }

    std::string protect(const Operation& op, PageRange range) {
        constexpr std::array choices = {Rights::none, Rights::read, kReadWrite, Rights::read | Rights::execute};
        const Rights rights = choices[op.extra % choices.size()];
        const Status expected = expect(op.space, range, [rights](const ModelPage& page) {
            return page.sealed && has(rights, Rights::write) ? Status::sealed : Status::ok;
        });
        const Status status = protect_area(*spaces_[op.space], range, rights);
        if (ran_out(status)) return {};
        if (status != expected) return differ("protect", status, expected);
        if (status == Status::ok) for_pages(op.space, range, [&](Word, ModelPage& page) { page.rights = rights; });
        return {};
    }

    std::string seal(const Operation& op, PageRange range) {
        const Status expected = expect(op.space, range, [](const ModelPage&) { return Status::ok; });
        const Status status = seal_area(*spaces_[op.space], range);
        if (ran_out(status)) return {};
        if (status != expected) return differ("seal", status, expected);
        if (status == Status::ok) {
            for_pages(op.space, range, [](Word, ModelPage& page) {
                page.sealed = true;
                page.rights = page.rights & (Rights::read | Rights::execute);
            });
        }
        return {};
    }

    std::string transfer(const Operation& op, PageRange range, bool share) {
        Status expected = expect(op.space, range, [share](const ModelPage& page) {
            return share && !page.sealed ? Status::not_sealed : Status::ok;
        });
        if (!share && op.space == op.other) expected = Status::receiver_is_sender;
        AddressSpace& from = *spaces_[op.space];
        AddressSpace& to = *spaces_[op.other];
        const auto moved = share ? share_area(from, range, to) : move_area(from, range, to);
        if (ran_out(moved.status())) return {};
        if (moved.status() != expected) return differ(share ? "share" : "move", moved.status(), expected);
        if (!moved.ok()) return {};
        Word target = moved.value().value() / kPageBytes;
        for (Word page = range.base().value() / kPageBytes; page < range.end().value() / kPageBytes; ++page, ++target) {
            if (pages_[op.other].contains(target)) return "a transfer arrived where an area was";
            pages_[op.other][target] = pages_[op.space][page];
            if (!share) pages_[op.space].erase(page);
        }
        return {};
    }

    std::string guard(const Operation& op, PageRange range) {
        const Status expected =
            expect(op.space, range, [](const ModelPage& page) { return page.sealed ? Status::sealed : Status::ok; });
        const Status status = guard_area(*spaces_[op.space], range);
        if (ran_out(status)) return {};
        if (status != expected) return differ("guard", status, expected);
        if (status == Status::ok) {
            for_pages(op.space, range, [](Word, ModelPage& page) {
                page.guard = true;
                page.stamp = 0;
            });
        }
        return {};
    }

    Status expected_access(std::uint32_t space, Word page, Rights access) {
        const auto found = pages_[space].find(page);
        if (found == pages_[space].end()) return Status::not_mapped;
        if (found->second.guard) return Status::guard_page;
        if (has(found->second.rights, access)) return Status::ok;
        return found->second.sealed && access == Rights::write ? Status::sealed : Status::access_denied;
    }

    std::string write(const Operation& op, VirtAddr address) {
        HostPlayer player(one_processor_ ? 0 : op.extra % 3);
        const Word page = address.value() / kPageBytes;
        const Status expected = expected_access(op.space, page, Rights::write);
        const auto bytes = hosted_.touch(*spaces_[op.space], address, Rights::write);
        if (bytes.status() != expected) return differ("a write", bytes.status(), expected);
        if (!bytes.ok()) return {};
        const std::uint32_t stamp = ++stamps_;
        std::memcpy(bytes.value(), &stamp, sizeof stamp);
        pages_[op.space][page].stamp = stamp;
        return {};
    }

    std::string read(std::uint32_t space, Word page) {
        const Status expected = expected_access(space, page, Rights::read);
        const auto bytes = hosted_.touch(*spaces_[space], VirtAddr(page * kPageBytes), Rights::read);
        if (bytes.status() != expected) return differ("a read", bytes.status(), expected);
        if (!bytes.ok()) return {};
        std::uint32_t stamp = 0;
        std::memcpy(&stamp, bytes.value(), sizeof stamp);
        if (stamp == pages_[space][page].stamp) return {};
        return "page " + std::to_string(page) + " of space " + std::to_string(space) + " holds " +
               std::to_string(stamp) + ", the model says " + std::to_string(pages_[space][page].stamp);
    }

    /// Plays a processor for the length of an access, so that several TLBs know of a space.
    struct HostPlayer {
        explicit HostPlayer(std::uint32_t processor) { host::play_processor(processor); }
        ~HostPlayer() { host::play_processor(0); }
    };

    bool one_processor_;
    host::HostedSystem hosted_;
    std::array<AddressSpace*, kSpaces> spaces_{};
    std::array<Pages, kSpaces> pages_;
    std::uint32_t stamps_ = 0;
};

/// Empty if all goes as the model says.
inline std::string run(const std::vector<Operation>& operations, bool one_processor) {
    Model model(one_processor);
    for (const Operation& op : operations) {
        if (auto wrong = model.apply(op); !wrong.empty()) return wrong;
    }
    return model.compare_all();
}

}  // namespace freehold::model
