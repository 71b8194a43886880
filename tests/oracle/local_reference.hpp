#pragma once
// A local model, slowly and clearly: one atom after the other, one neighbour
// after the other, in long double. Shares no code with the engine but the ModelData.
#include <algorithm>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "models/model_data.hpp"
#include "oracle/local_frame_reference.hpp"
#include "oracle/pair_table_reference.hpp"
#include "oracle/se_a_reference.hpp"
#include "oracle/se_atten_reference.hpp"
#include "oracle/se_r_reference.hpp"
#include "oracle/se_t_reference.hpp"
#include "oracle/se_t_tebd_reference.hpp"

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

/// Force and virial of a bond of atom i, from g = dE_i/dd.
inline void add_pair(const Bond& bond, const real g[3], std::size_t i, Outcome& out) {
    const auto j = std::size_t(bond.atom);
    for (std::size_t a = 0; a < 3; ++a) {
        out.forces[3 * j + a] -= g[a];
        out.forces[3 * i + a] += g[a];
        for (std::size_t b = 0; b < 3; ++b) {
            out.atom_virials[9 * j + 3 * a + b] -= g[a] * bond.d[b];
            out.virial[3 * a + b] -= g[a] * bond.d[b];
        }
    }
}

/// What a descriptor sees of atom i: its slots, for those whose rows pass through nets one by one.
template <class D>
std::vector<Slot> see(const NetTerm& term, const D& descriptor, const System& system, std::size_t i) {
    std::vector<Bond> bonds = bonds_of(system, static_cast<int>(i), descriptor.environment.cutoff);
    std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
    return slots_of(term.pair_exclude_types, descriptor, system, system.types[i], std::move(bonds));
}

/// Adds what the features of such a descriptor do to forces, from dE_i/dfeatures; returns the number of bonds.
template <class D>
int add_forces(const D& descriptor, const std::vector<Slot>& slots, const std::vector<real>& d_features, int center,
               std::size_t i, Outcome& out) {
    const std::vector<RowGradient> gradients = row_gradients(descriptor, slots, d_features);
    const Environment& environment = descriptor.environment;
    int n_bonds = 0;
    for (std::size_t s = 0; s < slots.size(); ++s) {
        if (!slots[s].bond) continue;
        ++n_bonds;
        real g[3] = {};
        for (int a = 0; a < 3; ++a)
            for (int k = 0; k < environment.n_components; ++k)
                g[a] += gradients[s][std::size_t(k)] / real(environment.scale_of(center, k)) *
                        slots[s].environment.slope[k][a];
        add_pair(*slots[s].bond, g, i, out);
    }
    return n_bonds;
}

inline int add_forces(const SeAtten& descriptor, const AttenSeen& seen, const std::vector<real>& d_features, int,
                      std::size_t i, Outcome& out) {
    int n_bonds = 0;
    for (std::size_t s = 0; s < seen.slots.size(); ++s) {
        if (seen.slots[s].kind != AttenSlot::Kind::neighbor) continue;
        ++n_bonds;
        real g[3] = {};
        for (int a = 0; a < 3; ++a) {
            const Duals features = features_of(descriptor, seen, s, a);
            for (std::size_t f = 0; f < features.size(); ++f) g[a] += d_features[f] * features[f].slope;
        }
        add_pair(seen.slots[s].bond, g, i, out);
    }
    return n_bonds;
}

inline int add_forces(const LocalFrame& descriptor, const FrameSeen& seen, const std::vector<real>& d_features, int,
                      std::size_t i, Outcome& out) {
    int n_bonds = 0;
    for (std::size_t t = 0; t < seen.of_type.size(); ++t)
        for (std::size_t k = 0; k < seen.of_type[t].size(); ++k, ++n_bonds) {
            real g[3] = {};
            for (int a = 0; a < 3; ++a) {
                const Duals features = features_of(descriptor, seen, t, k, a);
                for (std::size_t f = 0; f < features.size(); ++f) g[a] += d_features[f] * features[f].slope;
            }
            add_pair(seen.of_type[t][k], g, i, out);
        }
    return n_bonds;
}

inline int add_forces(const SeTTebd& descriptor, const TebdSeen& seen, const std::vector<real>& d_features, int,
                      std::size_t i, Outcome& out) {
    const std::vector<std::array<real, 3>> gradients = gradients_of(descriptor, seen, d_features);
    for (std::size_t k = 0; k < gradients.size(); ++k) add_pair(seen.neighbors[k].bond, gradients[k].data(), i, out);
    return static_cast<int>(gradients.size());
}

/// The features of atom i, those of all descriptors one behind the other.
inline std::vector<real> features_of(const NetTerm& term, const System& system, std::size_t i) {
    std::vector<real> out;
    for (const Descriptor& descriptor : term.descriptors) {
        const auto features =
            std::visit([&](const auto& one) { return features_of(one, see(term, one, system, i)); }, descriptor);
        out.insert(out.end(), features.begin(), features.end());
    }
    return out;
}

/// Adds a term's energy of atom i, and its forces; returns the number of bonds.
inline int add_term(const NetTerm& term, const System& system, const Parameters& parameters, std::size_t i,
                    Outcome& out) {
    const auto type = std::size_t(system.types[i]);
    if (is_silent_in(term, system.types[i])) return 0;
    std::vector<std::function<int(const std::vector<real>&)>> add;  // the forces, from the derivatives of the features
    std::vector<std::size_t> sizes;
    std::vector<real> x;
    for (const Descriptor& descriptor : term.descriptors)
        std::visit(
            [&](const auto& one) {
                const auto seen = see(term, one, system, i);
                const std::vector<real> features = features_of(one, seen);
                x.insert(x.end(), features.begin(), features.end());
                sizes.push_back(features.size());
                add.push_back([&out, &one, seen, type, i](const std::vector<real>& d_features) {
                    return add_forces(one, seen, d_features, static_cast<int>(type), i, out);
                });
            },
            descriptor);
    const std::size_t n_features = x.size();
    const std::vector<real> behind = parameters_of(term.fitting, parameters, i);
    x.insert(x.end(), behind.begin(), behind.end());
    auto [energy, dx] = fit(term.fitting.network(static_cast<int>(type)), x);
    energy += real(term.fitting.energy_shift[type]);
    if (term.fitting.subtract_vacuum[type]) {
        std::fill_n(x.begin(), n_features, real(0));
        energy -= fit(term.fitting.network(static_cast<int>(type)), x).first;
    }
    out.atom_energies[i] += energy;
    out.energy += energy;
    int n_bonds = 0;
    auto next = dx.begin();
    for (std::size_t d = 0; d < add.size(); ++d) {
        n_bonds += add[d]({next, next + std::ptrdiff_t(sizes[d])});
        next += std::ptrdiff_t(sizes[d]);
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
