#pragma once
// A local model, slowly and clearly: one atom after the other, one neighbour
// after the other, in long double. Shares no code with the engine but the ModelData.
#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "models/model_data.hpp"
#include "oracle/pair_table_reference.hpp"
#include "oracle/se_a_reference.hpp"
#include "oracle/se_r_reference.hpp"

namespace dpmd::reference {

struct Parameters {
    std::vector<double> fparam;  ///< [n_fparam]
    std::vector<double> aparam;  ///< [n][n_aparam]
};

/// The parameters of atom i as its fitting net takes them, behind the features.
inline std::vector<real> parameters_of(const Fitting& fitting, const Parameters& parameters, std::size_t i) {
    std::vector<real> out;
    for (std::size_t k = 0; k < parameters.fparam.size(); ++k)
        out.push_back((real(parameters.fparam[k]) - real(fitting.fparam_shift[k])) * real(fitting.fparam_scale[k]));
    for (std::size_t k = 0; k < std::size_t(fitting.n_aparam); ++k)
        out.push_back((real(parameters.aparam[i * std::size_t(fitting.n_aparam) + k]) - real(fitting.aparam_shift[k])) *
                      real(fitting.aparam_scale[k]));
    out.insert(out.end(), fitting.case_embedding.begin(), fitting.case_embedding.end());
    return out;
}

/// Force and virial of a bond of atom i, from dE_i/drow of its slot.
inline void add_bond(const double* scale, int n_components, const Slot& slot, const RowGradient& gradient,
                     std::size_t i, Outcome& out) {
    const auto j = std::size_t(slot.bond->atom);
    for (std::size_t a = 0; a < 3; ++a) {
        real g = 0;  // dE_i / d d_a
        for (std::size_t k = 0; k < std::size_t(n_components); ++k)
            g += gradient[k] / real(scale[k]) * slot.environment.slope[k][a];
        out.forces[3 * j + a] -= g;
        out.forces[3 * i + a] += g;
        for (std::size_t b = 0; b < 3; ++b) {
            out.atom_virials[9 * j + 3 * a + b] -= g * slot.bond->d[b];
            out.virial[3 * a + b] -= g * slot.bond->d[b];
        }
    }
}

/// A descriptor with the slots of one atom.
struct Seen {
    const Descriptor* descriptor;
    std::vector<Slot> slots;
    std::size_t n_features;
};

inline Seen seen_by(const NetTerm& term, const Descriptor& descriptor, const System& system, std::size_t i) {
    const Environment& environment = environment_of(descriptor);
    std::vector<Bond> bonds = bonds_of(system, static_cast<int>(i), environment.cutoff);
    std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
    return {&descriptor,
            slots_of(term.pair_exclude_types, environment, embedding_of(descriptor), system, system.types[i],
                     std::move(bonds)),
            0};
}

/// Adds what a descriptor's features do to forces, from dE_i/dfeatures; returns the number of bonds.
inline int add_forces(const Seen& seen, const std::vector<real>& d_features, int center, std::size_t i, Outcome& out) {
    const std::vector<RowGradient> gradients =
        std::visit([&](const auto& one) { return row_gradients(one, seen.slots, d_features); }, *seen.descriptor);
    const Environment& environment = environment_of(*seen.descriptor);
    const double* scale = environment.scale.data() + environment.n_components * center;
    int n_bonds = 0;
    for (std::size_t k = 0; k < seen.slots.size(); ++k) {
        if (!seen.slots[k].bond) continue;
        ++n_bonds;
        add_bond(scale, environment.n_components, seen.slots[k], gradients[k], i, out);
    }
    return n_bonds;
}

/// Adds a term's energy of atom i, and its forces; returns the number of bonds.
inline int add_term(const NetTerm& term, const System& system, const Parameters& parameters, std::size_t i,
                    Outcome& out) {
    const auto type = std::size_t(system.types[i]);
    if (is_silent_in(term, system.types[i])) return 0;
    std::vector<Seen> seen;
    std::vector<real> x;
    for (const Descriptor& descriptor : term.descriptors) {
        seen.push_back(seen_by(term, descriptor, system, i));
        const std::vector<real> features =
            std::visit([&](const auto& one) { return features_of(one, seen.back().slots); }, descriptor);
        seen.back().n_features = features.size();
        x.insert(x.end(), features.begin(), features.end());
    }
    const std::size_t n_features = x.size();
    const std::vector<real> behind = parameters_of(term.fitting, parameters, i);
    x.insert(x.end(), behind.begin(), behind.end());
    auto [energy, dx] = fit(term.fitting.networks[type], x);
    energy += real(term.fitting.energy_shift[type]);
    if (term.fitting.subtract_vacuum[type]) {
        std::fill_n(x.begin(), n_features, real(0));
        energy -= fit(term.fitting.networks[type], x).first;
    }
    out.atom_energies[i] += energy;
    out.energy += energy;
    int n_bonds = 0;
    auto next = dx.begin();
    for (const Seen& one : seen) {
        const std::vector<real> own(next, next + std::ptrdiff_t(one.n_features));
        n_bonds += add_forces(one, own, static_cast<int>(type), i, out);
        next += std::ptrdiff_t(one.n_features);
    }
    return n_bonds;
}

/// Adds what the bridge makes of atom i; returns the number of bonds.
inline int add_bridged(const LocalModel& model, const System& system, const Parameters& parameters, std::size_t i,
                       Outcome& out) {
    const PairTable& table = model.pair_terms.front();
    const std::vector<Bond> bonds = bonds_of_table(table, system, i);
    const BridgeWeight weight = weight_of(*model.bridge, bonds);
    Outcome nets(out.atom_energies.size()), pairs(out.atom_energies.size());
    int n_bonds = static_cast<int>(bonds.size()) + add_pair_table(table, system, i, pairs);
    for (const NetTerm& term : model.terms) n_bonds += add_term(term, system, parameters, i, nets);
    out.add(nets, 1 - weight.value);
    out.add(pairs, weight.value);
    for (std::size_t k = 0; k < bonds.size(); ++k)
        add_pair(bonds[k], weight.slopes[k] * (pairs.energy - nets.energy), i, out);
    return n_bonds;
}

/// Everything a model says about a system. Neighbours beyond sel: the nearest count.
inline Outcome evaluate(const ModelData& data, const System& system, const Parameters& parameters = {}) {
    const LocalModel& model = data.local();
    const auto n = std::size_t(system.n());
    Outcome out(n);
    for (std::size_t i = 0; i < n; ++i) {
        if (system.types[i] < 0) continue;
        int n_bonds = 0;
        if (model.bridge) {
            n_bonds = add_bridged(model, system, parameters, i, out);
        } else {
            for (const NetTerm& term : model.terms) n_bonds += add_term(term, system, parameters, i, out);
            for (const PairTable& table : model.pair_terms) n_bonds += add_pair_table(table, system, i, out);
        }
        out.most_neighbors = std::max(out.most_neighbors, n_bonds);
    }
    return out;
}

}  // namespace dpmd::reference
