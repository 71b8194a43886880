#include "cpu/local/packed_pair_table.hpp"

#include "models/local/local_model.hpp"

namespace dpmd::cpu {

PackedPairTable::PackedPairTable(const PairTable& from, int seen)
    : environment(seen),
      first(from.first),
      spacing(from.spacing),
      n_intervals(from.n_intervals),
      coefficients(from.coefficients),
      energy_shift(from.energy_shift) {
    for (int t = 0; t < from.n_types(); ++t) is_silent.push_back(is_silent_in(from, t));
}

PackedEnvironment environment_of(const PairTable& table, int place) {
    PackedEnvironment out;
    out.n_types = table.n_types();
    out.n_components = 0;
    out.range = {0, table.cutoff, table.cutoff};
    out.n_slots = table.n_slots;
    out.slot_order = table.slot_order;
    out.first_descriptor = place;
    for (int i = 0; i < out.n_types; ++i) {
        PackedEnvironment::Center& center = out.centers.emplace_back();
        for (int j = 0; j < out.n_types; ++j) {
            SectionRule& section = center.sections.emplace_back();
            section.sel = table.sel[std::size_t(j)];
            section.counts = section.has_rows = table.sees(i, j);
        }
    }
    return out;
}

}  // namespace dpmd::cpu
