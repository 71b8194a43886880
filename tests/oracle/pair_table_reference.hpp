#pragma once
// Pair tables and the bridge of DP-ZBL, slowly and clearly, in long double.
#include <algorithm>
#include <cmath>
#include <vector>

#include "models/local/local_model.hpp"
#include "oracle/outcome_reference.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

/// The neighbours that a table sees of atom i, nearest first.
inline std::vector<Bond> bonds_of_table(const PairTable& table, const System& system, std::size_t i) {
    std::vector<Bond> all = bonds_of(system, static_cast<int>(i), table.cutoff), out;
    const auto type_of = [&](const Bond& bond) { return system.types[std::size_t(bond.atom)]; };
    std::sort(all.begin(), all.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
    if (table.slot_order == SlotOrder::all_types && all.size() > std::size_t(table.n_slots))
        all.resize(std::size_t(table.n_slots));
    std::vector<int> n_of_type(table.sel.size());
    for (const Bond& bond : all) {
        const int type = type_of(bond);
        if (type < 0 || excludes(table.pair_exclude_types, system.types[i], type)) continue;
        if (n_of_type[std::size_t(type)]++ < table.sel[std::size_t(type)]) out.push_back(bond);
    }
    return out;
}

/// Force and virial of a bond of atom i, from dE_i/dr.
inline void add_pair(const Bond& bond, real slope, std::size_t i, Outcome& out) {
    const auto j = std::size_t(bond.atom);
    for (std::size_t a = 0; a < 3; ++a) {
        const real g = slope * bond.d[a] / bond.r;
        out.forces[3 * j + a] -= g;
        out.forces[3 * i + a] += g;
        for (std::size_t b = 0; b < 3; ++b) {
            out.atom_virials[9 * j + 3 * a + b] -= g * bond.d[b];
            out.virial[3 * a + b] -= g * bond.d[b];
        }
    }
}

/// Adds a table's energy of atom i, and its forces; returns the number of bonds.
inline int add_pair_table(const PairTable& table, const System& system, std::size_t i, Outcome& out) {
    const int center = system.types[i];
    if (is_silent_in(table, center)) return 0;
    const std::vector<Bond> bonds = bonds_of_table(table, system, i);
    real energy = table.energy_shift[std::size_t(center)];
    for (const Bond& bond : bonds) {
        const real place = (bond.r - real(table.first)) / real(table.spacing), k = std::floor(place), x = place - k;
        if (k >= table.n_intervals) continue;
        const int pair = center * table.n_types() + system.types[std::size_t(bond.atom)];
        const double* c = table.coefficients.data() + 4 * (std::size_t(pair * table.n_intervals) + std::size_t(k));
        energy += (c[0] * x * x * x + c[1] * x * x + c[2] * x + c[3]) / 2;
        add_pair(bond, (3 * c[0] * x * x + 2 * c[1] * x + c[2]) / real(table.spacing) / 2, i, out);
    }
    out.atom_energies[i] += energy;
    out.energy += energy;
    return static_cast<int>(bonds.size());
}

struct BridgeWeight {
    real value = 0;
    std::vector<real> slopes;  ///< dw/dr of each bond
};

inline BridgeWeight weight_of(const Bridge& bridge, const std::vector<Bond>& bonds) {
    BridgeWeight out{0, std::vector<real>(bonds.size(), 0)};
    if (bonds.empty()) return out;
    const real a = bridge.softness;
    real sum = 0, weighted = 0;
    for (const Bond& bond : bonds) {
        sum += std::exp(-bond.r / a);
        weighted += bond.r * std::exp(-bond.r / a);
    }
    const real least_sum = bridge.least_sum, divisor = std::max(sum, least_sum), sigma = weighted / divisor;
    const real u = (sigma - real(bridge.inner)) / real(bridge.width);
    if (u >= 1) return out;
    out.value = u < 0 ? real(1) : 1 - 10 * u * u * u + 15 * u * u * u * u - 6 * u * u * u * u * u;
    if (u < 0) return out;
    const real slope = -30 * u * u * (1 - u) * (1 - u) / real(bridge.width);
    for (std::size_t k = 0; k < bonds.size(); ++k) {
        const real x = std::exp(-bonds[k].r / a);
        out.slopes[k] = slope * x * (1 - bonds[k].r / a + (sum >= least_sum ? sigma / a : real(0))) / divisor;
    }
    return out;
}

}  // namespace dpmd::reference
