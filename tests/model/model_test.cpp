// SPDX-License-Identifier: MIT
// Random operations on a whole system beside a naive model: a map from page to contents and rights for each space.
//
// Every page ever written carries a stamp of its own, so the model knows what each page must read. After each
// operation the page it touched is compared through the processor's TLB; all pages, the audit and the TLBs regularly.
//
// A failure prints the seed and the fewest operations that still fail. To replay:
//     FREEHOLD_MODEL_SEED=<seed> FREEHOLD_MODEL_OPERATIONS=<count> model_tests_small
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/hosted_system.h"
#include "tests/support/environment.h"

namespace freehold {
namespace {

constexpr std::uint32_t kSpaces = 3;

/// Where tables have tables, areas are large enough to hold some of them whole.
constexpr bool kDeep = arch::kSimLevels > 2 && arch::kSimLeafBits < 8;
constexpr std::uint32_t kFrames = kDeep ? 2500 : 600;
constexpr Word kWindow = kDeep ? 800 : 96;  ///< pages of each space the operations choose from
constexpr Word kTablePages = 16;            ///< of a table of pages where they are small
constexpr Word kUpperPages = 256;           ///< of a table of such tables
constexpr std::uint32_t kRunLength = 2000;

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

  private:
    std::uint64_t state_;
};

class Model {
  public:
    /// With one processor areas may move in one pass.
    explicit Model(bool one_processor) : one_processor_(one_processor), hosted_(kFrames, one_processor) {
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

std::vector<Operation> make_operations(std::uint64_t seed, std::uint32_t count) {
    Random random(seed);
    std::vector<Operation> operations(count);
    for (Operation& op : operations) {
        op = {random.below(10),  random.below(kSpaces), random.below(kSpaces), random.below(kWindow), 1,
              random.below(1000)};
        // Often single pages, often aligned tables, sometimes anything; now and then tables of tables.
        const std::uint32_t shape = random.below(4);
        if (shape == 1) op.count = 1 + random.below(40);
        if (shape >= 2) op.page = op.page / kTablePages * kTablePages + kTablePages - 1;
        if (shape == 2) op.count = kTablePages * (1 + random.below(2));
        if (kDeep && op.extra % 3 == 0) {
            op.page = op.page / kUpperPages * kUpperPages + kUpperPages - 1 - random.below(3) % 2 * random.below(20);
            op.count = kUpperPages + random.below(3) % 2 * random.below(20);
        }
    }
    return operations;
}

std::string run(const std::vector<Operation>& operations, bool one_processor) {
    Model model(one_processor);
    for (const Operation& op : operations) {
        if (auto wrong = model.apply(op); !wrong.empty()) return wrong;
    }
    return model.compare_all();
}

/// Leaves out operations, in ever smaller pieces, as long as the rest still fails.
std::vector<Operation> shrink(std::vector<Operation> failing, bool one_processor) {
    for (std::size_t piece = failing.size() / 2; piece != 0; piece /= 2) {
        for (std::size_t at = 0; at < failing.size();) {
            std::vector<Operation> fewer = failing;
            const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(first, first + static_cast<std::ptrdiff_t>(std::min(piece, fewer.size() - at)));
            if (run(fewer, one_processor).empty())
                at += piece;
            else
                failing = fewer;
        }
    }
    return failing;
}

TEST(Model, RandomOperationsDoWhatANaiveMapOfPagesSays) {
    const std::uint64_t first_seed = test::number_from_environment("FREEHOLD_MODEL_SEED", 1);
    const std::uint64_t total = test::number_from_environment("FREEHOLD_MODEL_OPERATIONS", 400'000);
    for (std::uint64_t done = 0, seed = first_seed; done < total; done += kRunLength, ++seed) {
        const auto operations = make_operations(seed, kRunLength);
        const bool one_processor = seed % 2 == 0;
        if (run(operations, one_processor).empty()) continue;
        const auto fewest = shrink(operations, one_processor);
        std::string list;
        for (const Operation& op : fewest) {
            list += "  kind " + std::to_string(op.kind) + ", space " + std::to_string(op.space) + " -> " +
                    std::to_string(op.other) + ", page " + std::to_string(op.page) + " + " + std::to_string(op.count) +
                    ", extra " + std::to_string(op.extra) + "\n";
        }
        FAIL() << run(fewest, one_processor) << "\nreplay: FREEHOLD_MODEL_SEED=" << seed
               << " FREEHOLD_MODEL_OPERATIONS=" << kRunLength << "\n"
               << list;
    }
}

}  // namespace
}  // namespace freehold
