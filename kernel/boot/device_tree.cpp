// SPDX-License-Identifier: MIT
// One pass over the structure block. A node is looked at when its properties have ended, since they come in any order;
// the format puts them before the nodes within.
#include "kernel/boot/device_tree.h"

#include <algorithm>
#include <string_view>

namespace freehold::kernel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kMagic = 0xD00DFEED;
constexpr std::uint32_t kVersion = 17;  // and whatever says that it is compatible
constexpr std::uint32_t kBeginNode = 1, kEndNode = 2, kProperty = 3, kNothing = 4, kEnd = 9;
constexpr std::uint32_t kSupervisorExternal = 9;  // the interrupt's number at a hart
constexpr std::size_t kNameBytesMax = 256;

/// Words of the head: Devicetree Specification 5.2.
enum Head : std::size_t { magic, total_bytes, structure, strings, reservations, version, compatible_version };

/// `count` words from `index` on as one number; 0 where there are not as many, and the low 64 bits of longer ones.
std::uint64_t cells(Bytes value, std::uint64_t index, std::uint64_t count) {
    std::uint64_t number = 0;
    if (value.size() / 4 < index || value.size() / 4 - index < count) return 0;
    for (const std::byte byte :
         value.subspan(static_cast<std::size_t>(4 * index), static_cast<std::size_t>(4 * count))) {
        number = number << 8 | std::to_integer<std::uint64_t>(byte);
    }
    return number;
}

/// The string at the start, without its 0; empty where none ends within.
std::string_view text(Bytes value) {
    const auto end = std::find(value.begin(), value.end(), std::byte{0});
    if (end == value.end()) return {};
    return {reinterpret_cast<const char*>(value.data()), static_cast<std::size_t>(end - value.begin())};
}

/// Whether one of the strings of a list is this one.
bool lists(Bytes value, std::string_view wanted) {
    while (!value.empty()) {
        const auto entry = text(value);
        if (entry == wanted) return true;
        if (entry.empty()) return false;
        value = value.subspan(entry.size() + 1);
    }
    return false;
}

bool contains(std::string_view all, std::string_view wanted) {
    return std::search(all.begin(), all.end(), wanted.begin(), wanted.end()) != all.end();
}

/// The properties of the node whose properties are being read.
struct Properties {
    Bytes compatible, reg, type, status, line, lines, shift, isa, phandle;
};

/// A node that has not ended.
struct Level {
    std::string_view name;  // without the address
    std::uint32_t address_cells = 2, size_cells = 1;
    bool own_addresses = false;  // those of its children are the processor's
    bool looked_at = false;
};

class Reader {
  public:
    Reader(Bytes blob, std::uint64_t boot_hart, DeviceTree& tree) : blob_(blob), boot_hart_(boot_hart), tree_(tree) {}

    bool read() {
        const std::uint64_t total = head(Head::total_bytes);
        if (head(Head::magic) != kMagic || total > blob_.size()) return false;
        if (head(Head::version) < kVersion || head(Head::compatible_version) > kVersion) return false;
        blob_ = blob_.first(static_cast<std::size_t>(total));
        if (!read_reservations() || !read_structure()) return false;
        find_context();
        return std::any_of(tree_.memory, tree_.memory + tree_.count_memory, [](auto& range) { return range.usable; });
    }

