#pragma once
// A local model with one descriptor and a fitting net, slowly and clearly: one atom after the other, one neighbour
// after the other, in long double. Shares no code with the engine but the ModelData.
#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "models/model_data.hpp"
#include "oracle/se_a_reference.hpp"
#include "oracle/se_r_reference.hpp"

namespace dpmd::reference {

struct Parameters {
    std::vector<double> fparam;  ///< [n_fparam]
    std::vector<double> aparam;  ///< [n][n_aparam]
};

struct Outcome {
    real energy = 0;
    real virial[9] = {};
    std::vector<real> atom_energies, forces, atom_virials;  ///< [n], [n][3], [n][9]
    int most_neighbors = 0;                                 ///< of any atom: bounds the terms of a fixed-point sum
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

template <class D>
Outcome evaluate_descriptor(const LocalModel& model, const D& descriptor, const System& system,
                            const Parameters& parameters) {
    const Environment& environment = descriptor.environment;
    const Fitting& fitting = model.terms.front().fitting;
    const auto n = std::size_t(system.n());
    Outcome out;
    out.atom_energies.assign(n, 0);
    out.forces.assign(3 * n, 0);
    out.atom_virials.assign(9 * n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        const int ti = system.types[i];
        if (ti < 0 || std::count(model.atom_exclude_types.begin(), model.atom_exclude_types.end(), ti) > 0) continue;
        std::vector<Bond> bonds = bonds_of(system, static_cast<int>(i), environment.cutoff);
        std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
        const std::vector<Slot> slots =
            slots_of(model, environment, descriptor.embedding, system, ti, std::move(bonds));

        std::vector<real> x = features_of(descriptor, slots);
        const std::size_t n_features = x.size();
        const std::vector<real> behind = parameters_of(fitting, parameters, i);
        x.insert(x.end(), behind.begin(), behind.end());
        const Network& network = fitting.networks[std::size_t(ti)];
        auto [energy, dx] = fit(network, x);
        energy += real(fitting.energy_shift[std::size_t(ti)]);
        if (fitting.subtract_vacuum[std::size_t(ti)]) {
            std::fill_n(x.begin(), n_features, real(0));
            energy -= fit(network, x).first;
        }
        out.atom_energies[i] = energy;
        out.energy += energy;

        dx.resize(n_features);
        const std::vector<RowGradient> gradients = row_gradients(descriptor, slots, dx);
        int n_bonds = 0;
        for (std::size_t k = 0; k < slots.size(); ++k) {
            if (!slots[k].bond) continue;
            ++n_bonds;
            const double* scale = environment.scale.data() + environment.n_components * ti;
            add_bond(scale, environment.n_components, slots[k], gradients[k], i, out);
        }
        out.most_neighbors = std::max(out.most_neighbors, n_bonds);
    }
    return out;
}

/// Everything a model says about a system. Neighbours beyond sel: the nearest count.
inline Outcome evaluate(const ModelData& model, const System& system, const Parameters& parameters = {}) {
    return std::visit(
        [&](const auto& descriptor) { return evaluate_descriptor(model.local(), descriptor, system, parameters); },
        model.local().terms.front().descriptors.front());
}

}  // namespace dpmd::reference
