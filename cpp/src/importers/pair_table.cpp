#include "importers/pair_table.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t n_numbers = 4;       // of the description
constexpr std::size_t n_coefficients = 4;  // of an interval

}  // namespace

PairTable read_pair_table(const Tensor& info, Tensor data, int n_types, double cutoff, const std::string& place) {
    const std::vector<double> numbers = sized(info, n_numbers, concat(place, ": the description of the table"));
    const double n_intervals = numbers[2], n_tabulated = numbers[3];
    if (n_tabulated != n_types)
        throw InputError(concat(place, ": the table is for ", n_tabulated, " types, the model has ", n_types));
    const auto n_pairs = std::size_t(n_types) * std::size_t(n_types);
    if (!(n_intervals > 0 && n_intervals == std::floor(n_intervals) &&
          double(data.size()) == double(n_coefficients * n_pairs) * n_intervals))
        throw InputError(concat(place, ": ", data.size(), " coefficients do not fill ", n_intervals, " intervals for ",
                                n_types, " types"));
    PairTable out;
    out.cutoff = cutoff;
    out.first = numbers[0];
    out.spacing = numbers[1];
    out.n_intervals = static_cast<int>(data.size() / (n_coefficients * n_pairs));
    out.coefficients = std::move(data.values);
    out.energy_shift.assign(std::size_t(n_types), 0.0);
    return out;
}

void set_slots(PairTable& table, std::vector<int> sel) {
    table.n_slots = std::accumulate(sel.begin(), sel.end(), 0);
    table.sel = std::move(sel);
    table.slot_order = SlotOrder::by_type;
}

void set_shared_slots(PairTable& table, int n_slots) {
    table.n_slots = n_slots;
    table.sel.assign(table.energy_shift.size(), n_slots);
    table.slot_order = SlotOrder::all_types;
}

}  // namespace dpmd::importers
