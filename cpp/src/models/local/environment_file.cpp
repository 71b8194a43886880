#include "models/local/environment_file.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t max_normalization = 1 << 24;
constexpr const char* arithmetic_names[] = {"float64", "float32"};
constexpr const char* slot_order_names[] = {"by_type", "all_types", "mixed", "unlimited"};  // by SlotOrder
constexpr const char* excluded_slots_names[] = {"drop", "keep", "zero"};                    // by ExcludedSlots

void read_range(const Entry& entry, Environment& out) {
    out.cutoff = entry.at("cutoff").number();
    out.cutoff_smooth = entry.at("cutoff_smooth").number();
    entry.require(0 <= out.cutoff_smooth && out.cutoff_smooth < out.cutoff, ": cutoff ", out.cutoff,
                  " and smooth cutoff ", out.cutoff_smooth, " must satisfy 0 <= smooth < cutoff");
    out.single_precision_cutoff = entry.at("cutoff_arithmetic").choice(arithmetic_names) == 1;
    out.protection = entry.at("protection").number();
    entry.at("protection").require(out.protection >= 0, " = ", out.protection, " is negative");
}

void read_slots(const Entry& entry, int n_types, Environment& out) {
    out.slot_order = static_cast<SlotOrder>(entry.at("overflow_order").choice(slot_order_names));
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
    out.excluded_slots = static_cast<ExcludedSlots>(entry.at("excluded_slots").choice(excluded_slots_names));
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

void write(const NewEntry& entry, const Environment& environment) {
    const std::vector<std::int64_t> shape{environment.n_types(), environment.n_components};
    NewObject out = entry.object();
    out.at("cutoff").number(environment.cutoff);
    out.at("cutoff_smooth").number(environment.cutoff_smooth);
    out.at("cutoff_arithmetic").text(arithmetic_names[environment.single_precision_cutoff ? 1 : 0]);
    out.at("sel").integers(environment.sel);
    out.at("normalization").integer(environment.normalization);
    out.at("shift").tensor(environment.shift, shape);
    out.at("scale").tensor(environment.scale, shape);
    out.at("protection").number(environment.protection);
    out.at("exclude_types").type_pairs(environment.exclude_types);
    out.at("excluded_slots").text(excluded_slots_names[static_cast<int>(environment.excluded_slots)]);
    out.at("overflow_order").text(slot_order_names[static_cast<int>(environment.slot_order)]);
}

}  // namespace dpmd
