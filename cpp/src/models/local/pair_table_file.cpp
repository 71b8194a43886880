#include "models/local/pair_table_file.hpp"

#include "models/local/exclusions_file.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t max_sel = 1 << 20, max_intervals = 1 << 20;
constexpr double least_length = 1e-6;  // Å, of an interval and of a softness

constexpr const char* slot_order_names[] = {"by_type", "all_types"};  // by SlotOrder
constexpr const char* arithmetic_names[] = {"float64", "float32"};

double read_length(const Entry& entry) {
    const double length = entry.number();
    entry.require(length >= least_length, " = ", length, " is below ", least_length, " Å");
    return length;
}

void read_slots(const Entry& entry, int n_types, PairTable& out) {
    const Entry sel = entry.at("sel");
    for (const Entry& n : sel.list(std::size_t(n_types), "types")) out.sel.push_back(n.integer(0, max_sel));
    out.n_slots = entry.at("slots").integer(1, max_sel);
    out.slot_order = static_cast<SlotOrder>(entry.at("overflow_order").choice(slot_order_names));
}

void read_coefficients(const Entry& entry, int n_types, PairTable& out) {
    out.first = entry.at("first").number();
    entry.at("first").require(out.first >= 0, " = ", out.first, " is negative");
    out.spacing = read_length(entry.at("spacing"));
    const Entry coefficients = entry.at("coefficients");
    const std::int64_t n_pairs = std::int64_t(n_types) * n_types;
    const std::vector<std::int64_t> shape = coefficients.matrix_shape(n_pairs, 4 * max_intervals);
    coefficients.require(shape[0] == n_pairs && shape[1] % 4 == 0, " is [", shape[0], ", ", shape[1], "]; for ",
                         n_types, " types it is [", n_pairs, ", 4 × intervals]");
    out.n_intervals = static_cast<int>(shape[1] / 4);
    out.coefficients = coefficients.tensor(shape);
}

}  // namespace

PairTable read_pair_table(const Entry& entry, int n_types) {
    PairTable out;
    out.cutoff = read_length(entry.at("cutoff"));
    read_slots(entry, n_types, out);
    read_coefficients(entry, n_types, out);
    out.energy_shift = entry.at("energy_shift").tensor({n_types});
    read_exclusions(entry, n_types, out);
    return out;
}

Bridge read_bridge(const Entry& entry) {
    Bridge out;
    out.softness = read_length(entry.at("softness"));
    out.inner = entry.at("inner").number();
    out.outer = entry.at("outer").number();
    out.is_single_precision = entry.at("arithmetic").choice(arithmetic_names) == 1;
    out.width = out.is_single_precision ? double(static_cast<float>(out.outer - out.inner)) : out.outer - out.inner;
    out.least_sum = entry.at("least_sum").number();
    entry.at("least_sum").require(out.least_sum >= 0, " = ", out.least_sum, " is negative");
    entry.require(0 <= out.inner && out.inner < out.outer, ": inner ", out.inner, " and outer ", out.outer,
                  " must satisfy 0 <= inner < outer");
    return out;
}

void write(const NewEntry& entry, const PairTable& table) {
    NewObject out = entry.object();
    const std::int64_t n_types = table.n_types();
    out.at("cutoff").number(table.cutoff);
    out.at("sel").integers(table.sel);
    out.at("slots").integer(table.n_slots);
    out.at("overflow_order").text(slot_order_names[static_cast<int>(table.slot_order)]);
    out.at("first").number(table.first);
    out.at("spacing").number(table.spacing);
    out.at("coefficients").tensor(table.coefficients, {n_types * n_types, 4 * std::int64_t(table.n_intervals)});
    out.at("energy_shift").tensor(table.energy_shift, {n_types});
    write_exclusions(out, table);
    out.at("kind").text(PairTable::kind);
}

void write(const NewEntry& entry, const Bridge& bridge) {
    NewObject out = entry.object();
    out.at("softness").number(bridge.softness);
    out.at("inner").number(bridge.inner);
    out.at("outer").number(bridge.outer);
    out.at("least_sum").number(bridge.least_sum);
    out.at("arithmetic").text(arithmetic_names[bridge.is_single_precision ? 1 : 0]);
    out.at("kind").text(Bridge::kind);
}

}  // namespace dpmd