  private:
    [[nodiscard]] std::uint64_t head(std::size_t word) const { return cells(blob_, word, 1); }
    [[nodiscard]] bool has(std::uint64_t at, std::uint64_t bytes) const {
        return at <= blob_.size() && blob_.size() - at >= bytes;
    }
    [[nodiscard]] Bytes rest(std::uint64_t at) const {
        return blob_.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(at, blob_.size())));
    }
    [[nodiscard]] std::string_view name_at(std::uint64_t at) const {
        return text(rest(at).first(std::min(rest(at).size(), kNameBytesMax)));
    }

    bool add_range(std::uint64_t base, std::uint64_t length_bytes, bool usable) {
        if (tree_.count_memory == kMemoryRangesMax) return false;
        tree_.memory[tree_.count_memory++] = {base, length_bytes, usable};
        return true;
    }

    bool read_reservations() {
        for (std::uint64_t at = head(Head::reservations); has(at, 16); at += 16) {
            const std::uint64_t base = cells(rest(at), 0, 2), length = cells(rest(at), 2, 2);
            if (base == 0 && length == 0) return true;
            if (!add_range(base, length, false)) return false;
        }
        return false;
    }

    bool read_structure() {
        for (std::uint64_t at = head(Head::structure); has(at, 4);) {
            const std::uint64_t token = cells(rest(at), 0, 1);
            at += 4;
            if (token == kEnd) return depth_ == 0;
            bool good = token == kNothing;
            if (token == kBeginNode) good = begin_node(at);
            if (token == kProperty) good = read_property(at);
            if (token == kEndNode) good = look_at_node() && depth_-- != 0;
            if (!good) return false;
        }
        return false;
    }

    bool begin_node(std::uint64_t& at) {
        const std::string_view name = name_at(at);
        if (depth_ == kTreeDepthMax || !has(at, name.size() + 1) || (depth_ != 0 && !look_at_node())) return false;
        at = (at + name.size() + 4) & ~std::uint64_t{3};
        levels_[depth_++] = {.name = {name.begin(), std::find(name.begin(), name.end(), '@')},
                             .own_addresses = depth_ == 0};
        node_ = {};
        return true;
    }

    bool read_property(std::uint64_t& at) {
        const std::uint64_t length = cells(rest(at), 0, 1);
        if (depth_ == 0 || levels_[depth_ - 1].looked_at || !has(at, 8) || !has(at + 8, length)) return false;
        const std::string_view name = name_at(head(Head::strings) + cells(rest(at), 1, 1));
        const Bytes value = rest(at + 8).first(static_cast<std::size_t>(length));
        at += 8 + ((length + 3) & ~std::uint64_t{3});
        constexpr struct {
            std::string_view name;
            Bytes Properties::*where;
        } kKept[] = {{"compatible", &Properties::compatible}, {"reg", &Properties::reg},
                     {"device_type", &Properties::type},      {"status", &Properties::status},
                     {"interrupts", &Properties::line},       {"interrupts-extended", &Properties::lines},
                     {"reg-shift", &Properties::shift},       {"riscv,isa", &Properties::isa},
                     {"phandle", &Properties::phandle}};
        for (const auto& kept : kKept) {
            if (name == kept.name) node_.*kept.where = value;
        }
        Level& level = levels_[depth_ - 1];
        if (name == "#address-cells") level.address_cells = static_cast<std::uint32_t>(cells(value, 0, 1));
        if (name == "#size-cells") level.size_cells = static_cast<std::uint32_t>(cells(value, 0, 1));
        if (name == "ranges" && value.empty() && depth_ > 1) level.own_addresses = levels_[depth_ - 2].own_addresses;
        if (depth_ == 2 && level.name == "chosen") read_chosen(name, value);
        const bool of_harts = level.name == "cpus" && name == "timebase-frequency";
        if (of_harts) tree_.timebase_hertz = static_cast<std::uint32_t>(cells(value, 0, value.size() / 4));
        return true;
    }

    void read_chosen(std::string_view name, Bytes value) {
        if (name == "linux,initrd-start") tree_.archive_base = cells(value, 0, value.size() / 4);
        if (name == "linux,initrd-end") tree_.archive_end = cells(value, 0, value.size() / 4);
        if (name != "bootargs") return;
        const std::string_view line = text(value).substr(0, kTreeArgumentsBytes - 1);
        *std::copy(line.begin(), line.end(), tree_.command_line) = '\0';
    }

    /// The properties of the innermost node have ended.
    bool look_at_node() {
        if (depth_ < 2 || levels_[depth_ - 1].looked_at) return depth_ != 0;
        levels_[depth_ - 1].looked_at = true;
        const Level& parent = levels_[depth_ - 2];
        const std::uint64_t address = cells(node_.reg, 0, parent.address_cells);
        if (parent.name == "cpus") {
            at_boot_hart_ = text(node_.type) == "cpu" && address == boot_hart_;
            if (at_boot_hart_) tree_.has_timer_compare = contains(text(node_.isa), "_sstc");
        }
        if (at_boot_hart_ && lists(node_.compatible, "riscv,cpu-intc")) hart_controller_ = cells(node_.phandle, 0, 1);
        const bool there = node_.status.empty() || text(node_.status).starts_with("ok");
        const bool memory = depth_ == 2 && text(node_.type) == "memory";
        const bool reserved = depth_ == 3 && parent.name == "reserved-memory";
        if (there && (memory || reserved)) return add_ranges(parent, memory);
        if (there && parent.own_addresses) look_at_device(parent, address);
        return true;
    }

    bool add_ranges(const Level& parent, bool usable) {
        const std::uint64_t step = std::uint64_t{parent.address_cells} + parent.size_cells;
        for (std::uint64_t i = 0; step != 0 && i + step <= node_.reg.size() / 4; i += step) {
            const std::uint64_t base = cells(node_.reg, i, parent.address_cells);
            if (!add_range(base, cells(node_.reg, i + parent.address_cells, parent.size_cells), usable)) return false;
        }
        return true;
    }

    void look_at_device(const Level& parent, std::uint64_t address) {
        const TreeDevice device{address, cells(node_.reg, parent.address_cells, parent.size_cells),
                                static_cast<std::uint32_t>(cells(node_.line, 0, 1))};
        if (lists(node_.compatible, "sifive,test0")) tree_.finisher = device;
        if (lists(node_.compatible, "ns16550a") && tree_.serial.length_bytes == 0) {
            tree_.serial = device;
            tree_.serial_shift = static_cast<std::uint32_t>(cells(node_.shift, 0, 1)) % 8;
        }
        if (lists(node_.compatible, "riscv,plic0") || lists(node_.compatible, "sifive,plic-1.0.0")) {
            tree_.interrupts = device;
            lines_ = node_.lines;
        }
    }

    /// The PLIC's contexts stand in the order of its lines to the harts: pairs of a hart's controller and a number.
    void find_context() {
        for (std::size_t i = 0; i + 2 <= lines_.size() / 4; i += 2) {
            tree_.context = static_cast<std::uint32_t>(i / 2);
            if (cells(lines_, i, 1) == hart_controller_ && cells(lines_, i + 1, 1) == kSupervisorExternal) return;
        }
        tree_.interrupts = {};  // no line comes to us
    }

    Bytes blob_;
    const std::uint64_t boot_hart_;
    DeviceTree& tree_;
    Level levels_[kTreeDepthMax];
    std::uint32_t depth_ = 0;
    Properties node_;
    bool at_boot_hart_ = false;
    std::uint64_t hart_controller_ = 0;
    Bytes lines_;
};

}  // namespace

Status read_device_tree(std::span<const std::byte> blob, std::uint64_t boot_hart, DeviceTree& tree) {
    tree = {};
    return Reader(blob, boot_hart, tree).read() ? Status::ok : Status::memory_map_invalid;
}

}  // namespace freehold::kernel
