#include "models/local/environment_file.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t max_normalization = 1 << 24;

void read_range(const Entry& entry, Environment& out) {
    out.cutoff = entry.at("cutoff").number();
    out.cutoff_smooth = entry.at("cutoff_smooth").number();
    entry.require(0 <= out.cutoff_smooth && out.cutoff_smooth < out.cutoff, ": cutoff ", out.cutoff,
                  " and smooth cutoff ", out.cutoff_smooth, " must satisfy 0 <= smooth < cutoff");
    out.single_precision_cutoff = entry.at("cutoff_arithmetic").choice({"float64", "float32"}) == 1;
    out.protection = entry.at("protection").number();
    entry.at("protection").require(out.protection >= 0, " = ", out.protection, " is negative");
}

void read_slots(const Entry& entry, int n_types, Environment& out) {
    out.slot_order =
        static_cast<SlotOrder>(entry.at("overflow_order").choice({"by_type", "all_types", "mixed", "unlimited"}));
    const Entry sel = entry.at("sel");
    const auto read = [&](std::size_t n, const char* things) {
        for (const Entry& one : sel.list(n, things)) out.sel.push_back(one.integer(0, most_neighbors));
    };
    switch (out.slot_order) {
        case SlotOrder::by_type:
        case SlotOrder::all_types: read(std::size_t(n_types), "types"); break;
        case SlotOrder::mixed: read(1, "number for all types together"); break;
        case SlotOrder::unlimited: read(0, "numbers: neighbours need no slots"); break;
    }
    sel.require(out.n_slots() > 0, " is zero for all types: no neighbour would be seen");
    out.normalization = entry.at("normalization").integer(1, max_normalization);
    out.exclude_types = entry.at("exclude_types").type_pairs(n_types);
    out.excluded_slots = static_cast<ExcludedSlots>(entry.at("excluded_slots").choice({"drop", "keep", "zero"}));
}

void read_statistics(const Entry& entry, int n_types, Environment& out) {
    const std::vector<std::int64_t> shape{n_types, out.n_components};
    const Entry shift = entry.at("shift"), scale = entry.at("scale");
    out.shift = shift.tensor(shape);
    out.scale = scale.tensor(shape);
    for (std::size_t k = 0; k < out.shift.size(); ++k)
        shift.require(k % std::size_t(out.n_components) == 0 || out.shift[k] == 0, " holds ", out.shift[k],
                      " for a direction; only the radial component may be shifted, or empty slots would have one");
    for (const double value : out.scale)
        scale.require(value >= 1 / largest_number, " holds ", value, "; it must be positive, and at least ",
                      1 / largest_number);
}

}  // namespace

Environment read_environment(const Entry& entry, int n_types, int n_components) {
    Environment out;
    out.n_components = n_components;
    read_range(entry, out);
    read_slots(entry, n_types, out);
    read_statistics(entry, n_types, out);
    return out;
}

}  // namespace dpmd
